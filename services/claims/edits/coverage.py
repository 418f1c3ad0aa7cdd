"""Medical necessity: does a local or national coverage policy support the service?

Tables: `coverage` (policies by procedure and jurisdiction). A facility's jurisdiction stands in
`data/jurisdictions.csv`. Absence of a policy is not non-coverage (CMS): a procedure without one
passes, while a missing table is `no_data`.

Source: CMS, Medicare Coverage Database; Program Integrity Manual, ch. 13; Claims Processing
Manual, ch. 30 (ABN modifiers: GA notice on file, GZ none on file, GX voluntary, GY excluded).
"""

from collections.abc import Iterator
from functools import lru_cache

from schemas.events import Line
from services.claims import data
from services.claims.edits.edit import OFF, WARN, Case, Fault, edit, line
from services.codes import icd10cm
from services.codes.library.library import holds

FAMILY = "coverage"
NATIONAL = "*"
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


def _supported(case: Case, one: Line, rows: list[list[str]]) -> bool:
    """Say whether a diagnosis of the line is covered by each policy that lists covered ones."""
    codes = [icd10cm.compact(case.bill.diagnoses[at - 1].code) for at in one.pointers
             if 0 < at <= len(case.bill.diagnoses)] or [
        icd10cm.compact(each.code) for each in case.bill.diagnoses]
    for policy in {row[0] for row in rows}:
        covered = [row[2] for row in rows if row[0] == policy and row[3] == "True"]
        barred = [row[2] for row in rows if row[0] == policy and row[3] != "True"]
        if covered and not any(_within(code, covered) for code in codes):
            return False
        if barred and all(_within(code, barred) for code in codes):
            return False
    return True


def _within(code: str, listed: list[str]) -> bool:
    return any(code.startswith(one[:-1]) if one.endswith("*") else code == one for one in listed)


def _judged(case: Case) -> Iterator[tuple[int, Line, str]]:
    """Yield position, line and policy of each service that no policy supports; none of a stay."""
    for position, one in () if case.inpatient else case.lines():
        rows = _policies(case, one) if one.code else []
        if rows and not _supported(case, one, rows):
            yield position, one, f"{rows[0][1]} {rows[0][0]}"


@edit(FAMILY, snip=5, source=SOURCE, severity=OFF, tables=("coverage",))
def not_covered(case: Case) -> Iterator[Fault]:
    """A service under a coverage policy has a diagnosis that the policy covers.

    Example: under a policy that covers G0121 with Z12.11, Z12.11 passes and I10 is found; a line
    with GA (notice on file), GX or GY tells the payer so and passes here.
    """
    for position, one, policy in _judged(case):
        if {"GA", "GX", "GY", "GZ"}.isdisjoint(one.modifiers):
            yield Fault(line(position), f"No diagnosis of line {position} supports {one.code} "
                        f"under {policy}: point it to the documented diagnosis that does; if "
                        "there is none, add GA with a signed notice or GZ without.")


@edit(FAMILY, snip=5, source=f"{SOURCE}; ABN modifier GZ", severity=OFF, tables=("coverage",))
def denial_expected(case: Case) -> Iterator[Fault]:
    """GZ says that a denial is expected and nobody but the hospital pays. Example: I10 with GZ.

    A warning: the claim may go, the patient may not be billed.
    """
    for position, one, policy in _judged(case):
        if "GZ" in one.modifiers:
            yield Fault(line(position), f"{one.code} on line {position} will be denied under "
                        f"{policy} and GZ makes it the hospital's: check for a signed notice (GA).")


@edit(FAMILY, snip=5, source="CMS Claims Processing Manual, ch. 30, sect. 50", severity=WARN)
def notice_without_need(case: Case) -> Iterator[Fault]:
    """GA on a covered service moves the cost to the patient for nothing.

    Example: GA on a line whose policy covers its diagnosis is found; without a policy it passes.
    """
    if case.terms.library.in_force("coverage", case.on) is None:
        return
    for position, one in case.lines():
        rows = _policies(case, one) if one.code and "GA" in one.modifiers else []
        if rows and _supported(case, one, rows):
            yield Fault(line(position), f"GA on line {position} says a denial is expected while "
                        f"{rows[0][1]} {rows[0][0]} covers the diagnosis: take it off.")


EDITS = (not_covered, denial_expected, notice_without_need)
