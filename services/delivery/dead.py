"""Dead letters: what can never be processed, kept with coordinates and a reason.

The record's bytes are sealed; headers do not exist; the reason is one of a closed set and never
holds anything of the content. The envelope is JSON: it must be readable when schemas are not.
"""

import base64
from dataclasses import dataclass

import orjson

from schemas import ids
from schemas.topics import dead as dead_topic
from services.phi.keys import SiteKey
from services.phi.vault import seal_bytes, unseal_bytes

PURPOSE = "dead-letter"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it came from a topic.

    Attributes:
        topic: Its topic.
        partition: Its partition.
        offset: Its offset.
        key: Raw key.
        value: Raw value.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None

    @property
    def coordinates(self) -> str:
        """Where it stands: ``topic/partition/offset``."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter as read back.

    Attributes:
        consumer: Who could not process it.
        coordinates: ``topic/partition/offset`` of the record.
        reason: One of `schemas.codec.REASONS`, ``null_key``, ``other_content`` or ``bug``.
        sealed: The record's key and value, sealed.
    """

    consumer: str
    coordinates: str
    reason: str
    sealed: bytes


def letter_id(consumer: str, record: Record) -> str:
    """Return the id of a record's dead letter."""
    return ids.derive("dead", consumer, record.coordinates)


def row(site: SiteKey, consumer: str, record: Record, reason: str) -> dict[str, object]:
    """Return the outbox row of a dead letter."""
    content = orjson.dumps([_b64(record.key), _b64(record.value)])
    sealed = seal_bytes(site, PURPOSE, content, record.coordinates)
    envelope = {
        "consumer": consumer,
        "coordinates": record.coordinates,
        "reason": reason,
        "sealed": base64.b64encode(sealed).decode(),
    }
    return {
        "event_id": letter_id(consumer, record),
        "producer": consumer,
        "cause_id": letter_id(consumer, record),
        "ordinal": 0,
        "topic": dead_topic(consumer).name,
        "key": record.coordinates,
        "value": orjson.dumps(envelope),
        "pending": False,
    }


def read(value: bytes) -> DeadLetter:
    """Return the dead letter in a record of a dead-letter topic."""
    envelope = orjson.loads(value)
    return DeadLetter(
        envelope["consumer"],
        envelope["coordinates"],
        envelope["reason"],
        base64.b64decode(envelope["sealed"]),
    )


def unseal(site: SiteKey, letter: DeadLetter) -> tuple[bytes | None, bytes | None]:
    """Return the key and value of the record that died."""
    key, value = orjson.loads(unseal_bytes(site, PURPOSE, letter.sealed, letter.coordinates))
    return _bytes(key), _bytes(value)


def _b64(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
