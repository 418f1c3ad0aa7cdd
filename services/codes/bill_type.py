"""Type of bill: what kind of facility and care an institutional claim is about, and its frequency.

Four characters with the leading zero, of which 837I carries the second and third (CLM05-1) and the
last, the frequency (CLM05-3). The words are ours; those of the code set are NUBC's.
"""

from datetime import date

WORDS = {
    "11": "Hospital, inpatient", "12": "Hospital, inpatient under Part B",
    "13": "Hospital, outpatient", "14": "Hospital, laboratory for non-patients",
    "18": "Hospital, swing bed", "21": "Skilled nursing, inpatient",
    "22": "Skilled nursing, inpatient under Part B", "23": "Skilled nursing, outpatient",
    "28": "Skilled nursing, swing bed", "32": "Home health under a plan of care",
    "33": "Home health, outpatient", "34": "Home health, other",
    "41": "Religious non-medical, inpatient", "43": "Religious non-medical, outpatient",
    "65": "Intermediate care, level 1", "66": "Intermediate care, level 2",
    "71": "Rural health clinic", "72": "Renal dialysis", "73": "Free-standing clinic",
    "74": "Outpatient rehabilitation", "75": "Comprehensive outpatient rehabilitation",
    "76": "Community mental health centre", "77": "Federally qualified health centre",
    "79": "Other clinic", "81": "Hospice, not in a hospital", "82": "Hospice, in a hospital",
    "83": "Ambulatory surgery", "84": "Birthing centre", "85": "Critical access hospital",
    "86": "Residential facility", "87": "Opioid treatment programme", "89": "Other facility",
}
FIRST_DAYS = {"87": date(2021, 1, 1)}
"""Opioid treatment programmes on institutional claims."""
ENDED = {"33": date(2013, 9, 30)}
"""Home health under Part B was joined to 32x (CMS, change request 8244)."""


def compact(code: str) -> str:
    """Return facility and care without the leading zero and the frequency.

    >>> compact("0131"), compact("11")
    ('13', '11')
    """
    plain = code.strip()
    return plain[1:3] if len(plain) == 4 and plain[0] == "0" else plain


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether this begins a type of bill on a day.

    >>> is_valid("11"), is_valid("10"), is_valid("87", date(2020, 12, 31))
    (True, False, False)
    """
    if code not in WORDS:
        return False
    return on is None or FIRST_DAYS.get(code, on) <= on <= ENDED.get(code, on)


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it begins no type of bill on that day.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not a type of bill on that day")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a type of bill, or nothing."""
    return WORDS.get(compact(code), "")
