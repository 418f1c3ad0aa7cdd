"""Levels of appeal, and the guards of what is decided beyond a correction."""

from datetime import date

import pytest

from services.claims import appeals, clocks, guards

ON = date(2026, 7, 1)
PLANS = ("medicare", "commercial", "medicare_advantage", "medicaid", "government")


@pytest.mark.parametrize("plan", PLANS)
def test_every_plan_has_levels_in_order_and_each_is_a_clock(plan: str) -> None:
    levels = appeals.levels(plan, ON)
    assert [one.step for one in levels] == sorted(one.step for one in levels)
    assert all(one.source and one.recipient and one.words for one in levels)
    assert {one.level for one in levels if one.step} <= set(clocks.KINDS)


def test_medicare_goes_from_the_contractor_to_the_court() -> None:
    asked: list[str] = []
    while level := appeals.following("medicare", asked, ON):
        asked.append(level.level)
    assert asked == ["appeal_1", "reconsideration", "alj", "council", "court"]


def test_a_contracted_plan_follows_its_contract_and_no_law_of_medicare() -> None:
    levels = appeals.levels("medicare_advantage", ON)
    assert all("contract" in one.source for one in levels)
    assert [one.level for one in levels] == ["appeal_1", "appeal_2"]


def test_a_payer_without_a_row_of_its_own_is_asked_for_a_reopening_all_the_same() -> None:
    assert appeals.reopening("commercial", ON).level == appeals.REOPENING
    assert appeals.reopening("medicare", ON).recipient == "the contractor"


@pytest.mark.parametrize(
    ("groups", "plans", "noticed", "rules"),
    [
        ({"PR"}, ("commercial",), True, []),
        ({"PR", "CO"}, ("commercial",), True, ["not_the_patients"]),
        (set(), ("commercial",), True, ["not_the_patients"]),
        ({"PR"}, ("medicaid",), True, ["medicaid"]),
        ({"PR"}, ("medicare", "medicaid"), True, ["qmb"]),
        ({"PR"}, ("commercial", "medicaid"), True, []),
        ({"PR"}, ("medicare",), False, ["no_notice"]),
    ],
)
def test_the_patient_is_billed_only_for_a_denial_of_group_pr_that_nothing_bars(
    groups: set[str], plans: tuple[str, ...], noticed: bool, rules: list[str]
) -> None:
    found = guards.bill_patient(groups, plans, noticed=noticed)
    assert [one.rule for one in found] == rules


@pytest.mark.parametrize(
    ("accepted_on", "proved"),
    [(None, False), (date(2026, 6, 30), True), (ON, True), (date(2026, 7, 2), False)],
)
def test_only_the_payers_own_acceptance_in_time_proves_timely_filing(
    accepted_on: date | None, proved: bool
) -> None:
    assert (not guards.filed_in_time(accepted_on, ON)) == proved


def test_a_duplicate_goes_on_once_two_services_are_verified() -> None:
    assert guards.duplicate(["18", "45"], verified=False)
    assert not guards.duplicate(["18"], verified=True)
    assert not guards.duplicate(["97"], verified=False)
