"""Present on admission: the indicators of an inpatient diagnosis, and what is exempt from them.

``data/poa_exempt.csv``: blocks of ICD-10-CM and 7th characters, the first that fits decides. Read
off the list of NCHS and CMS for fiscal year 2025 (38,154 codes, public domain): Z, Y35 to Y99,
M80, I69 and the 7th characters code by code. Not read: which accidents (V00 to Y33) and
perpetrators (Y07, Y09) it exempts at the first treatment; these are open. A site that
loads the yearly list (kind ``poa_exempt``) is judged by that.
"""

import csv
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from services.codes import icd10cm

FILE = Path(__file__).with_name("data") / "poa_exempt.csv"
PRESENT, ABSENT, UNKNOWN, UNDETERMINED = "Y", "N", "U", "W"
INDICATORS = {
    PRESENT: "present on admission", ABSENT: "not present on admission",
    UNKNOWN: "the record does not say whether it was present",
    UNDETERMINED: "the provider cannot tell whether it was present",
}


@cache
def _rows() -> tuple[tuple[str, str, str, str], ...]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return tuple(
            (icd10cm.compact(row["first"]), icd10cm.compact(row["last"]), row["seventh"],
             row["exempt"])
            for row in csv.DictReader(file)
        )


def compact(indicator: str) -> str:
    """Return the indicator without blanks, in capitals."""
    return indicator.strip().upper()


def is_valid(indicator: str, on: date | None = None) -> bool:
    """Say whether this is an indicator that a claim may carry."""
    return indicator in INDICATORS


def validate(indicator: str, on: date | None = None) -> str:
    """Return the compact indicator.

    Raises:
        ValueError: a claim may not carry it.
    """
    if not is_valid(compact(indicator), on):
        raise ValueError("not Y, N, U or W")
    return compact(indicator)


def describe(indicator: str) -> str:
    """Return what an indicator says, or nothing."""
    return INDICATORS.get(indicator, "")


def is_exempt(code: str) -> bool:
    """Say whether a diagnosis may stand without an indicator.

    >>> is_exempt("Z87.891"), is_exempt("I10"), is_exempt("S72.001D"), is_exempt("Z66")
    (True, False, True, False)
    """
    return _state(code) != "no"


def is_open(code: str) -> bool:
    """Say whether it is not known that a diagnosis is exempt: with and without passes.

    >>> is_open("W18.30XA"), is_open("W18.30XD"), is_open("I10")
    (True, False, False)
    """
    return _state(code) == "open"


@lru_cache(maxsize=4096)
def _state(code: str) -> str:
    plain = icd10cm.compact(code)
    return next((
        exempt for first, last, seventh, exempt in _rows()
        if first <= plain[:len(first)] and plain[:len(last)] <= last
        and (not seventh or (plain[6:7] and plain[6:7] in seventh))
    ), "no")
