"""A folder of CSV files: its encounters line by line, and what is joined to them."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from services.intake.fields import day
from services.intake.table import Row, Table
from services.intake.visit import Found, Refusal, Refused, Visit


class Folder:
    """A folder with ``encounters.csv``.

    Attributes:
        encounters: That file.
    """

    def __init__(self, folder: Path, *columns: str) -> None:
        """Open the encounters; `columns` are those they must have."""
        self.encounters = Table(folder / "encounters.csv", *columns)
        self._folder = folder
        self._refusals: list[Refusal] = []

    def joined(self, name: str, *columns: str) -> Iterator[Row]:
        """Yield the rows of another file; a row that cannot be read is refused by `visits`."""
        for _, row in Table(self._folder / name, *columns).rows():
            if isinstance(row, Refusal):
                self._refusals.append(row)
            else:
                yield row

    def newest(self, last: str, first: str) -> date | None:
        """Return the latest last day of an encounter, its first where it has no last."""
        days = (_day(row, last, first) for _, row in self.encounters.rows())
        return max(filter(None, days), default=None)

    def visits(self, visit: Callable[[int, Row], Visit]) -> Iterator[Found]:
        """Yield what `visit` makes of a line and its row, or a refusal, for every encounter."""
        yield from self._refusals
        for line, row in self.encounters.rows():
            if isinstance(row, Refusal):
                yield row
                continue
            try:
                yield visit(line, row)
            except Refused as why:
                yield self.encounters.refuse(line, row, why)


def _day(row: Row | Refusal, last: str, first: str) -> date | None:
    if isinstance(row, Refusal):
        return None
    try:
        return day(row, last) or day(row, first)
    except Refused:
        return None
