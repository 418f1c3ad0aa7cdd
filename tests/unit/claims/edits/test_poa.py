"""Present on admission: each diagnosis of a stay says whether it was there, unless exempt."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.events import Institutional
from services.claims import edits
from services.claims.terms import Terms
from services.codes import days, poa
from services.codes.library import library
from tests.builders import PARTIES, TERMS, bill, coded, control_number, dx, line, payer

OURS = tuple(edit for edit in edits.EDITS if edit.family == "poa")
ON = date(2026, 3, 2)


def stay(diagnoses, causes=(), facility_type="11"):
    """Return a stay with diagnoses given as (code, indicator)."""
    held = Institutional(facility_type=facility_type, external_causes=causes,
                         admitted_at=datetime(2026, 2, 26, tzinfo=UTC))
    return coded(bill=bill(
        claim_type="institutional", encounter_class="inpatient", institutional=held, ends_on=ON,
        coverage=payer("MEDICARE_A"), lines=(line(1, revenue_code="0120"),),
        diagnoses=tuple(replace(dx(code), present=said) for code, said in diagnoses),
    ))


def found(*diagnoses, facility_type="11", terms=TERMS):
    """Return what is found in diagnoses given as (code, indicator)."""
    case = stay(diagnoses, facility_type=facility_type)
    return [(f.edit, f.place) for f in edits.check(case, date(2026, 4, 1), terms, OURS)]


FAILING = {
    "heart failure that says nothing": ((("I50.9", ""),), "poa_missing", 1),
    "an old fracture's first treatment": (
        (("I50.9", "Y"), ("S72.001A", "")), "poa_missing", 2),
    "a wish not to be resuscitated is not exempt": (
        (("I50.9", "Y"), ("Z66", "")), "poa_missing", 2),
    "a hip joint's implant is not exempt": ((("I50.9", "Y"), ("Z96.641", "")), "poa_missing", 2),
    "a fall that says nothing": ((("S72.001A", "Y"), ("W18.30XA", "")), "poa_missing", 2),
    "a fracture under treatment that is no injury": (
        (("I50.9", "Y"), ("M84.40XD", "")), "poa_missing", 2),
    "a history of smoking that says Y": ((("I50.9", "Y"), ("Z87.891", "Y")), "poa_of_exempt", 2),
    "an aftercare of an open fracture that says Y": (
        (("I50.9", "Y"), ("S82.201E", "Y")), "poa_of_exempt", 2),
    "what led to the admission came later": ((("I50.9", "N"),), "principal_not_present", 1),
}
PASSING = {
    "Y, N, U and W": (("I50.9", "Y"), ("N17.9", "N"), ("E11.9", "U"), ("I10", "W")),
    "exempt ones without": (("I50.9", "Y"), ("Z87.891", ""), ("S82.201E", ""), ("I25.2", "")),
    "a fall, which is not exempt, with": (("S72.001A", "Y"), ("W18.30XA", "Y")),
    "its later treatment, which is exempt, without": (("S72.001D", ""), ("W18.30XD", "")),
    "a tear in a delivery that began after the admission": (("O70.1", "N"), ("Z37.0", "")),
}


@pytest.mark.parametrize(("diagnoses", "edit", "position"), FAILING.values(), ids=FAILING)
def test_it_is_found_at_its_diagnosis(diagnoses, edit, position):
    assert found(*diagnoses) == [(edit, f"diagnosis {position}")]


@pytest.mark.parametrize("diagnoses", PASSING.values(), ids=PASSING)
def test_it_passes(diagnoses):
    assert found(*diagnoses) == []


def test_an_outpatient_claim_has_no_indicators():
    assert found(("I50.9", ""), facility_type="13") == []


def test_the_sites_own_list_decides(tmp_path):
    content = b"code,starts_on,ends_on,words\nI50.9,2025-10-01,,own\n"
    version = library.version_of("poa_exempt", date(2025, 10, 1), content)
    library.build(tmp_path, version, content)
    terms = Terms(PARTIES.payers, PARTIES.policies, control_number,
                  library.Library(tmp_path, [version]))

    assert found(("I50.9", ""), terms=terms) == []
    assert found(("I50.9", "Y"), ("Z87.891", ""), terms=terms) == [
        ("poa_missing", "diagnosis 2"), ("poa_of_exempt", "diagnosis 1")]


@pytest.mark.parametrize(("code", "said", "edit"), [
    ("W18.30XA", "", ["poa_missing"]), ("W18.30XA", "Y", []), ("V43.52XA", "", []),
    ("V43.52XA", "Y", ["poa_of_exempt"])])
def test_an_external_cause_says_it_too(code, said, edit):
    case = stay((("S72.001A", "Y"),), (replace(dx(code), present=said),))

    assert [(f.edit, f.place) for f in edits.check(case, date(2026, 4, 1), TERMS, OURS)] == [
        (each, "claim") for each in edit]


@pytest.mark.parametrize(("on", "published", "apart"), [  # the lists' own counts
    (date(2024, 10, 1), 38_154, 1), (date(2025, 10, 1), 38_349, 0)])
def test_the_rows_hold_as_many_codes_as_the_yearly_lists(on, published, apart):
    codes = days.codes(days.DIAGNOSES, on)

    assert sum(map(poa.is_exempt, codes)) == published + apart
