"""Remittance advice remark codes, with our own short words.

The list is CMS's and X12's (external code source 411); its texts are not shipped.
"""

from services.codes import words


def exists(code: str) -> bool:
    """Say whether our table knows the code."""
    return code in words.table("rarc")


def describe(code: str) -> str:
    """Return our words for a code, or nothing.

    >>> describe("N362")
    'More units than the payer accepts'
    """
    return words.table("rarc").get(code, "")
