"""The hospital's price list: what a visit or a documented item is billed as, and for how much.

``data/chargemaster.csv`` is ours. Four kinds of row, each with its revenue code beside it for the
bills of the hospital (inpatient, observation, emergency):

- ``place``: class and department -> place of service;
- ``visit``: class, department, plan, age, reason (an ICD-10-CM prefix), number of documented
  diagnoses and triage level -> the line of the visit; the first row that fits;
- ``item``: what the record says was done (a procedure code, a LOINC report code, a charge item)
  -> its line; without a HCPCS code it is charged to inpatients only;
- ``room``: department -> a day of room and board.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("data") / "chargemaster.csv"


@dataclass(frozen=True, slots=True)
class Charge:
    """What is billed.

    Attributes:
        code: HCPCS or CPT code; empty where an inpatient is charged without one.
        charge_cents: Charge of one unit.
        source: Who assigns the code: chargemaster or provider.
        revenue_code: Four digits, on a bill of the hospital.
    """

    code: str
    charge_cents: int
    source: str
    revenue_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a visit's line depends on.

    Attributes:
        encounter_class: ambulatory, emergency, inpatient or observation.
        department: Key of the department.
        plan: Kind of the payer's plan.
        reason: The first documented diagnosis.
        age_years: The patient's age.
        diagnoses: How many diagnoses are documented.
        triage: Emergency severity index 1 to 5; 0 when not documented.
    """

    encounter_class: str
    department: str = ""
    plan: str = ""
    reason: str = ""
    age_years: int = 0
    diagnoses: int = 0
    triage: int = 0


class Chargemaster:
    """The price list, read once."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self._places = [row for row in rows if row["kind"] == "place"]
        self._visits = [row for row in rows if row["kind"] == "visit"]
        self._rooms = [row for row in rows if row["kind"] == "room"]
        self._items = {row["match"]: _charge(row) for row in rows if row["kind"] == "item"}
        self._revenue = {
            row["code"]: row["revenue_code"] for row in rows
            if row["code"] and row.get("revenue_code")
        }
        self._prices = {
            row["code"]: int(row["charge_cents"]) for row in rows if row["code"]
        }

    def place(self, encounter_class: str, department: str) -> str:
        """Return the place of service of a class and department; empty when unknown."""
        return next(
            (
                row["place_of_service"] for row in self._places
                if row["class"] == encounter_class and row["department"] in ("", department)
            ),
            "",
        )

    def visit(self, visit: Visit) -> Charge | None:
        """Return what a visit is billed as, if anything."""
        return next((_charge(row) for row in self._visits if _fits(row, visit)), None)

    def item(self, match: str) -> Charge | None:
        """Return what a documented item is billed as, if anything."""
        return self._items.get(match)

    def room(self, department: str) -> Charge | None:
        """Return what a day of room and board is billed as, if anything."""
        return next(
            (_charge(row) for row in self._rooms if row["department"] in ("", department)), None
        )

    def price(self, code: str) -> int | None:
        """Return the charge of one unit of a code in cents, if it has a price."""
        return self._prices.get(code)

    def revenue(self, code: str) -> str:
        """Return the revenue code under which a code is billed, or nothing."""
        return self._revenue.get(code, "")


@cache
def load(path: Path = FILE) -> Chargemaster:
    """Return the price list of a file."""
    with path.open(newline="", encoding="utf-8") as file:
        return Chargemaster(list(csv.DictReader(file)))


def _charge(row: Mapping[str, str]) -> Charge:
    return Charge(
        row["code"], int(row["charge_cents"]), row["source"], row.get("revenue_code", "")
    )


def _fits(row: Mapping[str, str], visit: Visit) -> bool:
    return (
        row["class"] == visit.encounter_class
        and row["department"] in ("", visit.department)
        and row["plan"] in ("", visit.plan)
        and visit.reason.startswith(row["match"])
        and int(row["age_from"] or 0) <= visit.age_years <= int(row["age_to"] or 200)
        and visit.diagnoses >= int(row["diagnoses"] or 0)
        and int(row["triage"] or visit.triage) == visit.triage
    )
