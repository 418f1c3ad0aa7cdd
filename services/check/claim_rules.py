"""Balancing and situational rules of an 837 claim (SNIP types 3 and 4)."""

from collections.abc import Callable, Iterator

from services.check.claim_view import (
    Claim,
    Placed,
    adjusted,
    amount,
    as_day,
    component,
    first,
    span,
)
from services.check.findings import Finding, at

CHANGE_REASONS = frozenset(("D0", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "E0"))
SENT_APART = frozenset(("BM", "EL", "EM", "FX", "FT"))


def sums(claim: Claim) -> Iterator[Finding]:
    """CLM02 is the sum of the lines; other payers' decisions balance."""
    total = amount(claim.clm, 2)
    charges = [line.charge_cents for line in claim.lines]
    if total is None or None in charges:
        return
    if total < 0:
        yield at(claim.clm, 2, "negative_charge")
    if total != sum(charge or 0 for charge in charges):
        yield at(claim.clm, 2, "balance_lines")
    for other in claim.others:
        yield from _other_payer(claim, other, total)


def _other_payer(claim: Claim, other: list[Placed], total: int) -> Iterator[Finding]:
    segments = [segment for loop, segment in other if loop == "2320"]
    paid = first(segments, "AMT", "D")
    if paid is None or amount(paid, 2) is None:
        return
    payer = next((s.get(9) for _, s in other if s.id == "NM1" and s.get(1) == "PR"), "")
    decided = adjusted(segments)
    some = decided != 0 or first(segments, "CAS") is not None
    for line in claim.lines:
        for decision in line.decisions:
            svd = decision[0]
            if svd.get(1) != payer:
                continue
            some, parts = True, adjusted(decision)
            decided += parts
            if not svd.get(6) and (amount(svd, 2) or 0) + parts != line.charge_cents:
                yield at(svd, 2, "cob_line")
    if some and (amount(paid, 2) or 0) + decided != total:
        yield at(paid, 2, "cob_claim")


def references(claim: Claim) -> Iterator[Finding]:
    """Frequency and REF*F8; line control numbers; attachments; the change reason."""
    named = first(claim.own, "REF", "F8")
    if claim.frequency in ("7", "8") and named is None:
        yield at(claim.clm, 5, "replacement_reference")
    elif claim.frequency == "1" and named is not None:
        yield at(named, 1, "replacement_reference")
    seen: set[str] = set()
    for line in claim.lines:
        control = first(line.own, "REF", "6R")
        if control and control.get(2) in seen:
            yield at(control, 2, "line_control_repeated")
        elif control:
            seen.add(control.get(2))
    for pwk in (s for s in claim.own if s.id == "PWK"):
        if pwk.get(2) in SENT_APART and not pwk.get(6):
            yield at(pwk, 6, "attachment_number")
    reasons = [
        hi for hi in claim.own if hi.id == "HI"
        for n in range(1, len(hi.elements))
        if component(hi, n, 0) == "BG" and component(hi, n, 1) in CHANGE_REASONS
    ]
    if len(reasons) > 1:
        yield at(reasons[-1], 0, "change_reason")


def lines(claim: Claim) -> Iterator[Finding]:
    """Lines are numbered from 1; pointers name a diagnosis of the claim."""
    diagnoses = sum(
        component(hi, n, 0) in ("ABK", "ABF", "BK", "BF")
        for hi in claim.own if hi.id == "HI" for n in range(1, len(hi.elements))
    )
    for number, line in enumerate(claim.lines, 1):
        if line.lx.get(1) != str(number):
            yield at(line.lx, 1, "line_number")
        sv1 = first(line.own, "SV1")
        pointers = sv1.parts(7) if sv1 else []
        for pointer in pointers:
            if sv1 and pointer.isdigit() and not 1 <= int(pointer) <= diagnoses:
                yield at(sv1, 7, "pointer")


def accident(claim: Claim) -> Iterator[Finding]:
    """CLM11 AA or OA: the date; AA: the state."""
    causes = claim.clm.parts(11)[:3]
    if ("AA" in causes or "OA" in causes) and first(claim.own, "DTP", "439") is None:
        yield at(claim.clm, 11, "accident_date")
    if "AA" in causes and not component(claim.clm, 11, 3):
        yield at(claim.clm, 11, "accident_state")


def hospital(claim: Claim) -> Iterator[Finding]:
    """What an institutional claim needs: attending provider; of a stay, admission and discharge."""
    if not claim.institutional:
        return
    revenue = [line.service.get(1) for line in claim.lines if line.service]
    if not any(loop == "2310A" for loop, _ in claim.parties) and not all(
        code.startswith("054") for code in revenue
    ):
        yield at(claim.clm, 0, "attending_provider")
    if not claim.inpatient:
        return
    if first(claim.own, "DTP", "435") is None:
        yield at(claim.clm, 0, "admission_date")
    if not any(
        component(hi, 1, 0) in ("ABJ", "BJ") for hi in claim.own if hi.id == "HI"
    ):
        yield at(claim.clm, 0, "admitting_diagnosis")
    if claim.frequency in ("1", "4"):
        if first(claim.own, "DTP", "096") is None:
            yield at(claim.clm, 0, "discharge_hour")
        cl1 = first(claim.own, "CL1")
        if cl1 and cl1.get(3) == "30":
            yield at(cl1, 3, "patient_still_there")


def people(claim: Claim) -> Iterator[Finding]:
    """Subscriber and patient; the order in which payers pay."""
    sbr = next((s for loop, s in claim.above if loop == "2000B" and s.id == "SBR"), None)
    if sbr is None:
        return
    if (claim.level == "22") != (sbr.get(2) == "18"):
        yield at(sbr, 2, "patient_loop")
    if sbr.get(2) == "18":
        named = {s.id for loop, s in claim.above if loop == "2010BA"}
        if not {"N3", "N4", "DMG"} <= named:
            yield at(sbr, 2, "subscriber_details")
    places = {sbr.get(1)} - {"U"}
    for other in claim.others:
        place = other[0].segment.get(1)
        if place in places:
            yield at(other[0].segment, 1, "payer_sequence")
        elif place != "U":
            places.add(place)


def dates(claim: Claim) -> Iterator[Finding]:
    """Days run forwards: birth, accident, admission, service, the file."""
    for line in claim.lines:
        days = line.span
        if days and claim.made_on and days[1] > claim.made_on:
            service = first(line.own, "DTP", "472")
            if service:
                yield at(service, 3, "date_in_future")
    whole = claim.span
    if whole is None:
        return
    for qualifier in ("435", "439", "431"):
        event = first(claim.own, "DTP", qualifier)
        found = span(event)
        if event and found and found[0] > whole[1]:
            yield at(event, 3, "dates_backwards")
    birth = _birth(claim)
    if birth:
        born = as_day(birth.segment.get(2))
        if born and born > whole[0]:
            yield at(birth.segment, 2, "dates_backwards")


def _birth(claim: Claim) -> Placed | None:
    """Return the patient's DMG."""
    loop = "2010CA" if claim.level == "23" else "2010BA"
    return next((p for p in claim.above if p.loop == loop and p.segment.id == "DMG"), None)


RULES: tuple[Callable[[Claim], Iterator[Finding]], ...] = (
    sums, references, lines, accident, hospital, people, dates,
)
