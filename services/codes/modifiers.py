"""Procedure modifiers: two characters. Words are our own.

The table holds the modifiers this site uses; `is_valid` asks for the shape only, since a payer
may know more.
"""

import re
from datetime import date

SHAPE = re.compile(r"[0-9A-Z]{2}")
WORDS = {
    "25": "Significant, separate evaluation on the day of a procedure",
    "26": "Professional component", "TC": "Technical component",
    "50": "Both sides", "LT": "Left side", "RT": "Right side",
    "51": "Several procedures", "52": "Reduced service", "53": "Stopped procedure",
    "59": "Distinct service", "XE": "Separate encounter", "XP": "Separate practitioner",
    "XS": "Separate structure", "XU": "Unusual, not overlapping service",
    "76": "Repeated by the same physician", "77": "Repeated by another physician",
    "91": "Repeated laboratory test", "33": "Preventive service",
    "PT": "Screening turned treatment",
    "GA": "Notice of likely denial on file", "GY": "Excluded by statute",
    "GZ": "Denial expected, no notice", "KX": "The policy's requirements are met",
    "24": "Unrelated evaluation in the postoperative period", "57": "Decision for surgery",
    "58": "Staged procedure", "78": "Unplanned return", "79": "Unrelated procedure",
}
DISTINCT = frozenset({"25", "59", "XE", "XP", "XS", "XU"})
SIDES = frozenset({"LT", "RT", "50"})


FIRST_DAYS = {
    **dict.fromkeys(("XE", "XP", "XS", "XU", "PO"), date(2015, 1, 1)),
    "PT": date(2011, 1, 1), "33": date(2011, 1, 1), "PN": date(2017, 1, 1), "JZ": date(2023, 1, 1),
}
"""Of modifiers that came later than the rest: CMS, HCPCS quarterly updates; AMA for 33."""


def compact(code: str) -> str:
    """Return the modifier without blanks, in capitals."""
    return code.strip().upper()


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether this has the shape of a modifier, and had come by a day.

    >>> is_valid("25"), is_valid("rt"), is_valid("256")
    (True, False, False)
    >>> is_valid("XS", date(2014, 12, 31)), is_valid("XS", date(2015, 1, 1))
    (False, True)
    """
    if SHAPE.fullmatch(code) is None:
        return False
    return on is None or FIRST_DAYS.get(code, on) <= on


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it is no modifier on that day.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not a modifier on that day")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a modifier, or nothing."""
    return WORDS.get(code, "")
