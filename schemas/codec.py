"""Events to Avro bytes and back, in Confluent's wire format (0, four bytes of schema id, Avro).

Decoding never trusts: the size is capped, the id must belong to the topic, every byte must be
consumed, and the values must fit the types. Whatever fails is `InvalidEvent` with a reason from
`REASONS`, which carries nothing of the content.
"""

import io
import json
import struct
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import fastavro
import msgspec
from fastavro.types import Schema

from schemas import avro, events, topics

MAX_BYTES = 1_000_000
HEADER = struct.Struct(">bI")
REASONS = (
    "empty",
    "oversized",
    "bad_magic",
    "unknown_schema",
    "wrong_topic",
    "truncated_or_corrupt",
    "trailing_bytes",
    "bad_values",
    "null_key",
    "wrong_key",
)


_wire: dict[int, int] = {}
"""Committed id -> id on the wire; empty where no registry gave other ids."""


class InvalidEvent(Exception):  # noqa: N818 - the field's word: an invalid event is a dead letter
    """A record that can never be read; ``args[0]`` is one of `REASONS`."""


def use(ids: Mapping[int, int]) -> None:
    """Write and read a registry's ids in place of the committed ones.

    Args:
        ids: Committed id -> the registry's id, for every committed schema.
    """
    _wire.clear()
    _wire.update(ids)
    for kept in (_committed, _entry, _current, _readers):
        kept.cache_clear()


@cache
def _committed() -> Mapping[int, int]:
    """Return id on the wire -> committed id."""
    return {_wire.get(int(number), int(number)): int(number) for number in avro.registry()}


@cache
def _entry(number: int) -> tuple[str, Schema]:
    """Return the topic and parsed schema of a committed id."""
    entry = avro.registry()[str(number)]
    return entry["topic"], _parse((avro.FOLDER / entry["file"]).read_text())


def _parse(text: str) -> Schema:
    return fastavro.parse_schema(json.loads(text), named_schemas={})


@cache
def _current(name: str) -> tuple[bytes, Schema]:
    """Return the header and schema a topic is written with: its highest id."""
    number = max(int(n) for n, entry in avro.registry().items() if entry["topic"] == name)
    return HEADER.pack(0, _wire.get(number, number)), _entry(number)[1]


@cache
def _readers() -> dict[str, Schema]:
    return {topic.name: _current(topic.name)[1] for topic in topics.EVENTS}


def encode(event: events.Event) -> bytes:
    """Return the wire form of an event."""
    header, schema = _current(topics.holding(event).name)
    out = io.BytesIO()
    out.write(header)
    fastavro.schemaless_writer(
        out, schema, msgspec.to_builtins(event, builtin_types=(bytes, date, datetime))
    )
    return out.getvalue()


def decode(topic: str, value: bytes | None) -> Any:
    """Return the event in a record's value.

    Raises:
        InvalidEvent: it is not an event of this topic; the reason is the argument.
    """
    if not value:
        raise InvalidEvent("empty")
    if len(value) > MAX_BYTES:
        raise InvalidEvent("oversized")
    if len(value) < HEADER.size or value[0] != 0:
        raise InvalidEvent("bad_magic")
    number = _committed().get(HEADER.unpack_from(value)[1])
    if number is None:
        raise InvalidEvent("unknown_schema")
    home, writer = _entry(number)
    if home != topic:
        raise InvalidEvent("wrong_topic")
    body = io.BytesIO(value)
    body.seek(HEADER.size)
    reader = _readers()[topic]
    try:
        content = fastavro.schemaless_reader(body, writer, None if reader is writer else reader)
    except Exception:  # noqa: BLE001 - fastavro raises what it likes for garbage
        raise InvalidEvent("truncated_or_corrupt") from None
    if body.tell() != len(value):
        raise InvalidEvent("trailing_bytes")
    try:
        return msgspec.convert(content, topics.BY_NAME[topic].event)
    except msgspec.ValidationError:
        raise InvalidEvent("bad_values") from None
