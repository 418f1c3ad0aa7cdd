"""Verdicts on files and sets hold for each of their claims; a refusal wins."""

from datetime import UTC, datetime

import pytest

from schemas.events import Status
from services.gateway import answers, events
from services.x12.ack999 import GroupVerdict, SetVerdict
from services.x12.ta1 import InterchangeVerdict

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)


def group(code: str, *sets: SetVerdict) -> GroupVerdict:
    return GroupVerdict("HC", "1", code, 2, 2, 1, (), sets)


def test_a_ta1_holds_for_every_claim_of_the_file() -> None:
    said = list(answers.of_interchange(InterchangeVerdict("1", "R", "025"), ["A", "B"]))
    assert [(s.control_number, s.accepted, s.statuses) for s in said] == [
        (number, False, (Status(category="R", code="025"),)) for number in ("A", "B")
    ]


def test_a_set_that_a_partly_accepting_999_does_not_name_has_no_verdict() -> None:
    verdict = group("P", SetVerdict("837", "0001", "R", ("5",), ()))
    said = list(answers.of_group(verdict, [("A", "0001"), ("B", "0002")]))
    assert [(s.control_number, s.accepted) for s in said] == [("A", False)]
    assert said[0].statuses == (Status(category="R", code="5"),)


def test_an_accepted_group_holds_for_sets_it_does_not_name() -> None:
    said = list(answers.of_group(group("A"), [("A", "0001"), ("B", "0002")]))
    assert [s.accepted for s in said] == [True, True]


def test_what_one_file_says_of_a_claim_at_one_hop_is_one_verdict() -> None:
    first = answers.Said("A", "277CA", True, (Status(category="A2"),), "ICN1")
    second = answers.Said("A", "277CA", False, (Status(category="A7"),))
    (one,) = answers.together([first, second])
    assert (one.accepted, one.payer_claim_number) == (False, "ICN1")
    assert [s.category for s in one.statuses] == ["A2", "A7"]


@pytest.mark.parametrize(
    ("day", "minute", "said"),
    [
        ("260702", "0930", datetime(2026, 7, 2, 9, 30, tzinfo=UTC)),
        ("260702", "093015", datetime(2026, 7, 2, 9, 30, tzinfo=UTC)),
        ("270702", "0930", NOW),
        ("260231", "0930", NOW),
        ("rubbish", "", NOW),
    ],
)
def test_a_file_is_as_old_as_it_says_but_never_from_the_future(
    day: str, minute: str, said: datetime
) -> None:
    assert events.said_at(day, minute, NOW) == said
