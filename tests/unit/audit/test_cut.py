"""When a view is whole: nothing of an encounter's life is on its way or left out."""

from dataclasses import replace
from unittest.mock import Mock

import pytest

from schemas import topics
from services.audit.cut import Cut
from services.ops.stages import READS

ENDS = {(t.name, p): 10 for t in topics.ALL for p in range(t.partitions)}
STILL = Cut(
    settings=Mock(), conn=Mock(), starts=dict.fromkeys(ENDS, 0), ends=ENDS, closed=ENDS,
    committed={(c, place): 10 for c, read in READS.items() for place in ENDS
               if place[0] in {t.name for t in read}},
    ledger={},
)  # fmt: skip


def later(topic: topics.Topic) -> Cut:
    """A view in which the topic's last record was written after the closed ends were taken."""
    return replace(STILL, closed=ENDS | {(topic.name, 1): 9})


def test_a_view_in_which_everything_is_read_is_whole() -> None:
    assert STILL.whole


@pytest.mark.parametrize("topic", [topics.ENCOUNTER, topics.CODED, topics.REWORK, topics.DECIDED])
def test_an_event_of_a_life_that_came_this_moment_leaves_it_open(topic: topics.Topic) -> None:
    assert not later(topic).whole


@pytest.mark.parametrize("topic", [topics.DEADLINE, topics.ACCURACY])
def test_what_time_alone_brings_does_not_hide_a_missing_encounter(topic: topics.Topic) -> None:
    assert later(topic).whole


def test_a_reader_that_is_behind_leaves_it_open() -> None:
    behind = STILL.committed | {("validation", (topics.CODED.name, 0)): 9}
    assert not replace(STILL, committed=behind).whole
