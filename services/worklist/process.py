"""The worklist's processor: new encounters go to the feed, everything to the projection.

    encounter ────▶ feed ──▶ coded          (what a department's coders code without being asked)
    encounter, validated, submitted, acknowledged, adjudicated, rework, deadline ──▶ projection

One process and one consumer group for both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from schemas import topics
from schemas.events import Encounter, EncounterEvent, Event
from services.delivery.processor import Moment, Processor
from services.worklist.events import projection
from services.worklist.events.projection import Seen

NAME = "worklist"
PRODUCERS = ("intake", "worklist", "web", "shadow")
READS = (
    topics.ENCOUNTER, topics.VALIDATED, topics.SUBMITTED, topics.ACKNOWLEDGED,
    topics.ADJUDICATED, topics.REWORK, topics.DEADLINE,
)


@dataclass(frozen=True, slots=True)
class State:
    """Of one encounter, in one batch.

    Attributes:
        feed: The feed's state; none if it has none.
        coded: Whether the feed changed it.
        seen: The batch's events, in the order they came.
    """

    feed: Any = None
    coded: bool = False
    seen: tuple[Seen, ...] = ()


def processor(feed: Processor[Any]) -> Processor[State]:
    """Return the processor of the process `worklist`.

    Args:
        feed: A processor of encounters, run inside this one: one process, one consumer group.
    """

    def load(conn: Connection, events: Sequence[Event]) -> Mapping[str, State]:
        visits = [event for event in events if isinstance(event, Encounter)]
        known = feed.load(conn, visits) if visits else {}
        return {key: State(feed=state) for key, state in known.items()}

    def step(
        state: State | None, event: EncounterEvent, moment: Moment
    ) -> tuple[State, Iterable[Event]]:
        state = state or State()
        state = replace(state, seen=(*state.seen, Seen(event, moment)))
        if not isinstance(event, Encounter):
            return state, ()
        coded, outputs = feed.step(state.feed, event, moment)
        if coded is None:
            return state, outputs
        return replace(state, feed=coded, coded=True), outputs

    def save(conn: Connection, states: Mapping[str, State]) -> None:
        feed.save(conn, {key: state.feed for key, state in states.items() if state.coded})
        projection.save(conn, (one for state in states.values() for one in state.seen))

    return Processor(
        name=NAME, reads=READS, writes=(topics.CODED,), step=step, load=load, save=save
    )
