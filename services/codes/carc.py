"""Claim adjustment reason codes, with our own short words.

The list itself is X12's (external code source 139); its texts are not shipped. How a code is
routed is dated data of `services.claims`.
"""

from services.codes import words


def exists(code: str) -> bool:
    """Say whether our table knows the code."""
    return code in words.table("carc")


def describe(code: str) -> str:
    """Return our words for a code, or nothing.

    >>> describe("11")
    'Diagnosis does not support the procedure'
    """
    return words.table("carc").get(code, "")
