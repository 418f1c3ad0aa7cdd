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
from typing import NamedTuple

from schemas.events import Line
from services.claims import data
from services.claims.edits.edit import OFF, WARN, Case, Fault, edit, line
from services.codes import icd10cm
from services.codes.library.coverage import UNPAIRED
from services.codes.library.library import holds
from services.codes.library.store import Table

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


class Policy(NamedTuple):
    """What a policy says of a service: its rows that are alike in all but the diagnosis.

    Attributes:
        name: Kind and name, as ``LCD A57554``.
        starts: First day; nothing when open.
        ends: Last day; nothing when open.
        paired: Whether it is known that the diagnoses are for the service.
        covered: Whether they are covered, or not covered.
        codes: The diagnoses.
        blocks: Beginnings of further ones.
    """

    name: str
    starts: str
    ends: str
    paired: bool
    covered: bool
    codes: frozenset[str]
    blocks: tuple[str, ...]

    def lists(self, code: str) -> bool:
        """Say whether a diagnosis is one of these."""
        return code in self.codes or code.startswith(self.blocks)


@lru_cache(maxsize=1024)
def _of(table: Table, key: str) -> tuple[Policy, ...]:
    """Return what is said of a procedure in a jurisdiction; an article may list thousands."""
    found: dict[tuple[str, str, str, bool, bool], list[str]] = {}
    for policy, kind, diagnosis, covered, starts, ends, *groups in table.rows(key):
        alike = f"{kind} {policy}", starts, ends, UNPAIRED not in groups, covered
        found.setdefault(alike, []).append(diagnosis)
    return tuple(
        Policy(*alike, frozenset(codes), tuple(one[:-1] for one in codes if one.endswith("*")))
        for alike, codes in found.items()
    )


def _policies(case: Case, one: Line) -> list[Policy]:
    """Return what every policy says of a service, national and of the facility's area."""
    table = case.terms.library.table("coverage", one.served_on) if one.code else None
    if table is None:
        return []
    area = _area(case.terms.states.get(case.bill.facility_id, ""))
    return [each for place in (NATIONAL, area) if place
            for each in _of(table, f"{one.code}|{place}")
            if holds(each.starts, each.ends, one.served_on)]


def _lacking(case: Case, one: Line, policies: list[Policy]) -> Policy | None:
    """Return a policy that no diagnosis of a line supports, if its groups are paired rather."""
    codes = [icd10cm.compact(case.bill.diagnoses[at - 1].code) for at in one.pointers
             if 0 < at <= len(case.bill.diagnoses)] or [
        icd10cm.compact(each.code) for each in case.bill.diagnoses]
    named: dict[str, list[Policy]] = {}
    for each in policies:
        named.setdefault(each.name, []).append(each)
    found = [own[0] for own in named.values() if not _met(codes, own)]
    return max(found, key=lambda policy: policy.paired, default=None)


def _met(codes: list[str], policy: list[Policy]) -> bool:
    """Say whether a policy takes one of some diagnoses."""
    covered = [one for one in policy if one.covered]
    barred = [one for one in policy if not one.covered]
    if covered and not any(one.lists(code) for one in covered for code in codes):
        return False
    return not (barred and all(any(one.lists(code) for one in barred) for code in codes))


def _judged(case: Case) -> Iterator[tuple[int, Line, Policy]]:
    """Yield position, line and policy of each service that a policy does not support.

    None of a stay.
    """
    for position, one in () if case.inpatient else case.lines():
        policies = _policies(case, one)
        lacking = _lacking(case, one, policies) if policies else None
        if lacking is not None:
            yield position, one, lacking


@edit(FAMILY, snip=5, source=SOURCE, severity=OFF, tables=("coverage",), version=2)
def not_covered(case: Case) -> Iterator[Fault]:
    """A service under a coverage policy has a diagnosis that the policy covers.

    Example: under a policy that covers G0121 with Z12.11, Z12.11 passes and I10 is found; a line
    with GA (notice on file), GX or GY tells the payer so and passes here.
    """
    for position, one, policy in _judged(case):
        if policy.paired and TOLD.isdisjoint(one.modifiers):
            yield Fault(line(position), f"No diagnosis of line {position} supports {one.code} "
                        f"under {policy.name}: point it to the documented diagnosis that does; if "
                        "there is none, add GA with a signed notice or GZ without.")


@edit(FAMILY, snip=5, source=SOURCE, severity=OFF, tables=("coverage",))
def perhaps_not_covered(case: Case) -> Iterator[Fault]:
    """A service has a diagnosis of its policy, where the policy does not pair its groups of codes.

    Example: under an article that covers Z12.11 and Z80.0 in two groups and says in words alone
    which is for G0121, both pass and I10 is found. A warning: the article may ask nothing of it.
    """
    for position, one, policy in _judged(case):
        if not policy.paired and TOLD.isdisjoint(one.modifiers):
            yield Fault(line(position), f"{policy.name} has several groups of codes that are not "
                        f"paired, and no diagnosis of line {position} supports {one.code} in any "
                        "of them: read which group is for it, and point the line to the "
                        "documented diagnosis, if it needs one.")


@edit(FAMILY, snip=5, source=f"{SOURCE}; ABN modifier GZ", severity=OFF, tables=("coverage",),
      version=2)
def denial_expected(case: Case) -> Iterator[Fault]:
    """GZ says that a denial is expected and nobody but the hospital pays. Example: I10 with GZ.

    A warning: the claim may go, the patient may not be billed.
    """
    for position, one, policy in _judged(case):
        if "GZ" in one.modifiers:
            will = "will be" if policy.paired else "may be"
            yield Fault(line(position), f"{one.code} on line {position} {will} denied under "
                        f"{policy.name} and GZ makes it the hospital's: check for a signed notice "
                        "(GA).")


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
        policies = _policies(case, one) if "GA" in one.modifiers else []
        known = bool(policies) and all(policy.paired for policy in policies)
        if known and _lacking(case, one, policies) is None:
            yield Fault(line(position), f"GA on line {position} says a denial is expected while "
                        f"{policies[0].name} covers the diagnosis: take it off.")


EDITS = (not_covered, perhaps_not_covered, denial_expected, notice_without_need)
