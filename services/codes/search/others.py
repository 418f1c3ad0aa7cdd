"""Services, modifiers and inpatient procedures: by their number, or by our own words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from services.codes import data, days, pcs
from services.codes import modifiers as known_modifiers
from services.codes.search.diagnoses import Found
from services.codes.search.index import WORD, alternatives, said
from services.codes.search.operations import operations

MOST = 12
NUMBER = re.compile(r"[0-9A-Z]{2,5}")
PCS_START = re.compile(r"[0-9B-DFGHX][0-9A-HJ-NP-Z]{0,6}")
MANY = 3
"""Lists full of operations from which their tables are shown first."""
TABLE = 3
"""Characters of an ICD-10-PCS table: section, body system, operation."""
WHOLE = 7


def services(asked: str, limit: int = MOST) -> tuple[Found, ...]:
    """Return services by the beginning of their number, or by our words.

    >>> [found.code for found in services("99213")]
    ['99213']
    """
    return _of(data.words("hcpcs.csv"), asked, limit)


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

    Operations are found by what is done, to which part and by which way in, as far as that says;
    what stands for the codes below it opens them. Where that is too many or none, their tables.

    >>> [found.code for found in procedures("open left knee replacement", 3)]
    ['0SRD0', '0SRU0', '0SRW0']
    >>> "0T9" in [found.code for found in procedures("urinary drained")]
    True
    """
    typed = asked.strip().upper()
    named = _of(pcs.words(), asked, limit)
    begun = tuple(_begun(typed, limit)) if PCS_START.fullmatch(typed) and len(typed) >= 2 else ()
    spoken: tuple[Found, ...] = ()
    if not begun:
        beginnings = operations(asked)
        tables = tuple(
            Found(one.code, one.words, False) for one in _of(pcs.tables(), asked, limit)
        )
        parts = tuple(Found(code, pcs.outline(code), False) for code in beginnings[:limit])
        spoken = (*tables, *parts) if len(beginnings) > MANY * limit else (*parts, *tables)
    found = {one.code: one for one in (*named, *begun, *spoken)}
    return tuple(found.values())[:max(limit, len(begun))]


def _begun(typed: str, limit: int) -> Iterator[Found]:
    """Yield the tables that begin so, or every next character of a table; codes at the end."""
    size = TABLE if len(typed) < TABLE else min(len(typed) + 1, WHOLE)
    rung = dict.fromkeys(code[:size] for code in days.beginning(days.PROCEDURES, typed))
    for code in list(rung) if len(typed) >= TABLE else list(rung)[:limit]:
        yield Found(code, pcs.meaning(code), size == WHOLE)


def _of(table: Mapping[str, str], asked: str, limit: int) -> tuple[Found, ...]:
    typed, wanted = asked.strip(), said(asked)
    if not typed:
        return ()
    begins = _begins(table, typed.upper()) if NUMBER.fullmatch(typed.upper()) else ()
    spoken = (
        code for code, meaning in table.items()
        if wanted and all(_holds(_words(meaning), word) for word in wanted)
    )
    codes = dict.fromkeys((*begins, *spoken))
    return tuple(Found(code, table[code], True) for code in list(codes)[:limit])


def _begins(table: Mapping[str, str], start: str) -> Iterable[str]:
    return (code for code in table if code.startswith(start))


@lru_cache(maxsize=4096)
def _words(meaning: str) -> tuple[str, ...]:
    return tuple(WORD.findall(meaning.lower()))


def _holds(words: tuple[str, ...], word: str) -> bool:
    """Say whether words of a meaning begin with a word, or with what may stand in its place."""
    spoken = ((word,), *alternatives().get(word, ()))
    return any(
        all(any(have.startswith(one) for have in words) for one in together) for together in spoken
    )
