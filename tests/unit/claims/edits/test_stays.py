"""What a hospital bills beside a stay."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.events import Institutional
from tests.builders import TERMS, bill, line, payer
from tests.unit.claims.edits.past import found

WITHIN, APART, AGAIN = "within_payment_window", "payment_window_apart", "readmitted_same_day"
ADMITTED = date(2026, 3, 4)
HOSPITAL = replace(TERMS, hospitals={"main": "282N00000X"})


def at(day):
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def stay(first=ADMITTED, last=date(2026, 3, 8), payer_id="MEDICARE_A", status="01", **over):
    held = Institutional(facility_type="11", admitted_at=at(first), discharged_at=at(last),
                         patient_status=status, **over)
    return bill(
        claim_type="institutional", encounter_class="inpatient", institutional=held,
        coverage=payer(payer_id), starts_on=first, ends_on=last,
        lines=(line(1, code="", revenue_code="0120", served_on=first),))


def visit(day, revenue="0350", payer_id="MEDICARE_A", **over):
    held = Institutional(facility_type="13", admitted_at=at(day), **over)
    return bill(
        claim_type="institutional", encounter_class="emergency", institutional=held,
        coverage=payer(payer_id), starts_on=day, ends_on=day,
        lines=(line(1, code="74177", revenue_code=revenue, served_on=day),))


PART_OF_IT = {
    "a scan three days before": visit(date(2026, 3, 1)),
    "a visit on the day, attested or not":
        visit(ADMITTED, revenue="0450", conditions=("51",)),
    "therapy the day before": visit(date(2026, 3, 3), revenue="0420"),
    "a scan, though attested": visit(date(2026, 3, 2), conditions=("51",)),
}
APART_FROM_IT = {
    "four days before": visit(date(2026, 2, 28)),
    "after the stay began": visit(date(2026, 3, 5)),
    "unrelated therapy": visit(date(2026, 3, 3), revenue="0420", conditions=("51",)),
    "an ambulance": visit(date(2026, 3, 3), revenue="0540"),
    "dialysis": visit(date(2026, 3, 3), revenue="0821"),
    "another payer's": visit(date(2026, 3, 3), payer_id="MEDICAID"),
}


@pytest.mark.parametrize("case", PART_OF_IT)
def test_what_was_done_within_the_window_warns_on_whichever_claim_comes_second(case):
    outpatient = PART_OF_IT[case]

    assert found(outpatient, stay(), terms=HOSPITAL) == [(WITHIN, "warn", "claim")]
    assert found(stay(), outpatient, terms=HOSPITAL) == [(APART, "warn", "claim")]


@pytest.mark.parametrize("case", APART_FROM_IT)
def test_what_is_outside_the_window_passes(case):
    outpatient = APART_FROM_IT[case]

    assert found(outpatient, stay(), terms=HOSPITAL) == []
    assert found(stay(), outpatient, terms=HOSPITAL) == []


@pytest.mark.parametrize(("taxonomy", "days"), [
    ("283Q00000X", {3, 4}), ("282NC0060X", set()), ("282N00000X", {1, 2, 3, 4}),
])
def test_the_window_is_the_hospitals(taxonomy, days):
    terms = replace(TERMS, hospitals={"main": taxonomy})

    inside = {day for day in range(1, 8)
              if found(visit(date(2026, 3, day)), stay(), terms=terms)}

    assert inside == days


def test_the_window_is_medicares():
    mine, other = visit(ADMITTED, payer_id="BCBS"), stay(payer_id="BCBS")

    assert found(mine, other, terms=HOSPITAL) == []


def test_a_readmission_on_the_day_of_discharge_warns_unless_unrelated():
    first, second = stay(), stay(date(2026, 3, 8), date(2026, 3, 10))
    unrelated = stay(date(2026, 3, 8), date(2026, 3, 10), conditions=("B4",))

    assert found(second, first, terms=HOSPITAL) == [(AGAIN, "warn", "claim")]
    assert found(first, second, terms=HOSPITAL) == [(AGAIN, "warn", "claim")]
    assert found(unrelated, first, terms=HOSPITAL) == []
    assert found(first, unrelated, terms=HOSPITAL) == []
    assert found(stay(date(2026, 3, 9), date(2026, 3, 10)), first, terms=HOSPITAL) == []
    assert found(second, stay(status="02"), terms=HOSPITAL) == []


def test_two_stays_on_other_days_repeat_no_line():
    second = stay(ADMITTED, date(2026, 3, 9))

    assert "billed_in_another_encounter" not in {e for e, *_ in found(second, stay())}
    assert "billed_in_another_encounter" in {e for e, *_ in found(stay(), stay())}
