"""One consistent view of a pipeline that is running.

Read in this order, so that whatever is read later contains what was read before:

    committed offsets -> the ledger (a database snapshot, kept open) -> ends, last stage first

Besides, `closed` ends are taken by the broker's time: all records before one instant, itself before
the snapshot. An effect is
never written before its cause, so what is below them is closed under causes, round the loop too.

A record below a committed offset is settled in the snapshot; a record settled in the snapshot is
on its topic below the end; what a stage wrote below the end has its cause below the end.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from sqlalchemy import Connection, Engine, text

from schemas import topics
from services.clock import real_now
from services.kafka import clients
from services.ops.stages import READS
from services.settings import Settings

GROUP = "claims."
MARGIN_MS = 100
LIVES = tuple(t for t in topics.EVENTS if t.key == "encounter_id" and t is not topics.DEADLINE)
Place = tuple[str, int]  # topic, partition


@dataclass(frozen=True, slots=True)
class Range:
    """A run of input offsets with one outcome, as in the ledger; both ends included."""

    first: int
    last: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A view.

    Attributes:
        settings: Where the cluster and the database are.
        conn: A connection in a read-only, repeatable-read transaction.
        starts: Place -> first offset that is still in the log.
        ends: Place -> one past the last offset that is looked at.
        closed: Place -> an end so that every event below has its causes below, in all topics.
        committed: (consumer, place) -> offset its group resumes at.
        ledger: (consumer, place) -> ranges in order of their first offset.
    """

    settings: Settings
    conn: Connection
    starts: Mapping[Place, int]
    ends: Mapping[Place, int]
    closed: Mapping[Place, int]
    committed: Mapping[tuple[str, Place], int]
    ledger: Mapping[tuple[str, Place], tuple[Range, ...]]

    @property
    def idle(self) -> bool:
        """Whether every consumer has settled and committed everything it reads.

        But for word of deadlines: time alone brings it, so it may come at any moment, and nothing
        that is on its way hangs on it.
        """
        reads = {(c, place) for c, read in READS.items() for t in read for place in self.places(t)}
        return all(
            self.committed.get(pair, 0) >= self.ends[pair[1]]
            for pair in reads | self.pairs() if pair[1][0] != topics.DEADLINE.name
        )

    @property
    def whole(self) -> bool:
        """Whether it is idle and `closed` leaves out no event of an encounter's life.

        Word of deadlines and figures comes with time alone, and stands in no life.
        """
        return self.idle and all(
            self.closed[place] == self.ends[place] for t in LIVES for place in self.places(t)
        )

    def places(self, topic: topics.Topic) -> list[Place]:
        """Return the partitions of a topic."""
        return [(topic.name, partition) for partition in range(topic.partitions)]

    def pairs(self) -> set[tuple[str, Place]]:
        """Return every consumer with every partition it is known to read."""
        return set(self.committed) | set(self.ledger)

    def settled(self, consumer: str, place: Place, offset: int) -> bool:
        """Tell whether a consumer has taken effect of an offset, in the snapshot."""
        ranges = self.ledger.get((consumer, place), ())
        after = bisect_right(ranges, offset, key=lambda r: r.first)
        return (
            after > 0 and offset <= ranges[after - 1].last and (ranges[after - 1].outcome != "dead")
        )


@contextmanager
def take(settings: Settings, engine: Engine) -> Iterator[Cut]:
    """Yield a view; its database transaction ends with it."""
    consumer = KafkaConsumer(**clients.consumer(settings, None))
    instant = int(real_now().timestamp() * 1000) - MARGIN_MS
    try:
        committed = _committed(settings)
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn:
            conn.execute(text("set transaction read only"))
            ledger = _ledger(conn)
            ends = _ends(consumer)
            starts = _offsets(consumer.beginning_offsets, topics.ALL)
            closed = _closed(consumer, ends, instant)
            yield Cut(settings, conn, starts, ends, closed, committed, ledger)
            conn.rollback()
    finally:
        consumer.close()


def _committed(settings: Settings) -> dict[tuple[str, Place], int]:
    admin = KafkaAdminClient(**clients.admin(settings))
    try:
        found = admin.list_group_offsets({f"{GROUP}{c}": None for c in topics.CONSUMERS})
    finally:
        admin.close()
    return {
        (group.removeprefix(GROUP), (tp.topic, tp.partition)): int(one.offset)
        for group, offsets in found.items()
        for tp, one in offsets.items()
        if int(one.offset) >= 0
    }


def _ledger(conn: Connection) -> dict[tuple[str, Place], tuple[Range, ...]]:
    rows = conn.execute(
        text(
            "select consumer, topic, partition, first, last, outcome from offset_range"
            " order by consumer, topic, partition, first, last"
        )
    )
    ledger: dict[tuple[str, Place], list[Range]] = {}
    for r in rows:
        place = (r.topic, r.partition)
        ledger.setdefault((r.consumer, place), []).append(Range(r.first, r.last, r.outcome))
    return {pair: tuple(ranges) for pair, ranges in ledger.items()}


def _ends(consumer: KafkaConsumer) -> dict[Place, int]:
    ends: dict[Place, int] = {}
    for topic in (*topics.DEAD, *reversed(topics.EVENTS)):
        ends |= _offsets(consumer.end_offsets, (topic,))
    return ends


def _closed(consumer: KafkaConsumer, ends: Mapping[Place, int], instant: int) -> dict[Place, int]:
    """Return the ends as they were at an instant, by the times the broker gave the records."""
    found = consumer.offsets_for_times({TopicPartition(*place): instant for place in ends})
    later = {(tp.topic, tp.partition): one.offset for tp, one in found.items() if one is not None}
    return {place: min(end, later.get(place, end)) for place, end in ends.items()}


def ends_of(settings: Settings, topic: topics.Topic) -> dict[Place, int]:
    """Return one past the last offset of each partition of a topic, as it is at this moment."""
    consumer = KafkaConsumer(**clients.consumer(settings, None))
    try:
        return _offsets(consumer.end_offsets, (topic,))
    finally:
        consumer.close()


def _offsets(ask: Callable[[Any], Any], wanted: Iterable[topics.Topic]) -> dict[Place, int]:
    tps = [TopicPartition(t.name, p) for t in wanted for p in range(t.partitions)]
    return {(tp.topic, tp.partition): int(offset) for tp, offset in ask(tps).items()}
