"""The payers beyond the one a version is for: who pays after it, and who was billed in its place.

    primary decides ──▶ claim to the next payer, with what the primary decided (`Bill.prior`)
    primary reverses and corrects ──▶ the next payer's claim is restated
    primary passed it on (CLP02 19 to 21) ──▶ no claim of ours: forwarded, posting watches
    version for another payer ──▶ what the former one paid is taken back with a void

The next payer's claim follows a decision, whole or in all its parts, paid or denied; never a
rejection, nor what was not processed (MA130). It is restated when what stands with the primary is
no longer what it was told. A claim the former payer denied whole is not voided: there is nothing
to take back.

Example: Medicare pays $80.00 of $100.00 and leaves $20.00 to the patient: Medicaid is billed as
secondary with that. Medicare reverses: Medicaid waits. Medicare pays $70.00: Medicaid's claim is
replaced.
"""

from dataclasses import replace

from schemas import ids
from schemas.events import Bill, Prior, Submitted
from services.claims import lifecycle, orders
from services.claims.chain import Claim, Submission, unsettled
from services.claims.lifecycle import ADJUDICATED
from services.claims.orders import Due, Order
from services.claims.terms import Terms


def look(claim: Claim, terms: Terms) -> tuple[dict[str, str], Due | None]:
    """Return what each further payer waits for, and the next claim to one of them that is due."""
    sent = claim.sent()
    first = [s for s in sent if not s.secondary]
    if not first:
        return {}, None
    base = max(first, key=lambda s: (s.version, s.ordinal))
    further = {s.payer_id for s in sent if s.payer_id != base.payer_id} | set(claim.turns)
    if not base.next_payer_id and not further:
        return {}, None
    turns = dict.fromkeys(sorted(further), lifecycle.SETTLED)
    if base.frequency != lifecycle.VOID:
        due = _carry(claim, base, turns, terms)
        if due:
            return turns, due
    return turns, _take_back(claim, base, turns, terms)


def _carry(claim: Claim, base: Submission, turns: dict[str, str], terms: Terms) -> Due | None:
    """Go from payer to payer as each has decided."""
    while base.next_payer_id:
        payer_id = base.next_payer_id
        turns[payer_id], due = _next(claim, base, terms)
        chain = claim.sent(payer_id)
        if due or turns[payer_id] != lifecycle.SETTLED or not chain:
            return due
        base = chain[-1]
    return None


def _next(claim: Claim, base: Submission, terms: Terms) -> tuple[str, Due | None]:
    """Return what the payer after a submission's waits for, or what is due to it."""
    if any(d.forwarded for d in base.decisions):
        return lifecycle.FORWARDED, None
    if claim.state(base) != ADJUDICATED or not base.standing:
        return lifecycle.WAITING, None
    event = base.content()
    if event is None or not event.bill.others:
        return lifecycle.NEEDS_REOPENING, None
    return _bill(claim, base, event, terms)


def _bill(
    claim: Claim, base: Submission, event: Submitted, terms: Terms
) -> tuple[str, Due | None]:
    payer_id, prior = base.next_payer_id, (*event.bill.prior, decided(base))
    chain = claim.sent(payer_id)
    last = chain[-1] if chain and chain[-1].frequency != lifecycle.VOID else None
    told = last.content() if last else None
    if told and told.bill.prior == prior:
        return lifecycle.SETTLED, None
    corrected = told is not None and told.version > event.version
    said, bill = (told, told.bill) if told and corrected else (event, carried(event.bill))
    order = Order(
        replace(bill, prior=prior), said.version, said.coder_id,
        ids.derive("submitted", base.control_number), dropped=said.dropped,
    )
    state, due = orders.judged(claim, order, payer_id, terms)
    return lifecycle.SETTLED if due else state, due


def carried(bill: Bill) -> Bill:
    """Return a bill as it goes on to the next payer."""
    return replace(bill, coverage=bill.others[0], others=bill.others[1:])


def decided(base: Submission) -> Prior:
    """Return what a payer decided, for the payers after it: all parts that stand."""
    stands = base.standing
    return Prior(
        payer_id=base.payer_id,
        control_number=base.control_number,
        payer_claim_number=base.payer_claim_number,
        decided_on=stands[-1].decided_on,
        paid_cents=sum(d.paid_cents for d in stands),
        patient_cents=sum(d.patient_cents for d in stands),
        adjustments=tuple(a for d in stands for a in d.adjustments),
        lines=tuple(line for d in stands for line in d.lines),
    )


def _take_back(
    claim: Claim, base: Submission, turns: dict[str, str], terms: Terms
) -> Due | None:
    """Void what payers hold that are not to pay: not of the version, nor after it."""
    if base.frequency == lifecycle.VOID and claim.state(base) != ADJUDICATED:
        return None
    event = base.content()
    if event is None:
        return None
    due_to = () if base.frequency == lifecycle.VOID else (event.bill.coverage, *event.bill.others)
    kept = {base.payer_id, *(coverage.payer_id for coverage in due_to)}
    for payer_id in sorted(turns.keys() - kept):
        turns[payer_id], due = _void(claim, payer_id, event, terms)
        if due:
            return due
    return None


def _void(
    claim: Claim, payer_id: str, right: Submitted, terms: Terms
) -> tuple[str, Due | None]:
    chain, held = claim.sent(payer_id), claim.held(payer_id)
    if unsettled(claim, chain):
        return lifecycle.WAITING, None
    if held is None:
        gone = any(s.frequency == lifecycle.VOID for s in chain)
        return lifecycle.VOIDED if gone else lifecycle.SETTLED, None
    if chain[-1].frequency == lifecycle.VOID:
        return lifecycle.NEEDS_VOID, None
    if not held.owed_back:
        return lifecycle.SETTLED, None
    old = held.content()
    bill = old.bill if old and right.frequency == lifecycle.VOID else right.bill
    order = Order(bill, held.version, right.coder_id, right.event_id, right.rework_id, void=True)
    state, due = orders.judged(claim, order, payer_id, terms)
    return lifecycle.WAITING if due or state == lifecycle.WAITING else lifecycle.NEEDS_VOID, due
