"""What can never be read becomes a dead letter with its reason; the next record is processed."""

import asyncio
import os

import aiokafka
import orjson
import pytest
from kafka import KafkaConsumer, KafkaProducer

from schemas import codec, events, ids, topics
from services.clock import Clock
from services.db.engine import connect
from services.delivery import dead
from services.delivery.consume import Consumer
from services.delivery.processor import Processor
from services.delivery.publish import KafkaPublisher
from services.delivery.runner import Runner
from services.kafka import clients
from services.phi import keys
from streams.worker import BatchPublisher
from tests.integration.records import records


def coded(n: int) -> events.Coded:
    return events.Coded(event_id=ids.derive("poison", n), encounter_id=f"E{n}", version=1)


GOOD = codec.encode(coded(0))
HEADER = codec.HEADER.size
POISON = {
    "empty": (b"E1", b""),
    "tombstone": (b"E1", None),
    "garbage": (b"E1", b"\xff" * 64),
    "half a header": (b"E1", b"\x00\x00\x00"),
    "unknown schema": (b"E1", b"\x00\x00\x00\xff\xff" + GOOD[HEADER:]),
    "another topic's schema": (b"E1", codec.encode(events.Validated(encounter_id="E1"))),
    "truncated": (b"E0", GOOD[:-3]),
    "trailing bytes": (b"E0", GOOD + b"\x00"),
    "null key": (None, GOOD),
    "another key": (b"E9", GOOD),
    "oversized": (b"E1", os.urandom(1_040_000)),
}
REASONS = {
    "empty": "empty", "tombstone": "empty", "garbage": "bad_magic", "half a header": "bad_magic",
    "unknown schema": "unknown_schema", "another topic's schema": "wrong_topic",
    "truncated": "truncated_or_corrupt", "trailing bytes": "trailing_bytes",
    "null key": "null_key", "another key": "wrong_key", "oversized": "oversized",
}  # fmt: skip


@pytest.fixture(scope="module")
def runner(instance):
    def answer(state, event, moment):
        out = events.Validated(event_id=ids.derive(event.event_id), encounter_id=event.encounter_id)
        return None, [out]

    engine = connect(instance.database_url.get_secret_value())
    processor = Processor("validation", (topics.CODED,), (topics.VALIDATED,), answer)
    yield Runner(processor, engine, Clock(), keys.read(instance.site_key_path))
    engine.dispose()


@pytest.fixture(scope="module")
def producer(instance):
    producer = KafkaProducer(**clients.producer(instance))
    yield producer
    producer.close()


def test_every_poison_is_a_dead_letter_and_the_next_record_is_processed(instance, runner, producer):
    coordinates = {}
    for name, (key, value) in POISON.items():
        sent = producer.send("claims.coded", key=key, value=value, partition=1)
        coordinates[f"claims.coded/1/{sent.get(10).offset}"] = name
    producer.send("claims.coded", key=b"E5", value=codec.encode(coded(5)), partition=1).get(10)
    reader = KafkaConsumer("claims.coded", **clients.consumer(instance, "claims.validation"))
    loop = Consumer(runner, reader, KafkaPublisher(producer))

    taken = 0
    while taken < len(POISON) + 1:
        taken += loop.step(timeout_ms=1000)
    reader.close()

    letters = [dead.read(r.value) for r in records(instance, "claims.validation.dead")]
    assert {coordinates[one.coordinates]: one.reason for one in letters} == REASONS
    assert len(records(instance, "claims.validated")) == 1
    site = keys.read(instance.site_key_path)
    for letter in letters:
        assert dead.unseal(site, letter) == POISON[coordinates[letter.coordinates]]


def test_the_workers_publisher_takes_the_dead_letter_of_the_largest_record(instance):
    site = keys.read(instance.site_key_path)
    largest = dead.Record("claims.coded", 0, 7, b"E1" * 50, os.urandom(1_048_400))
    row = dead.row(site, "assembly", largest, "oversized")
    letter = dead_outgoing(row)

    async def publish() -> None:
        client = aiokafka.AIOKafkaProducer(**clients.aio_producer(instance))
        await client.start()
        await BatchPublisher(client).publish([letter])
        await client.stop()

    asyncio.run(publish())

    (record,) = records(instance, "claims.assembly.dead")
    assert dead.unseal(site, dead.read(record.value))[1] == largest.value
    assert set(orjson.loads(record.value)) == {"consumer", "coordinates", "reason", "sealed"}
    assert record.headers in ([], None, ())


def dead_outgoing(row):
    from services.delivery.outbox import Outgoing

    return Outgoing(str(row["topic"]), str(row["key"]), bytes(row["value"]))
