"""Where a service is made, how often a day, under which revenue code; and who pays first."""

from datetime import date

import pytest

from schemas.events import Coverage, Institutional
from services.claims import edits
from tests.builders import SERVED_ON, TERMS, bill, coded, line, payer

OURS = tuple(edit for edit in edits.EDITS if edit.family in ("places", "registration"))


def found(content):
    case = coded(bill=content)
    return [(f.edit, f.place) for f in edits.check(case, date(2026, 3, 10), TERMS, OURS)]


def hospital(revenue, code):
    return bill(
        claim_type="institutional", institutional=Institutional(facility_type="13"),
        coverage=payer("MEDICARE_A"),
        lines=(line(1, code=code, revenue_code=revenue, place_of_service=""),))


FAILING = {
    "an office visit at the inpatient hospital":
        (bill(lines=(line(1, place_of_service="21"),)), "place_of_visit", "line 1"),
    "an emergency visit at the office":
        (bill(lines=(line(1, code="99283"),)), "place_of_visit", "line 1"),
    "two units of a visit": (bill(lines=(line(1, units=2),)), "once_a_day", "line 1"),
    "an emergency visit under the laboratory's revenue code":
        (hospital("0300", "99283"), "revenue_of_service", "line 1"),
    "coverage that ended the day before":
        (bill(coverage=Coverage(payer_id="BCBS", plan="commercial", ends_on=date(2026, 3, 1))),
         "coverage_not_in_force", "claim"),
    "coverage that begins the day after":
        (bill(coverage=Coverage(payer_id="BCBS", plan="commercial", starts_on=date(2026, 3, 3))),
         "coverage_not_in_force", "claim"),
    "Medicaid before a commercial payer":
        (bill(coverage=payer("MEDICAID"), others=(payer("BCBS"),)), "last_payer_first", "claim"),
    "a payer twice": (bill(others=(payer("BCBS"),)), "payer_repeated", "claim"),
    "an accident without its day": (bill(related_cause="AA"), "accident_day_missing", "claim"),
}
PASSING = {
    "an office visit at the office": bill(),
    "a visit in a shelter": bill(lines=(line(1, place_of_service="04"),)),
    "a visit on the street": bill(lines=(line(1, place_of_service="27"),)),
    "a hospital visit of who waits in the emergency room":
        bill(lines=(line(1, code="99222", place_of_service="23"),)),
    "an emergency visit in the emergency room":
        bill(lines=(line(1, code="99283", place_of_service="23"),)),
    "a hospital visit by video":
        bill(lines=(line(1, code="99232", place_of_service="02"),)),
    "an emergency visit by video":
        bill(lines=(line(1, code="99283", place_of_service="02"),)),
    "an emergency visit under its revenue code": hospital("0450", "99283"),
    "an emergency physician's fee": hospital("0981", "99283"),
    "the last day of coverage":
        bill(coverage=Coverage(payer_id="BCBS", plan="commercial", ends_on=SERVED_ON)),
    "Medicare before Medicaid": bill(coverage=payer("MEDICARE"), others=(payer("MEDICAID"),)),
    "an accident at work has no day of its own": bill(related_cause="EM"),
    "an accident with its day": bill(related_cause="OA", accident_on=date(2026, 3, 1)),
}


@pytest.mark.parametrize(("content", "edit", "place"), FAILING.values(), ids=FAILING)
def test_it_is_found_at_its_place(content, edit, place):
    assert found(content) == [(edit, place)]


@pytest.mark.parametrize("content", PASSING.values(), ids=PASSING)
def test_it_passes(content):
    assert found(content) == []
