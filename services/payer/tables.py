"""The payer's own rules, read from the CSV files beside this module: nothing of them is in code.

    plans.csv       who the payers are, their rates, shares and delays
    policies.csv    what a plan holds of a procedure: units, places, sides, ages, diagnoses
    patients.csv    which diagnoses fit which ages and sex
    facility.csv    what is held of hospitals' claims: lists of code prefixes by rule
    outcomes.csv    what a broken rule is answered with, by kind of claim and of plan
    reasons.csv     other reasons to deny, with weights after the published mix
    rejections.csv  what the front end refuses claims for
    fees.csv        allowed cents of a unit at 100 percent
    drg.csv         the weight of a stay by the principal diagnosis
    habits.csv      how a payer behaves beside deciding, by profile

Codes stand as bare numbers: no table holds the wording of a code.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.payer.plan import Plan, plan_of

PACKAGED = Path(__file__).with_name("tables")


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
class Reason:
    """A reason to deny that coding has no part in.

    Attributes:
        category: After the published categories.
        claims: P, I or * for both.
        weight: Among the reasons of its kind of plan.
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
    claims: str
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
class Rejection:
    """What the front end may refuse a claim for; of P, I or all (*) claims."""

    claims: str
    weight: int
    category: str
    code: str
    entity: str


@dataclass(frozen=True, slots=True)
class Stay:
    """What an inpatient stay is paid by; `weight` in thousandths."""

    drg: str
    weight: int


@dataclass(frozen=True, slots=True)
class Way:
    """How often a payer has a habit, by profile, and how many days it takes."""

    shares: Mapping[str, int]
    days_from: int
    days_to: int


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, by the keys they are looked up with."""

    plans: Mapping[str, Plan]
    policies: Mapping[str, Policy]
    fits: tuple[Fit, ...]
    facility: Mapping[str, tuple[str, ...]]
    outcomes: Mapping[tuple[str, str, str], Outcome]
    reasons: Mapping[tuple[str, str], tuple[Reason, ...]]
    rejections: Mapping[str, tuple[Rejection, ...]]
    fees: Mapping[str, int]
    stays: Mapping[str, Stay]
    ways: Mapping[tuple[str, str], Way]

    def outcome(self, rule: str, claims: str, kind: str) -> Outcome:
        """Return what this kind of plan answers a broken rule on this kind of claim with."""
        for at in ((claims, kind), (claims, "*"), ("*", kind)):
            if found := self.outcomes.get((rule, *at)):
                return found
        return self.outcomes[rule, "*", "*"]

    def stay(self, diagnosis: str) -> Stay:
        """Return what a stay for a principal diagnosis is paid by."""
        for length in range(len(diagnosis), -1, -1):
            if found := self.stays.get(diagnosis[:length]):
                return found
        raise KeyError("drg.csv has no row for all other diagnoses")

    def way(self, habit: str, payer_id: str) -> Way:
        """Return a payer's habit."""
        return self.ways.get((habit, payer_id)) or self.ways[habit, "*"]


@cache
def load(folder: Path = PACKAGED) -> Tables:
    """Return the tables of a folder.

    Raises:
        ValueError: a cell does not hold what its column must.
        KeyError: a column is missing.
    """
    plans = {row["payer_id"]: plan_of(row) for row in _rows(folder, "plans")}
    return Tables(
        plans=plans,
        policies={c: _policy(row) for row in _rows(folder, "policies") for c in _codes(row)},
        fits=tuple(
            Fit(row["diagnosis"], _ages(row["ages"]), row["sex"])
            for row in _rows(folder, "patients")
        ),
        facility={row["rule"]: tuple(row["prefix"].split()) for row in _rows(folder, "facility")},
        outcomes=_outcomes(folder),
        reasons=_reasons(folder, {plan.kind for plan in plans.values()}),
        rejections=_rejections(folder),
        fees={row["code"]: int(row["cents"]) for row in _rows(folder, "fees")},
        stays={
            row["diagnosis"]: Stay(row["drg"], int(row["weight_thousandths"]))
            for row in _rows(folder, "drg")
        },
        ways={(row["habit"], row["payer_id"]): _way(row) for row in _rows(folder, "habits")},
    )


def _outcomes(folder: Path) -> dict[tuple[str, str, str], Outcome]:
    return {
        (row["rule"], row["claims"], row["kind"]): Outcome(
            row["group"], row["carc"], row["remark"], int(row["unprocessable_myriad"])
        )
        for row in _rows(folder, "outcomes")
    }


def _reasons(folder: Path, kinds: Iterable[str]) -> dict[tuple[str, str], tuple[Reason, ...]]:
    rows = _rows(folder, "reasons")
    return {
        (kind, claims): tuple(
            _reason(row)
            for row in rows
            if row["kind"] in ("*", kind) and row["claims"] in ("*", claims)
        )
        for kind in kinds
        for claims in ("P", "I")
    }


def _rejections(folder: Path) -> dict[str, tuple[Rejection, ...]]:
    rows = [
        Rejection(row["claims"], int(row["weight"]), row["category"], row["code"], row["entity"])
        for row in _rows(folder, "rejections")
    ]
    return {kind: tuple(r for r in rows if r.claims in ("*", kind)) for kind in ("P", "I")}


def _way(row: dict[str, str]) -> Way:
    shares = {"calm": 0, "demo": int(row["demo_myriad"]), "all": int(row["all_myriad"])}
    return Way(shares, int(row["days_from"]), int(row["days_to"]))


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="ascii", newline="") as lines:
        return list(csv.DictReader(lines))


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


def _reason(row: dict[str, str]) -> Reason:
    return Reason(
        category=row["category"],
        claims=row["claims"],
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
