"""`claimloop trace` has words for every event of an encounter."""

import pytest

from schemas import events, topics
from services.audit import life

OF_ENCOUNTERS = [
    topic.event for topic in topics.EVENTS
    if topic.event is not None and issubclass(topic.event, events.EncounterEvent)
]


@pytest.mark.parametrize("event", OF_ENCOUNTERS, ids=lambda event: event.__name__)
def test_every_event_of_an_encounter_is_told_in_a_line(event):
    said = life.summary(event())

    assert said
    assert "\n" not in said
