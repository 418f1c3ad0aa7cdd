"""What a correction changes, one step for each thing: the unit of reason, evidence and diff.

A code that takes the place of another, by position or within its category, is one step; pointers
are compared by the codes they name, so that moving or replacing a diagnosis is not told twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.events import Bill, Diagnosis, Line, Procedure


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a correction changes.

    Attributes:
        key: Names it, as ``diagnosis E11.65``, ``line L1 units``, ``order``.
        kind: What kind of change, as in the table: diagnosis, diagnosis_off, units, ...
        place: Where it stands in the corrected claim, or stood: ``diagnosis 2``, ``line 1``.
        was: Before; empty when it is added.
        is_: After; empty when it is taken off.
    """

    key: str
    kind: str
    place: str
    was: str
    is_: str


def steps(old: Bill, new: Bill) -> tuple[Step, ...]:
    """Return what a correction changes, in the order of the claim."""
    swapped = replaced([d.code for d in old.diagnoses], [d.code for d in new.diagnoses])
    return (*_diagnoses(old, new, swapped), *_stay(old, new), *_lines(old, new, swapped))


def replaced(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """Return new code -> the old one whose place it took: by position, else by category.

    >>> replaced(["E11.9", "I10"], ["E11.65", "I10"])
    {'E11.65': 'E11.9'}
    """
    gone = [code for code in old if code not in new]
    came = [code for code in new if code not in old]
    found: dict[str, str] = {}
    for same in (
        lambda a, b: new.index(a) == old.index(b), lambda a, b: a[:3] == b[:3],
    ):
        for code in came:
            was = next((one for one in gone if same(code, one)), None)
            if code not in found and was is not None:
                found[code] = was
                gone.remove(was)
    return found


def _diagnoses(old: Bill, new: Bill, swapped: Mapping[str, str]) -> Iterator[Step]:
    before = {d.code: (n, d) for n, d in enumerate(old.diagnoses, 1)}
    after = {d.code: (n, d) for n, d in enumerate(new.diagnoses, 1)}
    for code, (n, one) in after.items():
        place, was = f"diagnosis {n}", swapped.get(code, "")
        if code not in before:
            kind = "diagnosis" if was else "diagnosis_added"
            yield Step(f"diagnosis {code}", kind, place, was, code)
        elif one.present != before[code][1].present:
            yield Step(f"present {code}", "present", place, before[code][1].present, one.present)
    for code, (n, _) in before.items():
        if code not in after and code not in swapped.values():
            yield Step(f"off {code}", "diagnosis_off", f"diagnosis {n}", code, "")
    kept = _kept([swapped.get(d.code, d.code) for d in new.diagnoses], old.diagnoses)
    if kept != _kept([d.code for d in old.diagnoses], new.diagnoses, swapped):
        said_as = [" ".join(d.code for d in bill.diagnoses) for bill in (old, new)]
        yield Step("order", "order", "diagnosis 1", said_as[0], said_as[1])


def _kept(
    codes: Iterable[str], others: Iterable[Diagnosis], swapped: Mapping[str, str] | None = None
) -> list[str]:
    """Return the codes that the other side has too, in their order."""
    there = {(swapped or {}).get(d.code, d.code) for d in others}
    return [code for code in codes if code in there]


def _stay(old: Bill, new: Bill) -> Iterator[Step]:
    before: dict[str, Procedure] = {}
    after: dict[str, Procedure] = {}
    if old.institutional and new.institutional:
        before = {one.code: one for one in old.institutional.procedures}
        after = {one.code: one for one in new.institutional.procedures}
    swapped = replaced(list(before), list(after))
    for n, (code, one) in enumerate(after.items(), 1):
        was = swapped.get(code, "")
        if code not in before:
            kind = "procedure" if was else "procedure_added"
            yield Step(f"procedure {code}", kind, f"procedure {n}", was, code)
        elif one.performed_on != before[code].performed_on:
            days = before[code].performed_on.isoformat(), one.performed_on.isoformat()
            yield Step(f"procedure day {code}", "procedure_day", f"procedure {n}", *days)
    for n, code in enumerate(before, 1):
        if code not in after and code not in swapped.values():
            yield Step(f"procedure off {code}", "procedure_off", f"procedure {n}", code, "")


def _lines(old: Bill, new: Bill, swapped: Mapping[str, str]) -> Iterator[Step]:
    before = {line.line_id: line for line in old.lines}
    kept = {line.line_id for line in new.lines}
    for n, line in enumerate(new.lines, 1):
        was, place = before.get(line.line_id), f"line {n}"
        if was is None:
            yield Step(f"line {line.line_id} added", "line_added", place, "", line.code)
            continue
        for part, kind, then, is_ in _parts(was, line, old, new, swapped):
            if then != is_:
                yield Step(f"line {line.line_id} {part}", kind, place, then, is_)
    for n, line in enumerate(old.lines, 1):
        if line.line_id not in kept:
            code = line.code or line.revenue_code
            yield Step(f"line {line.line_id} off", "line_off", f"line {n}", code, "")


def _parts(
    was: Line, line: Line, old: Bill, new: Bill, swapped: Mapping[str, str]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield the parts of a line that a coder may change: name, kind, before, after."""
    yield "code", "service", was.code, line.code
    yield "modifiers", "modifiers", " ".join(was.modifiers), " ".join(line.modifiers)
    yield "units", "units", str(was.units), str(line.units)
    there = {swapped.get(d.code, d.code) for d in new.diagnoses}
    before = [code for code in _pointed(was, old) if code in there]
    after = _pointed(line, new)
    if before != [swapped.get(code, code) for code in after]:
        yield "pointers", "pointers", " ".join(before), " ".join(after)
    yield "place", "place", was.place_of_service, line.place_of_service


def _pointed(line: Line, bill: Bill) -> list[str]:
    """Return the codes a line points to; a position without a code as its number."""
    codes = [d.code for d in bill.diagnoses]
    return [codes[at - 1] if 0 < at <= len(codes) else str(at) for at in line.pointers]
