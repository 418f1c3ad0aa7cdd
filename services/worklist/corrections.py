"""From what a coder typed to the next version of the coding, or the reasons why not.

A coder corrects from the record: codes, modifiers, units, pointers and place of service, of a stay
its procedures and what was present on admission, with the passage of the note that supports it.
Never demographics, coverage, authorisation or the discharge. A charge is the price list's, and so
is a revenue code: neither is typed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from schemas.events import Bill, Diagnosis, Evidence, Line
from services.codes import hcpcs, icd10cm, modifiers, pos
from services.worklist import hospital, stay_corrections

MOST_DIAGNOSES = {"professional": 12, "institutional": 25}
MOST_MODIFIERS, MOST_POINTERS, MOST_UNITS = 4, 4, 9_999
Price = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line as typed.

    Attributes:
        line_id: Which line.
        code: HCPCS or CPT code.
        modifiers: Two characters each.
        units: Whole units.
        pointers: 1-based positions in the diagnoses as typed.
        place_of_service: Two digits.
        removed: The line is taken off the claim.
    """

    line_id: str
    code: str
    modifiers: tuple[str, ...]
    units: int
    pointers: tuple[int, ...]
    place_of_service: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """All of a correction.

    Attributes:
        diagnoses: In order.
        lines: As typed.
        evidence: Passages of the record.
        present: Of each diagnosis, whether it was present on admission; none for outpatients.
        procedures: ICD-10-PCS with their days; none when the form has no such field.
    """

    diagnoses: tuple[str, ...]
    lines: tuple[LineChange, ...]
    evidence: tuple[Evidence, ...]
    present: tuple[str, ...] = ()
    procedures: tuple[tuple[str, date | None], ...] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a correction cannot be taken.

    Attributes:
        field: ``diagnosis 2``, ``line 1 units``, ``evidence`` or ``correction``.
        text: One sentence.
    """

    field: str
    text: str


def corrected(
    bill: Bill, change: Change, coder_id: str, notes: Mapping[str, str], price: Price
) -> Bill | list[Problem]:
    """Return the bill as corrected, or everything that is wrong with the correction.

    Args:
        bill: As coded last.
        change: What was typed.
        coder_id: Who answers for it.
        notes: Text of the record: note id -> text.
        price: Charge of one unit of a code, in cents.
    """
    problems = [*_diagnosis_problems(bill, change), *_evidence_problems(change, notes)]
    known = {line.line_id: line for line in bill.lines}
    kept = [one for one in change.lines if not one.removed and one.line_id in known]
    if not kept:
        problems.append(Problem("lines", "A claim needs at least one line."))
    lines = []
    for number, one in enumerate(kept, start=1):
        wrong = _line_problems(number, one, len(change.diagnoses), known[one.line_id], bill)
        if not wrong:
            wrong, line = _line(number, known[one.line_id], one, coder_id, price)
            lines.append(line)
        problems += wrong
    stay, wrong_in_stay = stay_corrections.corrected(
        bill, change.diagnoses, change.present, change.procedures, coder_id
    )
    problems += [Problem(field, text) for field, text in wrong_in_stay]
    if problems:
        return problems
    result = replace(
        bill,
        institutional=stay,
        diagnoses=_diagnoses(bill, change, coder_id),
        lines=tuple(lines),
        place_of_service=_place(bill, lines),
    )
    if result == bill:
        return [Problem("correction", "Nothing is changed.")]
    return hospital.grouped(result)


def _diagnosis_problems(bill: Bill, change: Change) -> list[Problem]:
    if not change.diagnoses:
        return [Problem("diagnosis 1", "A claim needs a diagnosis.")]
    problems = []
    most = MOST_DIAGNOSES.get(bill.claim_type, 12)
    if len(change.diagnoses) > most:
        text = f"This claim has at most {most} diagnoses."
        problems.append(Problem(f"diagnosis {most + 1}", text))
    for number, code in enumerate(change.diagnoses, start=1):
        if not icd10cm.is_valid(code, bill.starts_on):
            why = "a category; choose a code below it" if icd10cm.exists(code) else "no such code"
            problems.append(Problem(f"diagnosis {number}", f"{code} is {why}."))
        if code in change.diagnoses[: number - 1]:
            problems.append(Problem(f"diagnosis {number}", f"{code} stands here twice."))
    return problems


def _evidence_problems(change: Change, notes: Mapping[str, str]) -> list[Problem]:
    if not change.evidence:
        return [Problem("evidence", "Mark the passage of the record that supports the change.")]
    for one in change.evidence:
        text = notes.get(one.note_id, "")
        if not 0 <= one.start < one.end <= len(text) or not text[one.start:one.end].strip():
            return [Problem("evidence", "The passage is not in the record.")]
    return []


def _line_problems(
    number: int, line: LineChange, diagnoses: int, old: Line, bill: Bill
) -> list[Problem]:
    coded = hcpcs.is_valid(line.code) or (bool(old.revenue_code) and line.code == old.code)
    rules = [
        ("code", coded, "is not a CPT or HCPCS code"),
        ("modifiers", len(line.modifiers) <= MOST_MODIFIERS, "are at most four"),
        ("modifiers", all(map(modifiers.is_valid, line.modifiers)), "have two characters each"),
        ("modifiers", len(set(line.modifiers)) == len(line.modifiers), "stand there once each"),
        ("units", 0 < line.units <= MOST_UNITS, f"are between 1 and {MOST_UNITS}"),
    ]
    if bill.institutional is None:
        rules += _professional_rules(line, diagnoses)
    return [
        Problem(f"line {number} {field}", f"Line {number}: {field} {rule}.")
        for field, holds, rule in rules
        if not holds
    ]


def _professional_rules(line: LineChange, diagnoses: int) -> list[tuple[str, bool, str]]:
    """Return what holds for lines that point to diagnoses and name a place."""
    return [
        ("pointers", 0 < len(line.pointers) <= MOST_POINTERS, "are one to four"),
        ("pointers", all(0 < p <= diagnoses for p in line.pointers), "name a diagnosis above"),
        ("pointers", len(set(line.pointers)) == len(line.pointers), "stand there once each"),
        ("place", pos.is_valid(line.place_of_service), "of service is not on the list"),
    ]


def _line(
    number: int, old: Line, new: LineChange, coder_id: str, price: Price
) -> tuple[list[Problem], Line]:
    charge = old.charge_cents
    if (old.code, old.units) != (new.code, new.units):
        unit = price(new.code)
        if unit is None and old.code == new.code and old.units:
            unit = old.charge_cents // old.units
        if unit is None:
            text = f"Line {number}: {new.code} has no price here; charge integrity has to add it."
            return [Problem(f"line {number} code", text)], old
        charge = unit * new.units
    changed = replace(
        old, code=new.code, modifiers=new.modifiers, units=new.units, charge_cents=charge,
        pointers=() if old.revenue_code else new.pointers,
        place_of_service="" if old.revenue_code else new.place_of_service,
    )
    touched = (old.code, old.modifiers, old.units) != (new.code, new.modifiers, new.units)
    return [], replace(changed, assigned_by=coder_id, source="coder") if touched else changed


def _diagnoses(bill: Bill, change: Change, coder_id: str) -> tuple[Diagnosis, ...]:
    known = {diagnosis.code: diagnosis for diagnosis in bill.diagnoses}
    coded = tuple(
        known.get(code) or Diagnosis(code=code, assigned_by=coder_id, source="coder")
        for code in change.diagnoses
    )
    return stay_corrections.with_presence(bill, coded, change.present)


def _place(bill: Bill, lines: list[Line]) -> str:
    places = {line.place_of_service for line in lines}
    return places.pop() if len(places) == 1 else bill.place_of_service
