"""How far each stage is behind: in records, in seconds, and how fast it is catching up.

A stage is one consumer group reading one topic. Records behind = end offset - committed offset,
summed over partitions. Seconds behind = real time - LogAppendTime of the oldest record that is not
committed, the worst partition. Rates come from two measurements, so the first one has none.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import OffsetSpec
from kafka.structs import TopicPartition

from schemas import topics
from schemas.topics import Topic
from services.clock import real_now
from services.kafka import clients
from services.ops import metrics
from services.ops.stages import GROUP, READS, Stage, reads
from services.settings import Settings

FETCH_S = 3.0


class Unreachable(Exception):  # noqa: N818 - says what happened
    """The broker does not answer; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    ends: Mapping[TopicPartition, int]
    committed: Mapping[tuple[str, TopicPartition], int]


class Meter:
    """Measures through an admin client and a consumer without a group; remembers for the rates."""

    def __init__(
        self,
        admin: Any,
        consumer: Any,
        reads: Mapping[str, tuple[Topic, ...]] = READS,
        partitions: int = topics.PARTITIONS,
    ) -> None:
        self._admin = admin
        self._consumer = consumer
        self._reads = reads
        self._count = partitions
        self._before: _Sample | None = None
        self._times: dict[tuple[TopicPartition, int], float] = {}
        self._lock = threading.Lock()

    def measure(self) -> list[Stage]:
        """Return every stage as it stands.

        Raises:
            Unreachable: the broker does not answer.
        """
        with self._lock:
            try:
                return self._measure()
            except Exception as error:  # noqa: BLE001 - whatever the client raises, it is one thing
                raise Unreachable(f"Kafka does not answer ({type(error).__name__})") from None

    def close(self) -> None:
        """Let go of the connections."""
        self._admin.close()
        self._consumer.close()

    def _measure(self) -> list[Stage]:
        groups = [GROUP.format(name) for name in self._reads]
        ends = self._ends()
        offsets = {g: self._offsets(g) for g in groups}
        members = self._members(groups)
        sample = _Sample(
            time.monotonic(),
            ends,
            {(g, tp): offset for g, found in offsets.items() for tp, offset in found.items()},
        )
        stages = []
        for name, read in self._reads.items():
            group = GROUP.format(name)
            dead = sum(ends.get(tp, 0) for tp in self._partitions(topics.dead(name)))
            oldest = self._oldest(offsets[group], ends, read)
            stages += [
                self._stage(name, topic, sample, oldest, members.get(group, 0), dead)
                for topic in read
            ]
        self._before = sample
        _expose(stages)
        _expose_partitions(sample)
        return stages

    def _stage(
        self, name: str, topic: Topic, sample: _Sample,
        oldest: Mapping[TopicPartition, float], members: int, dead: int,
    ) -> Stage:
        group, own = GROUP.format(name), self._partitions(topic)
        lag = sum(sample.ends.get(tp, 0) - sample.committed.get((group, tp), 0) for tp in own)
        seconds = max((oldest[tp] for tp in own if tp in oldest), default=0.0)
        rates: tuple[float | None, float | None] = (None, None)
        before = self._before
        if before is not None and sample.at > before.at:
            passed = sample.at - before.at
            rates = (
                sum(sample.ends.get(tp, 0) - before.ends.get(tp, 0) for tp in own) / passed,
                sum(
                    sample.committed.get((group, tp), 0) - before.committed.get((group, tp), 0)
                    for tp in own
                ) / passed,
            )
        done = sum(sample.committed.get((group, tp), 0) for tp in own)
        return Stage(
            name, group, topic.name, max(lag, 0), round(seconds, 1), members, *rates, dead, done
        )

    def _ends(self) -> dict[TopicPartition, int]:
        wanted = {topic for read in self._reads.values() for topic in read}
        wanted |= {topics.dead(name) for name in self._reads}
        found = self._admin.list_partition_offsets(
            {tp: OffsetSpec.LATEST for topic in wanted for tp in self._partitions(topic)}
        )
        return {tp: int(one.offset) for tp, one in found.items()}

    def _offsets(self, group: str) -> dict[TopicPartition, int]:
        found = self._admin.list_group_offsets({group: None})[group]
        return {tp: max(int(one.offset), 0) for tp, one in found.items()}

    def _members(self, groups: Iterable[str]) -> dict[str, int]:
        found = self._admin.describe_groups(list(groups))
        return {group: len(one.get("members") or ()) for group, one in found.items()}

    def _oldest(
        self,
        committed: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
        read: Iterable[Topic],
    ) -> dict[TopicPartition, float]:
        """Return the age in seconds of the first record behind, for partitions that are behind."""
        behind = {
            tp: committed.get(tp, 0)
            for topic in read
            for tp in self._partitions(topic)
            if committed.get(tp, 0) < ends.get(tp, 0)
        }
        self._fetch({tp: at for tp, at in behind.items() if (tp, at) not in self._times})
        now = real_now().timestamp()
        known = {tp: self._times.get((tp, at)) for tp, at in behind.items()}
        return {tp: max(0.0, now - at) for tp, at in known.items() if at is not None}

    def _partitions(self, topic: Topic) -> list[TopicPartition]:
        return [TopicPartition(topic.name, p) for p in range(self._count)]

    def _fetch(self, wanted: Mapping[TopicPartition, int]) -> None:
        """Read one record of each partition for its time; what does not come in time is left."""
        if not wanted:
            return
        if len(self._times) > 10_000:
            self._times.clear()
        self._consumer.assign(list(wanted))
        for tp, offset in wanted.items():
            self._consumer.seek(tp, offset)
        missing, deadline = set(wanted), time.monotonic() + FETCH_S
        while missing and time.monotonic() < deadline:
            for tp, records in self._consumer.poll(timeout_ms=200).items():
                if records and tp in missing:
                    self._times[(tp, wanted[tp])] = records[0].timestamp / 1000
                    missing.discard(tp)
                    self._consumer.pause(tp)


class Watch:
    """A meter that connects when it is first asked, and again after Kafka was away."""

    def __init__(self, settings: Settings, client_id: str = "lag") -> None:
        self._settings, self._client_id = settings, client_id
        self._meter: Meter | None = None
        self._lock = threading.Lock()

    def measure(self) -> list[Stage]:
        """Return every stage as it stands.

        Raises:
            Unreachable: the broker does not answer.
        """
        with self._lock:
            try:
                self._meter = self._meter or self._connect()
                return self._meter.measure()
            except Unreachable:
                self.close()
                raise

    def close(self) -> None:
        """Let go of the connections."""
        if self._meter is not None:
            self._meter.close()
            self._meter = None

    def _connect(self) -> Meter:
        try:
            return Meter(
                KafkaAdminClient(**clients.admin(self._settings, self._client_id)),
                KafkaConsumer(**clients.consumer(self._settings, None, self._client_id)),
                reads(self._settings), self._settings.topic_partitions,
            )
        except Exception as error:  # noqa: BLE001 - whatever the client raises, it is one thing
            raise Unreachable(f"Kafka does not answer ({type(error).__name__})") from None


def _expose(stages: Iterable[Stage]) -> None:
    worst: dict[str, float] = {}
    for stage in stages:
        metrics.gauge(
            "kafka_consumergroup_lag_sum", stage.lag, consumergroup=stage.group, topic=stage.topic
        )
        metrics.gauge("kafka_consumergroup_members", stage.members, consumergroup=stage.group)
        metrics.gauge("claims_dlq_records", stage.dead, topic=topics.dead(stage.name).name)
        worst[stage.group] = max(worst.get(stage.group, 0.0), stage.lag_seconds)
    for group, seconds in worst.items():
        metrics.gauge("kafka_consumergroup_group_max_lag_seconds", seconds, group=group)


def _expose_partitions(sample: _Sample) -> None:
    counted: dict[str, int] = {}
    for tp, end in sample.ends.items():
        labels = {"topic": tp.topic, "partition": str(tp.partition)}
        metrics.gauge("kafka_topic_partition_current_offset", end, **labels)
        counted[tp.topic] = counted.get(tp.topic, 0) + 1
    for topic, count in counted.items():
        metrics.gauge("kafka_topic_partitions", count, topic=topic)
    for (group, tp), offset in sample.committed.items():
        labels = {"consumergroup": group, "topic": tp.topic, "partition": str(tp.partition)}
        metrics.gauge("kafka_consumergroup_current_offset", offset, **labels)
        metrics.gauge("kafka_consumergroup_lag", sample.ends.get(tp, offset) - offset, **labels)
