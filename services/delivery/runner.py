"""Take a batch of records through one transaction, and say what to publish.

1. decode: what can never be read is a dead letter;
2. one transaction: inbox rows first; only events that are new take effect: load the state of
   their keys, run the pure step in offset order, save, store the outputs' bytes, the ledger;
3. publish the stored bytes of every event in the batch, new or replayed;
4. the caller acknowledges the input, never before.

A replay publishes what was stored, so two copies of an event are the same bytes though edits,
clocks and tables have moved on in between.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError, IntegrityError

from schemas import codec, topics
from schemas.codec import InvalidEvent
from services.clock import Clock
from services.db import bulk
from services.db.tables.delivery import INBOX, OUTBOX
from services.delivery import dead, ledger, outbox
from services.delivery.breaker import Breaker
from services.delivery.crashpoint import crashpoint
from services.delivery.dead import Record
from services.delivery.outbox import Outgoing
from services.delivery.processor import Moment, Processor
from services.phi.keys import SiteKey

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record and the event in it.

    Attributes:
        record: As it came.
        event: What it says.
        digest: First 16 bytes of the SHA-256 of its value.
    """

    record: Record
    event: Any
    digest: bytes


@dataclass(slots=True)
class Batch:
    """What becomes of a batch: outcomes for the ledger, dead letters, causes of outputs."""

    outcomes: list[ledger.Outcome]
    dead: list[tuple[Record, str]]
    causes: list[str]

    def bury(self, record: Record, reason: str, consumer: str) -> None:
        """Note a dead letter."""
        self.dead.append((record, reason))
        self.outcomes.append((record.topic, record.partition, record.offset, "dead"))
        self.causes.append(dead.letter_id(consumer, record))

    def settle(self, decoded: Decoded, outcome: str) -> None:
        """Note an event as done or duplicate."""
        record = decoded.record
        self.outcomes.append((record.topic, record.partition, record.offset, outcome))
        self.causes.append(decoded.event.event_id)


class Runner(Generic[S]):
    """One processor on one database. Not thread-safe: one batch at a time."""

    def __init__(
        self, processor: Processor[S], engine: Engine, clock: Clock, site: SiteKey
    ) -> None:
        self.processor = processor
        self._engine = engine
        self._clock = clock
        self._site = site
        self._breaker = Breaker()

    def commit(self, records: Sequence[Record]) -> list[Outgoing]:
        """Take effect of a batch and return the stored bytes to publish, in order.

        Raises:
            services.delivery.breaker.TooManyDead: a bug or a bad release; nothing was committed.
            sqlalchemy.exc.OperationalError: the database is away; call again.
        """
        try:
            with self._engine.begin() as conn:
                outgoing = self._transact(conn, records)
        except (DataError, IntegrityError):
            if len(records) == 1:
                return self._bury_alone(records[0])
            half = len(records) // 2
            return self.commit(records[:half]) + self.commit(records[half:])
        self._breaker.confirm()
        crashpoint("runner.committed")
        return outgoing

    def _transact(self, conn: Connection, records: Sequence[Record]) -> list[Outgoing]:
        batch = Batch([], [], [])
        decoded = self._decode(records, batch)
        crashpoint("runner.decoded")
        self._lock(conn, records)
        fresh = self._admit(conn, decoded, batch)
        self._effect(conn, fresh, batch)
        self._breaker.count(len(records), len(batch.dead))
        bulk.insert(
            conn,
            OUTBOX,
            [dead.row(self._site, self.processor.name, r, reason) for r, reason in batch.dead],
            conflict="nothing",
        )
        ledger.record(conn, self.processor.name, batch.outcomes)
        return outbox.stored(conn, self.processor.name, batch.causes)

    def _decode(self, records: Sequence[Record], batch: Batch) -> list[Decoded]:
        decoded = []
        for record in records:
            try:
                event = codec.decode(record.topic, record.value)
                _check_key(record, event)
            except InvalidEvent as bad:
                batch.bury(record, bad.args[0], self.processor.name)
                continue
            digest = hashlib.sha256(record.value or b"").digest()[:16]
            decoded.append(Decoded(record, event, digest))
        return decoded

    def _lock(self, conn: Connection, records: Sequence[Record]) -> None:
        """Exclude a woken zombie, and the same keys of other topics in another worker.

        All topics have the same number of partitions, so a key has the same one everywhere.
        """
        partitions = sorted({r.partition for r in records})
        conn.execute(
            text(
                "select pg_advisory_xact_lock(hashtext(:name), p)"
                " from unnest(cast(:partitions as int[])) as p"
            ),
            {"name": self.processor.name, "partitions": partitions},
        )

    def _admit(self, conn: Connection, decoded: Sequence[Decoded], batch: Batch) -> list[Decoded]:
        """Return the events the inbox has not seen; settle the others."""
        first: dict[str, Decoded] = {}
        for one in decoded:
            first.setdefault(one.event.event_id, one)
        added = bulk.insert(
            conn,
            INBOX,
            [
                {"consumer": self.processor.name, "event_id": event_id, "hash": one.digest}
                for event_id, one in first.items()
            ],
            conflict="nothing",
            returning="cast(event_id as text) as event_id",
        )
        new = {row.event_id for row in added}
        known = self._digests(conn, [i for i in first if i not in new])
        fresh = []
        for one in decoded:
            event_id = one.event.event_id
            if event_id in new and first[event_id] is one:
                fresh.append(one)
            elif one.digest == known.get(event_id, first[event_id].digest):
                batch.settle(one, "duplicate")
            else:
                batch.bury(one.record, "other_content", self.processor.name)
        return fresh

    def _digests(self, conn: Connection, event_ids: Sequence[str]) -> dict[str, bytes]:
        if not event_ids:
            return {}
        rows = conn.execute(
            text(
                "select cast(event_id as text) as event_id, hash from inbox"
                " where consumer = :name and event_id = any(cast(:ids as uuid[]))"
            ),
            {"name": self.processor.name, "ids": list(event_ids)},
        )
        return {row.event_id: bytes(row.hash) for row in rows}

    def _effect(self, conn: Connection, fresh: Sequence[Decoded], batch: Batch) -> None:
        """Load, step in offset order, save, and store the outputs."""
        if not fresh:
            return
        processor, now = self.processor, self._clock.now()
        states: dict[str, S] = dict(processor.load(conn, [one.event for one in fresh]))
        changed: dict[str, S] = {}
        rows: list[dict[str, object]] = []
        last = ""
        for one in fresh:
            key = processor.key_of(one.event, topics.BY_NAME[one.record.topic].key)
            at = one.record
            moment = Moment(now, at.topic, at.partition, at.offset, at.value or b"")
            try:
                state, events = processor.step(states.get(key), one.event, moment)
                outputs = [
                    outbox.row(event, processor.name, one.event.event_id, i, pending=False)
                    for i, event in enumerate(events)
                ]
            except Exception:  # noqa: BLE001 - a bug on one record must not stop its neighbours
                batch.bury(one.record, "bug", processor.name)
                self._disown(conn, one.event.event_id)
                continue
            if state is not None:
                states[key] = changed[key] = state
            rows += outputs
            batch.settle(one, "done")
            last = one.event.event_id
        processor.save(conn, changed)
        if last:  # a dead event is no cause: its replay asks for the letter alone
            rows += [
                outbox.row(event, processor.name, last, len(rows), pending=False)
                for event in processor.finish(conn, changed, Moment(now))
            ]
        bulk.insert(conn, OUTBOX, rows, conflict="nothing")

    def _disown(self, conn: Connection, event_id: str) -> None:
        """Take a dead event out of the inbox: redriven, it must be able to take effect."""
        conn.execute(
            text("delete from inbox where consumer = :name and event_id = cast(:id as uuid)"),
            {"name": self.processor.name, "id": event_id},
        )

    def _bury_alone(self, record: Record) -> list[Outgoing]:
        """Dead-letter the one record whose effect the database refuses."""
        batch = Batch([], [], [])
        batch.bury(record, "refused_by_database", self.processor.name)
        self._breaker.count(1, 1)
        with self._engine.begin() as conn:
            self._lock(conn, [record])
            row = dead.row(self._site, self.processor.name, record, "refused_by_database")
            bulk.insert(conn, OUTBOX, [row], conflict="nothing")
            ledger.record(conn, self.processor.name, batch.outcomes)
            outgoing = outbox.stored(conn, self.processor.name, batch.causes)
        self._breaker.confirm()
        return outgoing


def _check_key(record: Record, event: Any) -> None:
    """Refuse a record whose key is missing or is not its event's."""
    if record.key is None:
        raise InvalidEvent("null_key")
    if record.key != getattr(event, topics.BY_NAME[record.topic].key).encode():
        raise InvalidEvent("wrong_key")
