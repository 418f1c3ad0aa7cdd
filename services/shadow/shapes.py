"""Shapes of what goes in clear: a host's element that has another is refused, never passed on.

A name typed into a code's place would else be in the clear part of an event.
"""

import re
from collections.abc import Sequence

from services.x12.segments import Segment

NPI = re.compile(r"\d{10}", re.ASCII)
PLACE = re.compile(r"\d{2}", re.ASCII)
PROCEDURE = re.compile(r"([A-Z0-9]{5})?")
MODIFIER = re.compile(r"[A-Z0-9]{2}")
REVENUE = re.compile(r"\d{3,4}", re.ASCII)
TWO = re.compile(r"[A-Z0-9]{1,2}")
PCS = re.compile(r"[0-9A-HJ-NP-Z]{7}")
DRG = re.compile(r"\d{1,4}", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z0-9][0-9][0-9A-Z][0-9A-Z]{0,4}")


class Unfit(Exception):  # noqa: N818 - says what the claim is
    """A claim cannot be represented; ``args`` are segment, field and rule, without content."""


def fits(shape: re.Pattern[str], value: str, segment: str, field: str) -> str:
    """Return a value that has its shape.

    Raises:
        Unfit: it has not.
    """
    if not shape.fullmatch(value):
        raise Unfit(segment, field, "has not its shape")
    return value


def npi(named: Sequence[Segment]) -> str:
    """Return NM109 of the first of some NM1 segments, if NM108 says that it is an NPI.

    Raises:
        Unfit: it is none by its shape.
    """
    if not named or named[0].get(8) != "XX":
        return ""
    return fits(NPI, named[0].get(9), "NM1", "NPI")


def diagnosis(code: str) -> str:
    """Return a diagnosis code with its dot (ICD-10-CM, or ICD-9-CM of old claims).

    Raises:
        Unfit: it is none by its shape.

    >>> diagnosis("E119"), diagnosis("I10"), diagnosis("V7389")
    ('E11.9', 'I10', 'V73.89')
    """
    plain = code.replace(".", "")
    fits(_DIAGNOSIS, plain, "HI", "diagnosis")
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain
