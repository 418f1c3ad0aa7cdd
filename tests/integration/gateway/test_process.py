"""The gateway process on Kafka against the payer process, killed at each of its points."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from schemas import codec, topics
from schemas.events import Adjudicated
from schemas.ids import derive
from services.db.engine import connect
from services.kafka import clients
from services.phi import keys
from services.settings import Settings
from tests.integration.gateway import made

CLAIMS = 200
POINTS = ("gateway.spooled", "gateway.before_rename", "gateway.after_rename", "gateway.posted")


@pytest.fixture
def running(instance: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A home whose clock runs a day a second, and how to start a process in it."""
    run_file = instance.home / "run.json"
    values = json.loads(run_file.read_text())
    values |= {
        "clock_base": "2026-06-01T00:00:00Z",
        "clock_started": datetime.now(UTC).isoformat(),
        "clock_scale": 86400.0,
    }
    run_file.write_text(json.dumps(values))
    plan = instance.home / "plan"
    plan.mkdir(exist_ok=True)
    monkeypatch.setattr(made, "SITE", keys.read(instance.home / "site.key"))
    processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str) -> None:
        environment = os.environ | {
            "CLAIMLOOP_HOME": str(instance.home), "CLAIMLOOP_CRASH_PLAN": str(plan),
        }
        log = (instance.home / f"{name}.log").open("ab")
        processes[name] = subprocess.Popen(
            [sys.executable, "-m", "services.cli", name], env=environment, stderr=log, stdout=log
        )

    yield {"settings": instance, "start": start, "processes": processes, "plan": plan}
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def publish(settings: Settings, first: int, count: int) -> None:
    engine = connect(settings.database_url.get_secret_value(), name="test")
    producer = KafkaProducer(**clients.producer(settings, "test"))
    for n in range(first, first + count):
        event = made.submitted(engine, n, ("BCBS", "EMPLOYER")[n % 2])
        producer.send(
            topics.SUBMITTED.name, key=event.encounter_id.encode(), value=codec.encode(event)
        )
    producer.flush()
    producer.close()
    engine.dispose()


def records(settings: Settings, topic: str) -> list[tuple[bytes, Any]]:
    consumer = KafkaConsumer(**clients.consumer(settings, group=None))
    partitions = [TopicPartition(topic, p) for p in range(topics.PARTITIONS)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    found = []
    while any(consumer.position(p) < ends[p] for p in partitions):
        for batch in consumer.poll(timeout_ms=500).values():
            found += [(r.value, codec.decode(topic, r.value)) for r in batch]
    consumer.close()
    return found


def wait_for(what: Callable[[], bool], keep: Callable[[], None], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        keep()
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.3)


@pytest.mark.slow
def test_every_claim_is_sent_once_and_decided_once_whatever_dies(running: dict[str, Any]) -> None:
    settings: Settings = running["settings"]
    processes, plan = running["processes"], running["plan"]
    met = plan / "met"

    def keep() -> None:
        if processes["gateway"].poll() is not None:
            said = (settings.home / "gateway.log").read_text()[-2000:]
            assert processes["gateway"].returncode == -signal.SIGKILL, said
            running["start"]("gateway")

    def settled(count: int) -> bool:
        done = {e.control_number for _, e in records(settings, "claims.adjudicated")}
        done |= {
            e.control_number
            for _, e in records(settings, "claims.acknowledged") if not e.accepted
        }
        return len(done) == count

    for point in POINTS:
        (plan / point).write_text("0")
    publish(settings, 0, CLAIMS)
    running["start"]("payer")
    running["start"]("gateway")
    wait_for(lambda: settled(CLAIMS), keep)
    assert {path.name.rpartition(".")[0] for path in met.iterdir()} == set(POINTS)

    for topic in ("claims.acknowledged", "claims.adjudicated"):
        contents = defaultdict(set)
        for value, event in records(settings, topic):
            contents[event.event_id].add(value)
        assert {len(values) for values in contents.values()} == {1}, topic
    sent = {e.event_id: e for _, e in records(settings, "claims.acknowledged") if e.hop == "sent"}
    assert len({e.control_number for e in sent.values()}) == len(sent) == CLAIMS
    with sqlite3.connect(settings.home / "payer" / "journal.sqlite") as journal:
        received = journal.execute("select control_number, frequency from claim").fetchall()
    assert set(Counter(received).values()) == {1}
    assert len(received) == CLAIMS
    engine = connect(settings.database_url.get_secret_value(), name="test")
    with engine.connect() as conn:
        states = dict(
            tuple(r) for r in conn.exec_driver_sql(
                "select state, count(*) from inbound_file group by state"
            )
        )
        paid = conn.exec_driver_sql("select sum(paid_cents) from remittance").scalar_one()
        cash = conn.exec_driver_sql(
            "select sum(case when debit = 'cash' then amount_cents else -amount_cents end)"
            " from posting where 'cash' in (debit, credit)"
        ).scalar_one()
    engine.dispose()
    assert set(states) <= {"posted", "duplicate"}
    assert paid == cash


@pytest.mark.slow
def test_the_gateway_says_in_one_line_why_it_cannot_start(tmp_path: Path) -> None:
    environment = os.environ | {
        "CLAIMLOOP_HOME": str(tmp_path), "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "gateway"],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("claimloop: ")


def test_after_a_restore_nothing_the_topics_know_as_sent_is_sent_again(
    running: dict[str, Any],
) -> None:
    from services.gateway import events as said
    from services.gateway import wiring
    from services.settings import load

    settings: Settings = running["settings"]
    made_empty = made.bench(settings, settings.home)  # the backup knew nothing
    made_empty.engine.dispose()
    engine = connect(settings.database_url.get_secret_value(), name="test")
    producer = KafkaProducer(**clients.producer(settings, "test"))
    submitted = [made.submitted(engine, 1000 + n, "TRICARE") for n in range(3)]
    decided, sent, ready = submitted
    again = made.submitted(
        engine, 1003, "TRICARE", visit=1000, frequency="7", payer_claim_number="ICN1",
        predecessor=decided.control_number, bill=decided.bill,
    )
    now = datetime(2026, 7, 1, tzinfo=UTC)

    def hop(claim: Any, name: str, accepted: bool) -> Any:
        return said.acknowledged(
            claim, hop=name, accepted=accepted, file_id="f", digest="d", at=now, now=now
        )

    hops = [hop(decided, "sent", True), hop(sent, "sent", True), hop(decided, "277CA", False)]
    decision = Adjudicated(
        event_id=derive("adjudicated", "r"), encounter_id=decided.encounter_id,
        control_number=decided.control_number, payer_id="TRICARE", remittance_id=derive("r"),
        ordinal=1, count=1, decided_on=now.date(), status="1", payer_claim_number="ICN1",
    )
    for event in (*submitted, again, *hops, decision):
        producer.send(
            topics.holding(event).name, key=event.encounter_id.encode(), value=codec.encode(event)
        )
    producer.flush()
    (settings.home / "gateway.closed").write_text("restored")
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "gateway", "--reconciled"],
        env=os.environ | {"CLAIMLOOP_HOME": str(settings.home)},
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (settings.home / "gateway.closed").exists()
    with engine.connect() as conn:
        rows = conn.exec_driver_sql("select control_number, state from gateway_claim").all()
        ahead = conn.exec_driver_sql("select min(next) from partner_number").scalar_one()
    states = {row.control_number: row.state for row in rows}
    assert states[decided.control_number] == "adjudicated"
    assert states[sent.control_number] == "sent"
    assert states[ready.control_number] == states[again.control_number] == "ready"
    assert ahead > 100_000
    with engine.connect() as conn:
        found = conn.exec_driver_sql(
            "select control_number from claim_balance where charge_cents > 0"
        ).scalars()
        charged = set(found)
    assert {decided.control_number, sent.control_number} <= charged
    assert not {ready.control_number, again.control_number} & charged
    sender, _ = wiring.build(load(home=settings.home), engine, made.SITE)
    assert sender.step() == 2
    engine.dispose()
