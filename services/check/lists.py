"""Code lists with dates (`data/lists.csv`): is a code on its list on a day?"""

import csv
import re
from datetime import date
from functools import cache
from pathlib import Path

from services.codes import icd10cm

FILE = Path(__file__).with_name("data") / "lists.csv"
ICD10_FROM = date(2015, 10, 1)
_RARC = re.compile(r"M\d{1,3}|MA\d{2,3}|N\d{1,4}")
_HCPCS = re.compile(r"[A-Z]\d{4}|\d{4}[A-Z0-9]")
_ICD9 = re.compile(r"(\d{3}|V\d{2}|E\d{3})\d{0,2}")


@cache
def _table() -> dict[str, dict[str, tuple[date, date]]]:
    found: dict[str, dict[str, tuple[date, date]]] = {}
    with FILE.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            starts = date.fromisoformat(row["starts_on"]) if row["starts_on"] else date.min
            ends = date.fromisoformat(row["ends_on"]) if row["ends_on"] else date.max
            found.setdefault(row["list"], {})[row["code"]] = (starts, ends)
    return found


def on_list(name: str, code: str, on: date | None) -> bool:
    """Say whether a code is on a list on a day; without a day, whether it ever was.

    >>> on_list("place_of_service", "10", date(2021, 12, 31))
    False
    """
    span = _table()[name].get(code)
    return span is not None and (on is None or span[0] <= on <= span[1])


def is_rarc(code: str) -> bool:
    """Say whether a remark code has the shape of the list: no list of them is shipped here.

    >>> is_rarc("N362"), is_rarc("MA130"), is_rarc("X1")
    (True, True, False)
    """
    return _RARC.fullmatch(code) is not None


def is_hcpcs(code: str) -> bool:
    """Say whether a code has the shape of HCPCS."""
    return _HCPCS.fullmatch(code) is not None


def is_icd9(code: str) -> bool:
    """Say whether a code has the shape of ICD-9-CM."""
    return _ICD9.fullmatch(code) is not None


def is_icd10(code: str, on: date) -> bool:
    """Say whether an ICD-10-CM code may be billed on a day.

    The lists begin when ICD-10 did on claims: an example that is older has its category looked up.
    """
    if on >= icd10cm.FIRST_DAY:
        return icd10cm.is_valid(code, on)
    return icd10cm.SHAPE.fullmatch(code) is not None and icd10cm.exists(code[:3])
