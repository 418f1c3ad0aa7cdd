"""What a correction stands on: each change with its reason and its own passages of the record.

A passage names the change it supports. One that names none supports a correction that changes one
thing; where several things change, each needs its own. What a coder vouches for, of a record that
is not here, he vouches for as a whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.events import Bill, Evidence
from services.claims import coder_changes, steps
from services.claims.coder_changes import Passage
from services.claims.steps import Step
from services.codes import hcpcs, icd10cm, modifiers, pcs, pos
from services.worklist.bill.typed import Change, Problem, Record

NONE = "Mark the passage of the record that supports the change."
ABSENT = "The passage is not in the record as signed."


@dataclass(frozen=True, slots=True)
class Ground:
    """A change and what it stands on.

    Attributes:
        step: The change.
        reason: Why it may be made, as the coder says or as it suggests itself.
        chosen: Whether the coder said so.
        evidence: Its passages.
        refusal: Why it is refused; empty when it may be made.
    """

    step: Step
    reason: str
    chosen: bool
    evidence: tuple[Evidence, ...]
    refusal: str


def of(old: Bill, new: Bill, change: Change, record: Record) -> tuple[Ground, ...]:
    """Return every change of a correction with what it stands on."""
    found = steps.steps(old, new)
    whole = tuple(
        Passage(text, record.kinds.get(note_id, "")) for note_id, text in record.texts.items()
    )
    return tuple(_ground(one, found, change, record, whole) for one in found)


def _ground(
    step: Step, found: Sequence[Step], change: Change, record: Record, whole: tuple[Passage, ...]
) -> Ground:
    reason = change.reasons.get(step.key, "")
    own = tuple(_own(step, found, change, record))
    passages = [
        Passage(record.texts[one.note_id][one.start:one.end], record.kinds.get(one.note_id, ""))
        for one in own if there(one, record)
    ]
    said = reason or coder_changes.suggested(step)
    refusal = coder_changes.refusal(step, said, passages, whole)
    return Ground(step, said, bool(reason), own, refusal)


def _own(
    step: Step, found: Sequence[Step], change: Change, record: Record
) -> Iterator[Evidence]:
    """Yield the passages of a change."""
    for one in change.evidence:
        vouched = record.kinds.get(one.note_id) == coder_changes.VOUCHED
        if one.about == step.key or (not one.about and (vouched or len(found) == 1)):
            yield one


def there(one: Evidence, record: Record) -> bool:
    """Say whether a passage is one of the record."""
    text = record.texts.get(one.note_id, "")
    return 0 <= one.start < one.end <= len(text) and bool(text[one.start:one.end].strip())


def problems(old: Bill, new: Bill, change: Change, record: Record) -> list[Problem]:
    """Return what is not supported, and every change that a coder may not make."""
    if not change.evidence:
        return [Problem("evidence", NONE)]
    if not all(there(one, record) for one in change.evidence):
        return [Problem("evidence", ABSENT)]
    return [
        Problem(one.step.key, f"{told(one.step)}: {one.refusal}")
        for one in of(old, new, change, record) if one.refusal
    ]


def evidence(old: Bill, new: Bill, change: Change, record: Record) -> tuple[Evidence, ...]:
    """Return the passages as they go out: each with its change and the reason for it."""
    found = steps.steps(old, new)
    return tuple(
        replace(one, about=step.key, reason=change.reasons.get(step.key)
                or coder_changes.suggested(step))
        for step in found for one in _own(step, found, change, record)
    )


WHAT = {
    "diagnosis": "Diagnosis", "diagnosis_added": "Diagnosis added", "diagnosis_off": "Taken off",
    "order": "Order of the diagnoses", "present": "Present on admission",
    "procedure": "Procedure", "procedure_added": "Procedure added",
    "procedure_off": "Procedure taken off", "procedure_day": "Day of the procedure",
    "service": "Service", "modifiers": "Modifiers", "units": "Units", "pointers": "Diagnoses",
    "place": "Place of service", "line_off": "Line taken off", "line_added": "Line added",
}
"""Kind of change -> what it is called."""
OF_LINES = frozenset(("service", "modifiers", "units", "pointers", "place"))


def named(step: Step) -> str:
    """Return what is changed, as ``Units of line 1``."""
    if step.kind == "present":
        return f"{WHAT[step.kind]} of {step.key.removeprefix('present ')}"
    return f"{WHAT[step.kind]} of {step.place}" if step.kind in OF_LINES else WHAT[step.kind]


def about(key: str, lines: Mapping[str, int]) -> str:
    """Return the name of a change in words, its line by number.

    Args:
        key: As a step has it.
        lines: Line id -> its number on the claim.

    >>> about("line 7QX modifiers", {"7QX": 1}), about("off E11.9", {})
    ('line 1, modifiers', 'E11.9 taken off')
    """
    match key.split(" "):
        case ["line", line_id, part]:
            where = f"line {lines[line_id]}" if line_id in lines else "a line"
            said = {"off": "taken off", "pointers": "diagnoses", "place": "place of service"}
            return f"{where}, {said.get(part, part)}"
        case ["off", code] | ["procedure", "off", code]:
            return f"{code} taken off"
        case ["procedure", "day", code]:
            return f"day of procedure {code}"
        case ["present", code]:
            return f"{code}, present on admission"
        case ["order"]:
            return "order of the diagnoses"
        case _:
            return key


def meaning(step: Step, code: str) -> str:
    """Return what one side of a change means, where a code list says it."""
    if step.kind.startswith("diagnosis"):
        return icd10cm.describe(code)
    if step.kind.startswith("procedure") and step.kind != "procedure_day":
        return pcs.meaning(code)
    if step.kind in ("service", "line_off", "line_added"):
        return hcpcs.describe(code)
    if step.kind == "modifiers":
        return ", ".join(filter(None, map(modifiers.describe, code.split())))
    return pos.describe(code) if step.kind == "place" else ""


def told(step: Step) -> str:
    """Return a change in words, as ``Diagnosis E11.9 to E11.65``."""
    what = named(step)
    sides = [one for one in (step.was, step.is_) if one]
    return f"{what} {' to '.join(sides)}".strip()


def reasons(found: Iterable[Ground]) -> dict[str, str]:
    """Return change -> reason, for the history: codes and names of the list only."""
    return {one.step.key: one.reason for one in found}
