"""Short names that people give and many see: no number or day that could be a patient's.

Tags and names of views are not sealed and not masked, so what looks like a record number, a
telephone number or a day is refused. A person's name cannot be told from other words: the forms
say that none belongs here.
"""

import re

from services.worklist.item.moves import Refused

_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_LIKE_A_PATIENTS = re.compile(
    r"\d{6}"  # a record number, a member id
    r"|(?<!\d)\d{3}[ .-]\d{2,3}[ .-]\d{4}(?!\d)"  # a social security or telephone number
    r"|(?<!\d)\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d)"  # a day in figures
    rf"|(?<!\d)\d{{1,2}}\.? ?{_MONTH}(?![a-z])"  # a day in words
    rf"|(?<![a-z]){_MONTH}\.? ?\d{{1,2}}(?!\d)",
    re.IGNORECASE,
)
REFUSAL = "That looks like a number or a day of a patient: this name is not masked."


def check(name: str) -> str:
    """Return a name that may be shown to everybody who sees the list.

    >>> check("99213 and 99214, Q3 2026"), check("CO-197")
    ('99213 and 99214, Q3 2026', 'CO-197')
    >>> check("Mod 25 separate"), check("99213-25-59"), check("Marked 25")
    ('Mod 25 separate', '99213-25-59', 'Marked 25')

    Raises:
        Refused: it holds what could be a patient's number or day.
    """
    if _LIKE_A_PATIENTS.search(name):
        raise Refused(REFUSAL)
    return name
