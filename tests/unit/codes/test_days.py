"""The days on which an ICD-10 code may be billed, and who says so: the site's list or ours."""

from datetime import date, timedelta

import pytest

from services.claims.edits.edit import Case
from services.claims.edits.listed import is_diagnosis, is_procedure
from services.claims.terms import Terms
from services.codes import days, icd10cm, pcs
from services.codes.library import library
from tests.builders import PARTIES, bill, coded, control_number

DAY = timedelta(days=1)
CAME = {  # code, first day: public addenda of CMS and NCHS
    "E11.A": date(2025, 10, 1), "U07.1": date(2020, 4, 1), "W44.A0XA": date(2023, 10, 1),
    "I1A.0": date(2023, 10, 1), "Z28.310": date(2022, 4, 1),
}
WENT = {"M72.2": date(2026, 9, 30)}


@pytest.mark.parametrize("code", CAME)
def test_a_code_counts_from_its_first_day(code):
    assert icd10cm.is_valid(code, CAME[code])
    assert not icd10cm.is_valid(code, CAME[code] - DAY)


def test_a_code_that_was_divided_counts_until_its_last_day():
    assert icd10cm.is_valid("M72.2", WENT["M72.2"])
    assert not icd10cm.is_valid("M72.2", WENT["M72.2"] + DAY)


@pytest.mark.parametrize("code", ["B20", "F99", "P84", "R99", "Z66"])
def test_a_code_that_is_a_block_of_its_own_is_a_code(code):
    assert icd10cm.is_valid(code, date(2026, 3, 2))
    assert icd10cm.describe(code)


def test_a_procedure_code_has_days_too():
    april = next(code for code in days.codes(days.PROCEDURES, date(2026, 4, 1))
                 if days.spans(days.PROCEDURES, code)[0][0] == 20260401)

    assert pcs.is_valid(april, date(2026, 4, 1))
    assert not pcs.is_valid(april, date(2026, 3, 31))


def test_nothing_counts_before_icd_10():
    assert not icd10cm.is_valid("I10", date(2015, 9, 30))
    assert icd10cm.is_valid("I10", date(2015, 10, 1))


def case(tmp_path, first_day, on, kind="icd10cm"):
    """A case of a day at a site whose own list knows one code that nobody else has."""
    text = "00001 Q999999 1 short".ljust(77) + "A code of this list alone\n"
    version = library.version_of(kind, first_day, text.encode())
    library.build(tmp_path, version, text.encode())
    terms = Terms(PARTIES.payers, PARTIES.policies, control_number,
                  library.Library(tmp_path, [version]))
    return Case(coded(bill=bill(starts_on=on, ends_on=on)), on, terms)


def test_the_sites_own_list_decides_from_its_day(tmp_path):
    on = date(2027, 5, 3)

    assert is_diagnosis(case(tmp_path, date(2027, 4, 1), on), "Q99.9999")
    assert not is_diagnosis(case(tmp_path, date(2027, 4, 1), on), "I10")
    assert is_procedure(case(tmp_path, date(2027, 4, 1), on, "icd10pcs"), "Q999999")


def test_a_list_that_a_packaged_edition_follows_does_not_decide(tmp_path):
    old = case(tmp_path, date(2024, 10, 1), date(2026, 3, 2))

    assert is_diagnosis(old, "I10")
    assert not is_diagnosis(old, "Q99.9999")
