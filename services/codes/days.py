"""From when to when an ICD-10 code could be billed: ICD-10-CM and PCS since October 2015.

Packaged lists written by ``data/make_icd_days.py``: every code of every edition, the updates of
April among them, searched in place as bytes (1 MB each). What a list does not know was never a
code at full length. After the last day its edition knows, its latest state holds.
"""

import gzip
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

DATA = Path(__file__).with_name("data")
DIAGNOSES, PROCEDURES = "icd10cm_days", "icd10pcs_days"
BEGINNING = 20151001
OPEN = 99991231
EVER = ((BEGINNING, OPEN),)

LATEST = date(2026, 10, 1)
"""First day of the last edition in the lists."""

Spans = tuple[tuple[int, int], ...]
"""First and last days as YYYYMMDD, both included."""


def edition(on: date) -> date:
    """Return the first day of the edition in force: editions begin in April and October.

    >>> edition(date(2026, 3, 31)), edition(date(2026, 4, 1))
    (datetime.date(2025, 10, 1), datetime.date(2026, 4, 1))
    """
    if on.month < 4:
        return date(on.year - 1, 10, 1)
    return date(on.year, 4 if on.month < 10 else 10, 1)


@cache
def _table(name: str) -> bytes:
    return b"\n" + gzip.decompress((DATA / f"{name}.txt.gz").read_bytes())


@lru_cache(maxsize=32768)
def spans(name: str, plain: str) -> Spans:
    """Return when a code (without its dot, in capitals) could be billed; nothing when never.

    >>> spans(DIAGNOSES, "E11A"), spans(DIAGNOSES, "E119") == EVER, spans(DIAGNOSES, "E11")
    (((20251001, 99991231),), True, ())
    """
    if not (plain.isascii() and plain.isalnum()):
        return ()
    line = _line(_table(name), plain.encode())
    return _parse(line) if line.partition("\t")[0] == plain else ()


def _line(table: bytes, wanted: bytes) -> str:
    """Return the first line whose code is not before one (binary search over the bytes)."""
    low, high = 1, len(table)
    while low < high:
        start = max(table.rfind(b"\n", 0, (low + high) // 2) + 1, low)
        end = table.index(b"\n", start)
        if table[start:end].partition(b"\t")[0] < wanted:
            low = end + 1
        else:
            high = start
    return table[low:max(table.find(b"\n", low), low)].decode()


def _parse(line: str) -> Spans:
    cells = (cell.partition("-") for cell in line.split("\t")[1:])
    return tuple((int(first), int(last or OPEN)) for first, _, last in cells) or EVER


@lru_cache(maxsize=65536)
def holds(name: str, plain: str, on: date) -> bool:
    """Say whether a code could be billed on a day.

    >>> holds(DIAGNOSES, "E11A", date(2025, 9, 30)), holds(DIAGNOSES, "E11A", date(2025, 10, 1))
    (False, True)
    """
    return _within(spans(name, plain), on)


def _within(found: Spans, on: date) -> bool:
    day = on.year * 10_000 + on.month * 100 + on.day
    return any(first <= day <= last for first, last in found)


def beginning(name: str, start: str) -> Iterator[str]:
    """Yield the codes of a list that begin with some characters, in order.

    >>> next(beginning(PROCEDURES, "027"))[:3]
    '027'
    """
    table, wanted = _table(name), b"\n" + start.encode()
    at = table.find(wanted)
    while at >= 0 and table.startswith(wanted, at):
        end = table.find(b"\n", at + 1)
        yield table[at + 1:end if end >= 0 else None].partition(b"\t")[0].decode()
        at = end


def codes(name: str, on: date) -> frozenset[str]:
    """Return every code that could be billed on a day; for comparisons, not for claims."""
    return frozenset(
        line.partition("\t")[0] for line in _table(name).decode().splitlines()
        if line and _within(_parse(line), on)
    )
