"""A rule over history: what it would have held, caught, stopped, let go; dollars both ways."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.events import Finding, RuleVersion
from services.claims import edits, replay
from services.claims.history import NOTHING, History, of
from services.claims.replay import Past
from tests.builders import (
    TERMS,
    adjudicated,
    bill,
    coded,
    denied,
    line,
    paid,
    reversal,
    submitted,
    validated,
)

TODAY = date(2026, 6, 1)
LONG = RuleVersion(
    version=1, kind="own", words="A long visit needs a note of time: add it.", severity="hold",
    each="line", expression='line.code == "99215"', source="Compliance committee",
)
VISIT = bill(lines=(line(1, code="99215"), line(2, code="85025", charge_cents=4_000)))
CLAIM = submitted(bill=VISIT)


def effects(*history, rule=LONG, published=()):
    compared = replay.compared("long-visit", rule, published, TODAY)
    return [(e.effect, e.cents, e.place) for e in replay.replay(compared, history, TERMS)]


def past(*decisions, **over):
    return Past(coded(bill=VISIT), validated(bill=VISIT, **over), decisions)


def test_a_denial_where_the_rule_finds_fault_is_caught():
    assert effects(past(adjudicated(CLAIM, denied(CLAIM, "151")))) == [
        ("caught", 15_000, "line 1")]


def test_a_denial_of_another_line_is_not():
    assert effects(past(adjudicated(CLAIM, denied(CLAIM, "151", lines=(2,))))) == [
        ("open", 19_000, "line 1")]


def test_a_paid_claim_would_have_been_stopped_for_nothing():
    assert effects(past(adjudicated(CLAIM, paid(CLAIM)))) == [("stopped", 19_000, "line 1")]


def test_what_was_paid_and_taken_back_is_not_counted_as_paid():
    decision = adjudicated(CLAIM, paid(CLAIM))

    assert effects(past(decision, reversal(decision))) == [("open", 19_000, "line 1")]


def test_an_undecided_claim_is_open_and_another_code_is_no_business_of_the_rule():
    assert effects(past()) == [("open", 19_000, "line 1")]
    assert effects(Past(coded(), validated())) == []


def test_what_was_held_anyway_is_not_the_rules_merit():
    held = past(verdict="held", findings=(Finding(edit="coder_missing", severity="hold"),))

    assert effects(held) == []


def test_a_void_is_not_judged():
    assert effects(Past(coded(bill=VISIT, reason="void"))) == []


def test_a_warning_is_told_apart():
    assert effects(past(), rule=replace(LONG, severity="warn")) == [("warned", 19_000, "line 1")]


@pytest.mark.parametrize(("others", "told"), [((), [("released", 19_000, "claim")]),
                                              (("line_missing",), [])])
def test_an_edit_turned_off_lets_go_what_it_alone_held(others, told):
    bad = coded(bill=VISIT, coder_id="")
    [wrong] = {f.edit for f in edits.check(bad, TODAY, TERMS)} - {
        f.edit for f in edits.check(coded(bill=VISIT), TODAY, TERMS)}
    found = tuple(Finding(edit=name, severity="hold") for name in (wrong, *others))
    off = replace(LONG, kind="adoption", about=wrong, severity="off")

    assert effects(Past(bad, validated(findings=found, verdict="held")), rule=off) == told


def test_a_rule_about_an_edit_that_compares_is_asked_with_the_patients_other_visits():
    other = replace(VISIT, lines=tuple(replace(one, charge_cents=9_900) for one in VISIT.lines))
    alone = replace(past(), history=NOTHING)
    again = replace(past(), history=History((of(coded(encounter_id="other", bill=other)),)))
    harder = replace(LONG, kind="adoption", about="like_another_encounter")

    assert effects(again, rule=harder) == [("open", 19_000, "line 1")]
    assert effects(alone, past(), rule=harder) == []


def test_the_totals_name_every_effect():
    compared = replay.compared("long-visit", LONG, (), TODAY)
    found = list(replay.replay(
        compared, [past(), past(adjudicated(CLAIM, paid(CLAIM)))], TERMS))

    assert replay.totals(found) == {
        "caught": (0, 0), "stopped": (1, 19_000), "open": (1, 19_000), "warned": (0, 0),
        "released": (0, 0)}
