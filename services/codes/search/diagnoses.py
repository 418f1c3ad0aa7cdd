"""Diagnoses by words or by the beginning of a code, the likeliest first."""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from itertools import combinations
from math import log

from services.codes import icd10cm
from services.codes.search.index import (
    SHORTEST_PREFIX,
    SHORTEST_SLIP,
    Index,
    alternatives,
    index,
    said,
    slip_of_term,
    terms,
)
from services.codes.search.operations import operations

MOST_WORDS, MOST_RANKED, MOST = 8, 1500, 20
EXACT, STANDS, BEGINS, SLIPPED = 1.0, 0.95, 0.85, 0.7
"""How well a typed word fits: as it is, by another word, as a beginning, as a slip."""
PLAIN = frozenset((
    "unspecified", "uncomplicated", "without", "complications", "complication", "initial",
    "encounter", "closed", "specified", "site", "organism", "mention", "elsewhere", "classified",
    "primary", "disease", "mellitus", "type", "current",
))
"""Words that a coder leaves out when the record says no more."""
USUAL = {"diab": "E11"}
"""The beginning of a word -> the category it means where nothing else is said (I.C.4.a)."""
AFTER = frozenset(("subsequent", "sequela"))
CODE = re.compile(r"[A-Z][0-9]([0-9A-Z](\.?[0-9A-Z]{0,4})?)?")


@dataclass(frozen=True, slots=True)
class Found:
    """A code or category.

    Attributes:
        code: With its dot.
        words: What it means.
        billable: Whether it has its full length.
    """

    code: str
    words: str
    billable: bool


def warm() -> None:
    """Build the indexes, so that the first search does not wait for them."""
    index()
    search("pain", 1)
    operations("open fixation")


def warm_aside() -> None:
    """Build the index beside whatever the process does at its start."""
    threading.Thread(target=warm, name="code-search", daemon=True).start()


def ladder(code: str) -> tuple[Found, ...]:
    """Return the next rung below a category.

    >>> [found.code for found in ladder("E78.0")]
    ['E78.00', 'E78.01']
    """
    return tuple(_found(entry) for entry in icd10cm.children(code))


@lru_cache(maxsize=2048)
def search(asked: str, limit: int = MOST) -> tuple[Found, ...]:
    """Return the codes a text may mean, the likeliest first; a code's beginning gives its rungs.

    >>> [found.code for found in search("copd", 1)], search("E11.6", 2)[0].billable
    (['J44.9'], False)
    """
    typed = asked.strip()
    begun = _by_code(typed.upper(), limit) if CODE.fullmatch(typed.upper()) else ()
    if begun:
        return begun
    words = said(typed)[:MOST_WORDS]
    if not words:
        return ()
    known = index()
    first = _defaults(words, known)
    means = _spelled(words)
    # as people say it, else as typed: but codes that hold every word before those that lack one
    ways = [_ranked(one, known, limit) for one in dict.fromkeys((means, words))]
    ways.sort(key=lambda way: way[0])
    ranked = [number for _, found in ways for number in found]
    if ways[0][0]:
        first = first or _several(words, known)
    exact = known.whole.get(typed.casefold())
    order = dict.fromkeys([*(() if exact is None else (exact,)), *first, *ranked])
    return tuple(_found(known.entries[number]) for number in list(order)[:limit])


def _found(entry: icd10cm.Entry) -> Found:
    return Found(entry.code, entry.words, entry.billable)


def _by_code(typed: str, limit: int) -> tuple[Found, ...]:
    """Return what begins with a code: the code or category itself, then the rungs below."""
    plain = icd10cm.compact(typed)
    own = icd10cm.entry(plain)
    if own is not None:
        below = ladder(plain) if not own.billable else ()
        return (_found(own), *below)[:limit]
    rung: list[Found] = []
    for entry in icd10cm.beginning(plain):
        if not rung or not entry.code.startswith(rung[-1].code):
            rung.append(_found(entry))
        if len(rung) >= limit:
            break
    return tuple(rung)


def _defaults(words: tuple[str, ...], known: Index) -> list[int]:
    """Return the code a term defaults to, when the whole text is that term."""
    spelled = tuple(
        word if word in known.postings or len(word) < SHORTEST_SLIP else slip_of_term(word) or word
        for word in words
    )
    found = [terms().get(tuple(sorted(one))) for one in (words, spelled)]
    codes = [term.code for term in found if term is not None and term.code]
    return [known.numbers[code] for code in codes if code in known.numbers]


def _several(words: tuple[str, ...], known: Index) -> list[int]:
    """Return the code of each condition, when the text is two terms side by side."""
    for at in range(1, len(words)):
        two = [terms().get(tuple(sorted(part))) for part in (words[:at], words[at:])]
        codes = [term.code for term in two if term is not None and term.code]
        if len(codes) == len(two):
            return [known.numbers[code] for code in codes if code in known.numbers]
    return []


def _spelled(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words with each term in them put into the words of the list."""
    for size in range(min(4, len(words)), 0, -1):
        for chosen in combinations(range(len(words)), size):
            term = terms().get(tuple(sorted(words[at] for at in chosen)))
            if term is not None:
                rest = [word for at, word in enumerate(words) if at not in chosen]
                return tuple(dict.fromkeys((*said(term.means), *rest)))[:MOST_WORDS]
    return words


def _ranked(words: tuple[str, ...], known: Index, limit: int) -> tuple[int, list[int]]:
    """Return the numbers of codes with all words, or with most of them, and how many they lack."""
    fits = [_fits(word, known) for word in words]
    kept = [fit for fit in fits if fit]
    for missing in range(min(3, len(kept))):
        scores: dict[int, float] = {}
        for some in combinations(kept, len(kept) - missing):
            for number in _with_all(some):
                score = _score(number, some, words, known)
                scores[number] = max(score, scores.get(number, score))
        if scores:
            lacking = len(words) - len(kept) + missing
            return lacking, nsmallest(limit, scores, key=lambda n: (-scores[n], n))
    return len(words), []


def _fits(word: str, known: Index) -> dict[int, float]:
    """Return the numbers of codes that have a word, each with how well it fits."""
    found: dict[int, float] = {}
    if len(word) >= SHORTEST_PREFIX:
        for other in known.beginning(word):
            _add(found, known.postings[other], BEGINS)
    for together in alternatives().get(word, ()):
        numbers = [set(known.postings.get(one, ())) for one in together]
        _add(found, set.intersection(*numbers) if numbers else (), STANDS)
    _add(found, known.postings.get(word, ()), EXACT)
    if not found and len(word) >= SHORTEST_SLIP:
        for other in known.like(word):
            _add(found, known.postings[other], SLIPPED)
    return found


def _add(found: dict[int, float], numbers: Iterable[int], fit: float) -> None:
    for number in numbers:
        if found.get(number, 0.0) < fit:
            found[number] = fit


def _with_all(fits: Iterable[dict[int, float]]) -> list[int]:
    """Return the shortest meanings among the codes that have all words."""
    ordered = sorted(fits, key=len)
    if not ordered:
        return []
    common = set(ordered[0])
    for fit in ordered[1:]:
        common &= fit.keys()
    return nsmallest(MOST_RANKED, common)


def _score(
    number: int, fits: tuple[dict[int, float], ...], asked: tuple[str, ...], known: Index
) -> float:
    """Return how likely a code is meant: words that fit, less what nobody asked for."""
    words, entry = known.words[number], known.entries[number]
    total = len(known.entries)
    weights = [log(total / (len(fit) + 1)) + 1 for fit in fits]
    fit = sum(w * one[number] for w, one in zip(weights, fits, strict=True)) / sum(weights)
    beyond = [w for w in words if not any(w.startswith(one[:5]) for one in asked)]
    plain = sum(1 for w in beyond if w in PLAIN)
    score = 100 * fit - 2.5 * (len(beyond) - plain) - 0.6 * plain
    score -= 9 * len(AFTER.intersection(beyond))
    score -= 5 * ("history" in beyond) + 3 * (entry.code[0] in "OPVWXY") + 2 * ("with" in beyond)
    score += 3 * ("unspecified" in beyond) - 2 * ("specified" in beyond)
    score += 8 * any(one.startswith(k) and entry.code.startswith(v) and "type" not in asked
                     for k, v in USUAL.items() for one in asked)
    score += 2 * entry.words.lower().startswith(asked[0])
    return score - (5 if not entry.billable else 0)
