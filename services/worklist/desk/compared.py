"""Findings on what is typed beside those on what stood there: new, still there, gone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schemas.events import Bill, Finding
from services.claims import edits, steps
from services.worklist.bill import typed
from services.worklist.bill.typed import Change

NEW, THERE, GONE = "new", "there", "gone"
ORDER = {"hold": 0, "warn": 1, "info": 2}
PARTS = {
    "modifiers": ("modif", "ptp_", "side", "visit_beside", "bilateral"),
    "units": ("unit", "mue", "once_a_day", "duration"),
    "pointers": ("pointer",), "pos": ("place",),
}
"""Field of a line -> how the ids of edits begin, or what they hold, that are about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding of the edits on what is typed.

    Attributes:
        edit: Its id.
        severity: hold, warn or info.
        state: new, there (before, too) or gone.
        places: Where, in words.
        fields: The fields of the form it is about.
        text: What is wrong and what would fix it.
        source: The official source.
        guardrail: Why nobody may override it; empty for an ordinary one.
    """

    edit: str
    severity: str
    state: str
    places: tuple[str, ...]
    fields: tuple[str, ...]
    text: str
    source: str
    guardrail: str


def compared(
    before: Iterable[Finding], after: Iterable[Finding], old: Bill, new: Bill, change: Change
) -> Iterator[Found]:
    """Yield the findings on what is typed, then those that it answers; each text once."""
    taken = steps.replaced([d.code for d in old.diagnoses], [d.code for d in new.diagnoses])

    def subject(one: Finding) -> str:
        return taken.get(_subject(one, new), _subject(one, new))

    known = {(one.edit, _subject(one, old)) for one in before}
    still = {(one.edit, subject(one)) for one in after}
    told: dict[tuple[str, str, str], list[Finding]] = {}
    for one in after:
        state = THERE if (one.edit, subject(one)) in known else NEW
        told.setdefault((one.edit, state, _plain(one)), []).append(one)
    shown = [_shown(some, state, new, change) for (_, state, _), some in told.items()]
    yield from sorted(shown, key=lambda one: (ORDER.get(one.severity, 3), one.state != NEW))
    gone = [one for one in before if (one.edit, _subject(one, old)) not in still]
    for one in gone:
        yield _shown([one], GONE, old, change)


def _plain(one: Finding) -> str:
    """Return what findings of one mistake share: the text without the place in it."""
    return one.text.replace(one.place.capitalize(), "").replace(one.place, "")


def _shown(some: Sequence[Finding], state: str, bill: Bill, change: Change) -> Found:
    first = some[0]
    return Found(
        edit=first.edit, severity=first.severity, state=state,
        places=tuple(dict.fromkeys(one.place for one in some)),
        fields=tuple(dict.fromkeys(_about(one, bill, change) for one in some)),
        text=first.text, source=first.source, guardrail=edits.guardrail(first.edit),
    )


def _subject(one: Finding, bill: Bill) -> str:
    """Return what a finding is about, whatever its position: a code, a line, the claim."""
    kind, _, number = one.place.partition(" ")
    at = int(number) - 1 if number.isdigit() else -1
    if kind == "diagnosis" and 0 <= at < len(bill.diagnoses):
        return bill.diagnoses[at].code
    if kind == "line" and 0 <= at < len(bill.lines):
        return bill.lines[at].line_id
    stay = bill.institutional
    if kind == "procedure" and stay and 0 <= at < len(stay.procedures):
        return stay.procedures[at].code
    return one.place


def _about(one: Finding, bill: Bill, change: Change) -> str:
    """Return the field of the form a finding is about: ``dx-2``, ``units.L1``, or nothing."""
    kind, _, number = one.place.partition(" ")
    if kind == "diagnosis":
        return f"{'poa' if one.edit.startswith('poa') else 'dx'}-{number}"
    if kind == "procedure":
        return f"pcs-{number}"
    if kind != "line" or not number.isdigit() or int(number) > len(bill.lines):
        return ""
    part = next(
        (part for part, begins in PARTS.items() if any(b in one.edit for b in begins)), "code"
    )
    return f"{part}.{typed_id(bill.lines[int(number) - 1].line_id, change)}"


def typed_id(line_id: str, change: Change) -> str:
    """Return the id of a line as it stands in the form."""
    known = {one.line_id for one in change.lines}
    if line_id in known:
        return line_id
    return next((one for one in known if one.startswith(typed.NEW)
                 and line_id.endswith(one.removeprefix(typed.NEW))), line_id)
