"""What the published layouts have in common: a file's lines to keyed rows, or a clear refusal."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

Row = tuple[str, tuple[Any, ...]]
"""A key and what the table says of it; dates are ISO text, an open end is empty."""


class Malformed(Exception):  # noqa: N818 - a wrong file is data, not a bug
    """A file breaks its layout; the message names line, column and rule."""

    def __init__(self, line: int, column: str, rule: str) -> None:
        super().__init__(f"line {line}, {column}: {rule}")


def table(
    lines: Iterable[str], first: str, delimiter: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below a header, with their line numbers.

    CMS puts notices above the header, so everything before it is passed over.

    Args:
        lines: Of the file.
        first: How the header's first cell begins, in lower case.
        delimiter: Between cells.

    Raises:
        Malformed: there is no such header.
    """
    reader = csv.reader(lines, delimiter=delimiter)
    for row in reader:
        if row and " ".join(row[0].split()).lower().startswith(first):
            break
    else:
        raise Malformed(reader.line_num, "header", f"no line begins with {first!r}")
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield reader.line_num, cells


def cell(row: list[str], index: int, line: int, column: str) -> str:
    """Return a cell that must be there.

    Raises:
        Malformed: it is missing or empty.
    """
    if index >= len(row) or not row[index]:
        raise Malformed(line, column, "is missing")
    return row[index]


def number(text: str, line: int, column: str) -> int:
    """Return a whole number of at most nine ASCII digits.

    Raises:
        Malformed: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Malformed(line, column, "must be a whole number")
    return int(text)


def day(text: str, line: int, column: str) -> str:
    """Return a date written YYYYMMDD or YYYY-MM-DD as ISO text; ``*`` and nothing are open.

    Raises:
        Malformed: it is no date.
    """
    if text in ("", "*"):
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Malformed(line, column, "must be a date as YYYYMMDD") from None
