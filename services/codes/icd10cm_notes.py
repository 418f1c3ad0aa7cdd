"""The notes of the ICD-10-CM tabular list as codes: what excludes, precedes or completes what.

Edition and origin as `icd10cm`; the words of the notes are not here. Codes come and go with or
without their dot.
"""

import gzip
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from services.codes import icd10cm

FILE = Path(__file__).with_name("data") / "icd10cm_notes.txt.gz"
EXCLUDES1, EXCLUDES2, FIRST, ALSO = "x1", "x2", "first", "also"
ELSEWHERE = "classified elsewhere"


class Note(NamedTuple):
    """A note: where it stands, its kind, whether it has a condition, the codes it names."""

    place: str
    kind: str
    conditional: bool
    ranges: tuple[tuple[str, str], ...]

    def names(self, plain: str) -> bool:
        """Say whether it names a code (without its dot) or a category above it."""
        return any(low <= plain[:len(low)] and plain[:len(high)] <= high
                   for low, high in self.ranges)


@cache
def _notes() -> dict[str, tuple[Note, ...]]:
    """Return the notes by the code they stand at."""
    return _table()[0]


@cache
def _table() -> tuple[dict[str, tuple[Note, ...]], tuple[tuple[str, str, Note], ...]]:
    """Return the notes by code, and those of blocks with the block's first and last category."""
    by_code: dict[str, list[Note]] = {}
    blocks: list[tuple[str, str, Note]] = []
    for text in gzip.decompress(FILE.read_bytes()).decode().splitlines():
        place, kind, named = text.split("\t")
        ranges = tuple(
            (one.partition(":")[0], one.partition(":")[2] or one) for one in named.split()
        )
        note = Note(place, kind.rstrip("?"), kind.endswith("?"), ranges)
        low, _, high = place.partition(":")
        if high:
            blocks.append((low, high, note))
        else:
            by_code.setdefault(place, []).append(note)
    return {place: tuple(found) for place, found in by_code.items()}, tuple(blocks)


@lru_cache(maxsize=8192)
def notes(code: str, kind: str) -> tuple[Note, ...]:
    """Return the notes of a kind that hold for a code: its own and those of all above it."""
    plain = icd10cm.compact(code)
    own = [note for size in range(len(plain), 2, -1) for note in _notes().get(plain[:size], ())]
    above = [note for low, high, note in _table()[1] if low <= plain[:3] <= high]
    return tuple(note for note in (*own, *above) if note.kind == kind)


@lru_cache(maxsize=65536)
def excludes(first: str, second: str) -> bool:
    """Say whether an Excludes1 note of either code names the other, without a condition.

    >>> excludes("E11.9", "E10.9"), excludes("E10.9", "E11.9"), excludes("E11.9", "I10")
    (True, True, False)
    """
    return _excludes(first, second) or _excludes(second, first)


def _excludes(holder: str, other: str) -> bool:
    plain = icd10cm.compact(other)
    return any(
        note.names(plain) and not note.conditional and not plain.startswith(note.place)
        for note in notes(holder, EXCLUDES1)
    )


@lru_cache(maxsize=8192)
def is_manifestation(code: str) -> bool:
    """Say whether a code is a manifestation by its wording, and so never comes first.

    >>> is_manifestation("H42"), is_manifestation("E11.9")
    (True, False)
    """
    words = icd10cm.describe(code).lower()
    return ELSEWHERE in words and "not elsewhere" not in words and bool(notes(code, FIRST))


def underlying(code: str) -> Iterator[tuple[str, str]]:
    """Yield the ranges of codes that must precede a code, where a note names them."""
    for note in notes(code, FIRST):
        if not note.conditional:
            yield from note.ranges


@lru_cache(maxsize=8192)
def completing(code: str) -> tuple[Note, ...]:
    """Return the unconditional use-additional notes of a code that name codes."""
    return tuple(one for one in notes(code, ALSO) if one.ranges and not one.conditional)
