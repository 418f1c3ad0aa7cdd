"""Every metric of every process in one table; names after kafka_exporter and kafka-lag-exporter.

Labels come from closed sets (stages, topics, partitions, reasons, teams); no label ever holds an
id of a claim, an encounter or a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: As exposed (a counter's ``_total`` included).
        kind: counter, gauge or histogram.
        labels: Names of its labels.
        says: What it says, with its unit.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    says: str


_PARTITION = ("consumergroup", "topic", "partition")

TABLE = (
    Metric("kafka_consumergroup_lag", "gauge", _PARTITION, "Records behind in a partition"),
    Metric("kafka_consumergroup_lag_sum", "gauge", ("consumergroup", "topic"), "Records behind"),
    Metric("kafka_consumergroup_current_offset", "gauge", _PARTITION, "Committed offset"),
    Metric("kafka_consumergroup_members", "gauge", ("consumergroup",), "Members of a group"),
    Metric("kafka_topic_partition_current_offset", "gauge", ("topic", "partition"), "End offset"),
    Metric("kafka_topic_partitions", "gauge", ("topic",), "Partitions of a topic"),
    Metric(
        "kafka_consumergroup_group_max_lag_seconds", "gauge", ("group",),
        "Age of the oldest record a group has not processed",
    ),
    Metric(
        "claims_stage_records_total", "counter", ("stage", "outcome"),
        "Records taken (outcome in) and written (outcome out) by a stage",
    ),
    Metric("claims_dlq_records", "gauge", ("topic",), "Dead letters on a topic"),
    Metric("claims_denials_open", "gauge", ("category",), "Open work items"),
    Metric("claims_denials_due", "gauge", ("within",), "Open work items due within so many days"),
    Metric("claims_denials_overdue", "gauge", (), "Open work items past their deadline"),
    Metric("claims_overrides_refused", "gauge", ("why",), "Overrides that had no effect"),
    Metric(
        "claims_guards_refused", "gauge", ("rule",),
        "Claims that were not sent and decisions that moved nothing, by the rule that forbids them",
    ),
    Metric(
        "claims_code_table_past_due_days", "gauge", ("kind",),
        "Days a code table is past its expected update; 0 when it is not",
    ),
    Metric("claims_break_glass_total", "counter", ("role",), "Records opened by break-glass"),
    Metric("claims_break_glass_unreviewed", "gauge", (), "Of them: nobody looked at it yet"),
    Metric("claims_outbox_pending", "gauge", ("producer",), "Events waiting to be published"),
)
BY_NAME = {metric.name: metric for metric in TABLE}
_KINDS: dict[str, type[Counter | Gauge | Histogram]] = {
    "counter": Counter, "gauge": Gauge, "histogram": Histogram,
}


@cache
def registry() -> CollectorRegistry:
    """Return this process's registry, with its memory, CPU and file descriptors."""
    one = CollectorRegistry()
    ProcessCollector(registry=one)
    PlatformCollector(registry=one)
    return one


@cache
def metric(name: str) -> Counter | Gauge | Histogram:
    """Return a metric of the table.

    Raises:
        KeyError: the table does not list it.
    """
    listed = BY_NAME[name]
    return _KINDS[listed.kind](listed.name, listed.says, listed.labels, registry=registry())


def count(name: str, amount: float = 1, **labels: str) -> None:
    """Add to a counter."""
    one = metric(name)
    assert isinstance(one, Counter)  # noqa: S101 - the table says so
    (one.labels(**labels) if labels else one).inc(amount)


def gauge(name: str, value: float, **labels: str) -> None:
    """Set a gauge."""
    one = metric(name)
    assert isinstance(one, Gauge)  # noqa: S101 - the table says so
    (one.labels(**labels) if labels else one).set(value)


def batch(stage: str) -> Callable[[int, int], None]:
    """Return what a stage calls with (records, outputs) of each batch it acknowledged."""

    def counted(records: int, outputs: int) -> None:
        count("claims_stage_records_total", records, stage=stage, outcome="in")
        count("claims_stage_records_total", outputs, stage=stage, outcome="out")

    return counted
