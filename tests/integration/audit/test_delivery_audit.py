"""The audit finds what was done wrong on purpose; what is right passes."""

import pytest
from kafka import KafkaConsumer, KafkaProducer
from sqlalchemy import text

from schemas import codec, events, ids, topics
from services.audit import delivery
from services.clock import Clock
from services.db.engine import connect
from services.delivery.consume import Consumer
from services.delivery.processor import Processor
from services.delivery.publish import KafkaPublisher
from services.delivery.runner import Runner
from services.kafka import clients
from services.phi import keys


def coded(n: int) -> events.Coded:
    return events.Coded(event_id=ids.derive("audit", n), encounter_id=f"K{n}", version=1)


def answer(state, event, moment):
    said = events.Validated(event_id=ids.derive(event.event_id), encounter_id=event.encounter_id)
    return None, [said]


@pytest.fixture(scope="module")
def engine(instance):
    """A pipeline of one processor that has taken twenty events and buried one record."""
    engine = connect(instance.database_url.get_secret_value())
    producer = KafkaProducer(**clients.producer(instance))
    for n in range(20):
        producer.send("claims.coded", key=f"K{n}".encode(), value=codec.encode(coded(n)))
    producer.send("claims.coded", key=b"K1", value=b"garbage")
    producer.flush()
    reader = KafkaConsumer("claims.coded", **clients.consumer(instance, "claims.validation"))
    loop = Consumer(
        Runner(
            Processor("validation", (topics.CODED,), (topics.VALIDATED,), answer),
            engine,
            Clock(),
            keys.read(instance.site_key_path),
        ),
        reader,
        KafkaPublisher(producer),
    )
    taken = 0
    while taken < 21:
        taken += loop.step(timeout_ms=1000)
    reader.close()
    yield engine
    producer.close()
    engine.dispose()


def violations(instance, engine) -> dict[str, list[str]]:
    return {
        result.invariant: [v.text for v in result.violations]
        for result in delivery.check(instance, engine)
    }


@pytest.fixture
def undo(engine):
    """Put back what a test changed."""
    saved = {}
    with engine.begin() as conn:
        for table in ("offset_range", "outbox"):
            conn.execute(text(f"create table saved_{table} as select * from {table}"))
            saved[table] = True
    yield
    with engine.begin() as conn:
        for table in saved:
            conn.execute(text(f"truncate {table}"))
            conn.execute(
                text(f"insert into {table} overriding system value select * from saved_{table}")
            )
            conn.execute(text(f"drop table saved_{table}"))


def test_what_is_right_passes(instance, engine):
    assert violations(instance, engine) == {"I2": [], "I3": [], "I4": []}


PLANTED = {
    "a committed offset nobody settled": (
        "delete from offset_range where outcome = 'done' and partition ="
        " (select max(partition) from offset_range where outcome = 'done')",
        "I2",
        "offsets were committed and never settled",
    ),
    "an offset settled twice": (
        "insert into offset_range select consumer, topic, partition, last, last + 1, outcome"
        " from offset_range where last > first limit 1",
        "I2",
        "offsets are in the ledger twice",
    ),
    "a dead letter without a death": (
        "update offset_range set outcome = 'done' where outcome = 'dead'",
        "I2",
        "a dead letter's offset is not dead in the ledger",
    ),
    "a death without a letter": (
        "update offset_range set outcome = 'dead' where first = 0 and outcome = 'done'",
        "I2",
        "an offset is dead and has no dead letter",
    ),
    "other bytes than were stored": (
        "update outbox set value = value || '\\x00' where topic = 'claims.validated'",
        "I3",
        "an event on claims.validated has other bytes than were stored",
    ),
    "a stored event that was never published": (
        "update outbox set event_id = gen_random_uuid() where topic = 'claims.validated'"
        " and seq = (select max(seq) from outbox where topic = 'claims.validated')",
        "I3",
        "a stored event is not on claims.validated",
    ),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_wrong_is_found(instance, engine, undo, what, monkeypatch):
    monkeypatch.setattr(delivery, "LATE_S", 2.0)
    statement, invariant, text_ = PLANTED[what]
    with engine.begin() as conn:
        assert conn.execute(text(statement)).rowcount

    assert text_ in violations(instance, engine)[invariant]


def test_an_id_with_two_contents_is_found(instance, engine):
    producer = KafkaProducer(**clients.producer(instance))
    other = events.Validated(
        event_id=ids.derive(coded(3).event_id), encounter_id="K3", edit_set="other"
    )
    producer.send("claims.validated", key=b"K3", value=codec.encode(other)).get(10)
    producer.close()

    assert violations(instance, engine)["I4"] == ["an id on claims.validated has two contents"]
