"""Provider taxonomy: ten characters, the last an X. The list and its words are NUCC's.

The packaged words are ours, for the specialties of the demo; `is_valid` asks for the shape.
"""

import re
from datetime import date

SHAPE = re.compile(r"[0-9]{3}[0-9A-Z]{6}X")
WORDS = {
    "207R00000X": "Internal medicine", "207RC0000X": "Cardiology", "207RG0100X": "Gastroenterology",
    "207RX0202X": "Oncology", "207P00000X": "Emergency medicine", "208600000X": "Surgery",
    "207X00000X": "Orthopaedics", "208000000X": "Paediatrics", "207V00000X": "Gynaecology",
    "282N00000X": "General hospital",
}


def compact(code: str) -> str:
    """Return the code without blanks, in capitals."""
    return code.strip().upper()


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether this has the shape of a taxonomy code.

    >>> is_valid("207RC0000X"), is_valid("207RC0000"), is_valid("cardiology")
    (True, False, False)
    """
    return SHAPE.fullmatch(code) is not None


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it has not the shape.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not the shape of a taxonomy code")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a specialty, or nothing."""
    return WORDS.get(code, "")
