"""What stands beside the editor while a coder types, and again when it is saved.

    form as typed ──▶ the would-be next version ──▶ findings: new, still there, gone
                  └─▶ its changes ──▶ reason and passages of each, or why it is refused
                  └─▶ dollars, DRG, the claim that would go out

A finding that several lines share is told once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row

from schemas.events import Bill, Coded, Evidence, Finding, Submitted
from services.claims import coder_changes, edits, steps
from services.claims.coder_changes import NEVER
from services.claims.edits.edit import HOLD
from services.claims.steps import Step
from services.codes import chargemaster, hcpcs
from services.worklist.bill import coding, corrections, grounds
from services.worklist.bill.typed import Change, Problem, Record
from services.worklist.decisions.acts import Desk
from services.worklist.desk import effect
from services.worklist.desk.compared import GONE, Found, compared, typed_id
from services.worklist.desk.effect import Effect
from services.worklist.desk.judging import Judge
from services.worklist.shown import happened
from services.worklist.shown.page import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A marked passage beside a change: its value in the form, its text, whether it supports it."""

    value: str
    label: str
    title: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change with its reason and passages.

    Attributes:
        key: Names it in the form.
        what: As ``Diagnosis``.
        was: Before, and what it means.
        is_: After, and what it means.
        reason: Chosen, or suggested.
        reasons: The closed list for it: name, words; those after a query say so.
        passages: What was marked.
        refusal: Why it cannot be made so; empty when it can.
    """

    key: str
    what: str
    was: Said
    is_: Said
    reason: str
    reasons: tuple[tuple[str, str, str], ...]
    passages: tuple[Marked, ...]
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Everything that stands beside the editor.

    Attributes:
        verdict: held, warned or clean, as validation would say.
        findings: New ones first, the worst first; then those gone.
        problems: Fields that cannot be taken as they are.
        changes: What the correction changes.
        effect: What it does.
    """

    verdict: str
    findings: tuple[Found, ...]
    problems: tuple[Problem, ...]
    changes: tuple[Changed, ...]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Typing:
    """What somebody types, on what.

    Attributes:
        row: The item.
        current: The coding as it stands.
        change: As typed.
        record: The notes.
        titles: Note id -> title.
        coder_id: Who types.
        focus: The field last changed: passages marked after it are its.
        base: What the editor started from, where that is not the coding as it stands.
    """

    row: Row[Any]
    current: Coded
    change: Change
    record: Record
    titles: Mapping[str, str]
    coder_id: str
    focus: str = ""
    base: Bill | None = None


def check(conn: Connection, desk: Desk, judge: Judge, typing: Typing) -> Live:
    """Return what stands beside the editor."""
    price = desk.price or chargemaster.load().price
    old, coder = typing.current, typing.coder_id
    base = typing.base or old.bill
    problems = corrections.problems(base, typing.change, coder, price)
    bill = corrections.draft(base, typing.change, coder, price, old.version)
    change = assigned(typing.change, steps.steps(base, bill), typing.record, bill, typing.focus)
    following = replace(
        coding.following(old, bill=bill, coder_id=coder, evidence=change.evidence),
        reason="correction" if old.version else "initial",
    )
    today = desk.clock.today()
    stands = replace(old, coder_id=old.coder_id or coder)
    before, after = judge.both(conn, (stands, following), today)
    held = tuple(grounds.of(base, bill, change, typing.record))
    told = tuple(compared(before.findings, after.findings, old.bill, bill, change))
    return Live(
        verdict=edits.verdict(after.findings),
        findings=told,
        problems=tuple(one for one in problems if not _said(one, told)),
        changes=tuple(_changed(one, change, typing) for one in held),
        effect=effect.of(
            conn, typing.row, old.bill, bill, _billed(conn, typing.row), desk.reference
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a correction that was handed on does, for whoever releases it.

    Attributes:
        verdict: held, warned or clean, as validation would say.
        findings: What holds it.
        effect: What it does.
    """

    verdict: str
    findings: tuple[Finding, ...]
    effect: Effect


def proposed(conn: Connection, desk: Desk, judge: Judge, row: Row[Any], wanted: Coded) -> Proposed:
    """Return what a correction that was handed on does, on the coding as it stands."""
    current = coding.current(conn, row.encounter_id)
    judged = judge.judge(conn, wanted, desk.clock.today())
    return Proposed(
        verdict=edits.verdict(judged.findings),
        findings=tuple(one for one in judged.findings if one.severity == HOLD),
        effect=effect.of(
            conn, row, current.bill, wanted.bill, _billed(conn, row), desk.reference
        ),
    )


def _billed(conn: Connection, row: Row[Any]) -> Bill | None:
    """Return the bill of the claim that came back; none where nothing was sent."""
    return next((
        place.event.bill for place in happened.timeline(conn, row.encounter_id)
        if isinstance(place.event, Submitted)
        and place.event.control_number == row.control_number
    ), None)


def _said(problem: Problem, told: Sequence[Found]) -> bool:
    """Say whether a finding that holds already tells of a field what is wrong with it."""
    places = {place for one in told if one.severity == HOLD and one.state != GONE
              for place in one.places}
    return any(f"{problem.field} ".startswith(f"{place} ") for place in places)


def assigned(
    change: Change, found: Sequence[Step], record: Record, bill: Bill, focus: str
) -> Change:
    """Return the correction with each passage given to a change that it names no change for.

    To the field that was changed before it was marked, and to every change it speaks of.
    """
    given = {_value(one) for one in change.evidence if one.about}
    own = [one for one in change.evidence if one.about]
    for one in change.evidence:
        if one.about or _value(one) in given:
            continue
        text = record.texts.get(one.note_id, "")[one.start:one.end]
        keys = [
            s.key for s in found
            if len(found) == 1 or _field(s, bill, change) == focus or _speaks(text, s, bill)
        ]
        own += [replace(one, about=key) for key in keys] or [one]
    return replace(change, evidence=tuple(own))


def _value(one: Evidence) -> str:
    return f"{one.note_id}:{one.start}:{one.end}"


def _speaks(text: str, step: Step, bill: Bill) -> bool:
    """Say whether a passage speaks of a change: of the diagnosis, or of the line's service."""
    if step.kind in ("diagnosis", "diagnosis_added", "diagnosis_off"):
        return coder_changes.names(text, step.is_ or step.was)
    if step.kind == "present":
        return coder_changes.names(text, step.key.removeprefix("present "))
    line = next((x for x in bill.lines if step.key.startswith(f"line {x.line_id} ")), None)
    return bool(line and line.code and (
        line.code in text or (hcpcs.describe(line.code) or "-").lower() in text.lower()
    ))


def _field(step: Step, bill: Bill, change: Change) -> str:
    """Return the field of the form that makes a change."""
    kind, _, rest = step.key.partition(" ")
    if kind in ("diagnosis", "present", "off"):
        return step.place.replace("diagnosis ", "poa-" if kind == "present" else "dx-")
    if kind == "line":
        line_id, _, part = rest.rpartition(" ")
        part = {"place": "pos", "off": "remove", "added": "code"}.get(part, part)
        return f"{part}.{typed_id(line_id, change)}"
    return step.place.replace("procedure ", "pcs-") if kind == "procedure" else "dx-1"


def _changed(ground: grounds.Ground, change: Change, typing: Typing) -> Changed:
    step = ground.step
    chosen = {_value(one) for one in ground.evidence}
    every = dict.fromkeys((one.note_id, one.start, one.end) for one in change.evidence)
    return Changed(
        key=step.key, what=grounds.named(step),
        was=_meaning(step, step.was), is_=_meaning(step, step.is_),
        reason=ground.reason,
        reasons=tuple(
            (one.name, one.words, one.when) for one in coder_changes.reasons(step.kind)
            if one.when != NEVER
        ),
        passages=tuple(
            Marked(
                value=f"{note}:{start}:{end}", label=str(n), title=typing.titles.get(note, ""),
                text=typing.record.texts.get(note, "")[start:end],
                chosen=f"{note}:{start}:{end}" in chosen,
            )
            for n, (note, start, end) in enumerate(every, 1)
        ),
        refusal=ground.refusal,
    )


def _meaning(step: Step, code: str) -> Said:
    return Said(code=code, words=grounds.meaning(step, code))
