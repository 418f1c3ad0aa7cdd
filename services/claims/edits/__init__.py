"""The edits, in the order they run, and what their findings mean for the claim.

To know what is checked, read `FAMILIES`. An edit that fails holds the claim: fail closed. A code
table that is missing is a finding of its own, never a pass.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from schemas.events import Coded, Finding
from services.claims.data import FOLDER as TABLES
from services.claims.edits import (
    adoption,
    age_sex,
    authorization,
    capture,
    codes,
    coverage,
    diagnosis,
    documentation,
    duplicates,
    duration,
    enrolment,
    history,
    icd,
    inpatient,
    institutional,
    modifier_use,
    ncci,
    outpatient,
    places,
    poa,
    pointers,
    providers,
    registration,
    required,
    stays,
    timely,
    totals,
)
from services.claims.edits.edit import CLAIM, HOLD, INFO, WARN, Case, Edit, Fault
from services.claims.edits.own import EditSet
from services.claims.history import History
from services.claims.overrides import Refusal, applied
from services.claims.terms import Terms

FAMILIES: tuple[tuple[Edit, ...], ...] = (
    required.EDITS,
    codes.EDITS,
    providers.EDITS,
    registration.EDITS,
    authorization.EDITS,
    enrolment.EDITS,
    diagnosis.EDITS,
    icd.EDITS,
    institutional.EDITS,
    poa.EDITS,
    inpatient.EDITS,
    pointers.EDITS,
    totals.EDITS,
    age_sex.EDITS,
    modifier_use.EDITS,
    places.EDITS,
    ncci.EDITS,
    outpatient.EDITS,
    coverage.EDITS,
    duration.EDITS,
    capture.EDITS,
    documentation.EDITS,
    duplicates.EDITS,
    history.EDITS,
    stays.EDITS,
    timely.EDITS,
)
EDITS: tuple[Edit, ...] = tuple(edit for family in FAMILIES for edit in family)
BY_ID = {edit.id: edit for edit in EDITS}

UNJUDGED = "What no edit could judge is not known to be right."


def _failed(case: Case) -> Iterator[Fault]:
    """An edit that raises holds the claim. Example: a rule of the hospital's beyond its bound."""
    return iter(())


def _no_data(case: Case) -> Iterator[Fault]:
    """An edit without its table could not judge, which is no pass.

    Example: without the pairs of Medicare's practitioners their two edits are named in a warning;
    without the diagnosis codes the claim is held.
    """
    return iter(())


FAILED = Edit("edit_failed", "engine", _failed, 0, "fail closed", guardrail=UNJUDGED)
NO_DATA = Edit("no_data", "engine", _no_data, 5, "fail closed", WARN, guardrail=UNJUDGED)
ALL_BY_ID = BY_ID | {edit.id: edit for edit in (FAILED, NO_DATA)}
HELD, WARNED, CLEAN = "held", "warned", "clean"
VOID = "void"
HARDEST = (HOLD, WARN, INFO)
HARD_TABLES = frozenset({"icd10cm", "icd10pcs"})
"""Without these nothing can be judged: their absence holds."""


def _content_hash() -> str:
    """Return the first twelve digits of the SHA-256 of the edits and their tables."""
    digest = hashlib.sha256()
    for file in (*sorted(Path(__file__).parent.glob("*.py")), *sorted(TABLES.glob("*.csv"))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


EDIT_SET = _content_hash()
"""Version of the edits: changes with any of their files."""


STANDARD = EditSet(EDITS, adoption.rows(), EDIT_SET)
"""The edits as they come, without any rule of a hospital."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the edits say of a version.

    Attributes:
        findings: In the order of the edits; one mistake is told once.
        refused: Overrides that had no effect.
    """

    findings: tuple[Finding, ...] = ()
    refused: tuple[Refusal, ...] = ()


def check(
    coded: Coded, today: date, terms: Terms, edits: EditSet | tuple[Edit, ...] = STANDARD,
    history: History | None = None,
) -> tuple[Finding, ...]:
    """Return what the edits find, in their order; one mistake is told once."""
    if isinstance(edits, tuple):
        edits = EditSet(edits, STANDARD.rows, EDIT_SET)
    return judge(coded, today, terms, edits, history).findings


def judge(
    coded: Coded, today: date, terms: Terms, edits: EditSet = STANDARD,
    history: History | None = None,
) -> Judgement:
    """Return what the edits find, and what became of the overrides.

    A void repeats the claim it takes back, so nothing of it is judged.

    Args:
        coded: The version.
        today: The business day.
        terms: Payers, policies, code tables.
        edits: Those that may apply.
        history: What the patient's other encounters bill. Without it the edits that compare with
            it say ``no_data``, as information: nothing goes out that validation, which has it,
            did not judge.
    """
    if coded.reason == VOID:
        return Judgement()
    case = Case(coded, today, terms, history)
    applying = _applying(edits, adoption.scope_of(case.bill), case.on)
    findings = [finding for edit, severity in applying for finding in _ask(edit, severity, case)]
    told = (*_missing(applying, case), *_told_once(findings, applying))
    return Judgement(*applied(told, coded.overrides, guardrail))


def guardrail(edit_id: str) -> str:
    """Return why nobody may override an edit; empty for an ordinary one."""
    edit = ALL_BY_ID.get(edit_id)
    return edit.guardrail if edit else ""


@lru_cache(maxsize=4096)
def _applying(
    edits: EditSet, scope: tuple[str, ...], on: date
) -> tuple[tuple[Edit, str], ...]:
    return tuple(adoption.adopted(edits.edits, scope, on, edits.rows))


def _ask(edit: Edit, severity: str, case: Case) -> Iterator[Finding]:
    """Yield an edit's findings; whatever is wrong with the edit, the claim stays here."""
    if (edit.tables or edit.compares) and not _at_hand(edit, case):
        return
    try:
        faults = list(edit.judge(case))
    except Exception:  # noqa: BLE001 - fail closed
        yield FAILED.finding(Fault(CLAIM, f"The edit {edit.id} could not judge this claim: it "
                             "stays here until the edit is repaired."), HOLD)
        return
    for fault in faults:
        yield edit.finding(fault, severity)


def _at_hand(edit: Edit, case: Case) -> bool:
    if edit.compares and case.history is None:
        return False
    in_force = case.terms.library.in_force
    return all(in_force(kind, case.on) is not None for kind in edit.tables)


def _concerns(edit: Edit, case: Case) -> bool:
    return edit.concerns is None or edit.concerns(case)


def _missing(applying: Iterable[tuple[Edit, str]], case: Case) -> Iterator[Finding]:
    """Yield one finding for each code table that an edit needs and nobody loaded, or history."""
    wanted: dict[str, list[str]] = {}
    alone: list[str] = []
    for edit, _ in applying:
        if edit.compares and case.history is None:
            alone.append(edit.id)
        for kind in edit.tables if _concerns(edit, case) else ():
            if case.terms.library.in_force(kind, case.on) is None:
                wanted.setdefault(kind, []).append(edit.id)
    for kind, blind in wanted.items():
        text = (f"No {kind} table holds on {case.on.isoformat()}, so {', '.join(blind)} could "
                "not judge: load it with `claimloop codes load`.")
        yield NO_DATA.finding(Fault(CLAIM, text), HOLD if kind in HARD_TABLES else WARN)
    if alone:
        text = (f"What the patient's other encounters bill is not at hand here, so "
                f"{', '.join(alone)} could not judge: validation does before the claim goes.")
        yield NO_DATA.finding(Fault(CLAIM, text), INFO)


def _told_once(
    findings: list[Finding], applying: Iterable[tuple[Edit, str]]
) -> Iterator[Finding]:
    """Leave out what another finding at the same place already says, at least as hard."""
    silencers = {edit.id: edit.silenced_by for edit, _ in applying if edit.silenced_by}
    told = {(finding.edit, finding.place): HARDEST.index(finding.severity) for finding in findings}
    for finding in findings:
        others = silencers.get(finding.edit, ())
        own = HARDEST.index(finding.severity) if others else 0
        if not any(told.get((other, finding.place), own + 1) <= own for other in others):
            yield finding


def verdict(findings: Iterable[Finding]) -> str:
    """Return held, warned or clean."""
    severities = {finding.severity for finding in findings}
    if HOLD in severities:
        return HELD
    return WARNED if WARN in severities else CLEAN
