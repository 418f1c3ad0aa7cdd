"""Which claim an answer is about, and which claims are one encounter's."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.phi.keys import SiteKey
from services.shadow import chains, match
from services.shadow.chains import Home, Known, Waiting
from services.shadow.match import Candidate, Clue

SITE = SiteKey(b"k" * 32)
DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORIGINAL = Candidate("original", "1", "P", "", DAY)
SECOND_PAYER = Candidate("second payer", "1", "S", "", DAY + timedelta(days=20))
REPLACEMENT = Candidate("replacement", "7", "P", "icn-1", DAY + timedelta(days=40))
ALL = (ORIGINAL, SECOND_PAYER, REPLACEMENT)


def clue(days: int, **said: str) -> Clue:
    return Clue(DAY + timedelta(days=days), **said)


@pytest.mark.parametrize("known", list(itertools.permutations(ALL)))
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (clue(14, frequency="1", status="1"), ORIGINAL),
        (clue(14, status="1"), ORIGINAL),
        (clue(30, frequency="1", status="2"), SECOND_PAYER),
        (clue(60, frequency="7", status="1"), REPLACEMENT),
        (clue(60, frequency="1", status="22", reference="icn-1"), SECOND_PAYER),
        (clue(60, frequency="1", status="1", reference="icn-1"), ORIGINAL),
    ],
)
def test_an_answer_is_about_the_claim_it_describes(known, said, expected):
    assert match.choose(known, said, final=False) == expected


def test_a_decision_of_a_replacement_that_has_not_come_waits_for_it():
    said = clue(60, frequency="7", status="1")

    assert match.choose([ORIGINAL], said, final=False) == match.ITS_FREQUENCY
    assert match.choose([ORIGINAL], said, final=True) == ORIGINAL
    assert match.choose([], said, final=True) == match.ITS_CLAIM


def waiting(name: str, account: str, day: int, frequency: str = "1", original: str = "") -> Waiting:
    return Waiting(name, account, frequency, original, DAY + timedelta(days=day))


STORY = (
    waiting("a1", "A", 0), waiting("a7", "A", 30, "7", "icn-a"),
    waiting("b7", "B", 40, "7", "icn-a"), waiting("c7", "C", 50, "7", "icn-unknown"),
    waiting("d1", "D", 5),
)
KNOWN = Known({}, {"icn-a": ("A",)}, frozenset("ABC"))


@given(st.permutations(STORY))
def test_where_claims_belong_does_not_depend_on_their_order(story):
    found = chains.settle(story, KNOWN, SITE, final=False)

    encounter = chains.encounter_id(SITE, "A")
    assert found["a1"] == found["a7"] == Home(encounter, "A")
    assert found["b7"] == Home(encounter, "B")
    assert found["c7"] == chains.THE_CLAIM_BEFORE
    assert found["d1"] == chains.A_CODER


def test_when_nothing_more_comes_nothing_waits():
    found = chains.settle(STORY, KNOWN, SITE, final=True)

    assert found["c7"] == Home(chains.encounter_id(SITE, "C"), "C")
    assert found["d1"] == Home(chains.encounter_id(SITE, "D"), "D")


def test_a_replacement_joins_the_encounter_that_was_told_before():
    known = Known({"A": "ENCOUNTER"}, {"icn-a": ("A",)}, frozenset("A"))

    found = chains.settle([waiting("b7", "B", 9, "7", "icn-a")], known, SITE, final=False)

    assert found == {"b7": Home("ENCOUNTER", "A")}
