"""ICD-10-CM: which codes exist, which may be billed, what they mean, where to look further.

Two packaged lists, both CMS's and in the public domain. The days each code could be billed, of
every edition since October 2015 (`services.codes.days`), decide validity. The words, categories
and the ladder are those of April 2026 (``data/make_icd10cm.py``): a code that came later or went
earlier is valid on its days and has no words.

The words are one sorted block of bytes that is searched in place: 8 MB, loaded in 30 ms.
"""

import gzip
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from services.codes import days

FIRST_DAY = date(2015, 10, 1)
FILE = Path(__file__).with_name("data") / "icd10cm.txt.gz"
SHAPE = re.compile(r"[A-Z][0-9A-Z]{2}(\.?[0-9A-Z]{1,4})?")


class Entry(NamedTuple):
    """A line of the list: the code with its dot, whether it may be billed, its meaning."""

    code: str
    billable: bool
    words: str


def compact(code: str) -> str:
    """Return the code without its dot, as it goes on a claim.

    >>> compact("e11.9")
    'E119'
    """
    return code.replace(".", "").strip().upper()


def dotted(code: str) -> str:
    """Return the code with its dot.

    >>> dotted("E119"), dotted("I10")
    ('E11.9', 'I10')
    """
    plain = compact(code)
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


def entry(code: str) -> Entry | None:
    """Return a code's line, or none when no such code or category exists."""
    return _entry(compact(code))


def exists(code: str) -> bool:
    """Say whether this is a code or a category of the list."""
    return entry(code) is not None


def is_valid(code: str, on: date) -> bool:
    """Say whether a code may be billed on a date of service: it exists at full length.

    >>> is_valid("E11.9", date(2026, 3, 1)), is_valid("E11", date(2026, 3, 1))
    (True, False)
    >>> is_valid("E11.A", date(2025, 9, 30)), is_valid("E11.A", date(2025, 10, 1))
    (False, True)
    """
    plain = compact(code)
    return code in (dotted(plain), plain) and days.holds(days.DIAGNOSES, plain, on)


def validate(code: str, on: date) -> str:
    """Return the code with its dot.

    Raises:
        ValueError: it may not be billed on that date; the message says why.
    """
    if not is_valid(dotted(code), on):
        raise ValueError("a category, not a billable code" if exists(code) else "no such code")
    return dotted(code)


def describe(code: str) -> str:
    """Return what a code means, or nothing when it does not exist."""
    found = entry(code)
    return found.words if found else ""


def children(code: str) -> tuple[Entry, ...]:
    """Return the next rung of the specificity ladder: the codes directly below one.

    >>> [child.code for child in children("E78.0")]
    ['E78.00', 'E78.01']
    """
    below = tuple(_from(compact(code)))[1:]
    rung: list[Entry] = []
    for found in below:
        if not rung or not compact(found.code).startswith(compact(rung[-1].code)):
            rung.append(found)
    return tuple(rung)


def billable_below(code: str) -> tuple[Entry, ...]:
    """Return every billable code under a code, itself included."""
    return tuple(found for found in _from(compact(code)) if found.billable)


def beginning(start: str) -> Iterator[Entry]:
    """Yield the codes and categories that begin with some characters, in order."""
    return _from(compact(start))


def entries() -> Iterator[Entry]:
    """Yield every code and category of the list, in order."""
    return _from("")


@lru_cache(maxsize=1024)
def search(words: str, limit: int = 20) -> tuple[Entry, ...]:
    """Return billable codes whose meaning holds all words, the shortest meaning first.

    >>> search("type 2 diabetes without complications")[0].code
    'E11.9'
    """
    wanted = sorted({word.encode() for word in re.findall(r"[a-z0-9]+", words.lower())}, key=len)
    if not wanted:
        return ()
    begins = [re.compile(rb"\b" + word) for word in wanted]
    found = [
        entry
        for start, end in _lines_with(wanted[-1])
        if all(begin.search(_lowered(), start, end) for begin in begins)
        if (entry := _parse(_table()[start:end])).billable
    ]
    return tuple(sorted(found, key=lambda e: (len(e.words), e.code))[:limit])


def _lines_with(word: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the lines begin and end that hold a word."""
    table, at = _lowered(), 0
    while (at := table.find(word, at)) >= 0:
        start, end = table.rfind(b"\n", 0, at) + 1, table.find(b"\n", at)
        yield start, end
        at = end


@cache
def _lowered() -> bytes:
    """Return the table in lower case, for searching."""
    return _table().lower()


FEMALE = ("C51-C58", "D06", "D25-D28", "D39", "E28", "N70-N98", "O00-O9A", "Z32-Z34", "Z36-Z3A")
MALE = ("C60-C63", "D29", "D40", "N40-N53")


@lru_cache(maxsize=8192)
def sex_of(code: str) -> str:
    """Return F or M when a code is of one sex only, else nothing; from chapter and wording."""
    plain = compact(code)
    if _within(plain, FEMALE):
        return "F"
    if _within(plain, MALE):
        return "M"
    words = describe(plain).lower()
    female, male = bool(re.search(r"\bfemale\b", words)), bool(re.search(r"\bmale\b", words))
    return "" if female == male else "F" if female else "M"


def _within(plain: str, blocks: Iterable[str]) -> bool:
    return any(
        block.partition("-")[0] <= plain[:3] <= (block.partition("-")[2] or block)
        for block in blocks
    )


@cache
def _table() -> bytes:
    return b"\n" + gzip.decompress(FILE.read_bytes())


def _line(inside: int) -> bytes:
    """Return the whole line around a position of the table."""
    table = _table()
    return table[table.rfind(b"\n", 0, inside) + 1:table.find(b"\n", inside)]


def _parse(line: bytes) -> Entry:
    code, billable, words = line.decode().split("\t")
    return Entry(dotted(code), billable == "1", words)


def _position(plain: str) -> int:
    """Return where the first line not before a code begins (binary search over the bytes)."""
    table, wanted = _table(), plain.encode()
    low, high = 1, len(table)
    while low < high:
        start = table.rfind(b"\n", 0, (low + high) // 2) + 1
        start = max(start, low)
        if table[start:table.index(b"\t", start)] < wanted:
            low = table.index(b"\n", start) + 1
        else:
            high = start
    return low


def _from(plain: str) -> Iterator[Entry]:
    """Yield the lines whose code begins so, in order."""
    table, at = _table(), _position(plain)
    while at < len(table) and table.startswith(plain.encode(), at):
        end = table.index(b"\n", at)
        yield _parse(table[at:end])
        at = end + 1


@lru_cache(maxsize=8192)
def _entry(plain: str) -> Entry | None:
    if not SHAPE.fullmatch(plain):
        return None
    found = next(_from(plain), None)
    return found if found and compact(found.code) == plain else None
