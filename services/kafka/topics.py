"""The topics as they must be, against the topics as they are.

- `plan`: what differs, and what `apply` would do about it.
- `apply`: create what is missing, set what can be set; never change a number of partitions,
  because a key would move to another partition and its order be lost.
- `check`: what still differs; a worker refuses to start on any of it.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError

from schemas import topics
from schemas.topics import Topic
from services.kafka import clients, registry
from services.kafka.registry import TopicsError as TopicsError
from services.settings import Settings

OFFSETS_FOREVER_MIN = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be.

    Attributes:
        topic: The topic, or ``broker``.
        what: ``topic``, ``partitions``, ``replication``, or the name of a Kafka setting.
        wanted: As it must be.
        found: As it is; empty if it is not there.
        remedy: ``create``, ``set``, or ``none`` where `apply` leaves it to an operator.
    """

    topic: str
    what: str
    wanted: str
    found: str
    remedy: str

    def __str__(self) -> str:
        found = f"is {self.found}" if self.found else "is missing"
        return f"{self.topic}: {self.what} {found}, must be {self.wanted}"

    def as_dict(self) -> dict[str, str]:
        """Return it for ``--json``."""
        return asdict(self)


def wanted_settings(settings: Settings, topic: Topic) -> dict[str, str]:
    """Return the Kafka settings a topic of ours must have."""
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "max.message.bytes": str(topic.max_bytes),
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": str(settings.topic_min_isr),
        "retention.bytes": "-1",
        "retention.ms": str(settings.topic_retention_ms),
    }


def plan(settings: Settings) -> list[Difference]:
    """Return what differs between the topics and what they must be.

    Raises:
        TopicsError: the cluster does not answer.
    """
    with _admin(settings) as admin:
        return list(_differences(admin, settings))


def apply(settings: Settings) -> list[Difference]:
    """Create and set what can be; return what was done.

    Raises:
        TopicsError: the cluster does not answer, or refuses.
    """
    with _admin(settings) as admin:
        todo = [d for d in _differences(admin, settings) if d.remedy != "none"]
        try:
            _create(admin, settings, [d.topic for d in todo if d.remedy == "create"])
            _set(admin, [d for d in todo if d.remedy == "set"])
        except KafkaError as error:
            raise TopicsError(f"the cluster refuses to change its topics: {error}") from None
        _await(admin, settings, todo)
        registry.register(settings)
        return todo


def check(settings: Settings) -> None:
    """Return only if every topic is as it must be; the codec then uses the registry's ids.

    Raises:
        TopicsError: one is not; or the cluster does not answer.
    """
    found = plan(settings)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise TopicsError(f"{found[0]}{more}: run `claimloop topics plan`, then `topics apply`")
    registry.adopt(settings)


def await_groups(settings: Settings, longest_s: float = 30.0) -> None:
    """Return when consumer groups can be used; a fresh cluster makes their topic on first asking.

    Raises:
        TopicsError: the cluster does not answer, or has no coordinator in time.
    """
    end = time.monotonic() + longest_s
    with _admin(settings) as admin:
        while True:
            try:
                admin.list_group_offsets({"claims.nobody": None})
                return
            except KafkaError as error:
                if not error.retriable or time.monotonic() > end:
                    raise TopicsError(f"Kafka's groups are not ready: {error}") from None
            time.sleep(0.1)


def _admin(settings: Settings) -> Any:
    try:
        return KafkaAdminClient(**clients.admin(settings))
    except (KafkaError, OSError) as error:
        raise TopicsError(
            f"Kafka at {settings.kafka_bootstrap_servers or '(no address)'} does not answer: "
            f"{type(error).__name__}; is it running?"
        ) from None


def _differences(admin: Any, settings: Settings) -> Iterator[Difference]:
    there = {t["name"]: t for t in admin.describe_topics() if t["name"] in topics.BY_NAME}
    configs = _settings_of(admin, there)
    for topic in topics.ALL:
        if topic.name not in there:
            yield Difference(topic.name, "topic", _shape(settings), "", "create")
        else:
            yield from _of_topic(topic, there[topic.name], configs[topic.name], settings)
    yield from _of_broker(admin)


def _of_topic(
    topic: Topic, found: Mapping[str, Any], config: Mapping[str, Any], settings: Settings
) -> Iterator[Difference]:
    partitions = found["partitions"]
    if len(partitions) != settings.topic_partitions:
        yield Difference(
            topic.name, "partitions", str(settings.topic_partitions), str(len(partitions)), "none"
        )
    copies = min(len(p["replica_nodes"]) for p in partitions)
    if copies != settings.topic_replication:
        yield Difference(
            topic.name, "replication", str(settings.topic_replication), str(copies), "none"
        )
    for name, wanted in wanted_settings(settings, topic).items():
        if (value := str(config[name]["value"])) != wanted:
            yield Difference(topic.name, name, wanted, value, "set")


def _of_broker(admin: Any) -> Iterator[Difference]:
    """A group whose offsets expired would begin again at the first record ever written."""
    name = "offsets.retention.minutes"
    broker = str(admin.describe_cluster()["brokers"][0]["broker_id"])
    resource = ConfigResource(ConfigResourceType.BROKER, broker, {name: None})
    found = admin.describe_configs([resource], config_filter="all")["broker"][broker]
    value = str(found[name]["value"])
    if value != str(OFFSETS_FOREVER_MIN):
        yield Difference("broker", name, str(OFFSETS_FOREVER_MIN), value, "none")


def _settings_of(admin: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    return dict(admin.describe_configs(resources, config_filter="all")["topic"])


def _create(admin: Any, settings: Settings, names: list[str]) -> None:
    if not names:
        return
    admin.create_topics(
        {
            name: {
                "num_partitions": settings.topic_partitions,
                "replication_factor": settings.topic_replication,
                "configs": wanted_settings(settings, topics.BY_NAME[name]),
            }
            for name in names
        }
    )
    admin.wait_for_topics(names, timeout_ms=30_000)


def _await(admin: Any, settings: Settings, done: list[Difference]) -> None:
    """Wait until the cluster tells of what was done; it answers from a copy that comes later."""
    end = time.monotonic() + 10
    while set(done) & set(_differences(admin, settings)) and time.monotonic() < end:
        time.sleep(0.05)


def _set(admin: Any, todo: list[Difference]) -> None:
    changes: dict[str, dict[str, str]] = {}
    for difference in todo:
        changes.setdefault(difference.topic, {})[difference.what] = difference.wanted
    if changes:
        admin.alter_configs(
            [
                ConfigResource(ConfigResourceType.TOPIC, name, values)
                for name, values in changes.items()
            ]
        )


def _shape(settings: Settings) -> str:
    return f"{settings.topic_partitions} partitions, {settings.topic_replication} replicas"
