"""A chain of two small processors on the real worker, for campaigns of the delivery alone.

    feed --outbox, relay--> claims.coded --count--> claims.validated --count--> claims.submitted

Their outputs are nondeterministic on purpose: a replay that recomputed instead of publishing the
stored bytes would put two contents of one id on a topic. Run as a process of its own:

    python tests/fault/toy.py validation|assembly|feed
"""

import logging
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, text

from schemas import events, ids, topics
from services import settings as settings_module
from services.db import bulk
from services.db.engine import connect
from services.delivery.processor import Moment, Processor
from services.phi import keys

KEYS = 300
VERSIONS = 10
CHUNK = 60

META = MetaData()
TOY_STATE = Table(
    "toy_state",
    META,
    Column("consumer", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("disorder", BigInteger, nullable=False),
)


def source(version: int, key: int) -> events.Coded:
    """Return one event of the feed."""
    return events.Coded(
        event_id=ids.derive("toy", key, version),
        encounter_id=f"TOY{key:05}",
        version=version,
        bill=events.Bill(diagnoses=(events.Diagnosis(code="E11.9"),) * 5),
    )


def processor(name: str) -> Processor[dict[str, int]]:
    """Return the toy processor in the place of a real one's name."""

    def load(conn: Connection, batch: Sequence[events.Event]) -> Mapping[str, dict[str, int]]:
        rows = conn.execute(
            text(
                "select key, count, version, disorder from toy_state where consumer = :name"
                " and key = any(:keys) order by key for update"
            ),
            {"name": name, "keys": sorted({e.encounter_id for e in batch})},
        )
        return {
            r.key: {"count": r.count, "version": r.version, "disorder": r.disorder} for r in rows
        }

    def save(conn: Connection, states: Mapping[str, dict[str, int]]) -> None:
        rows = [{"consumer": name, "key": key, **state} for key, state in sorted(states.items())]
        bulk.insert(conn, TOY_STATE, rows, conflict="update")

    reads, writes, answer = {
        "validation": (topics.CODED, topics.VALIDATED, events.Validated),
        "assembly": (topics.VALIDATED, topics.SUBMITTED, events.Submitted),
    }[name]
    said = "edit_set" if answer is events.Validated else "control_number"

    def step(
        state: dict[str, int] | None, event: events.Coded, moment: Moment
    ) -> tuple[dict[str, int], list[events.Event]]:
        before = state or {"count": 0, "version": 0, "disorder": 0}
        after = {
            "count": before["count"] + 1,
            "version": event.version,
            "disorder": before["disorder"] + (event.version != before["version"] + 1),
        }
        output = answer(
            event_id=ids.derive(name, event.event_id),
            encounter_id=event.encounter_id,
            version=event.version,
            cause_id=event.event_id,
            **{said: secrets.token_hex(16)},
        )
        return after, [output]

    return Processor(name, (reads,), (writes,), step, load=load, save=save)


def feed() -> None:
    """Put every event of the feed into the outbox, in the order of versions, and relay them."""
    from kafka import KafkaProducer

    from services.delivery import outbox
    from services.delivery.publish import KafkaPublisher
    from services.kafka import clients

    settings = settings_module.load()
    engine = connect(settings.database_url.get_secret_value(), pool=1, name="feed")
    publisher = KafkaPublisher(KafkaProducer(**clients.producer(settings)))
    todo = [source(version, key) for version in range(1, VERSIONS + 1) for key in range(KEYS)]
    for start in range(0, len(todo), CHUNK):
        with engine.begin() as conn:
            outbox.put(conn, "worklist", todo[start : start + CHUNK])
        while outbox.relay(engine, "worklist", publisher):
            pass


def work(name: str) -> None:
    """Run a toy processor through the real worker."""
    from services.delivery.runner import Runner
    from services.kafka import clients
    from streams import worker

    logging.basicConfig(level=logging.WARNING)
    worker.BATCH = 100  # many batches, so that deaths fall between them and inside them
    settings = settings_module.load()
    engine = connect(settings.database_url.get_secret_value(), pool=2, name=name)
    site = keys.read(settings.site_key_path)
    told = worker.Told(
        broker=settings.kafka_bootstrap_servers,
        producer=clients.aio_producer(settings),
        datadir=Path(os.environ["CLAIMLOOP_HOME"]) / "faust" / f"{name}-{os.getpid()}",
        on_batch=lambda records, outputs: None,
        session_s=6.0,  # the least the broker takes
    )
    runner = Runner(processor(name), engine, settings.clock, site)
    worker.run(runner, told, worker.Progress())


if __name__ == "__main__":
    if sys.argv[1] == "feed":
        feed()
    else:
        work(sys.argv[1])
