"""A claim that is due: what goes out to whom, as which frequency, or why it may not.

An order says what is to be billed, whoever asked for it: a version of the coding, a further payer's
turn, a void. What the payer holds decides the frequency, the guards whether it may go.
"""

from dataclasses import dataclass, replace

from schemas import ids
from schemas.events import Bill, Submitted
from services.claims import changes, clocks, guards, lifecycle
from services.claims.chain import Claim, Frozen, Submission, line_ids
from services.claims.guards import Following
from services.claims.terms import Terms

SEQUENCES = ("P", "S", "T")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to go out.

    Attributes:
        bill: Its content; its coverage names the payer. Of a void, the bill that is right.
        version: The version of the coding.
        coder_id: Who coded it.
        cause_id: The event that leads to it.
        rework_id: The work item it answers, if any.
        dropped: Lines taken off on purpose.
        void: Whether it takes back what the payer holds.
        change_reason: Of a void, why, where a person said so.
    """

    bill: Bill
    version: int
    coder_id: str
    cause_id: str
    rework_id: str = ""
    dropped: tuple[str, ...] = ()
    void: bool = False
    change_reason: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """An order that may go out.

    Attributes:
        order: It.
        payer_id: To whom.
        frequency: CLM05-3.
        held: What the payer holds, for 7 and 8.
    """

    order: Order
    payer_id: str
    frequency: str
    held: Submission | None


def judged(claim: Claim, order: Order, payer_id: str, terms: Terms) -> tuple[str, Due | None]:
    """Return sent and what goes out, or the state of what may not go."""
    held = claim.held(payer_id)
    if order.void and held is None:
        waits = any(past.state == lifecycle.OPEN for past in claim.chain(payer_id))
        return lifecycle.WAITING if waits else lifecycle.NOTHING_TO_VOID, None
    frequency = _frequency(order, held)
    following = Following(
        frequency, held.payer_claim_number if held else "", line_ids(order.bill),
        frozenset(order.dropped),
    )
    chain = claim.chain(payer_id, lines=frequency == lifecycle.REPLACEMENT)
    on = held.decided_on if held and held.decided_on else order.bill.starts_on
    policy = terms.policy(payer_id, order.bill.claim_type, on)
    refusals = guards.refusals(following, chain, policy)
    if refusals:
        return lifecycle.REFUSED.get(refusals[0].rule, lifecycle.NEEDS_REOPENING), None
    return lifecycle.SENT, Due(order, payer_id, frequency, held)


def _frequency(order: Order, held: Submission | None) -> str:
    if order.void:
        return lifecycle.VOID
    return lifecycle.REPLACEMENT if held else lifecycle.ORIGINAL


def freeze(
    claim: Claim, encounter_id: str, due: Due, terms: Terms
) -> tuple[Submission, Submitted]:
    """Freeze what is due into a submission."""
    order, held, payer_id = due.order, due.held, due.payer_id
    bill, reason = order.bill, ""
    before = claim.sent(payer_id)
    predecessor = before[-1].control_number if before else ""
    old = held.content() if held else None
    if old:
        reason = changes.reason(old.bill, bill, due.frequency)
    if reason and order.change_reason and due.frequency == lifecycle.VOID:
        reason = order.change_reason
    if due.frequency == lifecycle.VOID and held:
        predecessor, bill = held.control_number, old.bill if old else bill
    ordinal = len(before) + 1
    number = terms.control_number(encounter_id, payer_id, ordinal, order.version)
    event = Submitted(
        event_id=ids.derive("submitted", number),
        cause_id=order.cause_id,
        encounter_id=encounter_id,
        control_number=number,
        payer_id=payer_id,
        version=order.version,
        coder_id=order.coder_id,
        frequency=due.frequency,
        predecessor=predecessor,
        payer_claim_number=held.payer_claim_number if held else "",
        rework_id=order.rework_id,
        filing_deadline_on=clocks.until(bill, held.decided_on if held else None, terms),
        bill=bill,
        change_reason=reason,
        sequence=SEQUENCES[min(len(bill.prior), 2)],
        dropped=order.dropped,
    )
    return _submission(claim, event, ordinal), event


def _submission(claim: Claim, event: Submitted, ordinal: int) -> Submission:
    """Return a frozen claim as the chain keeps it, with what is known of it already."""
    number, bill = event.control_number, event.bill
    known = claim.submissions.get(number) or Submission(number, event.payer_id)
    return replace(
        known,
        ordinal=ordinal,
        version=event.version,
        frequency=event.frequency,
        predecessor=event.predecessor,
        filing_deadline_on=event.filing_deadline_on,
        charge_cents=bill.charge_cents,
        secondary=bool(bill.prior),
        next_payer_id=bill.others[0].payer_id if bill.others else "",
        event=Frozen(event),
    )
