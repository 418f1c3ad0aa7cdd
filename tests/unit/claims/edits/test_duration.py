"""Units and time: what cannot have happened in the time that there was."""

from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.events import Institutional, Procedure
from services.claims import edits
from tests.builders import SERVED_ON, TERMS, bill, coded, line, payer

OURS = tuple(edit for edit in edits.EDITS if edit.family == "duration")
ARRIVED = datetime(2026, 3, 2, 3, tzinfo=UTC)


def observed(units, lasted, discharged=True):
    held = Institutional(
        facility_type="13", admitted_at=ARRIVED, discharged_at=ARRIVED + lasted)
    if not discharged:
        held = Institutional(facility_type="13", admitted_at=ARRIVED)
    return bill(
        claim_type="institutional", encounter_class="observation", institutional=held,
        coverage=payer("MEDICARE_A"),
        lines=tuple(line(at, code="G0378", revenue_code="0762", units=one)
                    for at, one in enumerate(units, 1)))


def ventilated(code, begun, discharged):
    held = Institutional(
        facility_type="11", admitted_at=ARRIVED, discharged_at=discharged,
        procedures=(Procedure(code=code, performed_on=begun),))
    return bill(
        claim_type="institutional", encounter_class="inpatient", institutional=held,
        coverage=payer("MEDICARE_A"), lines=(line(1, code="", revenue_code="0120"),))


def timed(*units, on=None):
    days = on or [SERVED_ON] * len(units)
    return bill(lines=tuple(
        line(at, code=code, units=one, served_on=day)
        for at, (code, one, day) in enumerate(zip(("97110", "97140"), units, days, strict=False), 1)
    ))


def found(content):
    return [(f.edit, f.place)
            for f in edits.check(coded(bill=content), date(2026, 3, 20), TERMS, OURS)]


HOURS = timedelta(hours=1)
FAILING = {
    "25 hours of observation in 18":
        (observed((25,), 18 * HOURS), "observation_hours", "line 1"),
    "two lines of 10 hours in 18":
        (observed((10, 10), 18 * HOURS), "observation_hours", "line 2"),
    "a ventilator for more than 96 hours, from two days before discharge":
        (ventilated("5A1955Z", date(2026, 3, 8), datetime(2026, 3, 10, 9, tzinfo=UTC)),
         "longer_than_stay", "procedure 1"),
    "24 hours of help by mask on the day of discharge":
        (ventilated("5A09458", date(2026, 3, 10), datetime(2026, 3, 10, 9, tzinfo=UTC)),
         "longer_than_stay", "procedure 1"),
    "97 quarters of an hour on a day": (timed(97), "day_too_long", "line 1"),
    "96 and one": (timed(96, 1), "day_too_long", "line 2"),
}
PASSING = {
    "18 hours in 18": observed((18,), 18 * HOURS),
    "a begun hour counts": observed((19,), 18 * HOURS + timedelta(minutes=40)),
    "observation not yet ended is not judged": observed((90,), HOURS, discharged=False),
    "24 to 96 hours on a ventilator, from two days before discharge":
        ventilated("5A1945Z", date(2026, 3, 8), datetime(2026, 3, 10, 9, tzinfo=UTC)),
    "more than 96 hours, from five days before":
        ventilated("5A1955Z", date(2026, 3, 5), datetime(2026, 3, 10, 9, tzinfo=UTC)),
    "less than 24 hours on the last day":
        ventilated("5A1935Z", date(2026, 3, 10), datetime(2026, 3, 10, 9, tzinfo=UTC)),
    "96 quarters of an hour": timed(96),
    "over two days": timed(96, 1, on=(SERVED_ON, SERVED_ON + timedelta(1))),
}


@pytest.mark.parametrize(("content", "edit", "place"), FAILING.values(), ids=FAILING)
def test_it_is_found_at_its_place(content, edit, place):
    assert found(content) == [(edit, place)]


@pytest.mark.parametrize("content", PASSING.values(), ids=PASSING)
def test_it_passes(content):
    assert found(content) == []
