"""How a coder codes a documented visit, when nothing goes wrong. Pure.

Diagnoses are the documented ones at full length; a category becomes its unspecified code where a
coder may assign that from the record, and is left to a person where not. Lines are the charges,
with pointers and modifiers. Bills of the hospital are coded in `hospital`.
"""

import csv
import dataclasses
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from schemas.events import Bill, Diagnosis, Encounter, Line
from services.codes import hcpcs, icd10cm, supports, unspecified
from services.worklist.bill import draw, hospital, together

CODERS = Path(__file__).with_name("coders.csv")
VACCINE = "Z23"
VACCINE_LINES = frozenset({"90471", "90472"})
SUGGESTION = "suggestion"
MOST_DIAGNOSES = 12
MOST_POINTERS = 4


@cache
def coders() -> dict[str, tuple[str, ...]]:
    """Return department -> its coders; the empty department stands for all others."""
    found: dict[str, tuple[str, ...]] = {}
    with CODERS.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[row["department"]] = (*found.get(row["department"], ()), row["coder_id"])
    return found


def coder_of(encounter: Encounter, seed: int) -> str:
    """Return the coder who codes an encounter: one of its department."""
    table = coders()
    team = table.get(encounter.bill.department) or table[""]
    return draw.choice(team, seed, "coder", encounter.encounter_id)


def encode(encounter: Encounter, seed: int) -> Bill | None:
    """Return the visit's coding, or none when a person has to code it."""
    bill, coder = encounter.bill, coder_of(encounter, seed)
    if bill.institutional is not None:
        return hospital.encode(
            bill, coder, lambda code: _billable(code, bill), lambda line: _coded(line, bill, coder)
        )
    codes = _codes(bill)
    if not codes:
        return None
    return dataclasses.replace(
        bill,
        diagnoses=tuple(Diagnosis(code=c, assigned_by=coder, source="coder") for c in codes),
        lines=tuple(_line(line, bill, codes, coder) for line in bill.lines),
    )


def suggested(encounter: Encounter) -> Bill:
    """Return what a person starts from: the visit's coding as far as it goes without one.

    What needs a choice stands there as documented; everything says that it is a suggestion.
    """
    bill = encounter.bill
    if bill.institutional is not None:
        whole = hospital.encode(
            bill, "", lambda code: _billable(code, bill) or code,
            lambda line: _coded(line, bill, ""),
        )
        return _marked(whole or bill)
    codes = tuple(dict.fromkeys(
        _billable(one.code, bill) or one.code for one in bill.diagnoses
    ))[:MOST_DIAGNOSES]
    return _marked(dataclasses.replace(
        bill,
        diagnoses=tuple(Diagnosis(code=code) for code in codes),
        lines=tuple(_line(line, bill, codes, "") for line in bill.lines),
    ))


def _marked(bill: Bill) -> Bill:
    """Return a bill of which what a coder would answer for is a suggestion."""
    return dataclasses.replace(
        bill,
        diagnoses=tuple(
            dataclasses.replace(one, assigned_by="", source=SUGGESTION) for one in bill.diagnoses
        ),
        lines=tuple(
            dataclasses.replace(one, source=SUGGESTION) if not one.assigned_by else one
            for one in bill.lines
        ),
    )


def _codes(bill: Bill) -> tuple[str, ...]:
    """Return the diagnosis codes, principal first; nothing when one needs a person."""
    found: dict[str, None] = {}
    for documented in bill.diagnoses:
        code = _billable(documented.code, bill)
        if code is None:
            return ()
        found[code] = None
    out = together.left_out(tuple(found))
    if out is None:
        return ()
    found = dict.fromkeys(code for code in found if code not in out)
    vaccinated = VACCINE_LINES.intersection(line.code for line in bill.lines)
    if vaccinated and VACCINE not in found:
        return (*list(found)[:MOST_DIAGNOSES - 1], VACCINE)
    return tuple(found)[:MOST_DIAGNOSES]


def _billable(code: str, bill: Bill) -> str | None:
    """Return a code at full length, or none where a person has to choose."""
    if icd10cm.is_valid(code, bill.starts_on):
        return code
    return unspecified.default(code, bill.patient.sex, bill.patient.age_years)


def _line(line: Line, bill: Bill, codes: Sequence[str], coder: str) -> Line:
    best = supports.best(line.code, codes)
    if hcpcs.is_evaluation(line.code):
        pointers = tuple(range(1, min(MOST_POINTERS, len(codes)) + 1))
    else:
        pointers = (best or 1,)
    return dataclasses.replace(_coded(line, bill, coder), pointers=pointers)


def _coded(line: Line, bill: Bill, coder: str) -> Line:
    """Return a line with its modifiers; the coder's, where a coder decides about it."""
    if hcpcs.is_evaluation(line.code) and beside_procedure(line, bill.lines):
        modifiers = ("25", *(m for m in line.modifiers if m != "25"))
        return dataclasses.replace(line, modifiers=modifiers, assigned_by=coder, source="coder")
    if line.modifiers or (supports.is_procedure(line.code) and line.code not in VACCINE_LINES):
        return dataclasses.replace(line, assigned_by=coder, source="coder")
    return line


def beside_procedure(line: Line, lines: Sequence[Line]) -> bool:
    """Say whether a procedure was done on the day of a visit's line."""
    return any(
        other.served_on == line.served_on and supports.is_procedure(other.code) for other in lines
    )
