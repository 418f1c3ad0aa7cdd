"""Code lists with dates (`data/lists.csv`): is a code on its list on a day?"""

import csv
import re
from datetime import date
from functools import cache
from pathlib import Path

from services.codes import icd10cm

FILE = Path(__file__).with_name("data") / "lists.csv"
HCPCS_COMPLETE = (  # when a code that is on no list did not exist; S, T and H only in the first
    (date(2017, 1, 1), date(2019, 12, 31)), (date(2026, 4, 1), date(2026, 6, 30)),
)
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


@cache
def _hcpcs() -> dict[str, tuple[date, date]]:
    with FILE.with_name("hcpcs.csv").open(newline="", encoding="utf-8") as stream:
        return {
            row["code"]: (
                date.fromisoformat(row["starts_on"]) if row["starts_on"] else date.min,
                date.fromisoformat(row["ends_on"]) if row["ends_on"] else date.max,
            )
            for row in csv.DictReader(stream)
        }


def is_hcpcs(code: str, on: date | None = None) -> bool:
    """Say whether a code has the shape of HCPCS and, of Level II, is on its list on a day.

    A code on neither list (2019, April 2026) is judged only where one of them is complete.

    >>> is_hcpcs("A9544", date(2016, 12, 31)), is_hcpcs("A9544", date(2017, 1, 1))
    (True, False)
    """
    if not _HCPCS.fullmatch(code):
        return False
    if on is None or code[0].isdigit():
        return True
    days = _hcpcs().get(code)
    if days:
        return days[0] <= on <= days[1]
    complete = HCPCS_COMPLETE[: 1 if code[0] in "HST" else 2]
    return not any(first <= on <= last for first, last in complete)


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
