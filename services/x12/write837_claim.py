"""Write loop 2300 of an 837 with its providers (2310) and other payers (2320, 2330).

The segments stand in the order of the guides: dates, CL1, PWK, REF, NTE, HI, providers, others.
"""

from collections.abc import Iterable, Sequence

from services.x12.claim837 import (
    Claim,
    Diagnosis,
    Institutional,
    OtherCoverage,
    Provider,
)
from services.x12.guide837 import (
    ALL_CHANGE_REASONS,
    CAUSES,
    CHANGE_REASONS,
    DATED_CAUSES,
    DELAYS,
    FREQUENCIES,
    IN_ONE_HI,
    MOST_ATTACHMENTS,
    MOST_OTHERS,
    ON_REQUEST,
    PRESENT,
    RELATIONSHIPS,
    REPORTS,
    SEQUENCES,
    TRANSMISSIONS,
    Guide,
    Role,
)
from services.x12.values import money, ymd
from services.x12.write837_line import line
from services.x12.write837_parts import address, adjustments, payer, person
from services.x12.writer import Element, Writer

LONGEST_CONTROL_NUMBER = 20
LONGEST_NOTE = 80
_Codes = list[tuple[str, ...]]


def claim_information(out: Writer, guide: Guide, claim: Claim) -> None:
    """Add loop 2300 with everything below it.

    Raises:
        X12Error: something of it cannot be written.
    """
    _clm(out, guide, claim)
    hospital = claim.institutional
    if hospital is not None:
        _stay(out, hospital)
    elif claim.accident_on is not None:
        out.add("DTP", "439", "D8", ymd(claim.accident_on))
    elif DATED_CAUSES.intersection(claim.related_causes):
        raise out.wrong("DTP", 3, "required")
    if claim.attachments:
        _attachments(out, claim)
    _references(out, claim)
    note = out.text(claim.note, LONGEST_NOTE) if claim.note else ""
    if note:
        out.add("NTE", "ADD", note)
    _health_codes(out, guide, claim)
    for role in guide.roles:
        _provider(out, role, claim)
    if claim.others:
        _others(out, claim)
    for at, one in enumerate(claim.lines, 1):
        line(out, at, one, guide, claim)


def _clm(out: Writer, guide: Guide, claim: Claim) -> None:
    if not 1 <= len(claim.lines) <= guide.most_lines:
        raise out.wrong("LX", 1, "too_many" if claim.lines else "required")
    hospital = claim.institutional
    place = claim.place_of_service if hospital is None else hospital.facility_type
    frequency = out.one_of("CLM", 5, claim.frequency, FREQUENCIES)
    number = out.code("CLM", 1, claim.control_number, LONGEST_CONTROL_NUMBER)
    head: tuple[Element, ...] = (
        "CLM", number, money(claim.charge_cents), "", "",
        (out.code("CLM", 5, place, 2, 2), guide.facility, frequency), guide.signature,
        "A", "Y", "Y",
    )  # fmt: skip
    if not (claim.related_causes or claim.delay_reason):
        out.add(*head)
        return
    delay = claim.delay_reason and out.one_of("CLM", 20, claim.delay_reason, DELAYS)
    causes = _causes(out, guide, claim)
    out.add(*head, "", causes, "", "", "", "", "", "", "", "", delay)


def _causes(out: Writer, guide: Guide, claim: Claim) -> tuple[str, ...]:
    """Return CLM11: an institutional claim says it by occurrence codes instead."""
    found = tuple(out.one_of("CLM", 11, one, CAUSES) for one in claim.related_causes)
    if len(found) > (0 if guide.facility == "A" else 2):
        raise out.wrong("CLM", 11, "too_many")
    if not found:
        return ()
    state = claim.accident_state
    if state or "AA" in found:
        out.code("CLM", 11, state, 2, 2)
    return (found[0], found[1] if len(found) > 1 else "", "", state)


def _stay(out: Writer, hospital: Institutional) -> None:
    """DTP and CL1 of an institutional claim."""
    if hospital.ends_on < hospital.starts_on:
        raise out.wrong("DTP", 3, "bad_date")
    if hospital.discharged_at is not None:
        out.add("DTP", "096", "TM", hospital.discharged_at.strftime("%H%M"))
    out.add("DTP", "434", "RD8", f"{ymd(hospital.starts_on)}-{ymd(hospital.ends_on)}")
    admitted = hospital.admitted_at
    if admitted is not None:
        out.add("DTP", "435", "DT", ymd(admitted) + admitted.strftime("%H%M"))
    out.add(
        "CL1", out.code("CL1", 1, hospital.admission_type, 1),
        hospital.admission_source and out.code("CL1", 2, hospital.admission_source, 1),
        out.code("CL1", 3, hospital.patient_status, 2),
    )  # fmt: skip


def _attachments(out: Writer, claim: Claim) -> None:
    if len(claim.attachments) > MOST_ATTACHMENTS:
        raise out.wrong("PWK", 0, "too_many")
    for one in claim.attachments:
        kind = out.one_of("PWK", 1, one.kind, REPORTS)
        way = out.one_of("PWK", 2, one.transmission, TRANSMISSIONS)
        if way == ON_REQUEST:
            out.add("PWK", kind, way)
        else:
            out.add("PWK", kind, way, "", "", "AC", out.code("PWK", 6, one.control_number, 80, 2))


def _references(out: Writer, claim: Claim) -> None:
    if claim.referral:
        out.add("REF", "9F", out.code("REF", 2, claim.referral))
    if claim.authorization:
        out.add("REF", "G1", out.code("REF", 2, claim.authorization))
    if (claim.frequency == "1") == bool(claim.payer_claim_number):
        raise out.wrong("REF", 2, "replacement_reference")
    if claim.payer_claim_number:
        out.add("REF", "F8", out.code("REF", 2, claim.payer_claim_number))


def _health_codes(out: Writer, guide: Guide, claim: Claim) -> None:
    """HI: one segment on a professional claim, one for each qualifier on an institutional."""
    hospital = claim.institutional
    if not 1 <= len(claim.diagnoses) <= guide.most_diagnoses:
        raise out.wrong("HI", 1, "too_many" if claim.diagnoses else "required")
    if hospital is None:
        out.add("HI", *[
            ("ABF" if at else "ABK", _icd(out, at + 1, one.code))
            for at, one in enumerate(claim.diagnoses)
        ])
        return
    _hi(out, 1, _present(out, "ABK", claim.diagnoses[:1]))
    _hi(out, 1, [("ABJ", _icd(out, 1, hospital.admitting))] if hospital.admitting else [])
    _hi(out, 3, [("APR", _icd(out, 1, one)) for one in hospital.visit_reasons])
    _hi(out, 12, _present(out, "ABN", hospital.external_causes))
    _hi(out, 1, [("DR", out.code("HI", 1, hospital.drg, 4))] if hospital.drg else [])
    _hi(out, 24, _present(out, "ABF", claim.diagnoses[1:]))
    done = [(out.code("HI", 1, p.code, 7), "D8", ymd(p.performed_on)) for p in hospital.procedures]
    _hi(out, 1, [("BBR", *one) for one in done[:1]])
    _hi(out, 24, [("BBQ", *one) for one in done[1:]])
    _occurrences(out, hospital)
    _hi(out, 24, [("BE", _two(out, v.code), "", "", _amount(out, v.amount_cents))
                  for v in hospital.values])
    _hi(out, 24, [("BG", code) for code in _conditions(out, claim.frequency, hospital)])


def _occurrences(out: Writer, hospital: Institutional) -> None:
    spans: _Codes = []
    days: _Codes = []
    for one in hospital.occurrences:
        first, last = ymd(one.starts_on), one.ends_on
        if last is None:
            days.append(("BH", _two(out, one.code), "D8", first))
        elif last < one.starts_on:
            raise out.wrong("HI", 1, "bad_date")
        else:
            spans.append(("BI", _two(out, one.code), "RD8", f"{first}-{ymd(last)}"))
    _hi(out, 24, spans)
    _hi(out, 24, days)


def _conditions(out: Writer, frequency: str, hospital: Institutional) -> Sequence[str]:
    """Return the condition codes: one of them, at most, says why a 7 or 8 is sent."""
    found = [_two(out, code) for code in hospital.conditions]
    if ALL_CHANGE_REASONS.intersection(found):
        raise out.wrong("HI", 1, "bad_code")
    if hospital.change_reason:
        reasons = CHANGE_REASONS.get(frequency, frozenset())
        found.append(out.one_of("HI", 1, hospital.change_reason, reasons))
    return found


def _hi(out: Writer, most: int, codes: Sequence[tuple[str, ...]]) -> None:
    if len(codes) > most:
        raise out.wrong("HI", 1, "too_many")
    for at in range(0, len(codes), IN_ONE_HI):
        out.add("HI", *codes[at : at + IN_ONE_HI])


def _present(out: Writer, qualifier: str, codes: Iterable[Diagnosis]) -> _Codes:
    return [
        (qualifier, _icd(out, 1, one.code), "", "", "", "", "", "",
         out.one_of("HI", 1, one.present, PRESENT))
        for one in codes
    ]  # fmt: skip


def _icd(out: Writer, element: int, code: str) -> str:
    return out.code("HI", element, code.replace(".", ""), 7)


def _two(out: Writer, code: str) -> str:
    return out.code("HI", 1, code, 2, 2)


def _amount(out: Writer, cents: int) -> str:
    if cents < 0:
        raise out.wrong("HI", 1, "bad_number")
    return money(cents)


def _provider(out: Writer, role: Role, claim: Claim) -> None:
    """A loop 2310, when somebody has the role."""
    found = role.of(claim)
    if found is None:
        return
    if isinstance(found, Provider):
        person(out, role.entity, found.family, found.given, "XX", found.npi)
        if role.specialty and found.taxonomy:
            out.add("PRV", role.specialty, "PXC", found.taxonomy)
        return
    name = out.words("NM1", 3, found.name, 60)
    number = ("XX", out.code("NM1", 9, found.npi, 80, 2)) if found.npi else ()
    out.add("NM1", role.entity, "2", name, "", "", "", "", *number)
    address(out, found.address, full=True)


def _others(out: Writer, claim: Claim) -> None:
    if len(claim.others) > MOST_OTHERS:
        raise out.wrong("SBR", 0, "too_many")
    places = {claim.sequence}
    for one in claim.others:
        if one.sequence in places:
            raise out.wrong("SBR", 1, "bad_code")
        places.add(one.sequence)
        _other(out, one)


def _other(out: Writer, other: OtherCoverage) -> None:
    """Loops 2320, 2330A and 2330B."""
    same = other.relationship == "18"
    out.add(
        "SBR", out.one_of("SBR", 1, other.sequence, SEQUENCES),
        "18" if same else out.one_of("SBR", 2, other.relationship, RELATIONSHIPS),
        "", "", "", "", "", "", out.code("SBR", 9, other.payer.filing),
    )  # fmt: skip
    adjustments(out, other.adjustments)
    if other.paid_cents is not None:
        out.add("AMT", "D", money(other.paid_cents))
    if other.patient_cents is not None:
        out.add("AMT", "EAF", money(other.patient_cents))
    out.add("OI", "", "", "Y", "", "", "Y")
    person(out, "IL", other.family, other.given, "MI", other.member_id)
    payer(out, other.payer)
    if other.decided_on is not None:
        out.add("DTP", "573", "D8", ymd(other.decided_on))
    if other.payer_claim_number:
        out.add("REF", "F8", out.code("REF", 2, other.payer_claim_number))
