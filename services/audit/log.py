"""Reading topics from offset to offset, without a group and without trusting a byte."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from schemas import codec
from services.kafka import clients
from services.settings import Settings

QUIET_POLLS = 60


class Unreadable(Exception):  # noqa: N818 - says what happened
    """A topic could not be read up to the end it has; one line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of a topic with the event in it.

    Attributes:
        topic: Its topic.
        partition: Its partition.
        offset: Its offset.
        at: When the broker wrote it.
        key: Raw key.
        value: Raw value.
        event: The event; none if it cannot be read.
    """

    topic: str
    partition: int
    offset: int
    at: datetime
    key: bytes | None
    value: bytes | None
    event: Any

    @property
    def coordinates(self) -> str:
        """Where it stands."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def read(
    settings: Settings,
    starts: Mapping[tuple[str, int], int],
    ends: Mapping[tuple[str, int], int],
) -> Iterator[Entry]:
    """Yield every record of some partitions between two offsets, in offset order of each.

    Raises:
        Unreadable: the broker stopped giving records before the end.
    """
    left = {
        TopicPartition(*place): end for place, end in ends.items() if starts.get(place, 0) < end
    }
    if not left:
        return
    consumer = KafkaConsumer(**clients.consumer(settings, None))
    try:
        consumer.assign(list(left))
        for tp in left:
            consumer.seek(tp, starts.get((tp.topic, tp.partition), 0))
        quiet = 0
        while left:
            polled = consumer.poll(timeout_ms=500)
            quiet = 0 if polled else quiet + 1
            if quiet > QUIET_POLLS:
                raise Unreadable(f"Kafka gives no more records of {min(left).topic}")
            for tp, records in polled.items():
                yield from (_entry(r) for r in records if r.offset < left.get(tp, 0))
            for tp in [tp for tp, end in left.items() if consumer.position(tp) >= end]:
                del left[tp]
                consumer.pause(tp)
    finally:
        consumer.close()


def events(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries that hold an event."""
    return (entry for entry in entries if entry.event is not None)


def _entry(record: Any) -> Entry:
    try:
        event = codec.decode(record.topic, record.value)
    except (codec.InvalidEvent, KeyError):
        event = None
    return Entry(
        record.topic, record.partition, record.offset,
        datetime.fromtimestamp(record.timestamp / 1000, UTC), record.key, record.value, event,
    )  # fmt: skip
