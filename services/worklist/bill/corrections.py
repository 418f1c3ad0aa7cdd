"""From what a coder typed to the next version of the coding, or the reasons why not.

A coder corrects from the record: codes, modifiers, units, pointers and place of service, a line
that was documented and left out, of a stay its procedures and what was present on admission; each
change with its reason and the passage of the note that supports it (`grounds`). Never demographics,
coverage, authorisation or the discharge. A charge is the price list's, and so is a revenue code:
neither is typed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from schemas.events import Bill, Coded, Diagnosis, Line
from services.claims import coder_changes
from services.codes import chargemaster, hcpcs, hipps, icd10cm, modifiers, pos
from services.worklist.bill import grounds, hospital, stay_corrections
from services.worklist.bill.typed import NEW, Change, LineChange, Problem, Record

MOST_DIAGNOSES = {"professional": 12, "institutional": 25}
MOST_MODIFIERS, MOST_POINTERS, MOST_UNITS = 4, 4, 9_999
Price = Callable[[str], int | None]
_ADDED = re.compile(NEW + "[1-9][0-9]?")
"""Its number goes out as the line's: it is nothing but a number."""

__all__ = ["Change", "LineChange", "Price", "Problem", "coded", "corrected", "draft", "problems"]


def coded(
    current: Coded, change: Change, coder_id: str, record: Record, price: Price,
    base: Bill | None = None,
) -> Coded | list[Problem]:
    """Return the coding as corrected, with its evidence, or everything that is wrong.

    Args:
        current: As coded last; version 0 of an encounter that was never coded.
        change: What was typed.
        coder_id: Who answers for it.
        record: The notes.
        price: Charge of one unit of a code, in cents.
        base: What the coder started from, where that is not the coding as it stands: the same with
            the charges that changed since. Of that nothing has to be supported again.
    """
    begun = base or current.bill
    bill = corrected(begun, change, coder_id, record.texts, price, record.kinds, current.version)
    if not isinstance(bill, Bill):
        return bill
    if current.version and bill == hospital.grouped(current.bill):
        unmarked = [] if change.evidence else [Problem("evidence", grounds.NONE)]
        return [*unmarked, Problem("correction", "Nothing is changed.")]
    found = grounds.evidence(begun, bill, change, record)
    if not current.version:
        bill = _answered_for(bill, coder_id)
    return replace(current, coder_id=coder_id, evidence=found, bill=bill)


def corrected(  # noqa: PLR0913 - what a correction is judged by
    bill: Bill, change: Change, coder_id: str, notes: Mapping[str, str], price: Price,
    kinds: Mapping[str, str] | None = None, version: int = 1,
) -> Bill | list[Problem]:
    """Return the bill as corrected, or everything that is wrong with the correction.

    Args:
        bill: As coded last.
        change: What was typed.
        coder_id: Who answers for it.
        notes: Text of the record: note id -> text.
        price: Charge of one unit of a code, in cents.
        kinds: LOINC types of the notes.
        version: Of the coding as it stands: names the lines that are added.
    """
    wrong = problems(bill, change, coder_id, price)
    result = draft(bill, change, coder_id, price, version)
    if not wrong and result == hospital.grouped(bill) and not _misplaced(change, notes):
        return result
    wrong = wrong or grounds.problems(bill, result, change, Record(notes, kinds or {}))
    return wrong or result


def _misplaced(change: Change, notes: Mapping[str, str]) -> bool:
    """Say whether a passage was named that is not in the record."""
    return not all(grounds.there(one, Record(notes)) for one in change.evidence)


def _answered_for(bill: Bill, coder_id: str) -> Bill:
    """Return a first coding: the coder answers for every code that a coder decides about."""
    return replace(
        bill,
        diagnoses=tuple(replace(one, assigned_by=coder_id) for one in bill.diagnoses),
        lines=tuple(
            one if one.assigned_by else replace(one, assigned_by=coder_id) for one in bill.lines
        ),
        institutional=bill.institutional and replace(bill.institutional, procedures=tuple(
            one if one.assigned_by else replace(one, assigned_by=coder_id)
            for one in bill.institutional.procedures
        )),
    )


def problems(bill: Bill, change: Change, coder_id: str, price: Price) -> list[Problem]:
    """Return what is wrong with the fields, whatever supports them."""
    found = [
        Problem(name, coder_changes.forbidden()[name]) for name in change.forbidden
        if name in coder_changes.forbidden()
    ]
    found += _diagnosis_problems(bill, change)
    known = {line.line_id: line for line in bill.lines}
    kept = [one for one in change.lines if not one.removed and (one.line_id in known or one.added)]
    if not kept:
        found.append(Problem("lines", "A claim needs at least one line."))
    if len({one.line_id for one in change.lines}) < len(change.lines):
        found.append(Problem("lines", "A line stands there twice."))
    if any(one.added and not _ADDED.fullmatch(one.line_id) for one in change.lines):
        found.append(Problem("lines", "An added line has a number of its own, 1 to 99."))
    for number, one in enumerate(kept, start=1):
        old = known.get(one.line_id)
        found += _line_problems(number, one, len(change.diagnoses), old, bill)
        found += _price_problems(number, one, old, bill, price)
    _, wrong_in_stay = stay_corrections.corrected(
        bill, change.diagnoses, change.present, change.procedures, coder_id
    )
    return [*found, *(Problem(field_, text) for field_, text in wrong_in_stay)]


def draft(bill: Bill, change: Change, coder_id: str, price: Price, version: int = 1) -> Bill:
    """Return the bill as typed, right or wrong: what the edits judge while a coder types."""
    known = {line.line_id: line for line in bill.lines}
    lines = [
        _line(known.get(one.line_id) or _fresh(bill, one, version), one, coder_id, price)
        for one in kept(bill, change)
    ]
    stay, _ = stay_corrections.corrected(
        bill, change.diagnoses, change.present, change.procedures, coder_id
    )
    return hospital.grouped(replace(
        bill,
        institutional=stay,
        diagnoses=_diagnoses(bill, change, coder_id),
        lines=tuple(lines),
        place_of_service=_place(bill, lines),
    ))


def kept(bill: Bill, change: Change) -> list[LineChange]:
    """Return the lines that stand on the bill as typed, in their order."""
    known = {line.line_id for line in bill.lines}
    return [
        one for one in change.lines
        if not one.removed and (one.line_id in known or (one.added and one.code))
    ]


def _fresh(bill: Bill, one: LineChange, version: int) -> Line:
    """Return a line that is not on the claim yet; its id is of this version alone."""
    revenue = chargemaster.load().revenue(one.code) if bill.institutional else ""
    return Line(
        line_id=f"V{version + 1}{one.line_id.removeprefix(NEW)}",
        served_on=one.served_on or bill.starts_on, revenue_code=revenue,
    )


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


def _line_problems(
    number: int, line: LineChange, diagnoses: int, old: Line | None, bill: Bill
) -> list[Problem]:
    coded_as = _rated(line, old) or hcpcs.is_valid(line.code) or (
        old is not None and bool(old.revenue_code) and line.code == old.code
    )
    day = line.served_on or bill.starts_on
    rules = [
        ("code", coded_as, "is not a CPT or HCPCS code"),
        ("modifiers", len(line.modifiers) <= MOST_MODIFIERS, "are at most four"),
        ("modifiers", all(map(modifiers.is_valid, line.modifiers)), "have two characters each"),
        ("modifiers", len(set(line.modifiers)) == len(line.modifiers), "stand there once each"),
        ("units", 0 < line.units <= MOST_UNITS, f"are between 1 and {MOST_UNITS}"),
        ("day", bill.starts_on <= day <= bill.ends_on, "is not a day of the visit"),
    ]
    if bill.institutional is None:
        rules += _professional_rules(line, diagnoses)
    return [
        Problem(f"line {number} {name}", f"Line {number}: {name} {rule}.")
        for name, holds, rule in rules
        if not holds
    ]


def _price_problems(
    number: int, new: LineChange, old: Line | None, bill: Bill, price: Price
) -> list[Problem]:
    """Return why a line has no charge, or no revenue code on a bill of the hospital."""
    same = old is not None and old.code == new.code
    if same or not hcpcs.is_valid(new.code) or _rated(new, old):
        return []
    field_ = f"line {number} code"
    missing = " has no price here; charge integrity has to add it."
    if price(new.code) is None:
        return [Problem(field_, f"Line {number}: {new.code}{missing}")]
    if bill.institutional and old is None and not chargemaster.load().revenue(new.code):
        return [Problem(field_, f"Line {number}: {new.code} has no revenue code here; charge "
                        "integrity has to add it.")]
    return []


def _rated(new: LineChange, old: Line | None) -> bool:
    """Say whether a line has a HIPPS code: of the assessment, no price list knows it."""
    return old is not None and hipps.fits(new.code, old.revenue_code)


def _professional_rules(line: LineChange, diagnoses: int) -> list[tuple[str, bool, str]]:
    """Return what holds for lines that point to diagnoses and name a place."""
    return [
        ("pointers", 0 < len(line.pointers) <= MOST_POINTERS, "are one to four"),
        ("pointers", all(0 < p <= diagnoses for p in line.pointers), "name a diagnosis above"),
        ("pointers", len(set(line.pointers)) == len(line.pointers), "stand there once each"),
        ("place", pos.is_valid(line.place_of_service), "of service is not on the list"),
    ]


def _line(old: Line, new: LineChange, coder_id: str, price: Price) -> Line:
    charge = old.charge_cents
    if (old.code, old.units) != (new.code, new.units):
        unit = price(new.code)
        if unit is None and old.units and (old.code == new.code or _rated(new, old)):
            unit = old.charge_cents // old.units
        charge = (unit or 0) * max(new.units, 0)
    changed = replace(
        old, code=new.code, modifiers=new.modifiers, units=new.units, charge_cents=charge,
        pointers=() if old.revenue_code else new.pointers,
        place_of_service="" if old.revenue_code else new.place_of_service,
    )
    touched = (old.code, old.modifiers, old.units) != (new.code, new.modifiers, new.units)
    return replace(changed, assigned_by=coder_id, source="coder") if touched else changed


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
