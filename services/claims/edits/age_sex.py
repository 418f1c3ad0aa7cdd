"""Age and sex: a diagnosis that cannot be right for this patient.

Rows of `data/age_sex.csv`: categories of ICD-10-CM, the ages or the sex they are for, and for
which plans and dates of service. Only unmistakable conflicts are listed: calling a right code
wrong costs more than missing a soft conflict.

Source: CMS, Medicare Code Editor, age categories (newborn 0, maternity 9 to 64) and sex
conflict; IPPS final rule for fiscal year 2025 for the end of the sex edits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.claims import data, dated
from services.claims.edits.edit import Case, Fault, diagnosis, edit

FAMILY = "age_sex"
SOURCE = "CMS Medicare Code Editor, as the payer adopted it"
SEX_MAY_DIFFER = "45"
"""Condition code of an institutional claim: the sex recorded and the code are both right."""


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


@lru_cache(maxsize=4096)
def _rows(category: str) -> tuple[Row, ...]:
    """Return the rows of a three-character category."""
    return tuple(
        Row(
            row["first"], row["last"], int(row["low"]), int(row["high"]), row["sex"],
            frozenset(row["plans"].split()), dated.span(row),
        )
        for row in data.rows("age_sex.csv")
        if row["first"] <= category <= row["last"]
    )


def _holding(case: Case) -> Iterator[tuple[int, str, Row]]:
    """Yield position, code and each row that holds for the payer on the day."""
    for position, one in enumerate(case.bill.diagnoses, 1):
        for row in _rows(one.code[:3]):
            adopted = not row.plans or case.bill.coverage.plan in row.plans
            if adopted and row.days[0] <= case.on <= row.days[1]:
                yield position, one.code, row


@edit(FAMILY, snip=5, version=2, source=SOURCE)
def age_conflict(case: Case) -> Iterator[Fault]:
    """A diagnosis fits the patient's age.

    Example: O80 passes for a woman of 64 and is a conflict at 65; Z38.00 passes at age 0 and is a
    conflict at 1. P07.10 passes at any age: what began before birth is coded while it lasts
    (guideline I.C.16.a.4).
    """
    age = case.bill.patient.age_years
    for position, code, row in _holding(case):
        if not row.low <= age <= row.high:
            yield Fault(diagnosis(position), f"Diagnosis {position}, {code}, is for ages "
                        f"{row.low} to {row.high} and the patient is {age}: correct the code, or "
                        "the birth date at registration.")


@edit(FAMILY, snip=5, source=SOURCE)
def sex_conflict(case: Case) -> Iterator[Fault]:
    """A diagnosis fits the patient's registered sex, where the payer still asks.

    Example: C61 with sex F is a conflict for a commercial plan, and for Medicare until 2024-09-30
    only, since the sex edits of the Medicare Code Editor ended the day after. A line with
    modifier KX, or condition code 45, says that the conflict is known and right.
    """
    bill = case.bill
    known = any("KX" in one.modifiers for one in bill.lines) or (
        bill.institutional is not None and SEX_MAY_DIFFER in bill.institutional.conditions
    )
    if known or bill.patient.sex == "U":
        return
    for position, code, row in _holding(case):
        if row.sex and bill.patient.sex != row.sex:
            yield Fault(diagnosis(position), f"Diagnosis {position}, {code}, is not of patients "
                        f"registered as {bill.patient.sex}: correct the code or the registered "
                        "sex, or add KX (condition code 45) when both are right.")


EDITS = (age_conflict, sex_conflict)
