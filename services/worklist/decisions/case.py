"""A person's act on an item: what it needs, and the two things every act does.

    move   compare-and-set of the item, with its history
    tell   the decision into the outbox

Both stand in the caller's transaction, so neither happens without the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Row

from schemas import ids
from schemas.events import Coded, Decided, Evidence
from services.claims import guards, terms
from services.claims.terms import Terms
from services.clock import Clock
from services.codes.reference import Reference
from services.delivery import outbox
from services.delivery.crashpoint import crashpoint
from services.phi.keys import SiteKey
from services.worklist.bill import coding
from services.worklist.bill.corrections import Price
from services.worklist.bill.typed import Change
from services.worklist.item import items
from services.worklist.item.items import Person
from services.worklist.item.moves import Move, Standing

WRITE_OFF_LIMIT_CENTS = 50_000


class Kept(Enum):
    """Stands for a correction that stays as it is."""

    KEPT = 1


@dataclass(frozen=True, slots=True)
class Desk:
    """What an act needs beside the database.

    Attributes:
        site: Opens the record.
        clock: The business clock.
        reference: What payers take.
        price: Charge of one unit of a code, in cents; the price list's when none is given.
        write_off_limit_cents: Up to this one person may write off; above it two.
    """

    site: SiteKey
    clock: Clock
    reference: Reference
    price: Price | None = None
    write_off_limit_cents: int = WRITE_OFF_LIMIT_CENTS

    def terms(self) -> Terms:
        """Return what payers take, for the rules of claims."""
        return terms.of(self.site, self.reference)


@dataclass(frozen=True, slots=True)
class Act:
    """What a person wants done.

    Attributes:
        move: Name of the move.
        seen: Row version of the page it was decided on.
        change: The correction, for `correct`.
        said: What else the form asks for, by field.
        evidence: Passages of the record.
        chosen: What was ticked of a list: notes, findings.
        assignee: Who is to get the item, as the accounts have the person; for `assign`.
    """

    move: str
    seen: int
    change: Change | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    chosen: tuple[str, ...] = ()
    assignee: Person | None = None


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
    standing: Standing

    def said(self, name: str) -> str:
        """Return a field of the form, trimmed."""
        return self.act.said.get(name, "").strip()


def move(
    case: Case, to: str = "", *, decision: str | None = "",
    proposal: bytes | Kept | None = Kept.KEPT,
    sets: Mapping[str, Any] = items.NOTHING_ELSE, **facts: Any,
) -> None:
    """Move the item if it is as the person saw it, and note it in its history.

    Args:
        case: The act.
        to: The state after it; the move's own where none is given.
        decision: A key of `moves.DECISIONS`; none leaves what was decided before.
        proposal: A correction to be released; what was handed on before is kept.
        sets: Other columns: waits_for, place, acted, assigned_to, ...
        facts: For the history: codes, amounts, reasons; nothing of the patient.

    Raises:
        services.worklist.item.items.Conflict: somebody else, or a new revision, was first.
    """
    kept = bytes(case.row.proposal) if case.row.proposal is not None else None
    items.move(
        case.conn, case.person, case.row, case.move.name, to or case.move.to,
        case.desk.clock.now(), seen=case.act.seen, decision=decision, facts=facts, sets=sets,
        proposal=kept if isinstance(proposal, Kept) else proposal,
    )
    crashpoint("decision.moved")


def tell(case: Case, decision: str, **said: Any) -> None:
    """Put what was decided into the outbox; the id derives from item, row version and decision."""
    row, now = case.row, case.desk.clock.now()
    event_id = ids.derive("decided", row.rework_id, case.act.seen)
    outbox.put(case.conn, coding.PRODUCER, [Decided(
        event_id=event_id, encounter_id=row.encounter_id, occurred_at=now, recorded_at=now,
        cause_id=str(row.event_id), rework_id=str(row.rework_id),
        control_number=row.control_number, payer_id=row.payer_id, decision=decision,
        decided_by=opaque(case.desk, case.person.name), **said,
    )])
    crashpoint("decision.told")


def opaque(desk: Desk, name: str) -> str:
    """Return the opaque id of a person."""
    return desk.site.opaque("person", name, length=20)


def next_version(case: Case, content: Coded, **changes: Any) -> Coded:
    """Return the coded event that answers the item."""
    now, row, version = case.desk.clock.now(), case.row, case.current.version + 1
    said: dict[str, Any] = {
        "event_id": ids.derive("coded", row.encounter_id, version), "occurred_at": now,
        "recorded_at": now, "cause_id": str(row.event_id), "version": version,
        "reason": "correction", "change_reason": "", "rework_id": str(row.rework_id),
        "predecessor": row.control_number or case.current.predecessor,
        "dropped": guards.dropped(case.current.dropped, case.current.bill, content.bill),
        **changes,
    }
    return replace(content, **said)


def day(case: Case, name: str) -> date | None:
    """Return a day that was typed, none when it is none."""
    try:
        return date.fromisoformat(case.said(name))
    except ValueError:
        return None


__all__ = ["Act", "Case", "Desk", "Kept", "day", "move", "next_version", "opaque", "tell"]
