"""ICD-10-PCS: which codes exist, and which code stands for a documented inpatient procedure.

Validity is CMS's list with its days (`services.codes.days`). ``data/procedures.csv`` is ours: what
a source documents (a CPT or SNOMED CT code), on which side and for how many hours -> the code,
with our own words. It covers what the project's sample documents, not the code set;
``data/procedure_words.csv`` has our words for what is common beside operations: deliveries,
ventilation, transfusions.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from services.codes import data, days

PROCEDURES, CHARACTERS = "procedures.csv", "pcs_tables.csv"
COMMON = "procedure_words.csv"
SURGICAL = "0"
DIAGNOSTIC = frozenset("9BD")
"""Operations of which the qualifier X says that they were done to find out."""
NONE = "Z"
SHAPE = re.compile(r"[0-9A-HJ-NP-Z]{7}")
LONGEST = 24 * 366


@dataclass(frozen=True, slots=True)
class Row:
    """What a documented procedure is coded as."""

    side: str
    hours: range
    code: str


@cache
def _table() -> dict[str, tuple[Row, ...]]:
    found: dict[str, tuple[Row, ...]] = {}
    for row in data.rows(PROCEDURES):
        hours = range(int(row["hours_from"] or 0), int(row["hours_to"] or LONGEST) + 1)
        match = row["match"]
        found[match] = (*found.get(match, ()), Row(row["side"], hours, row["pcs"]))
    return found


@cache
def words() -> dict[str, str]:
    """Return our own words by code."""
    return {row["pcs"]: row["words"] for name in (PROCEDURES, COMMON) for row in data.rows(name)}


@cache
def documented_as(code: str) -> tuple[str, ...]:
    """Return what a source may document for a code.

    >>> documented_as("5A1D70Z")
    ('233581009',)
    """
    return tuple(dict.fromkeys(row["match"] for row in data.rows(PROCEDURES) if row["pcs"] == code))


def compact(code: str) -> str:
    """Return the code without blanks, in capitals."""
    return code.strip().upper()


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether this is a code on a day (of discharge); on any day when none is given.

    >>> is_valid("02703ZZ"), is_valid("0270OZZ"), is_valid("02703Z")
    (True, False, False)
    """
    if on is None:
        return bool(SHAPE.fullmatch(code) and days.spans(days.PROCEDURES, code))
    return days.holds(days.PROCEDURES, code, on)


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it is no code on that day.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not an ICD-10-PCS code on that day")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a code of the table, or nothing."""
    return words().get(code, "")


@cache
def _characters() -> dict[tuple[str, str], str]:
    return {
        (row["part"], row["character"]): row["words"] for row in data.rows(CHARACTERS)
    }


def outline(code: str) -> str:
    """Return what the characters of a code say, in our own words, as far as they are known.

    Of an operation: what is done, to which part, by which way in; device and qualifier by their
    character, since each table has its own.

    >>> outline("027"), outline("B24")
    ('dilation (widened), heart and great vessels', 'Imaging')
    >>> outline("0SRD0J9")
    'replacement, left knee joint, open, device J, qualifier 9'
    """
    known = _characters()
    section = known.get(("section", code[:1]), "")
    if code[:1] != SURGICAL:
        return section
    part = known.get((code[:2], code[3:4])) or known.get(("body", code[1:2]), "")
    rest = [
        known.get(("operation", code[2:3]), ""), part, known.get(("approach", code[4:5]), ""),
        _left(code[2:3], "device", code[5:6]), _left(code[2:3], "qualifier", code[6:7]),
    ]
    return ", ".join(filter(None, rest)) or section


def _left(operation: str, name: str, character: str) -> str:
    """Return what a sixth or seventh character says that means the same in every table."""
    if name == "qualifier" and character == "X" and operation in DIAGNOSTIC:
        return "diagnostic"
    return f"{name} {character}" if character not in ("", NONE) else ""


def meaning(code: str) -> str:
    """Return our words for a code of the table, else what its characters say.

    >>> meaning("02703ZZ"), meaning("0DTJ4ZZ")[:26]
    ('One coronary artery widened through the skin', 'resection (cut out whole),')
    """
    return describe(code) or outline(code)


@cache
def parts() -> dict[str, str]:
    """Return the first four characters of every operation -> what is done, to which part.

    >>> parts()["0SRD"]
    'replacement: left knee joint'
    """
    known = _characters()
    return {
        four: f"{known[('operation', four[2])]}: {known[(four[:2], four[3])]}"
        for four in dict.fromkeys(c[:4] for c in days.beginning(days.PROCEDURES, SURGICAL))
    }


@cache
def tables() -> dict[str, str]:
    """Return the tables of operations in our own words: three characters -> what they say."""
    found = dict.fromkeys(code[:3] for code in days.beginning(days.PROCEDURES, SURGICAL))
    return {code: outline(code) for code in found}


def documented() -> frozenset[str]:
    """Return the codes by which sources document procedures that have a code here."""
    return frozenset(_table())


def codes_of(match: str, side: str = "", minutes: int = 0) -> tuple[str, ...]:
    """Return the codes of a documented procedure, or none.

    >>> codes_of("27236", "LT"), codes_of("47545007", minutes=60 * 30), codes_of("99213")
    (('0QS704Z',), ('5A09458',), ())
    """
    hours = minutes // 60
    rows = [row for row in _table().get(match, ()) if hours in row.hours]
    sided = [row for row in rows if side and row.side == side]
    return tuple(row.code for row in sided or [row for row in rows if not row.side])
