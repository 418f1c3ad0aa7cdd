"""The same code on the official images: broker and database elsewhere, given by address."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException
from kafka import KafkaConsumer, KafkaProducer
from pydantic import SecretStr
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from schemas import topics as contract
from services.kafka import clients, topics
from services.local import instance
from services.settings import Settings

pytestmark = pytest.mark.docker
ROOT = Path(__file__).parents[3]
GO = """
export KAFKA_NODE_ID=1 KAFKA_PROCESS_ROLES=broker,controller
export KAFKA_CONTROLLER_QUORUM_VOTERS=1@localhost:9094 KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER
export KAFKA_LISTENERS=PLAINTEXT://:9092,BROKER://:9093,CONTROLLER://:9094
export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://{address},BROKER://localhost:9093
M=PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
export KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=$M
export KAFKA_INTER_BROKER_LISTENER_NAME=BROKER KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=1
export KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS=0 KAFKA_AUTO_CREATE_TOPICS_ENABLE=false
export KAFKA_OFFSETS_RETENTION_MINUTES={minutes}
exec /etc/kafka/docker/run
"""


class ApacheKafka(DockerContainer):
    """One broker of the official image, on whatever port the host has free.

    It must advertise that port, known only once the container runs: it waits for the script.
    """

    def __init__(self, minutes: int) -> None:
        """Take how long the broker keeps the offsets of idle groups."""
        super().__init__("apache/kafka:4.3.1")
        self._minutes = minutes
        self.with_exposed_ports(9092)
        self.with_command(["bash", "-c", "until [ -s /tmp/go ]; do sleep 0.1; done; . /tmp/go"])

    def start(self) -> "ApacheKafka":
        """Start the broker and wait until it says it has."""
        super().start()
        script = GO.format(address=self.address(), minutes=self._minutes).encode()
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo("go")
            entry.size, entry.mode = len(script), 0o644
            tar.addfile(entry, io.BytesIO(script))
        self.get_wrapped_container().put_archive("/tmp", archive.getvalue())
        started = LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(90)
        started.wait_until_ready(self)
        return self

    def address(self) -> str:
        """Return where clients on the host connect."""
        return f"{self.get_container_host_ip()}:{self.get_exposed_port(9092)}"


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """Skip where no Docker engine answers."""
    try:
        docker.from_env().ping()
    except DockerException:
        pytest.skip("no Docker engine")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a broker and a database in containers, prepared."""
    with (
        ApacheKafka(topics.OFFSETS_FOREVER_MIN) as kafka,
        PostgresContainer("postgres:18", driver=None) as postgres,
    ):
        given = Settings(
            home=tmp_path_factory.mktemp("elsewhere"),
            supervised=False,
            kafka_bootstrap_servers=kafka.address(),
            database_url=SecretStr(postgres.get_connection_url()),
        )
        yield instance.start(given)


def test_a_cluster_elsewhere_is_prepared_and_agrees(elsewhere: Settings) -> None:
    assert topics.plan(elsewhere) == []
    assert (elsewhere.home / "site.key").stat().st_mode & 0o077 == 0


def test_a_worker_works_there_and_keeps_what_it_cannot_read(elsewhere: Settings) -> None:
    env = {
        **os.environ,
        "CLAIMLOOP_HOME": str(elsewhere.home),
        "KAFKA_BOOTSTRAP_SERVERS": elsewhere.kafka_bootstrap_servers,
        "DATABASE_URL": elsewhere.database_url.get_secret_value(),
        "PYTHONPATH": str(ROOT),
    }
    producer = KafkaProducer(**clients.producer(elsewhere))
    producer.send(contract.CODED.name, key=b"garbage", value=b"\x00garbage").get(timeout=30)
    producer.close()
    dead = KafkaConsumer(
        contract.dead("validation").name, **clients.consumer(elsewhere, group=None)
    )
    worker = subprocess.Popen(
        (sys.executable, "-m", "services.cli", "worker", "validation"),
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        found = [r for records in dead.poll(timeout_ms=60_000).values() for r in records]
        assert len(found) == 1
    finally:
        dead.close()
        worker.terminate()
        worker.communicate(timeout=30)


def test_a_broker_that_forgets_offsets_is_refused(tmp_path: Path) -> None:
    with ApacheKafka(10_080) as kafka:
        given = Settings(
            home=tmp_path, kafka_bootstrap_servers=kafka.address(), database_url=SecretStr("")
        )
        topics.apply(given)
        with pytest.raises(topics.TopicsError, match=r"offsets\.retention\.minutes is 10080"):
            topics.check(given)
