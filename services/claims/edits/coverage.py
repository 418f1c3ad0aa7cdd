"""Medical necessity: does a local or national coverage policy support the service?

Tables: `coverage` (policies by procedure and jurisdiction). A facility's jurisdiction stands in
`data/jurisdictions.csv`. Absence of a policy is not non-coverage (CMS): a procedure without one
passes, while a missing table is `no_data`. A policy that says in words alone which of its groups
of codes belong together (`unpaired` in the table) is supported by any of its covered diagnoses,
and what none supports is a warning.

Source: CMS, Medicare Coverage Database; Program Integrity Manual, ch. 13; Claims Processing
Manual, ch. 30 (ABN modifiers: GA notice on file, GZ none on file, GX voluntary, GY excluded).
"""

from collections.abc import Iterator
from functools import lru_cache

from schemas.events import Line
from services.claims import data
from services.claims.edits.edit import OFF, WARN, Case, Fault, edit, line
from services.codes import icd10cm
from services.codes.library.coverage import UNPAIRED
from services.codes.library.library import holds

FAMILY = "coverage"
NATIONAL = "*"
TOLD = frozenset({"GA", "GX", "GY", "GZ"})
"""Modifiers that tell the payer what the hospital expects."""
SOURCE = "CMS Medicare Coverage Database"


@lru_cache(maxsize=64)
def _area(state: str) -> str:
    """Return the contractor's jurisdiction of a facility's state; nothing when not listed."""
    return next((row["jurisdiction"] for row in data.rows("jurisdictions.csv")
                 if row["state"] == state), "")


def _policies(case: Case, one: Line) -> list[list[str]]:
    """Return the rows of every policy on a service, national and of the facility's area."""
    area = _area(case.terms.states.get(case.bill.facility_id, ""))
    rows = [row for place in (NATIONAL, area) if place
            for row in case.rows("coverage", f"{one.code}|{place}", one.served_on)]
    told = [[str(cell) for cell in row] for row in rows]
    return [row for row in told if holds(row[4], row[5], one.served_on)]


def _lacking(case: Case, one: Line, rows: list[list[str]]) -> tuple[str, bool] | None:
    """Return the policy that no diagnosis of a line supports, and whether its groups are paired.

    Of several one whose groups are; none where each policy is met.
    """
    codes = [icd10cm.compact(case.bill.diagnoses[at - 1].code) for at in one.pointers
             if 0 < at <= len(case.bill.diagnoses)] or [
        icd10cm.compact(each.code) for each in case.bill.diagnoses]
    policies: dict[str, list[list[str]]] = {}
    for row in rows:
        policies.setdefault(f"{row[1]} {row[0]}", []).append(row)
    found = [(name, _paired(own)) for name, own in policies.items() if not _met(codes, own)]
    return max(found, key=lambda one: one[1], default=None)


def _met(codes: list[str], rows: list[list[str]]) -> bool:
    """Say whether a policy takes one of some diagnoses."""
    covered = [row[2] for row in rows if row[3] == "True"]
    barred = [row[2] for row in rows if row[3] != "True"]
    if covered and not any(_within(code, covered) for code in codes):
        return False
    return not (barred and all(_within(code, barred) for code in codes))


def _paired(rows: list[list[str]]) -> bool:
    """Say whether it is known that a policy's diagnoses are for the service."""
    return not any(UNPAIRED in row[6:] for row in rows)


def _within(code: str, listed: list[str]) -> bool:
    return any(code.startswith(one[:-1]) if one.endswith("*") else code == one for one in listed)


def _judged(case: Case) -> Iterator[tuple[int, Line, str, bool]]:
    """Yield position, line, policy and its pairing of each service that a policy does not support.

    None of a stay.
    """
    for position, one in () if case.inpatient else case.lines():
        rows = _policies(case, one) if one.code else []
        lacking = _lacking(case, one, rows) if rows else None
        if lacking is not None:
            yield position, one, *lacking


@edit(FAMILY, snip=5, source=SOURCE, severity=OFF, tables=("coverage",), version=2)
def not_covered(case: Case) -> Iterator[Fault]:
    """A service under a coverage policy has a diagnosis that the policy covers.

    Example: under a policy that covers G0121 with Z12.11, Z12.11 passes and I10 is found; a line
    with GA (notice on file), GX or GY tells the payer so and passes here.
    """
    for position, one, policy, paired in _judged(case):
        if paired and TOLD.isdisjoint(one.modifiers):
            yield Fault(line(position), f"No diagnosis of line {position} supports {one.code} "
                        f"under {policy}: point it to the documented diagnosis that does; if "
                        "there is none, add GA with a signed notice or GZ without.")


@edit(FAMILY, snip=5, source=SOURCE, severity=OFF, tables=("coverage",))
def perhaps_not_covered(case: Case) -> Iterator[Fault]:
    """A service has a diagnosis of its policy, where the policy does not pair its groups of codes.

    Example: under an article that covers Z12.11 and Z80.0 in two groups and says in words alone
    which is for G0121, both pass and I10 is found. A warning: the article may ask nothing of it.
    """
    for position, one, policy, paired in _judged(case):
        if not paired and TOLD.isdisjoint(one.modifiers):
            yield Fault(line(position), f"{policy} has several groups of codes that are not "
                        f"paired, and none of its diagnoses for {one.code} is on line {position}: "
                        "read which group is for it, and point the line to the documented "
                        "diagnosis, if it needs one.")


@edit(FAMILY, snip=5, source=f"{SOURCE}; ABN modifier GZ", severity=OFF, tables=("coverage",),
      version=2)
def denial_expected(case: Case) -> Iterator[Fault]:
    """GZ says that a denial is expected and nobody but the hospital pays. Example: I10 with GZ.

    A warning: the claim may go, the patient may not be billed.
    """
    for position, one, policy, paired in _judged(case):
        if "GZ" in one.modifiers:
            will = "will be" if paired else "may be"
            yield Fault(line(position), f"{one.code} on line {position} {will} denied under "
                        f"{policy} and GZ makes it the hospital's: check for a signed notice (GA).")


@edit(FAMILY, snip=5, source="CMS Claims Processing Manual, ch. 30, sect. 50", severity=WARN,
      version=2)
def notice_without_need(case: Case) -> Iterator[Fault]:
    """GA on a covered service moves the cost to the patient for nothing.

    Example: GA on a line whose policy covers its diagnosis is found; without a policy it passes,
    and so it does where the policy's groups of codes are not paired.
    """
    if case.terms.library.in_force("coverage", case.on) is None:
        return
    for position, one in case.lines():
        rows = _policies(case, one) if one.code and "GA" in one.modifiers else []
        if rows and _paired(rows) and _lacking(case, one, rows) is None:
            yield Fault(line(position), f"GA on line {position} says a denial is expected while "
                        f"{rows[0][1]} {rows[0][0]} covers the diagnosis: take it off.")


EDITS = (not_covered, perhaps_not_covered, denial_expected, notice_without_need)
