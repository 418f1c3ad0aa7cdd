"""What the payer finds wrong with the coding: an ordered tuple of rules over its own tables.

A rule yields `Fault(rule, line)`. What a fault is answered with is outcomes.csv; the first fault
of a line counts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.payer.chance import happens
from services.payer.claim import Claim, ServiceLine
from services.payer.plan import Plan
from services.payer.tables import Fit, Policy, Tables

_NOTHING = Policy()
_SIDES = frozenset({"RT", "LT", "50"})
_NEW = frozenset({"99202", "99203", "99204", "99205"})


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule: its name and the index of the line."""

    rule: str
    line: int


@dataclass(frozen=True, slots=True)
class Case:
    """A claim with what its rules need."""

    claim: Claim
    plan: Plan
    tables: Tables
    seed: bytes

    def lines(self) -> Iterator[tuple[int, ServiceLine, Policy]]:
        """Yield each line with its index and its procedure's policy."""
        for index, line in enumerate(self.claim.lines):
            yield index, line, self.tables.policies.get(line.code, _NOTHING)


Rule = Callable[[Case], Iterator[Fault]]


def deleted_code(case: Case) -> Iterator[Fault]:
    """The procedure is not valid on the day of service."""
    for index, line, policy in case.lines():
        if policy.deleted_on and line.served_on >= policy.deleted_on:
            yield Fault("deleted_code", index)


def place(case: Case) -> Iterator[Fault]:
    """The procedure is not rendered in that place of service."""
    for index, line, policy in case.lines():
        if policy.places and line.place not in policy.places:
            yield Fault("place", index)


def patient(case: Case) -> Iterator[Fault]:
    """Procedure or diagnosis does not fit the patient's age or sex."""
    claim = case.claim
    for index, line, policy in case.lines():
        age = _age(claim.born, line.served_on)
        if policy.ages and not policy.ages[0] <= age <= policy.ages[1]:
            yield Fault("age", index)
        if policy.sex and claim.sex in ("F", "M") and claim.sex != policy.sex:
            yield Fault("sex", index)
        yield from _misfits(case, pointed(claim, line), age, index)


def stay(case: Case) -> Iterator[Fault]:
    """A diagnosis of an inpatient does not fit the patient's age or sex."""
    claim = case.claim
    yield from _misfits(case, claim.diagnoses, _age(claim.born, claim.first_day), 0)


def _misfits(case: Case, codes: Iterable[str], age: int, index: int) -> Iterator[Fault]:
    sex = case.claim.sex
    for code in codes:
        fits = _fits(case.tables, code)
        if any(fit.sex and sex in ("F", "M") and sex != fit.sex for fit in fits):
            yield Fault("diagnosis_sex", index)
        if any(fit.ages and not fit.ages[0] <= age <= fit.ages[1] for fit in fits):
            yield Fault("diagnosis_age", index)


def present(case: Case) -> Iterator[Fault]:
    """An inpatient diagnosis that is not exempt does not say whether it was there on admission."""
    facility = case.claim.facility
    if facility is None or not case.plan.present:
        return
    exempt = case.tables.facility["present_exempt"]
    for code, said in zip(case.claim.diagnoses, facility.present, strict=False):
        later = len(code) == 7 and code[0] in "ST" and code[6] != "A"
        if not said and not later and not code.startswith(exempt):
            yield Fault("present", 0)


def principal(case: Case) -> Iterator[Fault]:
    """The principal diagnosis of an inpatient is none that a stay can be for."""
    if case.claim.diagnoses[0].startswith(case.tables.facility["unacceptable_principal"]):
        yield Fault("principal", 0)


def hcpcs(case: Case) -> Iterator[Fault]:
    """An outpatient's revenue code is billed without the procedure it needs."""
    needing = case.tables.facility["needs_procedure"]
    for index, line, _ in case.lines():
        if not line.code and line.revenue.startswith(needing):
            yield Fault("hcpcs", index)


def new_patient(case: Case) -> Iterator[Fault]:
    """A visit as of a new patient, though the payer's member list says the provider saw them."""
    for index, line, _ in case.lines():
        if line.code in _NEW and not happens(
            case.plan.new_patient_myriad, case.seed, "new member", case.claim.member_id
        ):
            yield Fault("new_patient", index)


def units(case: Case) -> Iterator[Fault]:
    """More units than the plan's limit for a line."""
    for index, line, policy in case.lines():
        if policy.most_units and line.units > policy.most_units:
            yield Fault("units", index)


def side(case: Case) -> Iterator[Fault]:
    """A procedure that has a side, without RT, LT or 50."""
    for index, line, policy in case.lines():
        if policy.side and not _SIDES.intersection(line.modifiers):
            yield Fault("side", index)


def add_on(case: Case) -> Iterator[Fault]:
    """An add-on procedure without its primary on the claim."""
    billed = {line.code for line in case.claim.lines}
    for index, _, policy in case.lines():
        if policy.addon_of and not billed.intersection(policy.addon_of):
            yield Fault("add_on", index)


def linkage(case: Case) -> Iterator[Fault]:
    """The diagnoses pointed at do not support the procedure."""
    for index, line, policy in case.lines():
        codes = pointed(case.claim, line)
        wanted, barred = policy.only_for, policy.not_for
        unsupported = wanted and not any(code.startswith(wanted) for code in codes)
        if unsupported or (barred and codes and all(code.startswith(barred) for code in codes)):
            yield Fault("linkage", index)


def modifier_25(case: Case) -> Iterator[Fault]:
    """A visit on the day of a procedure, without modifier 25."""
    days = {line.served_on for _, line, policy in case.lines() if policy.distinct}
    for index, line, policy in case.lines():
        if policy.visit and line.served_on in days and "25" not in line.modifiers:
            yield Fault("modifier_25", index)


PROFESSIONAL: tuple[Rule, ...] = (
    deleted_code, place, patient, new_patient, units, side, add_on, linkage, modifier_25,
)  # fmt: skip
OUTPATIENT: tuple[Rule, ...] = (
    hcpcs, deleted_code, patient, new_patient, units, side, add_on, linkage, modifier_25,
)  # fmt: skip
INPATIENT: tuple[Rule, ...] = (principal, present, stay)


def faults(case: Case) -> dict[int, str]:
    """Return the broken rule of each faulty line, by the line's index; inpatient at index 0."""
    rules = PROFESSIONAL if case.claim.facility is None else OUTPATIENT
    found: dict[int, str] = {}
    for rule in INPATIENT if case.claim.inpatient else rules:
        for fault in rule(case):
            found.setdefault(fault.line, fault.rule)
    return found


def pointed(claim: Claim, line: ServiceLine) -> Sequence[str]:
    """Return the diagnoses a line points at; institutional lines mean all of them."""
    if claim.facility is not None:
        return claim.diagnoses
    return [claim.diagnoses[p - 1] for p in line.pointers if 1 <= p <= len(claim.diagnoses)]


def _age(born: str, day: str) -> int:
    if not (born.isdigit() and day.isdigit() and len(born) == len(day) == 8):
        return 0
    return int(day[:4]) - int(born[:4]) - (day[4:] < born[4:])


def _fits(tables: Tables, code: str) -> list[Fit]:
    return [fit for fit in tables.fits if code.startswith(fit.prefix)]
