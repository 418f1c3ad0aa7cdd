"""Which documented diagnoses a coder reports together. Pure.

Where an Excludes1 note bars two of them, the one that says more is kept (guidelines I.A.12.a and
I.B.2); where neither does, a person has to choose.
"""

from collections.abc import Sequence
from itertools import combinations

from services.codes import icd10cm, icd10cm_notes


def left_out(codes: Sequence[str]) -> frozenset[str] | None:
    """Return the codes that others say better; none when a person has to choose.

    >>> sorted(left_out(["J11.1", "J10.1", "I10"])), left_out(["E10.9", "E11.9"])
    (['J11.1'], None)
    """
    out = set[str]()
    for first, second in combinations(codes, 2):
        if {first, second} & out or not icd10cm_notes.excludes(first, second):
            continue
        less = [code for code in (first, second) if _is_open(code)]
        if len(less) != 1:
            return None
        out.add(less[0])
    return frozenset(out)


def _is_open(code: str) -> bool:
    """Say whether a code leaves open what the condition is, and not one trait of it."""
    words = icd10cm.describe(code).lower()
    return words.endswith("unspecified") or "unidentified" in words
