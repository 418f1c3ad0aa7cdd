"""Short names that people give and many see: no number or day that could be a patient's.

Tags and names of views are not sealed and not masked, so what looks like a record number, a
telephone number or a day is refused. A person's name cannot be told from other words: the forms
say that none belongs here.
"""

import re

from services.worklist.item.moves import Refused

_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_LIKE_A_PATIENTS = re.compile(
    r"\d{6}"  # a record number, a member id
    r"|\d{3}[ .-]\d{2,4}[ .-]\d{4}"  # a social security or telephone number
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"  # a day in figures
    rf"|\b\d{{1,2}}\.? ?(?:{_MONTH})|\b(?:{_MONTH})[a-z]*\.? ?\d{{1,2}}\b",  # a day in words
    re.IGNORECASE,
)
REFUSAL = "That looks like a number or a day of a patient: this name is not masked."


def check(name: str) -> str:
    """Return a name that may be shown to everybody who sees the list.

    >>> check("99213 and 99214, Q3 2026"), check("CO-197")
    ('99213 and 99214, Q3 2026', 'CO-197')

    Raises:
        Refused: it holds what could be a patient's number or day.
    """
    if _LIKE_A_PATIENTS.search(name):
        raise Refused(REFUSAL)
    return name
