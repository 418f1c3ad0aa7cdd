"""Place of service: two digits on a professional claim. The list is CMS's (public)."""

WORDS = {
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


def is_valid(code: str) -> bool:
    """Say whether the code is on the list.

    >>> is_valid("22"), is_valid("00")
    (True, False)
    """
    return code in WORDS


def describe(code: str) -> str:
    """Return the place, or nothing."""
    return WORDS.get(code, "")
