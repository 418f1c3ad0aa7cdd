"""A cluster with TLS and SASL/SCRAM: every client gets in by settings alone."""

import asyncio
import datetime
import ipaddress
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kafka import KafkaConsumer, KafkaProducer
from pydantic import SecretStr

from schemas import topics as contract
from services.kafka import clients, topics
from services.local import jars, java, runfile
from services.local.supervise import wait_for
from services.phi import keys
from services.settings import Settings

ROOT = Path(__file__).parents[3]
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=SECURE://127.0.0.1:{port},INSIDE://127.0.0.1:{inside},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SECURE://127.0.0.1:{port},INSIDE://127.0.0.1:{inside}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INSIDE
listener.security.protocol.map=SECURE:SASL_SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secure.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
offsets.retention.minutes=2147483647
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a key with its own certificate for 127.0.0.1; return keystore and authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    keystore, authority = folder / "keystore.pem", folder / "authority.pem"
    keystore.write_bytes(secret + pem)
    authority.write_bytes(pem)
    return keystore, authority


@pytest.fixture(scope="module")
def secured(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a broker that lets in only who knows the password, over TLS."""
    folder = tmp_path_factory.mktemp("secured")
    keystore, authority = certificate(folder)
    values: dict[str, object] = {}
    ports = {
        name: runfile.port(folder, values, f"{name}_port")
        for name in ("port", "inside", "controller")
    }
    properties = folder / "server.properties"
    properties.write_text(PROPERTIES.format(**ports, keystore=keystore, data=folder / "data"))
    path = jars.class_path(jars.fetch(database.cache_folder, print))
    run = (str(java.find()), "-cp", path, "-Xmx256m", "-XX:TieredStopAtLevel=1")
    scram = "SCRAM-SHA-512=[name=claimloop,password=opensesame]"
    subprocess.run(
        (*run, "kafka.tools.StorageTool", "format", "-t", "c2VjdXJlZC1jbHVzdGVyLQ",
         "-c", str(properties), "--add-scram", scram),
        check=True, capture_output=True,
    )  # fmt: skip
    with (folder / "log").open("wb") as log:
        broker = subprocess.Popen((*run, "kafka.Kafka", str(properties)), stdout=log, stderr=log)
    try:
        assert wait_for(lambda: not runfile.free(ports["port"]), 60), (folder / "log").read_text()
        yield database.model_copy(
            update={
                "kafka_bootstrap_servers": f"127.0.0.1:{ports['port']}",
                "kafka_security_protocol": "SASL_SSL",
                "kafka_sasl_username": "claimloop",
                "kafka_sasl_password": SecretStr("opensesame"),
                "kafka_ssl_cafile": authority,
            }
        )
    finally:
        broker.kill()
        broker.wait()


def test_topics_are_made_and_agree(secured: Settings) -> None:
    topics.apply(secured)
    topics.check(secured)


def test_who_has_another_password_is_told_in_one_line(
    secured: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "ANSWERS_WITHIN_MS", 2_000)
    stranger = secured.model_copy(update={"kafka_sasl_password": SecretStr("wrong")})
    with pytest.raises(topics.TopicsError) as refused:
        topics.plan(stranger)
    assert "wrong" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_both_kinds_of_producer_get_in(secured: Settings) -> None:
    producer = KafkaProducer(**clients.producer(secured))
    producer.send(contract.REWORK.name, key=b"k", value=b"one").get(timeout=30)
    producer.close()

    async def send() -> None:
        async with AIOKafkaProducer(**clients.aio_producer(secured)) as other:
            await other.send_and_wait(contract.REWORK.name, key=b"k", value=b"two")

    asyncio.run(send())
    reader = KafkaConsumer(contract.REWORK.name, **clients.consumer(secured, group=None))
    found: list[bytes] = []
    assert wait_for(
        lambda: (
            found.extend(r.value for rs in reader.poll(500).values() for r in rs) or len(found) == 2
        ),
        30,
    )
    reader.close()


def test_a_stream_worker_gets_in(secured: Settings, tmp_path: Path) -> None:
    keys.create(tmp_path / "site.key", b"k" * 32)
    env = {
        **os.environ,
        "CLAIMLOOP_HOME": str(tmp_path),
        "KAFKA_BOOTSTRAP_SERVERS": secured.kafka_bootstrap_servers,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": "claimloop",
        "KAFKA_SASL_PASSWORD": "opensesame",
        "KAFKA_SSL_CAFILE": str(secured.kafka_ssl_cafile),
        "DATABASE_URL": secured.database_url.get_secret_value(),
        "PYTHONPATH": str(ROOT),
    }
    producer = KafkaProducer(**clients.producer(secured))
    producer.send(contract.CODED.name, key=b"garbage", value=b"\x00garbage").get(timeout=30)
    producer.close()
    dead = KafkaConsumer(contract.dead("validation").name, **clients.consumer(secured, group=None))
    worker = subprocess.Popen(
        (sys.executable, "-m", "services.cli", "worker", "validation"),
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert [r for rs in dead.poll(timeout_ms=60_000).values() for r in rs]
    finally:
        dead.close()
        worker.kill()
        said = worker.communicate(timeout=30)[1]
    assert "opensesame" not in said
