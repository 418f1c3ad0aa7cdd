"""What a processor is: topics in, a pure step, topics out, and how its state is kept.

A processor is data and three functions. The runner owns everything else: decoding, the inbox,
locks, the outbox, the offset ledger, publishing and acknowledging.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from schemas.events import Event
from schemas.topics import Topic

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Moment:
    """What a step may know beside the event and its state.

    Attributes:
        now: Business time, the same for a whole batch.
        topic: The record's topic.
        partition: The record's partition.
        offset: The record's offset.
        value: The record's exact bytes, for a processor that keeps them.
    """

    now: datetime
    topic: str = ""
    partition: int = 0
    offset: int = 0
    value: bytes = b""


Load = Callable[[Connection, Sequence[Event]], Mapping[str, S]]
Step = Callable[[S | None, Any, Moment], tuple[S | None, Iterable[Event]]]
Save = Callable[[Connection, Mapping[str, S]], None]
Finish = Callable[[Connection, Mapping[str, S], Moment], Iterable[Event]]


def _nothing(conn: Connection, events: Sequence[Event]) -> Mapping[str, Any]:
    return {}


def _forget(conn: Connection, states: Mapping[str, Any]) -> None:
    return None


def _no_more(conn: Connection, states: Mapping[str, Any], moment: Moment) -> Iterable[Event]:
    return ()


@dataclass(frozen=True, slots=True)
class Processor(Generic[S]):
    """A function from one event and its key's state to the next state and some events.

    Attributes:
        name: Also the consumer group's suffix, the process and the metrics label.
        reads: Topics whose events are given to the step, one at a time, in offset order.
        writes: Topics the step's events go to, each by its type.
        step: Pure: ``(state or None, event, moment) -> (next state or None, events)``. A next
            state of None means unchanged. An exception is a bug: the record is a dead letter and
            a run of them stops the worker.
        load: Key -> state for the events of a batch, in one query.
        save: Write the changed states, one statement a table.
        finish: What a whole batch has to say once it is saved, in the same transaction; stored
            under the batch's last event that took effect. For figures many events of a batch touch.
        key: The event's field whose value keys the state, or what works the key out of an event;
            empty for the key of its topic.
    """

    name: str
    reads: tuple[Topic, ...]
    writes: tuple[Topic, ...]
    step: Step[S]
    load: Load[S] = _nothing
    save: Save[S] = _forget
    finish: Finish[S] = _no_more
    key: str | Callable[[Any], str] = ""

    def key_of(self, event: Any, field: str) -> str:
        """Return what keys the state of an event.

        Args:
            event: The event.
            field: The field that keys its topic.
        """
        if callable(self.key):
            return self.key(event)
        value: str = getattr(event, self.key or field)
        return value
