"""Who may see names and notes of an item, and how somebody may who has not the work.

    has it (taken, leased, assigned)      while they have it, and 7 days after, to read
    supervisor                            at the facility
    physician                             what asks them
    anybody else who can see the item     by break-glass: a reason, one patient, 30 minutes

Break-glass is told to the supervisors at once: it stands on their board until one has reviewed it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas import ids
from services.clock import real_now
from services.db import keyset
from services.db.keyset import Order, Page
from services.phi import audit
from services.worklist.item import scope
from services.worklist.item.moves import Refused
from services.worklist.item.scope import Person

ASSIGNED, AFTER, FACILITY, QUERY, BROKEN = (
    "assigned", "assigned_before", "facility", "query", "break_glass",
)
OPEN_STATES = ("todo", "waiting", "handed_on")
READ_AFTER = timedelta(days=7)
GLASS_LASTS = timedelta(minutes=30)
SHORTEST_REASON, LONGEST_REASON = 10, 500
BREAKERS = frozenset({"coder", "biller", "specialist", "auditor"})
REVIEWERS = ("supervisor", "auditor")
ORDER = Order((("at", "timestamptz"), ("glass_id", "uuid")), down=True)
TABLE, _UNREVIEWED = "break_glass g", "g.reviewed_by = ''"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """A record opened by break-glass, as supervisors review it."""

    glass_id: str
    who: str
    role: str
    rework_id: str
    facility_id: str
    reason: str
    at: datetime
    until: datetime
    reviewed_by: str


def may_see_phi(conn: Connection, person: Person, row: Row[Any]) -> bool:
    """Say whether names and notes of an item the person can see may be shown to them."""
    return bool(ground(conn, person, row))


def ground(conn: Connection, person: Person, row: Row[Any]) -> str:
    """Return on what ground they may be shown, the purpose of the audit row; empty for none."""
    if person.role == "supervisor":
        return FACILITY if scope.sees(person, row) else ""
    if person.role == "physician":
        return QUERY if scope.visible(conn, person, str(row.rework_id)) else ""
    if person.role not in BREAKERS:
        return ""
    if person.role != "auditor":
        if has(person, row):
            return ASSIGNED
        if _had(conn, person, row):
            return AFTER
    return BROKEN if glass_until(conn, person, row) else ""


def has(person: Person, row: Row[Any]) -> bool:
    """Say whether an item is a person's at this moment: assigned, or taken and the lease runs."""
    if row.status != "open" or row.state not in OPEN_STATES:
        return False
    lasts = row.lease_until is None or row.lease_until > real_now()
    return row.assigned_to == person.name or (row.taken_by == person.name and lasts)


def _had(conn: Connection, person: Person, row: Row[Any]) -> bool:
    """Say whether it was until lately: they read it then, and the audit log knows."""
    return bool(conn.execute(
        text(
            "select exists (select from phi_access where object_id = :id and actor = :name"
            " and purpose = :purpose and outcome = 'done' and at > :since)"
        ),
        {
            "id": str(row.rework_id), "name": person.name, "purpose": ASSIGNED,
            "since": real_now() - READ_AFTER,
        },
    ).scalar_one())


def glass_until(conn: Connection, person: Person, row: Row[Any]) -> datetime | None:
    """Return until when a person's break-glass opens an item's record; none when it does not."""
    until: datetime | None = conn.execute(
        text(
            "select max(g.until) from break_glass g join visit v on v.patient = g.patient"
            " where v.encounter_id = :encounter and g.who = :name and g.until > :now"
        ),
        {"encounter": row.encounter_id, "name": person.name, "now": real_now()},
    ).scalar_one()
    return until


def break_glass(conn: Connection, person: Person, row: Row[Any], reason: str) -> datetime:
    """Open the record of an item's patient for a while; return until when.

    Raises:
        Refused: no sufficient reason, no known patient, or a role that has no need of it.
    """
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if person.role not in BREAKERS:
        raise Refused("Your role does not open records.")
    if len(reason) < SHORTEST_REASON:
        raise Refused(f"Give a reason of at least {SHORTEST_REASON} characters.")
    patient = conn.execute(
        text("select patient from visit where encounter_id = :id"), {"id": row.encounter_id}
    ).scalar_one_or_none()
    if patient is None:
        raise Refused("The record of this item is not here yet.")
    now = real_now()
    glass_id = ids.derive("break_glass", str(row.rework_id), person.name, now.isoformat())
    conn.execute(
        text(
            "insert into break_glass (glass_id, who, role, patient, rework_id, facility_id, reason,"
            " at, until) values (cast(:glass_id as uuid), :who, :role, :patient,"
            " cast(:rework_id as uuid), :facility_id, :reason, :at, :until)"
        ),
        {
            "glass_id": glass_id, "who": person.name, "role": person.role, "patient": patient,
            "rework_id": str(row.rework_id), "facility_id": row.facility_id, "reason": reason,
            "at": now, "until": now + GLASS_LASTS,
        },
    )
    audit.note(
        conn, "break_glass", "item", str(row.rework_id), facility_id=row.facility_id,
        purpose=BROKEN, details={"glass": glass_id, "reason": reason},
    )
    return now + GLASS_LASTS


def unreviewed(conn: Connection, person: Person, after: str = "") -> Page[Glass]:
    """Return a page of what nobody has looked at yet, the latest first.

    Args:
        conn: A connection.
        person: A supervisor or auditor; for others there is none.
        after: Cursor of the page before; empty for the first one.
    """
    if person.role not in REVIEWERS:
        return Page([], "")
    where, given = _here(person)
    place = keyset.place(ORDER, after)
    inner = keyset.head(ORDER, TABLE, [_UNREVIEWED], where, after=bool(place))
    rows = conn.execute(
        text(
            "select cast(g.glass_id as text) as glass_id, g.who, g.role,"  # noqa: S608 - clauses are our own
            " cast(g.rework_id as text) as rework_id, g.facility_id, g.reason, g.at, g.until,"
            f" g.reviewed_by from {inner} g order by {ORDER.by('g')}"
        ),
        {**given, **place, "size": keyset.PAGE + 1},
    ).all()
    page = keyset.cut(ORDER, rows, keyset.PAGE)
    return Page([Glass(**row._mapping) for row in page.rows], page.next)


def waiting(conn: Connection, person: Person) -> int:
    """Return how much `unreviewed` holds, counted to one more than `keyset.CAP`."""
    if person.role not in REVIEWERS:
        return 0
    where, given = _here(person)
    return int(conn.execute(
        text(keyset.counted(TABLE, [_UNREVIEWED], where)), {**given, "cap": keyset.CAP + 1}
    ).scalar_one())


def _here(person: Person) -> tuple[str, dict[str, Any]]:
    if scope.EVERYWHERE in person.facilities:
        return "true", {}
    return "g.facility_id = any(:facilities)", {"facilities": list(person.facilities)}


def review(conn: Connection, person: Person, glass_id: str) -> bool:
    """Note that a supervisor has looked at it; return whether there was something to look at."""
    if person.role != "supervisor":
        return False
    row = conn.execute(
        text(
            "update break_glass set reviewed_by = :name, reviewed_at = :now"
            " where glass_id = cast(:id as uuid) and reviewed_by = '' and who <> :name"
            " and (:everywhere or facility_id = any(:facilities)) returning rework_id, facility_id"
        ),
        {
            "id": glass_id, "name": person.name, "now": real_now(),
            "facilities": list(person.facilities),
            "everywhere": scope.EVERYWHERE in person.facilities,
        },
    ).one_or_none()
    if row is None:
        return False
    audit.note(
        conn, "break_glass.review", "item", str(row.rework_id), facility_id=row.facility_id
    )
    return True
