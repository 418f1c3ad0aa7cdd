"""CSV files row by row: a bad row is refused by itself, the next is read."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from services.intake.visit import MOST_KEPT, Refusal, Refused

MAX_FIELD = 1_000_000
Row = Mapping[str, str]


class Table:
    """A CSV file with a header; the columns named must be there."""

    def __init__(self, path: Path, *columns: str) -> None:
        csv.field_size_limit(MAX_FIELD)
        self.path = path
        with self._open() as file:
            header = next(csv.reader(file), [])
        missing = [column for column in columns if column not in header]
        if missing:
            raise Refused("header", "lacks the column " + ", ".join(missing))
        self._header = header

    def _open(self) -> TextIO:
        return self.path.open(newline="", encoding="utf-8-sig", errors="surrogateescape")

    def rows(self) -> Iterator[tuple[int, Row | Refusal]]:
        """Yield each row with its line number, or why it cannot be read."""
        with self._open() as file:
            reader = csv.reader(file)
            next(reader, None)
            while True:
                line = reader.line_num + 1
                try:
                    fields = next(reader)
                    if fields:
                        yield line, self._row(fields)
                except StopIteration:
                    return
                except csv.Error:
                    yield line, self.refuse(line, {}, Refused("line", "not CSV"))
                except Refused as why:
                    yield line, self.refuse(line, {str(i): f for i, f in enumerate(fields)}, why)

    def _row(self, fields: list[str]) -> Row:
        if len(fields) != len(self._header):
            raise Refused("line", f"has {len(fields)} fields, the header {len(self._header)}")
        for name, value in zip(self._header, fields, strict=True):
            if not value.isascii() and any("\udc80" <= c <= "\udcff" for c in value):
                raise Refused(name, "is not UTF-8")
        return dict(zip(self._header, fields, strict=True))

    def refuse(self, line: int, row: Row, why: Refused) -> Refusal:
        """Return the refusal of a row."""
        return Refusal(self.path.name, line, why.field, why.rule, raw(row)[:MOST_KEPT])


def raw(row: Row) -> bytes:
    """Return a row's bytes, to be kept should it be refused."""
    return ",".join(row.values()).encode("utf-8", "surrogateescape")

