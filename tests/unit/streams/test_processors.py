"""What holds for all four processors: names, topics, and the same answer twice."""

from datetime import UTC, datetime

import pytest

from schemas import topics
from services.delivery.processor import Moment
from streams import TOPOLOGY
from tests.builders import TERMS, acknowledged, adjudicated, coded, denied, submitted, validated

NOW = Moment(datetime(2026, 3, 10, tzinfo=UTC))
FIRST = submitted()
EVENTS = (
    coded(), validated(), validated(2, "held"), FIRST, acknowledged(FIRST),
    acknowledged(FIRST, accepted=False), adjudicated(FIRST),
    adjudicated(FIRST, denied(FIRST, "11")),
)  # fmt: skip
PROCESSORS = {name: make(TERMS) for name, make in TOPOLOGY.items()}


def fed(processor):
    return [e for e in EVENTS if topics.holding(e) in processor.reads]


@pytest.mark.parametrize("name", PROCESSORS)
def test_a_processor_is_named_as_its_topology_and_alone_writes_its_topics(name):
    processor = PROCESSORS[name]

    assert processor.name == name
    assert [topic.writer for topic in processor.writes] == [name]


@pytest.mark.parametrize("name", PROCESSORS)
def test_the_same_event_and_state_give_the_same_outputs(name):
    processor = PROCESSORS[name]
    assert fed(processor)
    for event in fed(processor):
        state, outputs = processor.step(None, event, NOW)
        again, same = processor.step(None, event, NOW)

        assert (state, list(outputs)) == (again, list(same))


@pytest.mark.parametrize("name", PROCESSORS)
def test_outputs_go_to_its_topics_and_say_their_time_and_cause(name):
    processor = PROCESSORS[name]
    for event in fed(processor):
        for output in processor.step(None, event, NOW)[1]:
            assert topics.holding(output) in processor.writes
            assert output.recorded_at == NOW.now
            assert output.cause_id


@pytest.mark.parametrize("name", ["assembly", "denials"])
def test_an_acceptance_of_the_first_version_changes_nothing(name):
    state, outputs = PROCESSORS[name].step(None, acknowledged(FIRST), NOW)

    assert (state, list(outputs)) == (None, [])
