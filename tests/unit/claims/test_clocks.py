"""Clocks: by which rule, from when, until when; whom a weekend or a query moves."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims import clocks, data, workdays
from services.claims.clocks import Facts
from services.claims.terms import Terms
from tests.builders import SERVED_ON, TERMS, bill, payer, policy


def denied(payer_id="MEDICARE", on=date(2026, 5, 4), claim_type="professional", **over):
    facts = Facts(
        kind="denial", payer_id=payer_id, claim_type=claim_type,
        served=(SERVED_ON, SERVED_ON), opened_on=on, decided_on=on, **over,
    )
    return {clock.kind: clock for clock in clocks.of(facts, TERMS)}


@pytest.mark.parametrize(("remittance", "received_by"), [
    (date(2017, 5, 15), date(2017, 9, 18)),  # Palmetto: 17 September 2017, a Sunday
    (date(2017, 8, 15), date(2017, 12, 18)),
    (date(2020, 5, 15), date(2020, 9, 17)),
    (date(2020, 8, 14), date(2020, 12, 17)),
])
def test_a_redetermination_is_due_when_the_contractor_says(remittance, received_by):
    found = denied(on=remittance)["appeal_1"]

    assert found.starts_on == remittance + timedelta(days=5)
    assert found.due_on == received_by


def test_a_last_day_before_a_holiday_weekend_rolls_over_it_where_the_rule_says_so():
    # Noridian: the Saturday before Columbus Day moves to the first working day after it.
    saturday = date(2026, 10, 10)
    found = denied(on=saturday - timedelta(days=125))["appeal_1"]

    assert found.due_on == date(2026, 10, 13)
    assert "10 October 2026 is no workday (Saturday)" in found.note


def test_a_contracts_last_day_stays_and_names_the_workday_before():
    sunday = date(2026, 11, 1)
    found = denied("BCBS", on=sunday - timedelta(days=policy("BCBS").appeal_days))["appeal_1"]

    assert found.due_on == sunday
    assert "30 October 2026 is the last one before" in found.note


def test_what_was_never_adjudicated_has_the_filing_limit_and_no_appeal():
    found = denied("BCBS", appealable=False)

    assert "appeal_1" not in found
    assert found["filing"].due_on == SERVED_ON + timedelta(days=policy("BCBS").filing_days)


def test_medicares_levels_follow_one_another_from_receipt():
    kept = date(2026, 6, 1)
    found = denied(upheld={"appeal_1": kept})

    assert "appeal_1" not in found
    assert "alj" not in found
    assert found["reconsideration"].due_on == workdays.on_or_after(kept + timedelta(days=185))
    last = denied(upheld=dict.fromkeys(("appeal_1", "reconsideration", "alj", "council"), kept))
    assert last["court"].due_on == workdays.on_or_after(kept + timedelta(days=65))


def test_commercial_levels_run_from_the_decision():
    kept = date(2026, 6, 1)

    assert denied("BCBS", upheld={"appeal_1": kept})["appeal_2"].due_on == date(2026, 7, 31)


def test_an_adjustment_of_medicare_part_a_has_the_claims_own_year():
    found = denied("MEDICARE_A", on=date(2027, 1, 4), claim_type="institutional")

    assert found["corrected"].rule == "adjustment_year"
    assert found["corrected"].due_on == date(2027, 3, 2)


def test_a_payer_that_takes_no_replacement_has_a_reopening():
    assert denied("MEDICARE")["corrected"].rule == "reopening"
    assert denied("BCBS")["corrected"].rule == "corrected_claim"


def test_records_are_due_from_the_request():
    assert "record_request" not in denied()
    asked = denied(requested_on=date(2026, 5, 4))["record_request"]
    assert asked.due_on == workdays.on_or_after(date(2026, 6, 18))


def test_a_query_stops_the_house_and_no_payer():
    running, later = denied(), denied(paused_days=4)

    for kind in ("appeal_1", "corrected"):
        assert running[kind] == later[kind]
    assert workdays.between(running["internal"].due_on, later["internal"].due_on) == 4


def test_the_house_counts_workdays():
    friday = date(2026, 11, 20)
    held = clocks.of(Facts(kind="held", opened_on=friday), TERMS)

    assert [clock.due_on for clock in held] == [date(2026, 11, 24)]


def test_the_nearest_is_a_payers_whatever_the_house_wants():
    found = clocks.nearest(denied("BCBS").values())

    assert found is not None
    assert found.kind == "appeal_1"
    assert min(c.due_on for c in denied("BCBS").values()) < found.due_on


@given(
    st.sampled_from(sorted(TERMS.payers)), st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    st.sampled_from(["held", "rejection", "denial", "coding", "charge_change"]),
)
def test_every_clock_is_near_before_it_ends_and_says_where_it_stands(payer_id, on, kind):
    facts = Facts(
        kind=kind, payer_id=payer_id, claim_type="professional", served=(on, on),
        opened_on=on, decided_on=on if kind == "denial" else None,
    )
    for clock in clocks.of(facts, TERMS):
        assert clock.starts_on <= clock.near_on <= clock.due_on
        assert clock.source
        assert clock.note.endswith(".")


def test_every_row_can_be_read_and_names_its_source():
    for row in data.rows("clocks.csv"):
        assert row["kind"] in clocks.KINDS
        assert row["unit"] in ("calendar", "business")
        assert row["roll"] in ("none", "next")
        assert row["start"] in (
            "policy", "decision", "receipt", "request", "opened", "service_last")
        assert row["source"]
        assert date.fromisoformat(row["checked_on"])
        assert bool(row["near_days"]) != bool(row["near_percent"])


def test_what_the_payers_policy_says_stands_where_the_policy_stands():
    assert denied("BCBS")["appeal_1"].source == policy("BCBS").source
    assert "42 CFR 405.942" in denied("MEDICARE")["appeal_1"].source


def test_a_claim_without_a_payer_still_has_the_houses_clock():
    nobody = Terms({}, {}, TERMS.control_number)

    assert [c.kind for c in clocks.of(Facts(kind="held", opened_on=SERVED_ON), nobody)] == [
        "internal"]


def test_a_secondary_claim_runs_from_the_decision_before():
    told = date(2026, 6, 1)
    facts = Facts(
        kind="rejection", payer_id="BCBS", claim_type="professional",
        served=(SERVED_ON, SERVED_ON), told_on=told, opened_on=told,
    )
    [filing] = [c for c in clocks.of(facts, TERMS) if c.kind == "filing"]

    assert filing.due_on == told + timedelta(days=policy("BCBS").filing_days)


def test_the_claims_own_limit_is_the_filing_clock():
    content = bill(coverage=payer("BCBS"))

    assert clocks.until(content, None, TERMS) == SERVED_ON + timedelta(
        days=policy("BCBS").filing_days)
