"""Random single faults in good files, by seed: for what nobody thought of.

A mutant changes one segment or one element; `recounted` keeps SE01 right, so that the fault stays
alone.
"""

import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

from tests.unit.check.bases import Segments, recounted

JUNK = ("", "ZZ", "0", "-1", "1E9", "20261340", "A" * 300, "\u0661", "x", "12.345", "A:B:C:D")


@dataclass(frozen=True)
class Mutant:
    """One mutant: the file it came from, what was done to it, where."""

    base: str
    kind: str
    fault: str
    place: str
    segments: Segments


def _drop(rng: random.Random, segments: Segments, at: int) -> str:
    del segments[at]
    return "segment dropped"


def _repeat(rng: random.Random, segments: Segments, at: int) -> str:
    segments.insert(at, list(segments[at]))
    return "segment repeated"


def _swap(rng: random.Random, segments: Segments, at: int) -> str:
    if segments[at] != segments[at + 1]:
        segments[at], segments[at + 1] = segments[at + 1], segments[at]
    return "segment swapped with the next"


def _move(rng: random.Random, segments: Segments, at: int) -> str:
    segment = segments.pop(at)
    segments.insert(rng.randrange(3, len(segments) - 3), segment)
    return "segment moved"


def _rename(rng: random.Random, segments: Segments, at: int) -> str:
    segments[at][0] = rng.choice(("REF", "NM1", "DTP", "ZZZ", "N3"))
    return "segment renamed"


def _element(rng: random.Random, segments: Segments, at: int) -> str:
    if len(segments[at]) > 1:
        segments[at][rng.randrange(1, len(segments[at]))] = rng.choice(JUNK)
    return "element replaced"


def _digit(rng: random.Random, segments: Segments, at: int) -> str:
    places = [n for n, e in enumerate(segments[at]) if n and any(c.isdigit() for c in e)]
    if places:
        n = rng.choice(places)
        element = segments[at][n]
        m = rng.choice([m for m, c in enumerate(element) if c.isdigit()])
        new = str((int(element[m]) + rng.randrange(1, 10)) % 10)
        segments[at][n] = element[:m] + new + element[m + 1 :]
    return "digit changed"


def _append(rng: random.Random, segments: Segments, at: int) -> str:
    segments[at] += [""] * rng.randrange(0, 8) + ["X"]
    return "element added"


EDITS: tuple[Callable[[random.Random, Segments, int], str], ...] = (
    _drop, _repeat, _swap, _move, _rename, _element, _digit, _append,
)


def mutants(bases: list[tuple[str, str, Segments]], seed: int, count: int) -> Iterator[Mutant]:
    """Yield so many mutants of files given as (name, kind, segments)."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        name, kind, good = rng.choice(bases)
        segments = deepcopy(good)
        at = rng.randrange(3, len(segments) - 3)
        place = segments[at][0]
        fault = rng.choice(EDITS)(rng, segments, at)
        segments = recounted(segments)
        if segments != good:
            made += 1
            yield Mutant(name, kind, fault, place, segments)
