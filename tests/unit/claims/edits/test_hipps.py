"""Lines with a HIPPS rate code: rehabilitation, home health and skilled nursing."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.events import Institutional
from services.claims import edits
from services.codes.library.library import Library, build, version_of
from tests.builders import TERMS, bill, coded, line, payer

LIST = b"code,starts_on,ends_on,words\nA0101,2026-03-02,,own\n1AA11,2020-01-01,,own\n"


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """The terms of a site that loaded a list of HIPPS codes."""
    folder, version = tmp_path_factory.mktemp("tables"), version_of("hipps", date(2020, 1, 1), LIST)
    build(folder, version, LIST)
    return replace(TERMS, library=Library(folder, [version]))


def rated(revenue, code, *, facility_type="11", cents=0, on=date(2026, 3, 2)):
    """A claim with a HIPPS line beside what is priced."""
    return coded(bill=bill(
        claim_type="institutional", encounter_class="inpatient", coverage=payer("MEDICARE_A"),
        institutional=Institutional(facility_type=facility_type, patient_status="01"),
        starts_on=on, ends_on=on, lines=(
            line(1, code=code, revenue_code=revenue, charge_cents=cents, pointers=(),
                 served_on=on),
            line(2, code="", revenue_code="0250", pointers=(), served_on=on),
        )))


def at_the_line(case, terms=TERMS):
    return [f.edit for f in edits.check(case, date(2026, 3, 10), terms) if f.place == "line 1"]


@pytest.mark.parametrize(("revenue", "code", "facility_type"), [
    ("0024", "A0101", "11"), ("0024", "D5104", "11"), ("0023", "1AA11", "32"),
    ("0023", "2CB21", "32"), ("0022", "KAGD1", "21"), ("0022", "ZZZZZ", "18"),
    ("0022", "RUX10", "21"),
])
def test_a_hipps_code_under_the_revenue_code_of_its_system_is_right(revenue, code, facility_type):
    assert at_the_line(rated(revenue, code, facility_type=facility_type)) == []


@pytest.mark.parametrize(("revenue", "code"), [
    ("0024", "1AA11"), ("0024", "99213"), ("0024", ""), ("0023", "KAGD1"), ("0022", "A0101"),
])
def test_another_code_under_these_revenue_codes_is_found(revenue, code):
    assert at_the_line(rated(revenue, code)) == ["hipps_malformed"]


def test_a_hipps_code_under_another_revenue_code_is_no_procedure():
    assert at_the_line(rated("0120", "KAGD1", cents=100)) == ["procedure_malformed"]


def test_a_line_that_only_names_the_rate_costs_nothing():
    assert "charge_not_positive" in at_the_line(rated("0120", "", cents=0))
    assert "charge_not_positive" not in at_the_line(rated("0024", "A0101", cents=0))


def test_without_a_list_only_a_claim_with_such_a_line_says_no_data():
    def told(case):
        return [f.severity for f in edits.check(case, date(2026, 3, 10), TERMS)
                if f.edit == "no_data" and f.text.startswith("No hipps table")]

    assert told(rated("0024", "A0101")) == ["warn"]
    assert told(rated("0120", "")) == []


def test_where_the_site_loaded_a_list_it_decides_by_day(listed):
    assert "hipps_not_listed" not in at_the_line(rated("0024", "A0101"), listed)
    assert "hipps_not_listed" in at_the_line(rated("0024", "A0101", on=date(2026, 3, 1)), listed)
    assert "hipps_not_listed" in at_the_line(rated("0024", "A9901"), listed)
    assert at_the_line(rated("0024", "1AA11"), listed) == ["hipps_malformed"]
