"""Remittance advice remark codes, with our own short words.

The list is CMS's and X12's (external code source 411); its texts are not shipped.
"""

from datetime import date

from services.codes import data


def compact(code: str) -> str:
    """Return the code without blanks, in capitals."""
    return code.strip().upper()


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether our table knows the code; it has no days."""
    return code in data.words("rarc.csv")


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: our table does not know it.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not a remark that the table knows")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a code, or nothing.

    >>> describe("N362")
    'More units than the payer accepts'
    """
    return data.words("rarc.csv").get(code, "")
