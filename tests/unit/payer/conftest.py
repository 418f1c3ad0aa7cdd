"""A payer over folders of its own, and what it answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.payer.partner import Partner

START = datetime(2026, 7, 1, tzinfo=UTC)


class SetClock:
    """A clock the test sets."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


@dataclass
class Office:
    """The other side of the drop folders."""

    root: Path
    clock: SetClock
    partner: Partner
    habits: str = "calm"
    whole_map: bool = False

    def drop(self, content: bytes, payer: str = "BCBS", name: str = "a.837") -> None:
        """Deliver a file and let the payer look."""
        folder = self.root / "exchange" / payer / "to_payer"
        (folder / ".part").write_bytes(content)
        (folder / ".part").rename(folder / name)
        self.partner.step()

    def days(self, count: int) -> None:
        """Let business days pass."""
        for _ in range(count):
            self.clock.at += timedelta(days=1)
            self.partner.step()

    def answers(self, kind: str = "", payer: str = "BCBS") -> list[str]:
        """Return the answers of a kind, in order."""
        folder = self.root / "exchange" / payer / "from_payer"
        paths = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
        return [p.read_text() for p in paths if kind in p.name]

    def claims(self, columns: str = "*") -> list[tuple[object, ...]]:
        """Return the claims of the journal."""
        rows = self.partner.journal.rows(f"select {columns} from claim order by claim_id")
        return [tuple(row) for row in rows]

    def restart(self) -> None:
        """Start the payer again on what lies on disk."""
        self.partner.close()
        self.partner = open_partner(self.root, self.clock, self.habits, self.whole_map)

    def behave(self, habits: str, *, whole_map: bool = False) -> None:
        """Start the payer again with other habits."""
        self.habits, self.whole_map = habits, whole_map
        self.restart()


def open_partner(
    root: Path, clock: SetClock, habits: str = "calm", whole_map: bool = False
) -> Partner:
    exchange, home = root / "exchange", root / "home"
    return Partner(exchange, home, clock, 1, habits=habits, whole_map=whole_map)  # type: ignore[arg-type]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A payer that has just started."""
    clock = SetClock()
    opened = Office(tmp_path, clock, open_partner(tmp_path, clock))
    yield opened
    opened.partner.close()
