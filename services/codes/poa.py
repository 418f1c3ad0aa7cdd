"""Present on admission: the indicators of an inpatient diagnosis, and what is exempt from them.

``data/poa_exempt.csv``: blocks of ICD-10-CM and 7th characters, the first that fits decides. They
make up the list of fiscal year 2026 (NCHS and CMS, 38,349 codes, public domain) code by code, as
AHRQ's comorbidity software 2026.1 carries it; also what looks like an oversight there (T83.113,
S99.121S) is not exempt here. A site that loads the yearly list (kind ``poa_exempt``) is judged by
that.
"""

from datetime import date
from functools import cache, lru_cache

from services.codes import data, icd10cm

PRESENT, ABSENT, UNKNOWN, UNDETERMINED = "Y", "N", "U", "W"
INDICATORS = {
    PRESENT: "present on admission", ABSENT: "not present on admission",
    UNKNOWN: "the record does not say whether it was present",
    UNDETERMINED: "the provider cannot tell whether it was present",
}


@cache
def _rows() -> tuple[tuple[str, str, str, bool], ...]:
    return tuple(
        (icd10cm.compact(row["first"]), icd10cm.compact(row["last"]), row["seventh"],
         row["exempt"] == "yes")
        for row in data.rows("poa_exempt.csv")
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


@lru_cache(maxsize=4096)
def is_exempt(code: str) -> bool:
    """Say whether a diagnosis stands without an indicator.

    >>> is_exempt("Z87.891"), is_exempt("I10"), is_exempt("S72.001D"), is_exempt("Z66")
    (True, False, True, False)
    >>> is_exempt("V43.52XA"), is_exempt("W18.30XA"), is_exempt("W18.30XD")
    (True, False, True)
    """
    plain = icd10cm.compact(code)
    return next((
        exempt for first, last, seventh, exempt in _rows()
        if first <= plain[:len(first)] and plain[:len(last)] <= last
        and (not seventh or (plain[6:7] and plain[6:7] in seventh))
    ), False)
