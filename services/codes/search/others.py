"""Services, modifiers and inpatient procedures: by their number, or by our own words."""

import re
from collections.abc import Iterable, Iterator, Mapping

from services.codes import days, pcs, words
from services.codes import modifiers as known_modifiers
from services.codes.search.diagnoses import Found
from services.codes.search.index import alternatives, said

MOST = 12
NUMBER = re.compile(r"[0-9A-Z]{2,5}")
PCS_START = re.compile(r"[0-9B-DFGHX][0-9A-HJ-NP-Z]{0,6}")
TABLE = 3
"""Characters of an ICD-10-PCS table: section, body system, operation."""


def services(asked: str, limit: int = MOST) -> tuple[Found, ...]:
    """Return services by the beginning of their number, or by our words.

    >>> [found.code for found in services("99213")]
    ['99213']
    """
    return _of(words.table("hcpcs"), asked, limit)


def modifiers(asked: str, limit: int = MOST) -> tuple[Found, ...]:
    """Return modifiers by their two characters, or by our words.

    >>> [found.code for found in modifiers("distinct")][:1]
    ['59']
    """
    if not asked.strip():
        return ()
    return _of(known_modifiers.WORDS, asked, limit)


def procedures(asked: str, limit: int = MOST) -> tuple[Found, ...]:
    """Return inpatient procedures: those with our words first, then codes that begin so.

    A table, three characters, stands for the codes below it; tables are found by words, too.

    >>> "0T9" in [found.code for found in procedures("urinary drained")]
    True
    """
    typed = asked.strip().upper()
    named = _of(pcs.words(), asked, limit)
    begun = _begun(typed, limit) if PCS_START.fullmatch(typed) and len(typed) >= 2 else ()
    tables = () if begun else (
        Found(one.code, one.words, False) for one in _of(pcs.tables(), asked, limit)
    )
    found = {one.code: one for one in (*named, *begun, *tables)}
    return tuple(found.values())[:limit]


def _begun(typed: str, limit: int) -> Iterator[Found]:
    """Yield the codes that begin so, or, while they are many, their next characters."""
    rung: dict[str, bool] = {}
    for code in days.beginning(days.PROCEDURES, typed):
        size = TABLE if len(typed) < TABLE else len(typed) + 1
        rung[code[:size]] = len(code[:size]) == len(code)
        if len(rung) > limit:
            break
    for code, whole in list(rung.items())[:limit]:
        yield Found(code, pcs.describe(code) or pcs.outline(code), whole)


def _of(table: Mapping[str, str], asked: str, limit: int) -> tuple[Found, ...]:
    typed, wanted = asked.strip(), said(asked)
    if not typed:
        return ()
    begins = _begins(table, typed.upper()) if NUMBER.fullmatch(typed.upper()) else ()
    spoken = (
        code for code, meaning in table.items()
        if wanted and all(_holds(meaning.lower(), word) for word in wanted)
    )
    codes = dict.fromkeys((*begins, *spoken))
    return tuple(Found(code, table[code], True) for code in list(codes)[:limit])


def _begins(table: Mapping[str, str], start: str) -> Iterable[str]:
    return (code for code in table if code.startswith(start))


def _holds(meaning: str, word: str) -> bool:
    """Say whether a meaning has a word, or what may stand in its place."""
    spoken = ((word,), *alternatives().get(word, ()))
    return any(
        all(re.search(rf"\b{re.escape(one)}", meaning) for one in together) for together in spoken
    )
