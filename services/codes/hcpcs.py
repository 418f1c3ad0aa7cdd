"""HCPCS and CPT procedure codes: their shape, and our own words for those this site charges.

CPT is the American Medical Association's; no descriptor of it is here. Level II is CMS's.
"""

import re
from datetime import date

from services.codes import data

LEVEL_1 = re.compile(r"[0-9]{4}[0-9FTUM]")
LEVEL_2 = re.compile(r"[A-CEGHJ-MP-V][0-9]{4}")


def compact(code: str) -> str:
    """Return the code without blanks, in capitals."""
    return code.strip().upper()


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether this has the shape of a CPT or HCPCS Level II code.

    >>> is_valid("99213"), is_valid("G0439"), is_valid("9921"), is_valid("M001-2")
    (True, True, False, False)
    """
    return bool(LEVEL_1.fullmatch(code) or LEVEL_2.fullmatch(code))


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it has not the shape of a procedure code.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not the shape of a CPT or HCPCS code")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a code this site charges, or nothing."""
    return data.words("hcpcs.csv").get(code, "")


def is_evaluation(code: str) -> bool:
    """Say whether this is an evaluation and management visit (office, emergency, preventive).

    >>> is_evaluation("99213"), is_evaluation("80076")
    (True, False)
    """
    return code.startswith("99") and "99202" <= code <= "99499"
