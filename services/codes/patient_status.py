"""Patient status at discharge: two digits on an institutional claim, with our own short words.

The words stand in ``data/admission.csv`` beside type and source of admission; those of the code
set are NUBC's and are not shipped.
"""

from datetime import date

from services.codes import admission

PLANNED_FROM = date(2013, 10, 1)
"""69 and 81 to 95 came with discharges of October 2013 (CMS, transmittal 2699)."""


def compact(code: str) -> str:
    """Return the code as two digits.

    >>> compact(" 1")
    '01'
    """
    return code.strip().zfill(2)


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether this is a status on a day of discharge.

    >>> is_valid("81", date(2013, 9, 30)), is_valid("81", date(2013, 10, 1)), is_valid("99")
    (False, True, False)
    """
    if on is not None and on < PLANNED_FROM and (code == "69" or "81" <= code <= "95"):
        return False
    return admission.is_valid(admission.STATUS, code)


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it is no status on that day.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not a patient status on that day")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a status, or nothing."""
    return admission.describe(admission.STATUS, code)
