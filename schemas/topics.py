"""Every topic: its name, the event it holds, its key and who alone writes it."""

from dataclasses import dataclass

from schemas import events

PARTITIONS = 4
FOREVER_MS = -1
MAX_BYTES = 1 << 20
MAX_DEAD_BYTES = 2 << 20  # holds the largest record of any topic, sealed, in base 64 twice


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic holding one type of event.

    Attributes:
        name: ``claims.<event>``.
        event: The type it holds; for a dead-letter topic, none.
        key: The field whose value is the record's key.
        writer: The one process that writes it.
        partitions: The same for all, so that a key has the same partition number everywhere.
        retention_ms: -1: Kafka is the record of what happened.
        max_bytes: The largest record the broker takes.
        compacted: The latest record of a key says all: the broker may drop those before it.
    """

    name: str
    event: type[events.Event] | None
    key: str
    writer: str
    partitions: int = PARTITIONS
    retention_ms: int = FOREVER_MS
    max_bytes: int = MAX_BYTES
    compacted: bool = False


ENCOUNTER = Topic("claims.encounter", events.Encounter, "encounter_id", "intake")
CODED = Topic("claims.coded", events.Coded, "encounter_id", "worklist")
VALIDATED = Topic("claims.validated", events.Validated, "encounter_id", "validation")
SUBMITTED = Topic("claims.submitted", events.Submitted, "encounter_id", "assembly")
ACKNOWLEDGED = Topic("claims.acknowledged", events.Acknowledged, "encounter_id", "gateway")
ADJUDICATED = Topic("claims.adjudicated", events.Adjudicated, "encounter_id", "gateway")
REWORK = Topic("claims.rework", events.Rework, "encounter_id", "denials")
DECIDED = Topic("claims.decided", events.Decided, "encounter_id", "worklist")
DEADLINE = Topic("claims.deadline", events.Deadline, "encounter_id", "worklist")
ACCURACY = Topic("claims.accuracy", events.Accuracy, "figure_id", "accuracy")
RULE = Topic("claims.rule", events.Rule, "rule_id", "worklist", compacted=True)

EVENTS = (
    ENCOUNTER,
    CODED,
    VALIDATED,
    SUBMITTED,
    ACKNOWLEDGED,
    ADJUDICATED,
    REWORK,
    DECIDED,
    DEADLINE,
    ACCURACY,
    RULE,
)
CONSUMERS = ("validation", "assembly", "denials", "accuracy", "gateway", "worklist")


def dead(consumer: str) -> Topic:
    """Return the dead-letter topic of a consumer."""
    return Topic(
        f"claims.{consumer}.dead", None, "coordinates", consumer, max_bytes=MAX_DEAD_BYTES
    )


DEAD = tuple(dead(consumer) for consumer in CONSUMERS)
ALL = (*EVENTS, *DEAD)
BY_NAME = {topic.name: topic for topic in ALL}
HOLDING = {topic.event: topic for topic in EVENTS}


def holding(event: events.Event) -> Topic:
    """Return the one topic that holds this type of event."""
    return HOLDING[type(event)]
