"""The contestants of `stage.py`: each prints one JSON object and leaves."""

import json
import os
import sys
import time
from pathlib import Path

from sqlalchemy import text

from schemas import codec, topics
from services import settings as settings_module
from services.claims import terms
from services.codes import reference
from services.db.engine import connect
from services.delivery.dead import Record
from services.delivery.processor import Moment
from services.delivery.runner import Runner
from services.kafka import clients
from services.phi import keys
from streams import TOPOLOGY

SETTINGS = settings_module.load()
SITE = keys.read(SETTINGS.site_key_path)
PROCESSOR = TOPOLOGY["validation"](terms.of(SITE, reference.load(None)))
ENGINE = connect(SETTINGS.database_url.get_secret_value(), pool=2)


class Meter:
    """Counts events from the first call on; prints and ends the process at the last."""

    def __init__(self, events: int) -> None:
        self.events, self.done, self.began = events, 0, 0.0

    def add(self, records: int, *, leave: bool = True) -> None:
        if not self.began:
            self.began, self.cpu, self.skip = time.perf_counter(), time.process_time(), records
        self.done += records
        if leave and self.done >= self.events:
            counted = self.done - self.skip
            passed = time.perf_counter() - self.began
            cpu = time.process_time() - self.cpu
            print(
                json.dumps(
                    {
                        "events_per_s": round(counted / passed),
                        "cpu_us_per_event": round(cpu / counted * 1e6),
                    }
                ),
                flush=True,
            )
            time.sleep(1.5)  # let the last offsets be committed
            os._exit(0)


def ours(events: int) -> None:
    from streams import worker

    meter = Meter(events)
    told = worker.Told(
        broker=SETTINGS.kafka_bootstrap_servers,
        producer=clients.aio_producer(SETTINGS),
        datadir=Path(SETTINGS.home) / "faust" / "ours",
        on_batch=lambda records, outputs: meter.add(records),
    )
    worker.run(Runner(PROCESSOR, ENGINE, SETTINGS.clock, SITE), told, worker.Progress())


def one(topic: str, key: bytes, value: bytes) -> tuple[str, bytes] | None:
    """The stage for one event in one transaction: what a user would write without the runner."""
    event = codec.decode(topic, value)
    with ENGINE.begin() as conn:
        new = conn.execute(
            text(
                "insert into inbox (consumer, event_id, hash) values ('validation', :id, '')"
                " on conflict do nothing returning event_id"
            ),
            {"id": event.event_id},
        ).first()
        if new is None:
            row = conn.execute(
                text("select key, value from outbox where cause_id = :id"), {"id": event.event_id}
            ).one()
            return row.key, bytes(row.value)
        name = PROCESSOR.key_of(event, topics.CODED.key)
        before = PROCESSOR.load(conn, [event]).get(name)
        state, outputs = PROCESSOR.step(before, event, Moment(SETTINGS.clock.now()))
        PROCESSOR.save(conn, {name: state} if state else {})
        output = next(iter(outputs))
        encoded = codec.encode(output)
        conn.execute(
            text(
                "insert into outbox"
                " (event_id, producer, cause_id, ordinal, topic, key, value, pending)"
                " values (:id, 'validation', :cause, 0, :topic, :key, :value, false)"
            ),
            {
                "id": output.event_id,
                "cause": event.event_id,
                "topic": topics.VALIDATED.name,
                "key": output.encounter_id,
                "value": encoded,
            },
        )
    return output.encounter_id, encoded


def faust(events: int) -> None:
    import faust as framework

    meter = Meter(events)
    app = framework.App(
        "bench-faust",
        broker=f"kafka://{SETTINGS.kafka_bootstrap_servers}",
        web_enabled=False,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        datadir=str(Path(SETTINGS.home) / "faust" / "bench"),
        producer_acks=-1,
    )
    source = app.topic(topics.CODED.name, key_type=bytes, value_type=bytes)
    target = app.topic(topics.VALIDATED.name, key_type=bytes, value_type=bytes)

    @app.agent(source)
    async def validate(stream):
        async for event in stream.events():
            key, value = one(topics.CODED.name, event.key, event.value)
            await (await target.send(key=key.encode(), value=value))
            meter.add(1)

    framework.Worker(app, loglevel="ERROR", redirect_stdouts=False).execute_from_commandline()


def quix(events: int) -> None:
    from quixstreams import Application

    meter = Meter(events)
    app = Application(
        broker_address=SETTINGS.kafka_bootstrap_servers,
        consumer_group="bench-quix",
        auto_offset_reset="earliest",
        auto_create_topics=False,
        loglevel="ERROR",
        state_dir=str(SETTINGS.home / "quix"),
        producer_extra_config={"acks": "all", "enable.idempotence": True},
    )
    source = app.topic(topics.CODED.name, value_deserializer="bytes", key_deserializer="bytes")
    target = app.topic(topics.VALIDATED.name, value_serializer="bytes", key_serializer="bytes")

    def validate(value: bytes) -> bytes:
        _, encoded = one(topics.CODED.name, b"", value)
        meter.add(1, leave=False)  # the last output is not yet on its way
        return encoded

    app.dataframe(source).apply(validate).to_topic(target)
    app.run(count=events)
    meter.add(0)


def confluent(events: int) -> None:
    from confluent_kafka import Consumer, Producer

    meter = Meter(events)
    server = {"bootstrap.servers": SETTINGS.kafka_bootstrap_servers}
    consumer = Consumer(
        server
        | {
            "group.id": "bench-confluent",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer(
        server
        | {
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 5,
            "partitioner": "murmur2_random",
        }
    )
    runner = Runner(PROCESSOR, ENGINE, SETTINGS.clock, SITE)
    consumer.subscribe([topics.CODED.name])
    while True:
        batch = consumer.consume(1000, timeout=0.2)
        records = [
            Record(m.topic(), m.partition(), m.offset(), m.key(), m.value())
            for m in batch
            if not m.error()
        ]
        if not records:
            continue
        for out in runner.commit(records):
            producer.produce(out.topic, key=out.key.encode(), value=out.value)
        producer.flush()
        consumer.commit(asynchronous=False)
        meter.add(len(records))


if __name__ == "__main__":
    {"ours": ours, "faust": faust, "quix": quix, "confluent": confluent}[sys.argv[1]](
        int(sys.argv[2])
    )
