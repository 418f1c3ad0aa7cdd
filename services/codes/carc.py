"""Claim adjustment reason codes, with our own short words.

The list itself is X12's (external code source 139); its texts are not shipped. How a code is
routed is dated data of `services.claims`.
"""

from datetime import date

from services.codes import data


def compact(code: str) -> str:
    """Return the code without blanks, in capitals."""
    return code.strip().upper()


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether our table knows the code; it has no days."""
    return code in data.words("carc.csv")


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: our table does not know it.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not an adjustment reason that the table knows")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a code, or nothing.

    >>> describe("11")
    'Diagnosis does not support the procedure'
    """
    return data.words("carc.csv").get(code, "")
