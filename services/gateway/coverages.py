"""The patient's payers in the order in which they pay, and what those before this one decided.

The order is that of the first claim: payers that decided before, the payer of this claim, those
that come after. Sealed member ids follow it: the first is ``member_id``, then
``other_member_ids``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.events import Adjustment, Bill, Coverage, Line, PaidLine, Prior, Submitted
from services.codes.reference import Reference
from services.x12 import claim837
from services.x12.errors import X12Error

SELF = "18"
UNKNOWN = "21"
PLACES = "PSTABCDEFGH"  # SBR01: first, second, third, fourth to eleventh
Person = Mapping[str, Any]
Decisions = Mapping[str, tuple[claim837.LineDecision, ...]]


def order(event: Submitted) -> tuple[str, ...]:
    """Return the payers of a claim's patient, first to last, each once."""
    bill = event.bill
    paid = (one.payer_id for one in bill.prior)
    after = (one.payer_id for one in bill.others)
    first = bill.coverage.payer_id or event.payer_id
    return tuple(dict.fromkeys((*paid, first, *after, event.payer_id)))


def sequence(payers: Sequence[str], event: Submitted) -> str:
    """Return SBR01 of a claim's payer."""
    return event.sequence or _place(payers, event.payer_id)


def member_id(person: Person, payers: Sequence[str], event: Submitted) -> str:
    """Return the patient's member id with the claim's payer."""
    return _member_id(person, payers, event.payer_id)


def relationship(bill: Bill, payer_id: str) -> str:
    """Return the patient's relationship to the subscriber of a payer; 18 the same person."""
    found = _coverage(bill, payer_id)
    return (found.relationship if found else "") or SELF


def insured(person: Person, related: str) -> tuple[str, str]:
    """Return last and first name of a subscriber.

    Raises:
        X12Error: the record does not name them.
    """
    whose = "" if related == SELF else "subscriber_"
    family, given = person.get(whose + "family"), person.get(whose + "given")
    if not isinstance(family, str) or not isinstance(given, str):
        raise X12Error(0, "NM1", 3, "required")
    return family, given


def payer(reference: Reference, payer_id: str) -> claim837.PayerName:
    """Return a payer of the reference file.

    Raises:
        X12Error: it is not there.
    """
    found = reference.payers.get(payer_id)
    if found is None:
        raise X12Error(0, "SBR", 9, "required")
    return claim837.PayerName(
        name=found.name, number=found.payer_number, filing=found.claim_filing_code
    )


def others(
    event: Submitted, person: Person, payers: Sequence[str], reference: Reference
) -> tuple[claim837.OtherCoverage, ...]:
    """Return the other payers, those that have decided with their decision.

    Raises:
        X12Error: one is not in the reference file, or its subscriber is not named.
    """
    decided = {one.payer_id: one for one in event.bill.prior}
    found = []
    for payer_id in payers:
        if payer_id == event.payer_id:
            continue
        related = relationship(event.bill, payer_id)
        if _coverage(event.bill, payer_id) is None and _has_subscriber(person, payers, payer_id):
            related = UNKNOWN
        family, given = insured(person, related)
        found.append(
            claim837.OtherCoverage(
                sequence=_place(payers, payer_id), relationship=related, family=family,
                given=given, member_id=_member_id(person, payers, payer_id),
                payer=payer(reference, payer_id),
                **_decision(event.bill, decided.get(payer_id)),
            )
        )  # fmt: skip
    return tuple(found)


def decisions(bill: Bill, payers: Sequence[str], reference: Reference) -> Decisions:
    """Return by line id what payers before this one decided on the line.

    A payer that left out the line's number is matched by the procedure. A payer whose decision
    cannot be told by the line (see `_by_line`) is not among them.

    Raises:
        X12Error: a payer is not in the reference file.
    """
    found: dict[str, tuple[claim837.LineDecision, ...]] = {}
    for prior in sorted(bill.prior, key=lambda one: payers.index(one.payer_id)):
        number = payer(reference, prior.payer_id).number
        for line, paid in _by_line(bill, prior):
            decided = _line_decision(number, prior, paid)
            found[line.line_id] = (*found.get(line.line_id, ()), decided)
    return found


def _by_line(bill: Bill, prior: Prior) -> list[tuple[Line, PaidLine]]:
    """Return a payer's decision by line; nothing when it has to be told for the claim.

    Room and board has no procedure, and a decision by line names one (SVD03): then, as when a line
    of its is not known here, all of it stands at the claim, and the sums are the same.
    """
    matched = _matched(bill, prior)
    whole = len(matched) == len(prior.lines) and all(line.code for line, _ in matched)
    return matched if whole else []


def _matched(bill: Bill, prior: Prior) -> list[tuple[Line, PaidLine]]:
    left = {line.line_id: line for line in bill.lines}
    matched = [(left.pop(paid.line_id), paid) for paid in prior.lines if paid.line_id in left]
    for paid in prior.lines:
        if not paid.line_id:
            same = (one for one in left.values() if (one.code or one.revenue_code) == paid.code)
            line = next(same, None)
            if line is not None:
                matched.append((left.pop(line.line_id), paid))
    return matched


def _line_decision(number: str, prior: Prior, paid: PaidLine) -> claim837.LineDecision:
    return claim837.LineDecision(
        payer_number=number, paid_cents=paid.paid_cents, code=paid.code,
        modifiers=paid.modifiers, units=paid.units, decided_on=prior.decided_on,
        adjustments=_adjustments(paid.adjustments),
        patient_cents=sum(one.amount_cents for one in paid.adjustments if one.group == "PR"),
    )  # fmt: skip


def _decision(bill: Bill, prior: Prior | None) -> dict[str, Any]:
    """Return what a payer decided on the claim; date and patient's share stand with the lines.

    Told for the claim alone, the reasons of the lines are summed there.
    """
    if prior is None:
        return {}
    by_line = bool(_by_line(bill, prior))
    reasons = prior.adjustments
    if not by_line:
        reasons = _summed((*reasons, *(one for line in prior.lines for one in line.adjustments)))
    return {
        "paid_cents": prior.paid_cents,
        "patient_cents": None if by_line else prior.patient_cents,
        "decided_on": None if by_line else prior.decided_on,
        "adjustments": _adjustments(reasons),
        "payer_claim_number": prior.payer_claim_number,
    }


def _summed(found: Sequence[Adjustment]) -> tuple[Adjustment, ...]:
    """Return one reason for each group and code, in the order in which they first came."""
    sums: dict[tuple[str, str], int] = {}
    for one in found:
        sums[one.group, one.carc] = sums.get((one.group, one.carc), 0) + one.amount_cents
    return tuple(
        Adjustment(group=group, carc=carc, amount_cents=amount)
        for (group, carc), amount in sums.items()
    )


def _adjustments(found: Sequence[Adjustment]) -> tuple[claim837.Adjustment, ...]:
    return tuple(
        claim837.Adjustment(
            group=one.group, carc=one.carc, amount_cents=one.amount_cents, quantity=one.quantity
        )
        for one in found
    )


def _coverage(bill: Bill, payer_id: str) -> Coverage | None:
    known = (bill.coverage, *bill.others)
    return next((one for one in known if one.payer_id == payer_id), None)


def _has_subscriber(person: Person, payers: Sequence[str], payer_id: str) -> bool:
    """Return whether the record names a subscriber, who is the first payer's, beside the patient.

    A claim that goes to the second payer has let go of the first coverage.
    """
    return payer_id == payers[0] and bool(person.get("subscriber_family"))


def _place(payers: Sequence[str], payer_id: str) -> str:
    at = payers.index(payer_id)
    if at >= len(PLACES):
        raise X12Error(0, "SBR", 1, "too_many")
    return PLACES[at]


def _member_id(person: Person, payers: Sequence[str], payer_id: str) -> str:
    known = (person.get("member_id"), *(person.get("other_member_ids") or ()))
    at = payers.index(payer_id)
    found = known[at] if at < len(known) else None
    if not isinstance(found, str):
        raise X12Error(0, "NM1", 9, "required")
    return found
