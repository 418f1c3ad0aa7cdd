"""Events waiting to be published: the exact bytes, in the transaction that caused them.

`put` is for effects that do not start from a topic (a file, a form, a timer). One relay a
producer publishes them: rows of a key go out in the order they were written, a row is marked
when the broker has acknowledged it, and no cursor is kept, because the order of numbers is not
the order of commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from schemas import codec, topics
from schemas.events import Event
from services.db import bulk
from services.db.tables.delivery import OUTBOX
from services.delivery.crashpoint import crashpoint
from services.delivery.publish import Publisher

BATCH = 1000
LOCK_SPACE = 7301


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish, as stored.

    Attributes:
        topic: Where to.
        key: UTF-8 key.
        value: The exact bytes.
    """

    topic: str
    key: str
    value: bytes


def row(
    event: Event, producer: str, cause_id: str | None, ordinal: int, *, pending: bool
) -> dict[str, object]:
    """Return the outbox row of an event."""
    topic = topics.holding(event)
    return {
        "event_id": event.event_id,
        "producer": producer,
        "cause_id": cause_id or None,
        "ordinal": ordinal,
        "topic": topic.name,
        "key": getattr(event, topic.key),
        "value": codec.encode(event),
        "pending": pending,
    }


def put(conn: Connection, producer: str, events: Iterable[Event]) -> None:
    """Store events to be relayed, in the caller's transaction; the same id twice is one event."""
    rows = [row(event, producer, None, 0, pending=True) for event in events]
    bulk.insert(conn, OUTBOX, rows, conflict="nothing")


def stored(conn: Connection, producer: str, causes: Sequence[str]) -> list[Outgoing]:
    """Return what some inputs caused, in the order it was written."""
    rows = conn.execute(
        text(
            "select topic, key, value from outbox where producer = :producer"
            " and cause_id = any(cast(:causes as uuid[])) order by seq"
        ),
        {"producer": producer, "causes": list(causes)},
    )
    return [Outgoing(r.topic, r.key, bytes(r.value)) for r in rows]


def relay(engine: Engine, producer: str, publisher: Publisher) -> int:
    """Publish what is pending of one producer; return how many records the broker acknowledged.

    Another relay of the same producer holds the lock: nothing is done.
    """
    with engine.begin() as conn:
        locked = conn.execute(
            text("select pg_try_advisory_xact_lock(:space, hashtext(:producer))"),
            {"space": LOCK_SPACE, "producer": producer},
        ).scalar_one()
        if not locked:
            return 0
        rows = conn.execute(
            text(
                "select event_id, topic, key, value from outbox"
                " where producer = :producer and pending order by seq limit :batch"
            ),
            {"producer": producer, "batch": BATCH},
        ).all()
        if not rows:
            return 0
        publisher.publish([Outgoing(r.topic, r.key, bytes(r.value)) for r in rows])
        crashpoint("outbox.published")
        conn.execute(
            text("update outbox set pending = false where event_id = any(cast(:ids as uuid[]))"),
            {"ids": [r.event_id for r in rows]},
        )
        return len(rows)
