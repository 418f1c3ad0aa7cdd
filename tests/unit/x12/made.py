"""Claims and submissions to write."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from services.x12 import claim837


def diagnoses(*codes: str) -> tuple[claim837.Diagnosis, ...]:
    """Return diagnoses."""
    return tuple(claim837.Diagnosis(code=code) for code in codes)


ADDRESS = claim837.Address(street="12 Main Street", city="Springfield", state="MA", zip="01101")
BILLING = claim837.BillingProvider(
    name="Riverside Demo Hospital", npi="2000000010", tax_id="001234567", taxonomy="282N00000X",
    address=claim837.Address(
        street="100 Hospital Drive", city="Somerville", state="MA", zip="021430001"
    ),
)
CLAIM = claim837.Claim(
    control_number="ABCDEFGHIJ2345672345", place_of_service="11", frequency="1",
    payer_claim_number="", diagnoses=diagnoses("E11.9", "I10"),
    lines=(
        claim837.ServiceLine(
            line_id="L1", code="99213", modifiers=("25",), charge_cents=12550, units=1,
            pointers=(1, 2), place_of_service="11", served_on=date(2026, 5, 4),
        ),
        claim837.ServiceLine(
            line_id="L2", code="G0008", modifiers=(), charge_cents=3000, units=2,
            pointers=(1,), place_of_service="22", served_on=date(2026, 5, 4),
        ),
    ),
    billing=BILLING,
    rendering=claim837.Provider(
        family="Abbott", given="Avery", npi="2000001109", taxonomy="207RC0000X"
    ),
    subscriber=claim837.Subscriber(
        family="O'Neil", given="José", member_id="1EG4TE5MK73", birth_date=date(1950, 2, 3),
        sex="F", address=ADDRESS,
    ),
    payer=claim837.PayerName(name="Demo Medicare Part B", number="99001", filing="MB"),
)
DOCTOR = claim837.Provider(
    family="Abbott", given="Avery", npi="2000001109", taxonomy="207RC0000X"
)
SURGEON = claim837.Provider(family="Barlow", given="Blair", npi="2000001117")
STAY = claim837.Institutional(
    facility_type="11", starts_on=date(2026, 5, 1), ends_on=date(2026, 5, 4),
    patient_status="01", admission_type="1", admission_source="1",
    admitted_at=datetime(2026, 5, 1, 7, 30, tzinfo=UTC),
    discharged_at=datetime(2026, 5, 4, 11, 5, tzinfo=UTC), drg="470", attending=DOCTOR,
    operating=SURGEON, admitting="M17.11",
    procedures=(
        claim837.Procedure(code="0SRC0J9", performed_on=date(2026, 5, 1)),
        claim837.Procedure(code="3E0T3BZ", performed_on=date(2026, 5, 1)),
    ),
    occurrences=(
        claim837.Occurrence(code="11", starts_on=date(2026, 4, 2)),
        claim837.Occurrence(
            code="74", starts_on=date(2026, 5, 2), ends_on=date(2026, 5, 3)
        ),
    ),
    values=(
        claim837.Value(code="80", amount_cents=300), claim837.Value(code="01", amount_cents=120050),
    ),
    conditions=("39",),
)
HOSPITAL = replace(
    CLAIM, place_of_service="", institutional=STAY, rendering=None,
    diagnoses=(
        claim837.Diagnosis(code="M17.11", present="Y"),
        claim837.Diagnosis(code="E11.9", present="Y"),
        claim837.Diagnosis(code="Z79.4"),
    ),
    lines=(
        claim837.ServiceLine(
            line_id="L1", revenue_code="0120", code="", modifiers=(), charge_cents=600000,
            units=3, unit="DA", served_on=date(2026, 5, 1),
        ),
        claim837.ServiceLine(
            line_id="L2", revenue_code="0360", code="27447", modifiers=("RT",),
            charge_cents=1250000, units=1, served_on=date(2026, 5, 1),
        ),
    ),
)
SUBMISSION = claim837.Submission(
    sender_qualifier="ZZ", sender="CLAIMLOOP1", receiver_qualifier="ZZ", receiver="99001",
    receiver_name="Demo Medicare", submitter_name="Riverside Demo Hospital",
    contact="Patient Accounts", phone="6175550101", usage="T",
    at=datetime(2026, 5, 10, 12, 30, tzinfo=UTC), interchange_control=1, group_control=1,
    first_set_control=1,
)

CHILD = claim837.Patient(
    relationship="19", family="O'Neil", given="Kim", birth_date=date(2015, 6, 7), sex="M",
    address=ADDRESS,
)


def decided(line: claim837.ServiceLine, payer: str = "99001") -> claim837.LineDecision:
    """Return a payer's decision on a line: 20 are the patient's, half of the rest is paid."""
    paid = (line.charge_cents - 2000) // 2
    return claim837.LineDecision(
        payer_number=payer, paid_cents=paid, code=line.code, modifiers=line.modifiers,
        units=line.units, decided_on=date(2026, 6, 1), patient_cents=2000,
        adjustments=(
            claim837.Adjustment(
                group="CO", carc="45", amount_cents=line.charge_cents - 2000 - paid
            ),
            claim837.Adjustment(group="PR", carc="2", amount_cents=2000, quantity=1),
        ),
    )


def claim(number: int = 1, **changes: Any) -> claim837.Claim:
    """Return a professional claim with its own control number and some fields changed."""
    return replace(CLAIM, control_number=f"CTRL{number:06d}", **changes)


def hospital(
    number: int = 1, frequency: str = "1", reason: str = "", **changes: Any
) -> claim837.Claim:
    """Return an inpatient claim; with a frequency, why it is sent again."""
    return replace(
        HOSPITAL, control_number=f"CTRL{number:06d}", frequency=frequency,
        payer_claim_number="" if frequency == "1" else "DCN123",
        institutional=replace(STAY, change_reason=reason), **changes,
    )


def outpatient(number: int = 1) -> claim837.Claim:
    """Return a claim of an emergency visit."""
    visit = claim837.Institutional(
        facility_type="13", starts_on=date(2026, 5, 4), ends_on=date(2026, 5, 4),
        patient_status="01", admission_type="1", attending=DOCTOR, visit_reasons=("R10.9",),
        external_causes=(claim837.Diagnosis(code="W19.XXXA"),),
    )
    return replace(
        HOSPITAL, control_number=f"CTRL{number:06d}", institutional=visit,
        lines=(
            claim837.ServiceLine(
                line_id="L1", revenue_code="0450", code="99284", modifiers=("25",),
                charge_cents=95000, units=1, served_on=date(2026, 5, 4),
            ),
        ),
    )


def secondary(number: int = 1, payers: int = 1, **changes: Any) -> claim837.Claim:
    """Return a claim that other payers decided before: Medicare, and another one."""
    before = tuple(
        claim837.OtherCoverage(
            sequence="PT"[at], relationship="18", family="O'Neil", given="José",
            member_id="1EG4TE5MK73", paid_cents=_paid(CLAIM.lines),
            payer_claim_number=f"ICN{at}",
            payer=claim837.PayerName(name=f"Payer {at}", number=f"9900{at + 1}", filing="MB"),
        )
        for at in range(payers)
    )
    lines = tuple(
        replace(line, decisions=tuple(decided(line, one.payer.number) for one in before))
        for line in CLAIM.lines
    )
    return claim(number, **{"sequence": "S", "others": before, "lines": lines, **changes})


def _paid(lines: tuple[claim837.ServiceLine, ...]) -> int:
    return sum(decided(line).paid_cents for line in lines)


def full(guide: str) -> claim837.Claim:
    """Return a claim in which every field of the guide says something."""
    stay = replace(
        STAY, other_operating=SURGEON, visit_reasons=("R10.9",), change_reason="D9",
        external_causes=(claim837.Diagnosis(code="W19.XXXA", present="Y"),),
    )
    common = secondary(
        1, frequency="7", payer_claim_number="ICN7", patient=CHILD, referring=SURGEON,
        authorization="AUTH1", referral="REF1", delay_reason="3",
        service_facility=claim837.ServiceFacility(
            name="Clinic", npi="2000000010", address=BILLING.address
        ),
        attachments=(
            claim837.Attachment(kind="OZ", transmission="EL", control_number="ACN1"),
            claim837.Attachment(kind="B4", transmission="AA"),
        ),
    )
    if guide == claim837.PROFESSIONAL:
        return replace(
            common, note="Seen twice", related_causes=("AA", "EM"), accident_state="MA",
            accident_on=date(2026, 4, 30),
        )
    coded = tuple(replace(one, code=one.code or "99213") for one in HOSPITAL.lines)
    (other,) = common.others
    return replace(
        common, institutional=stay, place_of_service="", diagnoses=HOSPITAL.diagnoses,
        lines=tuple(replace(one, decisions=(decided(one),)) for one in coded),
        others=(replace(other, paid_cents=_paid(coded)),),
    )


def submission(**changes: Any) -> claim837.Submission:
    """Return a submission with some fields changed."""
    return replace(SUBMISSION, **changes)
