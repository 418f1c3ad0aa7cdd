"""The Avro form of the events: what stands in `schemas/` and how it may change."""

import dataclasses
import json
from datetime import UTC, date, datetime

import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import avro, codec, topics

EVENTS = [t for t in topics.EVENTS if t.event]


def current_file(topic: topics.Topic) -> str:
    return [e["file"] for e in avro.registry().values() if e["topic"] == topic.name][-1]


@pytest.mark.parametrize("topic", EVENTS, ids=lambda t: t.name)
def test_the_committed_schema_is_the_dataclass(topic):
    committed = json.loads((avro.FOLDER / current_file(topic)).read_text())

    assert committed == avro.schema_of(topic.event), "run: python -m schemas.avro"


@pytest.mark.parametrize("topic", EVENTS, ids=lambda t: t.name)
def test_every_version_of_a_topic_reads_every_other(topic):
    """FULL_TRANSITIVE: old readers read new data and new readers old data."""
    versions = [
        parse((avro.FOLDER / e["file"]).read_text())
        for e in avro.registry().values()
        if e["topic"] == topic.name
    ]

    for reader in versions:
        for writer in versions:
            result = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
            assert result.compatibility is SchemaCompatibilityType.compatible, result.messages


@pytest.mark.parametrize("topic", EVENTS, ids=lambda t: t.name)
def test_every_field_says_what_it_is_and_has_a_default(topic):
    def walk(schema):
        if isinstance(schema, dict) and schema.get("type") == "record":
            assert schema["doc"]
            for field in schema["fields"]:
                assert field["doc"], field["name"]
                assert "default" in field, field["name"]
                walk(field["type"])
        elif isinstance(schema, dict):
            walk(schema.get("items"))
        elif isinstance(schema, list):
            for branch in schema:
                walk(branch)

    walk(avro.schema_of(topic.event))


@pytest.mark.parametrize("topic", EVENTS, ids=lambda t: t.name)
def test_no_schema_is_recursive(topic):
    """A recursive schema lets a small message kill the process inside the decoder."""

    def walk(cls, above=()):
        assert cls not in above
        for field in dataclasses.fields(cls):
            for part in _parts(field.type):
                walk(part, (*above, cls))

    def _parts(hint):
        hint = getattr(hint, "__args__", (hint,))
        return [h for h in hint if dataclasses.is_dataclass(h)]

    walk(topic.event)


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
CENTS = st.integers(-(2**53), 2**53)
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
for _type, _strategy in ((str, TEXT), (int, CENTS), (date, DAYS), (datetime, INSTANTS)):
    st.register_type_strategy(_type, _strategy)
st.register_type_strategy(float, st.floats(allow_nan=False))
FILLED = {
    topic: st.builds(topic.event, **{f.name: ... for f in dataclasses.fields(topic.event)})
    for topic in EVENTS
}


@pytest.mark.parametrize("topic", EVENTS, ids=lambda t: t.name)
def test_what_is_written_is_read_back(topic):
    @settings(max_examples=30, deadline=None)
    @given(FILLED[topic])
    def check(event):
        assert codec.decode(topic.name, codec.encode(event)) == event

    check()


@pytest.mark.parametrize("topic", EVENTS, ids=lambda t: t.name)
def test_any_bytes_are_an_event_or_refused_with_a_reason(topic):
    header = codec.encode(topic.event())[:5]

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=300), st.booleans())
    def check(garbage, with_header):
        assert reason(topic.name, header * with_header + garbage) in (None, *codec.REASONS)

    check()


def reason(topic: str, value: bytes) -> str | None:
    try:
        codec.decode(topic, value)
    except codec.InvalidEvent as refused:
        return refused.args[0]
    return None


def test_a_topic_has_one_writer_and_one_event():
    names = [t.name for t in topics.ALL]

    assert len(set(names)) == len(names)
    assert len({t.event for t in EVENTS}) == len(EVENTS)
    assert {t.partitions for t in topics.ALL} == {topics.PARTITIONS}


def test_no_clear_field_is_named_after_protected_data():
    protected = {"name", "birth", "address", "member", "mrn", "record_number", "source_id", "phone"}
    for topic in EVENTS:
        text = json.dumps(avro.schema_of(topic.event))
        fields = {f["name"] for f in _all_fields(json.loads(text))}
        assert not {f for f in fields if any(p in f.split("_") for p in protected)}


def _all_fields(schema):
    if isinstance(schema, dict):
        yield from schema.get("fields", [])
        for value in schema.values():
            yield from _all_fields(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _all_fields(value)
