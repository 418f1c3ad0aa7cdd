"""The worker and the delivery core under fire: nothing lost, nothing doubled, order kept.

Two toy processors on a Kafka and a PostgreSQL of their own. Every crash point of the delivery is
met once by each, workers are killed, stopped beyond their session and continued, asked to end;
broker and database are killed. Then everything must drain, and the figures must be exact.
"""

import hmac
import itertools
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from schemas import codec, ids, topics
from services.audit import delivery as audit_delivery
from services.db.engine import connect
from services.kafka import clients
from services.local import instance, programs
from services.settings import Settings
from tests.fault import nemesis, toy

SEED = "worker-1"
TOTAL = toy.KEYS * toy.VERSIONS
POISON = (b"", b"\x00\x00", b"garbage" * 9, b"\x00\x00\x00\x00\x02" + b"\xff" * 40)
POINTS = (
    "runner.decoded",
    "runner.committed",
    "publish.sent",
    "runner.published",
    "worker.acknowledged",
)


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A broker and a database that may be killed."""
    home = tmp_path_factory.mktemp("campaign")
    plain = Settings(home=home, kafka_bootstrap_servers="", database_url=SecretStr(""))
    yield instance.start(plain, programs.CORE, site_key=bytes(range(32)))
    instance.stop(home)


def draw(*parts: object, below: int) -> int:
    """Return a number that only the seed and its name decide."""
    digest = hmac.new(SEED.encode(), repr(parts).encode(), "sha256").digest()
    return int.from_bytes(digest[:8]) % below


def hire(crew: nemesis.Crew, home: Path) -> None:
    script = str(Path(toy.__file__))
    for name, kind in (("v1", "validation"), ("v2", "validation"), ("a1", "assembly")):
        plan = {"CLAIMLOOP_CRASH_PLAN": str(home / "plan" / kind)}
        crew.hire(name, (sys.executable, script, kind), plan)
    plan = {"CLAIMLOOP_CRASH_PLAN": str(home / "plan" / "feed")}
    crew.hire("feed", (sys.executable, script, "feed"), plan, once=True)


class Seen:
    """What the ledger and the broker say of how far the chain is."""

    def __init__(self, settings: Settings) -> None:
        self._engine = connect(settings.database_url.get_secret_value(), pool=1)
        self._settings = settings

    def settled(self, consumer: str) -> int:
        try:
            with self._engine.connect() as conn:
                return conn.execute(
                    text(
                        "select coalesce(sum(last - first + 1), 0) from offset_range"
                        " where consumer = :c"
                    ),
                    {"c": consumer},
                ).scalar_one()
        except OperationalError:
            return 0  # the database was just killed

    def drained(self) -> bool:
        """Whether every record is settled and committed, in both stages."""
        for name, topic in (("validation", topics.CODED), ("assembly", topics.VALIDATED)):
            reader = KafkaConsumer(**clients.consumer(self._settings, f"claims.{name}"))
            try:
                tps = [TopicPartition(topic.name, p) for p in range(topic.partitions)]
                ends = reader.end_offsets(tps)
                if any((reader.committed(tp) or 0) < ends[tp] for tp in tps):
                    return False
            finally:
                reader.close()
            if self.settled(name) < sum(ends.values()):
                return False
        return True


def poison(settings: Settings) -> None:
    """Write what can never be read, between the others, one into each partition."""
    producer = KafkaProducer(**clients.producer(settings))
    for n, value in enumerate(POISON):
        producer.send(topics.CODED.name, key=b"TOY00001", value=value, partition=n % 4)
    producer.send(topics.CODED.name, key=None, value=codec.encode(toy.source(1, 1)), partition=3)
    producer.flush()
    producer.close()


def faults(crew: nemesis.Crew, seen: Seen, settings: Settings) -> None:
    """Inject every fault once, each at a share of the progress that the seed decides."""
    home = settings.home
    jobs = [
        lambda: crew.signal("v1", signal.SIGKILL),
        lambda: crew.signal("v2", signal.SIGSTOP),
        lambda: nemesis.kill_supervised(home, "kafka"),
        lambda: crew.signal("a1", signal.SIGTERM),
        lambda: poison(settings),
        lambda: crew.signal("v2", signal.SIGCONT),
        lambda: nemesis.kill_supervised(home, "postgres"),
    ]
    began = time.monotonic()
    for n, job in enumerate(jobs):
        mark = TOTAL * (n + 1) // (len(jobs) + 3) + draw("fault", n, below=TOTAL // 20)
        nemesis.until(lambda m=mark: _reached(crew, seen, m), 90, f"progress to {mark}")
        job()
        print(f"{time.monotonic() - began:5.1f} s: fault {n} at {mark} of {TOTAL}")


def _reached(crew: nemesis.Crew, seen: Seen, mark: int) -> bool:
    crew.check()
    return seen.settled("validation") >= mark


def records(settings: Settings, topic: str) -> Iterator[tuple[bytes, bytes]]:
    reader = KafkaConsumer(**clients.consumer(settings, None))
    tps = [TopicPartition(topic, p) for p in range(topics.BY_NAME[topic].partitions)]
    reader.assign(tps)
    reader.seek_to_beginning(*tps)
    ends = reader.end_offsets(tps)
    while any(reader.position(tp) < end for tp, end in ends.items()):
        for batch in reader.poll(timeout_ms=500).values():
            yield from ((r.key, r.value) for r in batch)
    reader.close()


def contents(settings: Settings, topic: str) -> tuple[dict[str, set[bytes]], dict[str, list[int]]]:
    """Return id -> its contents, and key -> versions in the order they first came."""
    values: dict[str, set[bytes]] = {}
    order: dict[str, list[int]] = {}
    for _, value in records(settings, topic):
        event = codec.decode(topic, value)
        if event.event_id not in values:
            order.setdefault(event.encounter_id, []).append(event.version)
        values.setdefault(event.event_id, set()).add(value)
    return values, order


@pytest.mark.slow  # the crash suite meets the same points in the whole pipeline
@pytest.mark.timeout(280)
def test_nothing_is_lost_or_doubled_while_everything_is_killed(core: Settings, tmp_path: Path):
    engine = connect(core.database_url.get_secret_value())
    toy.META.create_all(engine)
    for kind in ("validation", "assembly"):
        plan = core.home / "plan" / kind
        nemesis.arm(plan, {p: draw(kind, p, below=12) + 2 for p in POINTS})
    nemesis.arm(core.home / "plan" / "feed", {"outbox.published": 20})
    seen, began = Seen(core), time.monotonic()
    environment = {"CLAIMLOOP_HOME": str(core.home), "PYTHONPATH": str(Path.cwd())}
    with nemesis.Crew(tmp_path, environment) as crew:
        hire(crew, core.home)
        faults(crew, seen, core)
        nemesis.until(lambda: "feed" in crew.finished, 60, "everything is fed")
        nemesis.until(seen.drained, 90, "everything is settled and committed", every_s=1)
        deaths = dict(crew.deaths)
    print(f"drained {time.monotonic() - began:.1f} s after the start")

    for kind in ("validation", "assembly"):
        assert nemesis.met(core.home / "plan" / kind) == set(POINTS), kind
    assert nemesis.met(core.home / "plan" / "feed") == {"outbox.published"}
    print("deaths:", deaths)
    check(core, engine)


def check(core: Settings, engine) -> None:
    versions_, keys_ = range(1, toy.VERSIONS + 1), range(toy.KEYS)
    wanted = {toy.source(version, key).event_id for version in versions_ for key in keys_}
    for topic in (topics.VALIDATED, topics.SUBMITTED):
        name = "validation" if topic is topics.VALIDATED else "assembly"
        wanted = {ids.derive(name, event_id) for event_id in wanted}
        values, order = contents(core, topic.name)
        assert set(values) == wanted, f"{topic.name}: not the ids it must hold"
        assert [i for i, v in values.items() if len(v) > 1] == [], "an id with two contents"
        for versions in order.values():
            assert versions == list(versions_), "an order that was not kept"
    with engine.connect() as conn:
        states = Counter(
            (r.consumer, r.count, r.disorder)
            for r in conn.execute(text("select consumer, count, disorder from toy_state"))
        )
    assert states == {(name, toy.VERSIONS, 0): toy.KEYS for name in ("validation", "assembly")}
    dead = Counter(value for _, value in records(core, topics.dead("validation").name))
    assert len(dead) == len(POISON) + 1, "dead letters, each with one content"
    violations = list(
        itertools.chain.from_iterable(
            result.violations for result in audit_delivery.check(core, engine)
        )
    )
    assert violations == []
