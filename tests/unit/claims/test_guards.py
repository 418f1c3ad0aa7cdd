"""Guards: what may not go out next, and what may not be appealed."""

from dataclasses import replace

import pytest

from services.claims import guards
from services.claims.guards import Following, Past
from tests.builders import bill, line, policy

LINES = frozenset({"L1", "L2"})
BCBS = policy("BCBS")


def past(state="adjudicated", frequency="1", number="P1", **over):
    return Past("C1", frequency, state, number, LINES, **over)


def replacement(number="P1", lines=LINES, **over):
    return Following("7", number, lines, **over)


def rules(following, *chain, of=BCBS):
    return [refusal.rule for refusal in guards.refusals(following, chain, of)]


@pytest.mark.parametrize(("following", "chain", "expected"), [
    (Following("1"), (), []),
    (Following("1"), (past("rejected"),), []),
    (Following("1"), (past("unprocessable"),), []),
    (Following("1"), (past(),), ["already_adjudicated"]),
    (Following("1"), (past(), past("rejected", "7", "")), ["already_adjudicated"]),
    (Following("1"), (past(), past(frequency="8", number="")), []),
    (Following("1"), (past("open"),), ["in_flight"]),
    (replacement(), (past(),), []),
    (replacement(), (), ["nothing_adjudicated"]),
    (replacement(), (past("unprocessable"),), ["nothing_adjudicated"]),
    (replacement("P1"), (past(), past(frequency="7", number="P2")), ["payer_claim_number"]),
    (replacement("P2"), (past(), past(frequency="7", number="P2")), []),
    (replacement(""), (past(number=""),), ["payer_claim_number"]),
    (replacement(), (past(), past("open", "7", "")), ["in_flight"]),
    (replacement(lines=frozenset({"L1"})), (past(),), ["lines_missing"]),
    (replacement(lines=frozenset({"L1"}), dropped=frozenset({"L2"})), (past(),), []),
    (Following("8", "P1"), (past(),), []),
    (Following("8", "P0"), (past(),), ["payer_claim_number"]),
    (replacement(), (past(appealed=True),), ["under_appeal"]),
])
def test_a_next_submission_is_refused_by_rule(following, chain, expected):
    assert rules(following, *chain) == expected


def test_a_payer_is_sent_only_the_frequencies_it_takes():
    assert rules(replacement(), past(), of=policy("MEDICARE")) == ["not_taken"]
    assert rules(Following("1"), of=policy("MEDICARE")) == []
    assert rules(Following("1"), of=None) == ["not_taken"]


def test_medicare_part_a_takes_no_correction_of_a_medical_review():
    part_a = policy("MEDICARE_A", "institutional")
    assert rules(replacement(), past(reviewed=True), of=part_a) == ["medical_review"]
    assert rules(Following("8", "P1"), past(reviewed=True), of=part_a) == []
    assert rules(replacement(), past(reviewed=True)) == []


def test_a_payer_that_takes_both_gets_a_correction_beside_an_appeal():
    employer = policy("EMPLOYER")
    assert rules(replacement(), past(appealed=True), of=employer) == []
    assert guards.appeal("C1", [past(), replace(past("open", "7"), control_number="C2")],
                         employer) == ()


@pytest.mark.parametrize(("chain", "expected"), [
    ((past(),), []),
    ((past("unprocessable"),), ["never_adjudicated"]),
    ((past("rejected"),), ["never_adjudicated"]),
    ((), ["never_adjudicated"]),
    ((past(), replace(past("open", "7"), control_number="C2")), ["beside_a_correction"]),
])
def test_an_appeal_is_refused_by_rule(chain, expected):
    assert [refusal.rule for refusal in guards.appeal("C1", chain, BCBS)] == expected


def test_every_refusal_says_why_in_a_sentence():
    found = guards.refusals(replacement("", frozenset()), [past(appealed=True)], None)
    assert all(one.text[0].isupper() and one.text.endswith(".") for one in found)


def test_what_was_taken_off_stays_said_over_versions():
    first, second = bill(), bill(lines=(line(1),))
    assert guards.dropped((), first, second) == ("L2",)
    assert guards.dropped(("L2",), second, second) == ("L2",)
    assert guards.dropped(("L2",), second, first) == ()
