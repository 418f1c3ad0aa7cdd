"""Write a service line of an 837 (loop 2400) and what other payers decided on it (2430)."""

from services.x12.claim837 import Claim, LineDecision, ServiceLine
from services.x12.guide837 import RATED, Guide
from services.x12.values import money, ymd
from services.x12.write837_parts import adjustments
from services.x12.writer import Writer

MOST_POINTERS = 4
MOST_MODIFIERS = 4


def line(out: Writer, at: int, one: ServiceLine, guide: Guide, claim: Claim) -> None:
    """Add the line with its number in the claim, from 1.

    Raises:
        X12Error: something of it cannot be written.
    """
    out.add("LX", str(at))
    service = "SV1" if claim.institutional is None else "SV2"
    if one.units < 1 or one.charge_cents < 0:
        raise out.wrong(service, 0, "bad_number")
    unit = out.one_of(service, 4, one.unit, guide.units)
    charge, units = money(one.charge_cents), str(one.units)
    if claim.institutional is None:
        place = one.place_of_service if one.place_of_service != claim.place_of_service else ""
        code = _procedure(out, "SV1", 1, one.code, one.modifiers)
        pointers = _pointers(out, one, claim)
        out.add("SV1", code, charge, unit, units, place, "", pointers)
    else:
        kind = qualifier(one.revenue_code)
        procedure = _procedure(out, "SV2", 2, one.code, one.modifiers, kind) if one.code else ""
        out.add("SV2", revenue(out, one.revenue_code), procedure, charge, unit, units)
    first, last = ymd(one.served_on), one.ended_on
    if last is None:
        out.add("DTP", "472", "D8", first)
    elif last < one.served_on:
        raise out.wrong("DTP", 3, "bad_date")
    else:
        out.add("DTP", "472", "RD8", f"{first}-{ymd(last)}")
    out.add("REF", "6R", out.code("REF", 2, one.line_id))
    for decision in one.decisions:
        _decision(out, decision, one, claim)


def revenue(out: Writer, code: str) -> str:
    """Return SV201: four digits.

    Raises:
        X12Error: it is not.
    """
    if not (len(code) == 4 and code.isascii() and code.isdigit()):
        raise out.wrong("SV2", 1, "bad_code" if code else "required")
    return code


def qualifier(revenue_code: str) -> str:
    """Return SV202-1: a HIPPS code stands under revenue codes of its own."""
    return "HP" if revenue_code in RATED else "HC"


def _procedure(
    out: Writer, segment: str, element: int, code: str, modifiers: tuple[str, ...],
    qualifier: str = "HC",
) -> tuple[str, ...]:
    if len(modifiers) > MOST_MODIFIERS:
        raise out.wrong(segment, element, "too_many")
    if any(len(one) != 2 for one in modifiers):
        raise out.wrong(segment, element, "bad_code")
    return (qualifier, out.code(segment, element, code, 48), *modifiers)


def _pointers(out: Writer, one: ServiceLine, claim: Claim) -> tuple[str, ...]:
    most = len(claim.diagnoses)
    if not 1 <= len(one.pointers) <= MOST_POINTERS or not all(
        1 <= pointer <= most for pointer in one.pointers
    ):
        raise out.wrong("SV1", 7, "bad_code")
    return tuple(map(str, one.pointers))


def _decision(out: Writer, decision: LineDecision, one: ServiceLine, claim: Claim) -> None:
    """Loop 2430; its payer is one of the claim's others."""
    if decision.payer_number not in (other.payer.number for other in claim.others):
        raise out.wrong("SVD", 1, "bad_code")
    procedure: tuple[str, ...] = ()
    if decision.code or claim.institutional is None:
        kind = "HC" if claim.institutional is None else qualifier(one.revenue_code)
        procedure = _procedure(out, "SVD", 3, decision.code, decision.modifiers, kind)
    if decision.units < 0:
        raise out.wrong("SVD", 5, "bad_number")
    out.add(
        "SVD", decision.payer_number, money(decision.paid_cents), procedure,
        one.revenue_code, str(decision.units),
    )  # fmt: skip
    adjustments(out, decision.adjustments)
    out.add("DTP", "573", "D8", ymd(decision.decided_on))
    if decision.patient_cents is not None:
        out.add("AMT", "EAF", money(decision.patient_cents))
