"""The Medicare Code Editor's edits: cases of CMS's own definitions."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.events import Institutional, Patient, Procedure
from services.claims import edits
from services.claims.edits.adoption import SCOPE, Row
from services.claims.edits.own import EditSet
from services.codes import mce
from tests.builders import TERMS, bill, coded, dx, line, payer

OURS = tuple(edit for edit in edits.EDITS if edit.family == "mce")
DISCHARGED = date(2026, 3, 2)


def stay(*codes, age=65, sex="F", status="01", procedures=(), admitting="I50.20",
         discharged=DISCHARGED, admitted=datetime(2026, 2, 26, tzinfo=UTC)):
    held = Institutional(
        facility_type="11", admitted_at=admitted, patient_status=status,
        admitting=admitting,
        procedures=tuple(Procedure(code=code, performed_on=discharged) for code in procedures),
    )
    return coded(bill=bill(
        claim_type="institutional", encounter_class="inpatient", institutional=held,
        patient=Patient(age_years=age, sex=sex), diagnoses=tuple(map(dx, codes)),
        ends_on=discharged, coverage=payer("MEDICARE_A"), lines=(line(1, revenue_code="0120"),),
    ))


def found(case):
    return [(f.edit, f.place) for f in edits.check(case, date(2026, 4, 1), TERMS, OURS)]


FAILING = {
    "an age conflict": (stay("I50.20", "Z38.00"), "mce_age_conflict", "diagnosis 2"),
    "a repeated principal": (
        stay("I50.20", "I50.20"), "mce_duplicate_of_principal", "diagnosis 2"),
    "a manifestation": (stay("H42"), "mce_manifestation_as_principal", "diagnosis 1"),
    "an external cause": (
        stay("V01.00XA"), "mce_external_cause_as_principal", "diagnosis 1"),
    "an unacceptable principal": (stay("R65.20"), "mce_unacceptable_principal", "diagnosis 1"),
    "an unknown code": (stay("I50.20", "E11.99"), "mce_invalid_code", "diagnosis 2"),
    "an unknown procedure": (
        stay("I50.20", procedures=("0270OZZ",)), "mce_invalid_code", "procedure 1"),
    "limited coverage": (
        stay("I50.20", procedures=("02YA0Z0",)), "mce_limited_coverage", "procedure 1"),
    "a wrong admitting diagnosis": (stay("I50.20", admitting="XX"), "mce_invalid_admitting",
                                    "claim"),
    "other aftercare alone": (stay("Z51.89"), "mce_requires_secondary", "diagnosis 1"),
    "a part of the heart that Medicare does not pay to remove": (
        stay("I50.20", procedures=("02BK0ZZ",)), "mce_non_covered_procedure", "procedure 1"),
    "a paralysis on no side": (stay("I50.20", "G81.00"), "mce_unspecified_side", "diagnosis 2"),
    "diabetes without complication": (stay("E11.9"), "mce_questionable_admission", "diagnosis 1"),
    "a delivery without its outcome": (
        stay("O80", age=30, procedures=("10E0XZZ",)), "mce_delivery_without_outcome",
        "procedure 1"),
    "a wrong procedure": (stay("I50.20", "Y65.51"), "mce_wrong_procedure", "diagnosis 2"),
    "ventilation over 96 hours in a stay of three days": (
        stay("J96.01", procedures=("5A1955Z",), admitted=datetime(2026, 2, 27, tzinfo=UTC)),
        "mce_length_of_stay", "procedure 1"),
    "an age beyond 124": (stay("I50.20", age=125), "mce_invalid_age", "claim"),
    "an unknown sex": (stay("I50.20", sex="U"), "mce_invalid_sex", "claim"),
    "a wrong status": (stay("I50.20", status="99"), "mce_invalid_discharge_status", "claim"),
}


@pytest.mark.parametrize(("case", "edit", "place"), FAILING.values(), ids=FAILING)
def test_it_is_found_at_its_place(case, edit, place):
    assert (edit, place) in found(case)


def test_a_whole_stay_passes():
    assert found(stay("I50.20", "E11.65", "N17.9")) == []
    assert found(stay("J96.01", procedures=("5A1955Z",))) == [], "a stay of four days"


def test_the_sex_edit_ended_with_discharges_of_september_2024():
    last, first = date(2024, 9, 30), date(2024, 10, 1)

    assert ("mce_sex_conflict", "diagnosis 2") in found(
        stay("I50.20", "C61", sex="F", discharged=last))
    assert found(stay("I50.20", "C61", sex="F", discharged=first)) == []


def test_an_outpatient_claim_is_not_for_this_editor():
    case = coded(bill=bill(diagnoses=(dx("R65.20"),)))

    assert found(case) == []


def test_the_grouper_is_that_of_the_discharge_date():
    assert mce.edition(date(2025, 9, 30)) == 421
    assert mce.edition(date(2025, 10, 1)) == 430
    assert mce.group(mce.Stay(DISCHARGED, 65, "F", "01", (("I50.20", "Y"),))) == "293"


def everything(case):
    """What all families say of a stay's coding: nothing is told twice."""
    told = edits.check(case, date(2026, 4, 1), TERMS)
    return {(f.edit, f.severity) for f in told if f.place.startswith(("diagnosis", "procedure"))}


def test_one_mistake_is_told_once_and_as_hard_as_the_hardest_says():
    repeated = everything(stay("I50.20", "I50.20"))
    sides = everything(stay("I50.20", "S72.009A"))
    short = stay("J96.01", procedures=("5A1955Z",), admitted=datetime(2026, 2, 27, tzinfo=UTC))
    held = replace(short.bill.institutional, discharged_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    ventilated = everything(replace(short, bill=replace(short.bill, institutional=held)))

    assert ("mce_duplicate_of_principal", "hold") in repeated
    assert "diagnosis_repeated" not in {edit for edit, _ in repeated}
    assert ("mce_unspecified_side", "hold") in sides
    assert "side_unspecified" not in {edit for edit, _ in sides}
    assert ("longer_than_stay", "hold") in ventilated
    assert "mce_length_of_stay" not in {edit for edit, _ in ventilated}


def test_a_softer_finding_silences_no_harder_one():
    softer = Row("age_conflict", ("",) * len(SCOPE), (date.min, date.max), "info")
    rows = EditSet(edits.EDITS, (*edits.STANDARD.rows, softer), "softer")
    told = {f.edit for f in edits.check(stay("I50.20", "Z38.00"), date(2026, 4, 1), TERMS, rows)}

    assert {"age_conflict", "mce_age_conflict"} <= told


@pytest.mark.parametrize(("payer_id", "side", "pays"), [
    ("MEDICARE_A", "hold", True), ("BCBS", "warn", False), ("MEDICAID", "warn", False)])
def test_what_medicare_alone_decides_holds_nobody_elses_claims(payer_id, side, pays):
    def judged(*codes, **over):
        case = stay(*codes, **over)
        content = replace(case.bill, coverage=payer(payer_id))
        told = edits.check(replace(case, bill=content), date(2026, 4, 1), TERMS)
        return {f.edit: f.severity for f in told}

    assert judged("I50.20", "G81.00")["mce_unspecified_side"] == side
    assert ("mce_non_covered_procedure" in judged("I50.20", procedures=("02BK0ZZ",))) == pays
