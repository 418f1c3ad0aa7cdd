"""A person's move and what it sends, in one transaction.

    correct a held claim, release, resend                ──▶ the item moves, and `coded` goes out
    correct a denial, return                             ──▶ the item moves
    confirm, query, decide                               ──▶ the item moves, and `decided` goes out

Nothing is sent unless the item is as the person saw it.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row

from schemas import codec, ids
from schemas.events import Bill, Coded, Decided, Encounter
from services.claims import guards
from services.clock import Clock
from services.codes import chargemaster
from services.codes.reference import Reference
from services.delivery import outbox
from services.phi.keys import SiteKey
from services.worklist import coding, corrections, items, moves, record
from services.worklist.corrections import Price
from services.worklist.items import Person
from services.worklist.moves import Move, Refused
from services.worklist.typed import Change, Problem, Record

SAID = {"write_off_review": "write_off"}
"""What a decision is called in the event, where it is not called as on the page."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What an act needs beside the database.

    Attributes:
        site: Opens the record.
        clock: The business clock.
        reference: What payers take.
        price: Charge of one unit of a code, in cents; the price list's when none is given.
    """

    site: SiteKey
    clock: Clock
    reference: Reference
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What a person wants done.

    Attributes:
        move: Name of the move.
        seen: Row version of the page it was decided on.
        change: The correction, for `correct`.
        decision: A key of `moves.DECISIONS`, for `decide`.
    """

    move: str
    seen: int
    change: Change | None = None
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An act on an item, with the coding as it stands."""

    conn: Connection
    desk: Desk
    person: Person
    row: Row[Any]
    act: Act
    move: Move
    current: Coded


def perform(
    conn: Connection, desk: Desk, person: Person, row: Row[Any], act: Act
) -> list[Problem]:
    """Do it, or return what is wrong with the correction.

    Raises:
        Refused: the person may not, or the item does not allow it.
        services.worklist.items.Conflict: the item changed since the person saw it.
    """
    if row.row_version != act.seen:
        raise items.Conflict
    current = coding.current(conn, row.encounter_id)
    move = moves.find(person.role, act.move, record.standing(row, current, desk.reference))
    case = Case(conn, desk, person, row, act, move, current)
    match move.name:
        case "correct":
            return _correct(case)
        case "release":
            _release(case)
        case "resend":
            _send(case, replace(current, evidence=()))
        case _:
            decision = _decision(case)
            _move(case, decision=decision)
            if decision:
                _tell(case, decision)
    return []


def _decision(case: Case) -> str:
    if case.move.name != "decide":
        return {"confirm": "coding_confirmed", "query": "query"}.get(case.move.name, "")
    if case.act.decision not in record.closings(case.row, case.current, case.desk.reference):
        raise Refused("The item cannot be closed with that decision.")
    return case.act.decision


def _tell(case: Case, decision: str) -> None:
    """Put what was decided into the outbox; the id derives from item and row version."""
    row, now = case.row, case.desk.clock.now()
    outbox.put(case.conn, coding.PRODUCER, [Decided(
        event_id=ids.derive("decided", row.rework_id, case.act.seen),
        encounter_id=row.encounter_id, occurred_at=now, recorded_at=now,
        cause_id=str(row.event_id), rework_id=str(row.rework_id),
        control_number=row.control_number, payer_id=row.payer_id,
        decision=SAID.get(decision, decision), decided_by=_opaque(case),
    )])


def _opaque(case: Case) -> str:
    """Return the opaque id of the person who decided."""
    return case.desk.site.opaque("person", case.person.name, length=20)


def _correct(case: Case) -> list[Problem]:
    change = case.act.change
    if change is None:
        raise Refused("There is no correction.")
    corrected = corrections.coded(
        case.current, change, case.person.coder_id, _record(case),
        case.desk.price or chargemaster.load().price,
    )
    if not isinstance(corrected, Coded):
        return corrected
    if case.move.to == "released":
        _send(case, corrected)
    else:
        _move(case, bill=corrected.bill, proposal=codec.encode(_next(case, corrected)))
    return []


def _release(case: Case) -> None:
    proposal = record.proposed(case.row)
    if proposal is None:
        raise Refused("There is no correction to release.")
    if proposal.version != case.current.version + 1:
        raise items.Conflict  # the coding moved on after the coder handed it over
    _send(case, proposal)


def _send(case: Case, content: Coded) -> None:
    """Record the next version of the coding and release the item."""
    coded = _next(case, content)
    coding.record(case.conn, coded, case.current.version)
    _move(case, bill=content.bill)


def _move(
    case: Case, *, bill: Bill | None = None, proposal: bytes | None = None, decision: str = ""
) -> None:
    items.move(
        case.conn, case.person, case.row, case.move.name, case.move.to, case.desk.clock.now(),
        seen=case.act.seen, proposal=proposal, decision=decision,
        facts=_difference(case.current.bill, bill or case.current.bill),
    )


def _next(case: Case, content: Coded) -> Coded:
    """Return the coded event that answers the item."""
    now = case.desk.clock.now()
    row, version = case.row, case.current.version + 1
    return replace(
        content,
        event_id=ids.derive("coded", row.encounter_id, version),
        occurred_at=now, recorded_at=now, cause_id=str(row.event_id), version=version,
        reason="correction", rework_id=str(row.rework_id),
        predecessor=row.control_number or case.current.predecessor,
        dropped=guards.dropped(case.current.dropped, case.current.bill, content.bill),
    )


def _record(case: Case) -> Record:
    row = case.row
    encounter = record.latest(record.timeline(case.conn, row.encounter_id), Encounter)
    if encounter is None:
        return Record({})
    texts = record.note_texts(case.conn, case.desk.site, row.encounter_id, encounter.notes)
    return Record(texts, {note.note_id: note.kind for note in encounter.notes})


def _difference(old: Bill, new: Bill) -> dict[str, Any]:
    """Return codes before and after, for the history; nothing of the patient."""
    if old == new:
        return {}
    return {
        "diagnoses": [
            [f"{d.code} {d.present}".strip() for d in bill.diagnoses] for bill in (old, new)
        ],
        "procedures": [
            [p.code for p in bill.institutional.procedures] if bill.institutional else []
            for bill in (old, new)
        ],
        "lines": [
            [
                f"{'-'.join((line.code or line.revenue_code, *line.modifiers))} x{line.units}"
                for line in bill.lines
            ]
            for bill in (old, new)
        ],
    }
