"""HIPPS rate codes: the case-mix group of a stay or period, on a line of its own revenue code.

CMS's Health Insurance Prospective Payment System codes have five characters and come from the
grouper of the patient's assessment. Which code stands for what is CMS's list, which a site loads
(kind `hipps`); here are their shapes, wide enough for the systems before today's.

Source: CMS, definition and use of HIPPS codes; X12 RFI 1554: with 0022, 0023 and 0024 the
qualifier of SV202-1 is HP.
"""

import re
from datetime import date

_SYSTEMS = {
    "0022": (re.compile(r"[A-Z]{2}[A-Z0-9]{3}"), "skilled nursing or swing bed"),
    "0023": (re.compile(r"[1-5][A-Z]{2}[A-Z0-9]{2}"), "home health"),
    "0024": (re.compile(r"[A-D][0-9]{4}"), "inpatient rehabilitation"),
}
"""Revenue code -> the shape of its codes, and what they are of."""
REVENUE = frozenset(_SYSTEMS)
"""Revenue codes whose lines carry a HIPPS code and no other."""


def compact(code: str) -> str:
    """Return the code without blanks, in capitals."""
    return code.strip().upper()


def fits(code: str, revenue_code: str) -> bool:
    """Say whether a code has the shape of those that stand under a revenue code.

    >>> fits("A0101", "0024"), fits("1AA11", "0023"), fits("KAGD1", "0022"), fits("A0101", "0022")
    (True, True, True, False)
    """
    return revenue_code in _SYSTEMS and bool(_SYSTEMS[revenue_code][0].fullmatch(code))


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether this has the shape of a HIPPS code.

    >>> is_valid("A0101"), is_valid("99213"), is_valid("A010")
    (True, False, False)
    """
    return any(fits(code, one) for one in REVENUE)


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it has not the shape of a HIPPS code.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not the shape of a HIPPS rate code")
    return compact(code)


def describe(code: str) -> str:
    """Return what a code is of, or nothing."""
    return next((words for shape, words in _SYSTEMS.values() if shape.fullmatch(code)), "")
