"""A shadow of a made-up host, with denials and worklist behind it, on a real database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.claims import terms
from services.clock import Clock
from services.codes import reference
from services.db.engine import connect
from services.db.tables import META
from services.delivery import outbox
from services.delivery.dead import Record
from services.delivery.runner import Runner
from services.phi.keys import SiteKey
from services.settings import Settings
from services.shadow import payers
from services.shadow.load import Importer, Summary
from services.worklist import process
from services.worklist.feed import feed
from streams import TOPOLOGY

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SITE = SiteKey(bytes(range(32)))
CLOCK = Clock(NOW, NOW, 0.0)
PARTIES = reference.load()
TERMS = terms.of(SITE, PARTIES)
ITEMS = (
    "select kind, status, category, team, coder_id, action, payer_id, at_stake_cents, due_on,"
    " control_number, version from work_item order by control_number, kind"
)


@dataclass
class Shadow:
    """An import and what runs behind it."""

    engine: Engine
    settings: Settings
    folder: Path
    offsets: dict[str, int] = field(default_factory=dict)
    files: int = 0

    def take(self, *contents: bytes, final: bool = False) -> Summary:
        """Import some files, then run everything behind."""
        paths = []
        for content in contents:
            self.files += 1
            path = self.folder / f"host-{self.files}"
            path.write_bytes(content)
            paths.append(path)
        summary = self.importer().run(paths, final=final)
        self.pump()
        return summary

    def importer(self) -> Importer:
        return Importer(self.engine, SITE, payers.Payers(PARTIES), TERMS, lambda: NOW)

    def pump(self) -> None:
        """Relay what is pending and run denials, accuracy and worklist over it."""
        caught = Caught()
        for producer in ("shadow", "worklist"):
            while outbox.relay(self.engine, producer, caught):
                pass
        records = [self._record(one) for one in caught.records]
        for name in ("denials", "accuracy"):
            processor = TOPOLOGY[name](TERMS)
            told = self._run(processor, records)
            records += [self._record(one) for one in told]
        self._run(process.processor(feed.processor(self.settings, SITE)), records)

    def _run(self, processor: Any, records: Sequence[Record]) -> Any:
        wanted = {topic.name for topic in processor.reads}
        batch = [record for record in records if record.topic in wanted]
        return Runner(processor, self.engine, CLOCK, SITE).commit(batch) if batch else []

    def _record(self, one: Any) -> Record:
        at = self.offsets[one.topic] = self.offsets.get(one.topic, -1) + 1
        return Record(one.topic, 0, at, one.key.encode(), one.value)

    def rows(self, statement: str) -> list[Any]:
        with self.engine.connect() as conn:
            return [tuple(row) for row in conn.execute(text(statement))]

    @property
    def items(self) -> list[Any]:
        return self.rows(ITEMS)


class Caught:
    """Stands where the broker stands."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def publish(self, records: Sequence[Any]) -> None:
        self.records += records


def empty(engine: Engine) -> None:
    """Empty every table that has rows; truncating them all takes a second each time.

    The audit log is never emptied: it says so itself.
    """
    names = [t.name for t in META.sorted_tables if not t.name.startswith("phi_access")]
    asked = " union all ".join(f"select '{n}' where exists (select from {n})" for n in names)
    with engine.begin() as conn:
        full = [row[0] for row in conn.execute(text(asked))]
        if full:
            conn.execute(text(f"truncate {', '.join(full)} cascade"))


@pytest.fixture
def shadow(database: Settings, tmp_path: Path) -> Iterator[Shadow]:
    engine = connect(database.database_url.get_secret_value())
    empty(engine)
    yield Shadow(engine, database.model_copy(update={"shadow": True}), tmp_path)
    engine.dispose()
