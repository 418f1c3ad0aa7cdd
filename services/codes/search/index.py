"""The words of ICD-10-CM, each with the codes whose meaning holds it.

Codes are numbered from the shortest meaning to the longest, so the first numbers of any set are
its shortest meanings. Built once, in about a second; 98,000 lines, 7,600 words.
"""

import csv
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from services.codes import icd10cm

WORD = re.compile(r"[a-z0-9]+")
STOP = frozenset((
    "of", "the", "and", "or", "in", "to", "for", "by", "at", "on", "a", "an", "as", "is", "due",
    "from", "other", "his", "her", "not", "nos", "its",
))
"""Words that tell no codes apart; `with` and `without` do."""
TERMS = Path(__file__).with_name("terms.csv")
WORDS = Path(__file__).with_name("words.csv")
SHORTEST_PREFIX, SHORTEST_SLIP, LIKE = 3, 4, 78
"""Letters from which a word may be a beginning, or a slip; how like a slip has to be, of 100."""


class Term(NamedTuple):
    """What people call a condition: words of the list that mean it, the code it defaults to."""

    means: str
    code: str


class Index:
    """Every line of the list, numbered by the length of its meaning."""

    def __init__(self) -> None:
        """Read the list."""
        lines = sorted(_lines(), key=lambda line: (len(line[1]), line[0].code))
        self.entries = [entry for entry, _ in lines]
        self.words = [words for _, words in lines]
        self.postings: dict[str, array[int]] = {}
        for number, (_, words) in enumerate(lines):
            for word in words:
                self.postings.setdefault(word, array("I")).append(number)
        self.vocabulary = sorted(self.postings)
        self.whole = {entry.words.casefold(): n for n, entry in enumerate(self.entries)}
        self.numbers = {entry.code: number for number, entry in enumerate(self.entries)}

    def beginning(self, word: str) -> list[str]:
        """Return the words of the list that begin so, itself left out."""
        found, at = [], bisect_left(self.vocabulary, word)
        while at < len(self.vocabulary) and self.vocabulary[at].startswith(word):
            if self.vocabulary[at] != word:
                found.append(self.vocabulary[at])
            at += 1
        return found

    def like(self, word: str) -> list[str]:
        """Return the words of the list that a slip may have meant, the likeliest first.

        >>> index().like("diabtes")[:1]
        ['diabetes']
        """
        near = process.extract(
            word, self.vocabulary, scorer=fuzz.ratio, score_cutoff=LIKE, limit=12
        )
        most = 1 if len(word) < 6 else 2
        ranked = sorted(
            (DamerauLevenshtein.distance(word, other), other[:1] != word[:1],
             -len(self.postings[other]), other)
            for other, _, _ in near
        )
        return [other for steps, _, _, other in ranked if steps <= most][:3]


def _lines() -> Iterator[tuple[icd10cm.Entry, frozenset[str]]]:
    for entry in icd10cm.entries():
        yield entry, frozenset(WORD.findall(entry.words.lower())) - STOP


@cache
def index() -> Index:
    """Return the index, made on the first call."""
    return Index()


def said(text: str) -> tuple[str, ...]:
    """Return the words of a text that tell codes apart, in order, each once.

    >>> said("Fracture of the left hip")
    ('fracture', 'left', 'hip')
    """
    return tuple(dict.fromkeys(w for w in WORD.findall(text.lower()) if w not in STOP))


@cache
def terms() -> dict[tuple[str, ...], Term]:
    """Return what people call conditions, by its words in alphabetical order."""
    return {
        tuple(sorted(said(row["term"]))): Term(row["means"], row["code"]) for row in _rows(TERMS)
    }


@cache
def alternatives() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return word -> the words that may stand in its place."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for row in _rows(WORDS):
        found[row["word"]] = (*found.get(row["word"], ()), said(row["stands_for"]))
    return found


@lru_cache(maxsize=1)
def _spoken() -> list[str]:
    return sorted({word for term in terms() for word in term if len(word) >= SHORTEST_SLIP})


def slip_of_term(word: str) -> str:
    """Return the word of a term that a slip may have meant, or nothing."""
    found = process.extractOne(word, _spoken(), scorer=fuzz.ratio, score_cutoff=LIKE)
    return str(found[0]) if found else ""


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
