"""An engine on a migrated database, and a way to run events through a processor on it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from schemas import codec, topics
from schemas.events import Event
from services.clock import Clock
from services.db.engine import connect
from services.delivery.dead import Record
from services.delivery.runner import Runner
from services.phi.keys import SiteKey
from services.settings import Settings
from streams import TOPOLOGY
from tests.builders import TERMS

NOW = datetime(2026, 4, 1, 12, 30, tzinfo=UTC)
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = (
    "inbox, outbox, offset_range, claim_version, submission, denial_case, rework_item,"
    " accuracy_case, accuracy_bucket, accuracy_figure,"
    " rule_in_force, override_refusal, billed_encounter, billed_patient"
)


@pytest.fixture
def engine(database: Settings) -> Iterator[Engine]:
    """An engine whose tables are empty."""
    engine = connect(database.database_url.get_secret_value())
    with engine.begin() as conn:
        conn.execute(text(f"truncate {TABLES}"))
    yield engine
    engine.dispose()


def record(event: Event, offset: int, partition: int = 0) -> Record:
    """Return the record of an event."""
    topic = topics.holding(event)
    key = getattr(event, topic.key).encode()
    return Record(topic.name, partition, offset, key, codec.encode(event))


Run = Callable[..., list[Any]]


@pytest.fixture
def run(engine: Engine) -> Run:
    """Run events through a processor in one batch; return what it publishes."""
    clock = Clock(NOW, STARTED, 0.0)
    runners = {
        name: Runner(make(TERMS), engine, clock, SiteKey(b"k" * 32))
        for name, make in TOPOLOGY.items()
    }
    offsets: dict[str, int] = {}

    def batch(name: str, events: Sequence[Event]) -> list[Any]:
        records = []
        for event in events:
            topic = topics.holding(event).name
            offsets[topic] = offsets.get(topic, -1) + 1
            records.append(record(event, offsets[topic]))
        return [codec.decode(o.topic, o.value) for o in runners[name].commit(records)]

    return batch
