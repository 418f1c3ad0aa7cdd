"""The National Correct Coding Initiative's tables in the layouts CMS publishes them in.

PTP: tab-separated, notices above the header, a row a pair: column 1 code, column 2 code, ``*`` for
in existence before 1996, effective date, deletion date (``*`` for none), modifier indicator
(0 never, 1 allowed, 9 not applicable), rationale. MUE: comma-separated, notices above the header:
code, units, adjudication indicator (1 line, 2 and 3 date of service) with words, rationale.
Add-on codes: CMS's workbook saved comma-separated, notices above the header: type, add-on code,
its deletion, primary code (``CCCCC`` where contractors define it), its deletion, effective date and
deletion of the edit, notes; dates as year and day of the year. CMS's text of fixed width is not
read. Or a list of the site's: add-on code, type, primary code, effective date, deletion date.

The files hold CPT codes under the AMA's licence: a site loads its own; none is shipped.
"""

from calendar import isleap
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from services.codes import hcpcs
from services.codes.library.layout import Malformed, Row, cell, day, number, table

NEVER, ALLOWED, NOT_APPLICABLE = "0", "1", "9"
CONTRACTORS = "CCCCC"
"""Stands for the primary codes that Medicare's contractors define."""


def pairs(lines: Iterable[str]) -> Iterator[Row]:
    """Yield ``column1|column2`` -> (starts, ends, indicator).

    Raises:
        Malformed: a row breaks the layout.
    """
    for line, row in table(lines, "column 1", "\t"):
        if _is_subheading(row):
            continue
        first, second = (_code(row, i, line, f"column {i + 1}") for i in (0, 1))
        indicator = cell(row, 5, line, "modifier")
        if indicator not in (NEVER, ALLOWED, NOT_APPLICABLE):
            raise Malformed(line, "modifier", "must be 0, 1 or 9")
        starts = day(cell(row, 3, line, "effective date"), line, "effective date")
        ends = day(row[4], line, "deletion date")
        yield f"{first}|{second}", (starts, ends, indicator)


def units(lines: Iterable[str]) -> Iterator[Row]:
    """Yield code -> (most units, adjudication indicator).

    Raises:
        Malformed: a row breaks the layout.
    """
    for line, row in table(lines, "hcpcs"):
        code = _code(row, 0, line, "code")
        most = number(cell(row, 1, line, "units"), line, "units")
        indicator = cell(row, 2, line, "adjudication indicator")[:1]
        if indicator not in ("1", "2", "3"):
            raise Malformed(line, "adjudication indicator", "must begin with 1, 2 or 3")
        yield code, (most, indicator)


def add_ons(lines: Iterable[str]) -> Iterator[Row]:
    """Yield add-on code -> (primary code or ``*``, type, starts, ends), a row for each primary.

    Raises:
        Malformed: a row breaks the layout.
    """
    told = list(lines)
    published = any(line.lower().lstrip('"').startswith("aoc_edit_type") for line in told)
    return _workbook(told) if published else _own_list(told)


def _workbook(lines: Iterable[str]) -> Iterator[Row]:
    for line, row in table(lines, "aoc_edit_type"):
        row += [""] * (7 - len(row))
        kind, code = _type(row, 0, line), _code(row, 1, line, "add-on code")
        primary = "" if row[3] == CONTRACTORS else row[3]
        starts = _day_of_year(cell(row, 5, line, "effective date"), line, "effective date")
        ends = [_day_of_year(row[at], line, "deletion date") for at in (2, 4, 6) if row[at]]
        yield _add_on(line, code, kind, primary, starts, min(ends, default=""))


def _own_list(lines: Iterable[str]) -> Iterator[Row]:
    for line, row in table(lines, "add-on"):
        row += [""] * (5 - len(row))
        code, kind = _code(row, 0, line, "add-on code"), _type(row, 1, line)
        starts, ends = day(row[3], line, "effective"), day(row[4], line, "deletion")
        yield _add_on(line, code, kind, row[2], starts, ends)


def _add_on(line: int, code: str, kind: str, primary: str, starts: str, ends: str) -> Row:
    if (kind == "1" and not primary) or (primary and not hcpcs.is_valid(primary)):
        raise Malformed(line, "primary code", "must be a procedure code")
    return code, (primary or "*", kind, starts, ends)


def _type(row: list[str], index: int, line: int) -> str:
    kind = cell(row, index, line, "type")
    if kind not in ("1", "2", "3"):
        raise Malformed(line, "type", "must be 1, 2 or 3")
    return kind


def _day_of_year(text: str, line: int, column: str) -> str:
    if len(text) == len("2026001") and text.isascii() and text.isdigit() and int(text[:4]):
        year, nth = int(text[:4]), int(text[4:])
        if 0 < nth <= 365 + isleap(year):
            return (date(year, 1, 1) + timedelta(days=nth - 1)).isoformat()
    raise Malformed(line, column, "must be a year and a day of the year, as 2026001")


def _code(row: list[str], index: int, line: int, column: str) -> str:
    code = cell(row, index, line, column)
    if not hcpcs.is_valid(code):
        raise Malformed(line, column, "must be a procedure code")
    return code


def _is_subheading(row: list[str]) -> bool:
    """Say whether a row continues the header, which CMS breaks over several lines."""
    return not any(hcpcs.is_valid(value) for value in row[:2]) and not any(
        value.isdigit() for value in row
    )
