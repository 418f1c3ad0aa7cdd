"""Edits of institutional claims: a whole one passes, each thing missing gives one finding."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.events import Diagnosis, Institutional, Line, Procedure
from services.claims import edits
from tests.builders import TERMS, bill, coded, payer

TODAY = date(2026, 3, 20)
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 5)
STAY = Institutional(
    facility_type="11", admitted_at=datetime(2026, 3, 2, 10, tzinfo=UTC), admission_type="2",
    admission_source="1", discharged_at=datetime(2026, 3, 5, 9, tzinfo=UTC), patient_status="01",
    attending_npi="1234567893", admitting="R06.02",
    procedures=(Procedure(code="02703ZZ", performed_on=FIRST),),
)
VISIT = Institutional(
    facility_type="13", admitted_at=datetime(2026, 3, 5, 8, tzinfo=UTC), admission_type="1",
    admission_source="1", discharged_at=datetime(2026, 3, 5, 9, tzinfo=UTC), patient_status="01",
    attending_npi="1234567893", visit_reasons=("R07.89",),
)


def revenue(code: str, hcpcs: str = "", units: int = 1, on: date = FIRST, **over: object) -> Line:
    return Line(
        line_id=f"L{code}{hcpcs}{units}", revenue_code=code, code=hcpcs, units=units,
        charge_cents=units * 1000, served_on=on, assigned_by="chargemaster",
        source="chargemaster", **over,  # type: ignore[arg-type]
    )


def stay(held=STAY, *, diagnoses=None, lines=None, **over):
    return coded(bill=bill(
        **{"claim_type": "institutional", "encounter_class": "inpatient", "place_of_service": "",
           "starts_on": FIRST, "ends_on": LAST, "institutional": held, "rendering_npi": "",
           "coverage": payer("MEDICARE_A")} | over,
        diagnoses=diagnoses or (Diagnosis(code="I50.9", present="Y"), Diagnosis(code="Z87.891")),
        lines=lines or (revenue("0120", units=3), revenue("0250", units=9)),
    ))


def visit(held=VISIT, *, diagnoses=None, lines=None):
    return coded(bill=bill(
        claim_type="institutional", encounter_class="emergency", place_of_service="",
        starts_on=LAST, ends_on=LAST, institutional=held, coverage=payer("MEDICARE_A"),
        diagnoses=diagnoses or (Diagnosis(code="R07.89"),),
        lines=lines or (
            revenue("0450", "99283", on=LAST, modifiers=("25",)),
            revenue("0730", "93000", on=LAST),
        ),
    ))


def found(case):
    return [(f.edit, f.place) for f in edits.check(case, TODAY, TERMS) if f.severity == "hold"]


@pytest.mark.parametrize("case", [
    stay(), visit(),
    stay(replace(STAY, patient_status="30", discharged_at=None)),
    stay(replace(STAY, procedures=(Procedure(code="02703ZZ", performed_on=date(2026, 2, 27)),))),
    visit(lines=(revenue("0250", on=LAST), revenue("0450", "99283", on=LAST))),
])
def test_a_whole_institutional_claim_passes(case):
    assert found(case) == []


SCHEDULED = replace(VISIT, admission_type="3", visit_reasons=())


def test_a_scheduled_outpatient_needs_no_reason_for_the_visit():
    assert found(visit(SCHEDULED)) == []


PART_B = replace(STAY, facility_type="12", procedures=(), admitting="", visit_reasons=())


@pytest.mark.parametrize("case", [
    visit(replace(VISIT, visit_reasons=()), lines=(revenue("0301", "80053", on=LAST),)),
    visit(replace(VISIT, admitted_at=None, discharged_at=None)),
    visit(replace(VISIT, facility_type="14", admission_source="", visit_reasons=()),
          lines=(revenue("0301", "80053", on=LAST),)),
    stay(PART_B, diagnoses=(Diagnosis(code="I50.9"),), lines=(revenue("0730", "93000"),)),
    stay(replace(STAY, facility_type="18"), diagnoses=(Diagnosis(code="I50.9"),)),
    visit(lines=(revenue("0250", on=LAST), replace(revenue("0250", on=LAST), line_id="other"))),
], ids=[
    "a laboratory visit without a reason", "an outpatient without hours",
    "laboratory work for non-patients", "Part B of an inpatient", "a swing bed without presence",
    "two lines of a revenue code alone",
])
def test_what_is_asked_of_other_claims_is_not_asked_here(case):
    assert found(case) == []


def test_observation_without_its_code_is_told_once_and_not_for_the_hours_before_a_change():
    observed = (
        revenue("0762", on=LAST), revenue("0762", "G0378", on=LAST),
        revenue("0450", "99283", on=LAST),
    )

    assert found(visit(lines=observed)) == [("revenue_hcpcs_missing", "line 1")]
    assert found(visit(replace(VISIT, conditions=("44",)), lines=observed)) == []


def test_services_before_the_admission_are_no_days_of_room():
    early = stay(starts_on=date(2026, 2, 28))
    assert found(early) == []


def test_who_covers_the_admission_pays_until_the_discharge():
    def covered(**days):
        return found(stay(coverage=replace(payer("MEDICARE_A"), **days)))

    assert covered(starts_on=date(2026, 1, 1), ends_on=FIRST) == []
    assert covered(starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 1)) == [
        ("coverage_not_in_force", "claim")]
    assert covered(starts_on=LAST) == [("coverage_not_in_force", "claim")]


OUTSIDE = {
    "nothing of the stay": (stay(None), [("bill_type_wrong", "claim")]),
    "no bill type": (stay(replace(STAY, facility_type="10")), [
        ("bill_type_wrong", "claim"), ("procedure_code_wrong", "procedure 1"),
    ]),
    "no attender": (stay(replace(STAY, attending_npi="")), [("attending_npi_wrong", "claim")]),
    "no admission": (
        stay(replace(STAY, admitted_at=None)), [("admission_incomplete", "claim")]
    ),
    "no such admission source": (
        stay(replace(STAY, admission_source="7")), [("admission_incomplete", "claim")]
    ),
    "no status": (stay(replace(STAY, patient_status="")), [("patient_status_wrong", "claim")]),
    "still there and discharged": (
        stay(replace(STAY, patient_status="30")), [("patient_status_wrong", "claim")]
    ),
    "gone and not discharged": (
        stay(replace(STAY, discharged_at=None)), [("patient_status_wrong", "claim")]
    ),
    "statement beyond the discharge": (
        stay(replace(STAY, discharged_at=datetime(2026, 3, 4, tzinfo=UTC))),
        [("statement_dates_wrong", "claim")],
    ),
    "no admission diagnosis": (
        stay(replace(STAY, admitting="")), [("admitting_missing", "claim")]
    ),
    "an admission diagnosis cut short": (
        stay(replace(STAY, admitting="R06")), [("stay_diagnosis_wrong", "claim")]
    ),
    "no indicator of presence": (
        stay(diagnoses=(Diagnosis(code="I50.9"),)), [("poa_missing", "diagnosis 1")]
    ),
    "an external cause first": (
        visit(diagnoses=(Diagnosis(code="W19.XXXA"),)), [("external_cause_first", "diagnosis 1")]
    ),
    "no reason for an unscheduled visit": (
        visit(replace(VISIT, visit_reasons=())), [("visit_reason_missing", "claim")]
    ),
    "a procedure code too short": (
        stay(replace(STAY, procedures=(Procedure(code="02703Z", performed_on=FIRST),))),
        [("procedure_code_wrong", "procedure 1")],
    ),
    "a procedure code of an outpatient": (
        visit(replace(VISIT, procedures=(Procedure(code="02703ZZ", performed_on=LAST),))),
        [("procedure_code_wrong", "procedure 1")],
    ),
    "a procedure after the stay": (
        stay(replace(STAY, procedures=(Procedure(code="02703ZZ", performed_on=TODAY),))),
        [("procedure_date_wrong", "procedure 1")],
    ),
    "no revenue code": (
        stay(lines=(revenue("0120", units=3), revenue("12"))), [("revenue_code_wrong", "line 2")]
    ),
    "a day of room too many": (
        stay(lines=(revenue("0120", units=4),)), [("room_days_wrong", "claim")]
    ),
    "an outpatient's laboratory test without its code": (
        visit(lines=(revenue("0301", on=LAST),)), [("revenue_hcpcs_missing", "line 1")]
    ),
    "twenty-six diagnoses": (
        stay(diagnoses=tuple(
            Diagnosis(code=f"E11.{n}", present="Y")
            for n in (
                "9", "8", "65", "69", "00", "01", "10", "11", "21", "22", "29", "36", "40", "41",
                "42", "43", "44", "49", "51", "52", "59", "618", "620", "621", "622", "628",
            )
        )), [("diagnoses_too_many", "diagnosis 26")],
    ),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_missing_or_wrong_gives_one_finding(name):
    case, wanted = OUTSIDE[name]
    assert found(case) == wanted


def test_a_repeated_revenue_line_is_held():
    twice = (revenue("0730", "93000", on=LAST), revenue("0730", "93000", on=LAST, units=1))
    again = replace(twice[1], line_id="other")
    assert found(visit(lines=(twice[0], again))) == [("line_repeated", "line 2")]
