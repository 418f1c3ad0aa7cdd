"""Work items in the database: one by its id, moves by compare-and-set, and the history.

The scope of a person is part of every query (`scope.scoped`), never checked after loading. Lists
are in `queue`.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import Connection, Row, text

from services.db import bulk
from services.db.tables.worklist import WORK_HISTORY
from services.phi import audit
from services.worklist.item.moves import Refused
from services.worklist.item.scope import Person, scoped

COLUMNS = (
    "w.*, coalesce(a.rank, 0) as rank, coalesce(a.paid_cents, 0) as paid_cents,"
    " coalesce(a.decisions, 0) as decisions, coalesce(a.came_back, '') as came_back,"
    " coalesce(a.came_back_id, '') as came_back_id,"
    " coalesce(v.claim_type, 'professional') as claim_type"
)
FROM = (
    "work_item w left join answer a on a.rework_id = w.rework_id"
    " left join visit v on v.encounter_id = w.encounter_id"
)


NOTHING_ELSE: Mapping[str, Any] = MappingProxyType({})
SETTABLE = {
    "place": "text", "waits_for": "text", "assigned_to": "text", "acted": "jsonb",
    "needs": "jsonb", "tags": "jsonb", "answered": "boolean", "worked_by": "text",
    "taken_by": "text", "lease_until": "timestamptz", "due_on": "date",
}
"""Columns a move may set, with their types."""


class Conflict(Exception):  # noqa: N818 - says what happened
    """The item changed since the person saw it."""


def get(
    conn: Connection, person: Person, rework_id: str, *, lock: bool = False
) -> Row[Any] | None:
    """Return an item the person may see, or none; locked, for a move that reads more after it."""
    scope, given = scoped(person)
    return conn.execute(
        text(
            f"select {COLUMNS} from {FROM} where w.rework_id = cast(:id as uuid) and {scope}"  # noqa: S608 - clauses are our own
            + (" for update of w" if lock else "")
        ),
        {"id": rework_id, **given},
    ).one_or_none()


def acted_on(conn: Connection, rework_id: str, *, lock: bool = False) -> Row[Any] | None:
    """Return an item to who has just acted on it, wherever it went with that.

    Who passes an item on to another team no longer sees it, and still is told what became of it
    and may undo it. The facilities of the pages' transaction bound it as everything.
    """
    return conn.execute(
        text(
            f"select {COLUMNS} from {FROM} where w.rework_id = cast(:id as uuid)"  # noqa: S608 - clauses are our own
            + (" for update of w" if lock else "")
        ),
        {"id": rework_id},
    ).one_or_none()


def move(  # noqa: PLR0913 - a move has these parts
    conn: Connection, person: Person, item: Row[Any], name: str, to: str, at: datetime,
    *, seen: int, proposal: bytes | None = None, decision: str | None = "",
    facts: Mapping[str, Any],
    sets: Mapping[str, Any] = NOTHING_ELSE,
) -> None:
    """Move an item, if it is as the person saw it, and note it in its history.

    Unless `sets` says otherwise: what is handed on is billing's turn, what is returned goes to who
    worked on it, and with another team's turn nobody of it is assigned yet. The lease ends when
    the item leaves the actor's hands.

    Args:
        conn: In a transaction, the item locked.
        person: The actor.
        item: As read.
        name: Of the move.
        to: The state after it.
        at: Business time.
        seen: The row version the person decided on.
        proposal: A coded event to be released.
        decision: A key of `moves.DECISIONS`; none leaves what was decided before.
        facts: Of the history: codes and states, nothing of the patient.
        sets: Columns of `SETTABLE` the move sets besides.

    Raises:
        Conflict: somebody else, or a new revision, was first.
    """
    after = _after(person, item, to, sets)
    assignments = "".join(
        f", {column} = cast(:{column} as {SETTABLE[column]})" for column in after
    )
    changed = conn.execute(
        text(
            "update work_item set state = :to, row_version = row_version + 1,"  # noqa: S608 - columns of a closed set
            " decision = coalesce(cast(:decision as text), decision),"
            f" proposal = case when :to = 'decided' then proposal else :proposal end{assignments}"
            " where rework_id = cast(:id as uuid) and row_version = :seen and status = 'open'"
            " and state = :from"
        ),
        {
            "id": item.rework_id, "to": to, "from": item.state, "seen": seen,
            "decision": decision, "proposal": proposal,
            **{key: _plain(value) for key, value in after.items()},
        },
    )
    if changed.rowcount != 1:
        raise Conflict
    told = {key: after[key] for key in ("place", "waits_for") if after.get(key)}
    note(
        conn, person, item, name, at, before={"state": item.state},
        after={"state": to, "decision": decision or "", **told, **facts},
    )


def _after(
    person: Person, item: Row[Any], to: str, sets: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the columns a move sets beside state, decision and proposal."""
    after = dict(sets)
    if to == "handed_on":
        after.setdefault("place", "BILLING")
    elif to == "todo" and item.state == "handed_on":
        after.setdefault("place", item.team)
        after.setdefault("assigned_to", item.worked_by)
    place = after.get("place", item.place)
    if place != item.place:
        after.setdefault("assigned_to", "")
    if to != "waiting":
        after.setdefault("waits_for", "")
    if person.role in ("coder", "specialist"):
        after["worked_by"] = person.name
    if to != "todo" or place != item.place:
        after |= {"taken_by": "", "lease_until": None}
    return after


def _plain(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, list | tuple) else value


def note(  # noqa: PLR0913 - a line of the history has these parts
    conn: Connection, person: Person, item: Row[Any], action: str, at: datetime,
    *, before: Mapping[str, Any], after: Mapping[str, Any],
) -> None:
    """Note in an item's history, and in the audit log, what a person did."""
    bulk.insert(conn, WORK_HISTORY, [{
        "rework_id": item.rework_id, "at": at, "who": person.name, "role": person.role,
        "action": action, "before": before, "after": after,
    }])
    audit.note(
        conn, f"item.{action}", "item", str(item.rework_id), facility_id=item.facility_id,
        actor=person.name, role=person.role, details={"before": before, "after": after},
    )


def history(conn: Connection, rework_id: str) -> list[Row[Any]]:
    """Return who did what with an item, oldest first."""
    return list(
        conn.execute(
            text(
                "select at, who, role, action, before, after from work_history"
                " where rework_id = cast(:id as uuid) order by seq"
            ),
            {"id": rework_id},
        )
    )


__all__ = ["COLUMNS", "FROM", "Conflict", "Person", "Refused", "get", "history", "move", "note"]
