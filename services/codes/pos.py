"""Place of service: two digits on a professional claim. The list is CMS's (public)."""

from datetime import date

WORDS = {
    "01": "Pharmacy", "03": "School", "04": "Homeless shelter",
    "05": "Indian Health Service, free-standing", "06": "Indian Health Service, of a provider",
    "07": "Tribal facility, free-standing", "08": "Tribal facility, of a provider",
    "09": "Prison", "14": "Group home", "15": "Mobile unit", "16": "Temporary lodging",
    "18": "Place of employment", "27": "Outreach on the street", "33": "Custodial care facility",
    "54": "Intermediate care for intellectual disability",
    "55": "Residential substance abuse treatment", "56": "Residential psychiatric centre",
    "57": "Substance abuse treatment, not residential",
    "58": "Opioid treatment, not residential", "66": "All-inclusive care for the elderly",
    "02": "Telehealth away from home", "10": "Telehealth at home", "11": "Office", "12": "Home",
    "13": "Assisted living", "17": "Walk-in retail clinic", "19": "Outpatient, off campus",
    "20": "Urgent care", "21": "Inpatient hospital", "22": "Outpatient, on campus",
    "23": "Emergency room", "24": "Ambulatory surgery centre", "25": "Birthing centre",
    "26": "Military facility", "31": "Skilled nursing facility", "32": "Nursing facility",
    "34": "Hospice", "41": "Land ambulance", "42": "Air or water ambulance",
    "49": "Independent clinic", "50": "Federally qualified health centre",
    "51": "Inpatient psychiatric facility", "52": "Psychiatric partial hospital",
    "53": "Community mental health centre", "60": "Mass immunisation centre",
    "61": "Inpatient rehabilitation", "62": "Outpatient rehabilitation",
    "65": "Dialysis facility", "71": "Public health clinic", "72": "Rural health clinic",
    "81": "Independent laboratory", "99": "Other",
}


FIRST_DAYS = {
    "02": date(2017, 1, 1), "10": date(2022, 1, 1), "27": date(2023, 10, 1),
    "58": date(2020, 1, 1), "66": date(2024, 8, 1),
}
"""Of places that came later than the rest: CMS, place of service code set. Place 19 is taken on
claims processed since 2016-01-01, whatever their day of service (CR 9231)."""


def compact(code: str) -> str:
    """Return the code as two digits.

    >>> compact(" 2")
    '02'
    """
    return code.strip().zfill(2)


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether the code is on the list, and had come by a day.

    >>> is_valid("22"), is_valid("00")
    (True, False)
    >>> is_valid("10", date(2021, 12, 31)), is_valid("10", date(2022, 1, 1))
    (False, True)
    """
    return code in WORDS and (on is None or FIRST_DAYS.get(code, on) <= on)


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it is no place on that day.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not a place of service on that day")
    return compact(code)


def describe(code: str) -> str:
    """Return the place, or nothing."""
    return WORDS.get(code, "")
