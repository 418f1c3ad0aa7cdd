"""Operations of ICD-10-PCS by words: what is done, to which part, by which way in.

    "left knee replacement"    ─▶ replacement + left + knee   ─▶ 0SRD, 0SRU, 0SRW
    "laparoscopic appendctomy" ─▶ resection + appendix, keyhole ─▶ 0DTJ4

`operations.csv` is ours: what surgeons call operations that the code set names by root operation
and body part. A word that nothing is called by is taken for a slip.
"""

import csv
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import product
from pathlib import Path

from rapidfuzz import fuzz, process

from services.codes import days, pcs
from services.codes.search.index import LIKE, SHORTEST_SLIP, WORD, alternatives, said

TERMS = Path(__file__).with_name("operations.csv")
WAYS = {
    "open": "0", "percutaneous": "3", "perc": "3", "laparoscopic": "4", "laparoscopically": "4",
    "lap": "4", "keyhole": "4", "arthroscopic": "4", "thoracoscopic": "4", "endoscopic": "48",
    "external": "X",
}
"""What people call a way in -> the fifth characters that say it."""
SOFT = frozenset("KLM")
"""Body systems that share their regions' names with joints and organs: muscles, tendons, bursae."""
MOST_WAYS_TO_SAY = 8


@lru_cache(maxsize=512)
def operations(asked: str) -> tuple[str, ...]:
    """Return the beginnings of codes that an operation may mean.

    Those named by the very words come first, muscles, tendons and ligaments last.

    >>> operations("left knee replacement")[:3], operations("lap apendectomy")
    (('0SRD', '0SRU', '0SRW'), ('0DTJ4',))
    """
    typed = said(asked)
    ways = {way for word in typed for way in WAYS.get(word, "")}
    words = [_known(word) for word in typed if word not in WAYS]
    if not words:
        return ()
    meant = [tuple(said(one) for one in _terms().get(word, (word,))) for word in words]
    spoken = [
        {word for part in one for word in part}
        for one in list(product(*meant))[:MOST_WAYS_TO_SAY]
    ]
    best: dict[str, int] = {}
    for wanted in spoken:
        for code, fit in _having(wanted):
            best[code] = max(fit, best.get(code, fit))
    ranked = sorted((-fit, code[1] in SOFT, code) for code, fit in best.items())
    found = [code for *_, code in ranked]
    if not ways:
        return tuple(found)
    return tuple(five for four in found for five in _ways_in()[four] if five[4] in ways)


def _having(wanted: set[str]) -> Iterator[tuple[str, int]]:
    """Yield the operations that have every word, each with how well the worst of them fits."""
    fits = sorted((_fits(word) for word in wanted), key=len)
    for code in fits[0]:
        if all(code in fit for fit in fits):
            yield code, min(fit[code] for fit in fits)


@lru_cache(maxsize=1024)
def _fits(word: str) -> dict[str, int]:
    """Return the operations that have a word: 3 as it is, 2 as it begins, 1 by another."""
    found: dict[str, int] = {}
    for together in alternatives().get(word, ()):
        found.update(dict.fromkeys(frozenset.intersection(*map(_begun, together)), 1))
    found.update(dict.fromkeys(_begun(word), 2))
    found.update(dict.fromkeys(_postings().get(word, ()), 3))
    return found


def _begun(start: str) -> frozenset[str]:
    """Return the operations with a word that begins so."""
    return frozenset(code for word, codes in _postings().items() if word.startswith(start)
                     for code in codes)


@cache
def _postings() -> dict[str, tuple[str, ...]]:
    """Return the words of deed and part -> the first four characters of operations with them."""
    found: dict[str, list[str]] = {}
    for code, words in pcs.parts().items():
        for word in dict.fromkeys(WORD.findall(words.lower())):
            found.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in found.items()}


@cache
def _ways_in() -> dict[str, tuple[str, ...]]:
    """Return the first four characters of every operation -> the five with each of its ways in."""
    found: dict[str, dict[str, None]] = {}
    for code in days.beginning(days.PROCEDURES, pcs.SURGICAL):
        found.setdefault(code[:4], {})[code[:5]] = None
    return {four: tuple(fives) for four, fives in found.items()}


@cache
def _terms() -> dict[str, tuple[str, ...]]:
    with TERMS.open(newline="", encoding="utf-8") as file:
        return {row["term"]: tuple(row["means"].split("|")) for row in csv.DictReader(file)}


@cache
def _vocabulary() -> tuple[str, ...]:
    return tuple(sorted({*_terms(), *_postings()}))


def _known(word: str) -> str:
    """Return a word that means something here, or the one that a slip may have meant."""
    if word in _terms() or word in alternatives() or len(word) < SHORTEST_SLIP:
        return word
    if any(one.startswith(word) for one in _vocabulary()):
        return word
    near = process.extractOne(word, _vocabulary(), scorer=fuzz.ratio, score_cutoff=LIKE)
    return str(near[0]) if near else word
