"""One Kafka broker on the loopback address (KRaft: broker and controller in one process).

Its data directory holds nothing but Kafka's own: one stray folder in it stops the next start.
"""

import base64
import secrets
import subprocess
from pathlib import Path

from services.local.errors import StartError

HEAP = "512m"
# Half the processor time of the default collector and compiler, at the start and after 200,000
# records: one broker's work is copying, and on two cores its compiler threads take from everybody.
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
FOREVER_MIN = 2**31 - 1

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
offsets.retention.minutes={forever}
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime
log.retention.ms=-1
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
"""

LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)


def prepare(
    folder: Path, java: Path, class_path: str, port: int, controller_port: int
) -> tuple[str, ...]:
    """Write the broker's configuration, format its storage once, and return its command.

    Args:
        folder: The broker's own folder: ``server.properties`` and ``data/``.
        java: The Java to run it on.
        class_path: Kafka's jars.
        port: Where clients connect, on 127.0.0.1.
        controller_port: The controller's, on 127.0.0.1.

    Raises:
        StartError: the storage cannot be formatted.
    """
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    properties = folder / "server.properties"
    properties.write_text(
        PROPERTIES.format(
            port=port, controller_port=controller_port, data=data, forever=FOREVER_MIN
        )
    )
    run = (str(java), "-cp", class_path, *LOGGING)
    if not (data / "meta.properties").is_file():
        _format((*run, *JVM, "-Xmx128m"), properties, data)
    _refuse_strays(data)
    return (*run, *JVM, f"-Xmx{HEAP}", "-Xms128m", "kafka.Kafka", str(properties))


def _format(run: tuple[str, ...], properties: Path, data: Path) -> None:
    # The first byte is 0 so that the id cannot begin with a dash, which would read as an option.
    cluster = base64.urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("=")
    command = (*run, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties))
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
        raise StartError(f"Kafka's storage in {data} cannot be formatted: {lines[-1]}")


def _refuse_strays(data: Path) -> None:
    """Refuse folders that Kafka would take for a partition and die of."""
    for entry in data.iterdir():
        name, _, partition = entry.name.removesuffix("-delete").rpartition("-")
        if entry.is_dir() and not (name and partition.isdigit()) and "." not in entry.name:
            raise StartError(
                f"Kafka's data directory {data} holds a foreign folder, {entry.name}: move it away"
            )
