"""Present on admission: the indicators of an inpatient diagnosis, and what is exempt from them.

``data/poa_exempt.csv``: categories of ICD-10-CM (and, for injuries, a seventh character) exempt
from reporting, written by hand after the categories of Appendix I of the ICD-10-CM Official
Guidelines (CMS and NCHS, public domain), without a copy of the yearly list at hand to check it
against. That list names single codes and is longer: what it exempts beyond these categories gets
an indicator here.
"""

import csv
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
def _rows() -> tuple[tuple[str, str, str], ...]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return tuple(
            (icd10cm.compact(row["first"]), icd10cm.compact(row["last"]), row["seventh"])
            for row in csv.DictReader(file)
        )


def is_valid(indicator: str) -> bool:
    """Say whether this is an indicator that a claim may carry."""
    return indicator in INDICATORS


@lru_cache(maxsize=4096)
def is_exempt(code: str) -> bool:
    """Say whether a diagnosis needs no indicator.

    >>> is_exempt("Z87.891"), is_exempt("I10"), is_exempt("S72.001D"), is_exempt("I25.2")
    (True, False, True, True)
    """
    plain = icd10cm.compact(code)
    return any(
        first <= plain[:len(first)] and plain[:len(last)] <= last
        and plain[6:7].startswith(seventh)
        for first, last, seventh in _rows()
    )
