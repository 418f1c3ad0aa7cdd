"""Revenue codes of institutional lines: their shape, our words, and which need a HCPCS code.

``data/revenue.csv`` is ours; the texts of the code set are NUBC's and are not shipped. A HCPCS code
is needed on outpatient claims: an inpatient line may stand without.
"""

import re
from datetime import date
from functools import cache

from services.codes import data

SHAPE = re.compile(r"0[0-9]{3}|[1-3][0-9]{3}")
ACCOMMODATION = re.compile(r"01[0-9]{2}|02[01][0-9]")


@cache
def _table() -> dict[str, tuple[bool, str]]:
    return {
        row["code"]: (row["hcpcs"] == "yes", row["words"]) for row in data.rows("revenue.csv")
    }


def compact(code: str) -> str:
    """Return the code as four digits.

    >>> compact("450")
    '0450'
    """
    return code.strip().zfill(4)


def is_valid(code: str, on: date | None = None) -> bool:
    """Say whether this has the shape of a revenue code; the total (0001) is no line.

    >>> is_valid("0120"), is_valid("120"), is_valid("0001")
    (True, False, False)
    """
    return bool(SHAPE.fullmatch(code)) and code != "0001"


def validate(code: str, on: date | None = None) -> str:
    """Return the compact code.

    Raises:
        ValueError: it has not the shape of a line's revenue code.
    """
    if not is_valid(compact(code), on):
        raise ValueError("not the shape of a revenue code")
    return compact(code)


def describe(code: str) -> str:
    """Return our words for a code, or nothing."""
    return _table().get(code, (False, ""))[1]


def needs_hcpcs(code: str) -> bool:
    """Say whether a line of an outpatient claim with this code needs a HCPCS code."""
    return _table().get(code, (False, ""))[0]


def is_accommodation(code: str) -> bool:
    """Say whether this is room and board, charged by the day.

    >>> is_accommodation("0120"), is_accommodation("0200"), is_accommodation("0250")
    (True, True, False)
    """
    return bool(ACCOMMODATION.fullmatch(code))
