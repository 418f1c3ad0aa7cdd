"""The payer's own rules, read from the CSV files beside this module: nothing of them is in code.

    plans.csv     who the payers are, their rates, shares and delays
    policies.csv  what a plan holds of a procedure: units, places, sides, ages, diagnoses
    patients.csv  which diagnoses fit which ages and sex
    outcomes.csv  what a broken rule is answered with, by kind of plan
    habits.csv    other reasons to deny, with weights after the published mix
    fees.csv      allowed cents of a unit at 100 percent

Codes stand as bare numbers: no table holds the wording of a code.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGED = Path(__file__).with_name("tables")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One payer. Shares ending in ``myriad`` are of 10,000, ``percent`` of 100.

    Attributes:
        payer_id: Name of its exchange folder.
        kind: medicare, medicare_advantage, medicaid, commercial or government.
        name: N102 of its answers.
        address: Street.
        city: City.
        state: State.
        zip: Nine digits.
        tax_id: Of the payer (TRN03 after a 1).
        phone: For PER.
        filing_code: CLP06.
        frequencies: CLM05-3 it takes on professional claims.
        member_pattern: Regular expression of its member ids.
        filing_days: From service; later originals are denied.
        reject_myriad: Claims its front end does not find the member of.
        habit_myriad: Claims denied for a reason of habits.csv.
        wrong_myriad: Right claims denied all the same.
        uphold_myriad: Corrected claims denied for the old reason all the same.
        again_myriad: Corrected claims denied for another reason.
        sparse_myriad: Claims whose answer leaves out the line control numbers.
        new_patient_myriad: Members it never saw.
        fee_percent: Of fees.csv.
        default_percent: Of the charge, for codes without a fee.
        copay_cents: Of a visit.
        coinsurance_percent: Of what is left after the deductible.
        deductible_cents: What may be open of it.
        deductible_myriad: Claims that meet an open deductible.
        sequestration_percent: Taken off the payment.
        days_from: Fewest days to a decision.
        days_to: Most days to a decision.
        remit_days: Days between remittances.
    """

    payer_id: str
    kind: str
    name: str
    address: str
    city: str
    state: str
    zip: str
    tax_id: str
    phone: str
    filing_code: str
    frequencies: tuple[str, ...]
    member_pattern: str
    filing_days: int
    reject_myriad: int
    habit_myriad: int
    wrong_myriad: int
    uphold_myriad: int
    again_myriad: int
    sparse_myriad: int
    new_patient_myriad: int
    fee_percent: int
    default_percent: int
    copay_cents: int
    coinsurance_percent: int
    deductible_cents: int
    deductible_myriad: int
    sequestration_percent: int
    days_from: int
    days_to: int
    remit_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a plan holds of a procedure; empty or 0 = nothing.

    Attributes:
        most_units: A line may not bill more.
        places: Places of service it may be rendered in.
        side: Needs RT, LT or 50.
        distinct: A visit on the same day needs modifier 25.
        visit: Is such a visit.
        addon_of: Procedures one of which must be on the claim.
        ages: Completed years, from and to.
        sex: F or M.
        deleted_on: First day it is no longer valid, CCYYMMDD.
        only_for: Diagnosis prefixes, one of which must be pointed at.
        not_for: Diagnosis prefixes that do not support it.
    """

    most_units: int = 0
    places: tuple[str, ...] = ()
    side: bool = False
    distinct: bool = False
    visit: bool = False
    addon_of: tuple[str, ...] = ()
    ages: tuple[int, int] | None = None
    sex: str = ""
    deleted_on: str = ""
    only_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """Which patients a diagnosis fits."""

    prefix: str
    ages: tuple[int, int] | None
    sex: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a broken rule is answered with; `unprocessable_myriad` of them as MA130."""

    group: str
    carc: str
    remark: str
    unprocessable_myriad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """A reason to deny that coding has no part in.

    Attributes:
        category: After the published categories.
        weight: Among the habits of its kind of plan.
        scope: claim or line (the dearest line).
        group: CAS group.
        carc: Reason code.
        remarks: Remarks of the line.
        claim_remarks: Remarks of the claim.
        status: CLP02.
        unprocessable: MA130 where the plan takes no replacement.
        fixed_by: authorization, attachment, again or never.
        fix_myriad: Share fixed by sending it again.
    """

    category: str
    weight: int
    scope: str
    group: str
    carc: str
    remarks: tuple[str, ...]
    claim_remarks: tuple[str, ...]
    status: str
    unprocessable: bool
    fixed_by: str
    fix_myriad: int


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, by the keys they are looked up with."""

    plans: Mapping[str, Plan]
    policies: Mapping[str, Policy]
    fits: tuple[Fit, ...]
    outcomes: Mapping[tuple[str, str], Outcome]
    habits: Mapping[str, tuple[Habit, ...]]
    fees: Mapping[str, int]

    def outcome(self, rule: str, kind: str) -> Outcome:
        """Return what this kind of plan answers a broken rule with."""
        return self.outcomes.get((rule, kind)) or self.outcomes[rule, "*"]


@cache
def load(folder: Path = PACKAGED) -> Tables:
    """Return the tables of a folder.

    Raises:
        ValueError: a cell does not hold what its column must.
        KeyError: a column is missing.
    """
    plans = {row["payer_id"]: _plan(row) for row in _rows(folder, "plans")}
    policies = {c: _policy(row) for row in _rows(folder, "policies") for c in _codes(row)}
    fits = tuple(
        Fit(row["diagnosis"], _ages(row["ages"]), row["sex"]) for row in _rows(folder, "patients")
    )
    outcomes = {
        (row["rule"], row["kind"]): Outcome(
            row["group"], row["carc"], row["remark"], int(row["unprocessable_myriad"])
        )
        for row in _rows(folder, "outcomes")
    }
    rows = _rows(folder, "habits")
    habits = {
        kind: tuple(_habit(row) for row in rows if row["kind"] in ("*", kind))
        for kind in {plan.kind for plan in plans.values()}
    }
    fees = {row["code"]: int(row["cents"]) for row in _rows(folder, "fees")}
    return Tables(plans, policies, fits, outcomes, habits, fees)


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="ascii", newline="") as lines:
        return list(csv.DictReader(lines))


def _plan(row: dict[str, str]) -> Plan:
    numbers = {n: int(row[n]) for n, kind in Plan.__annotations__.items() if kind is int}
    words = {n: row[n] for n, kind in Plan.__annotations__.items() if kind is str}
    return Plan(frequencies=tuple(row["frequencies"].split()), **numbers, **words)  # type: ignore[arg-type]


def _policy(row: dict[str, str]) -> Policy:
    return Policy(
        most_units=int(row["most_units"] or 0),
        places=tuple(row["places"].split()),
        side=row["side"] == "yes",
        distinct=row["distinct"] == "yes",
        visit=row["visit"] == "yes",
        addon_of=tuple(row["addon_of"].split()),
        ages=_ages(row["ages"]),
        sex=row["sex"],
        deleted_on=row["deleted_on"],
        only_for=tuple(row["only_for"].split()),
        not_for=tuple(row["not_for"].split()),
    )


def _codes(row: dict[str, str]) -> list[str]:
    first, last = row["code"], row["to_code"]
    if first == last:
        return [first]
    return [str(number) for number in range(int(first), int(last) + 1)]


def _ages(text: str) -> tuple[int, int] | None:
    first, _, last = text.partition("-")
    return (int(first), int(last)) if text else None


def _habit(row: dict[str, str]) -> Habit:
    return Habit(
        category=row["category"],
        weight=int(row["weight"]),
        scope=row["scope"],
        group=row["group"],
        carc=row["carc"],
        remarks=tuple(row["remarks"].split()),
        claim_remarks=tuple(row["claim_remarks"].split()),
        status=row["status"],
        unprocessable=row["unprocessable"] == "yes",
        fixed_by=row["fixed_by"],
        fix_myriad=int(row["fix_myriad"]),
    )
