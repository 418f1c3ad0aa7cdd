"""The National Correct Coding Initiative's tables in the layouts CMS publishes them in.

PTP: tab-separated, notices above the header, a row a pair: column 1 code, column 2 code, ``*`` for
in existence before 1996, effective date, deletion date (``*`` for none), modifier indicator
(0 never, 1 allowed, 9 not applicable), rationale. MUE: comma-separated, notices above the header:
code, units, adjudication indicator (1 line, 2 and 3 date of service) with words, rationale.
Add-on codes: comma-separated: add-on code, type, primary code, effective date, deletion date.

The files hold CPT codes under the AMA's licence: a site loads its own; none is shipped.
"""

from collections.abc import Iterable, Iterator

from services.codes import hcpcs
from services.codes.library.layout import Malformed, Row, cell, day, number, table

NEVER, ALLOWED, NOT_APPLICABLE = "0", "1", "9"


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
    for line, row in table(lines, "add-on"):
        code = _code(row, 0, line, "add-on code")
        kind = cell(row, 1, line, "type")
        if kind not in ("1", "2", "3"):
            raise Malformed(line, "type", "must be 1, 2 or 3")
        primary = row[2] if len(row) > 2 else ""
        if kind != "2" and not hcpcs.is_valid(primary):
            raise Malformed(line, "primary code", "must be a procedure code")
        dates = [row[i] if len(row) > i else "" for i in (3, 4)]
        starts, ends = day(dates[0], line, "effective"), day(dates[1], line, "deletion")
        yield code, (primary or "*", kind, starts, ends)


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
