"""Age and sex: a diagnosis that cannot be right for this patient.

Rows of `data/age_sex.csv`: categories of ICD-10-CM, the ages or the sex they are for, and for
which plans and dates of service. Only unmistakable conflicts are listed: calling a right code
wrong costs more than missing a soft conflict. A line with modifier KX says that the sex
conflict is known and right.

Example: O80 passes for a woman of 64 and is a conflict at 65; P07.1 passes at age 0 and is a
conflict at 1. C61 with sex F is a conflict for a commercial plan, and for Medicare until
2024-09-30 only, since the sex edits of the Medicare Code Editor ended the day after.

Source: CMS, Medicare Code Editor, age categories (newborn 0, maternity 9 to 64) and sex
conflict; IPPS final rule for fiscal year 2025 for the end of the sex edits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from schemas.events import Coded, Finding
from services.claims import data, dated
from services.claims.edits.edit import diagnosis as diagnosis_place
from services.claims.edits.edit import hold
from services.claims.terms import Terms


@dataclass(frozen=True, slots=True)
class Row:
    """Categories that fit some ages or one sex, for some plans and days."""

    first: str
    last: str
    low: int
    high: int
    sex: str
    plans: frozenset[str]
    days: tuple[date, date]
    source: str


@lru_cache(maxsize=4096)
def _rows(category: str) -> tuple[Row, ...]:
    """Return the rows of a three-character category."""
    return tuple(
        Row(
            row["first"], row["last"], int(row["low"]), int(row["high"]), row["sex"],
            frozenset(row["plans"].split()), dated.span(row), row["source"],
        )
        for row in data.rows("age_sex.csv")
        if row["first"] <= category <= row["last"]
    )


def fits_patient(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold diagnoses that conflict with the patient's age or sex."""
    bill = coded.bill
    for position, diagnosis in enumerate(bill.diagnoses, 1):
        for row in _rows(diagnosis.code[:3]):
            if row.plans and bill.coverage.plan not in row.plans:
                continue
            if row.days[0] <= bill.starts_on <= row.days[1]:
                yield from _conflict(coded, row, diagnosis.code, position)


def _conflict(coded: Coded, row: Row, code: str, position: int) -> Iterator[Finding]:
    patient, place = coded.bill.patient, diagnosis_place(position)
    if not row.low <= patient.age_years <= row.high:
        yield hold("age_conflict", place, f"Diagnosis {position}, {code}, is for ages {row.low} "
                   f"to {row.high} and the patient is {patient.age_years}: correct the code, or "
                   "the birth date at registration.", row.source, 5)
    known = any("KX" in line.modifiers for line in coded.bill.lines)
    if row.sex and patient.sex not in (row.sex, "U") and not known:
        yield hold("sex_conflict", place, f"Diagnosis {position}, {code}, is not of patients "
                   f"registered as {patient.sex}: correct the code or the registered sex, or "
                   "add KX when both are right.", row.source, 5)
