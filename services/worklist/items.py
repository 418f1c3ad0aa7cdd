"""Work items in the database: lists for a role, and moves by compare-and-set.

The scope of a role is part of every query, never checked after loading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from services.db import bulk
from services.db.tables.worklist import WORK_HISTORY
from services.worklist.moves import Refused

PAGE = 50
COLUMNS = (
    "w.*, coalesce(a.rank, 0) as rank, coalesce(a.paid_cents, 0) as paid_cents,"
    " coalesce(a.decisions, 0) as decisions, coalesce(a.came_back, '') as came_back,"
    " coalesce(a.came_back_id, '') as came_back_id, coalesce(a.frequency, '') as sent_frequency,"
    " coalesce(a.control_number, '') as sent_control_number, a.at as fate_at,"
    " coalesce(v.claim_type, 'professional') as claim_type"
)
FROM = (
    "work_item w left join answer a on a.rework_id = w.rework_id"
    " left join visit v on v.encounter_id = w.encounter_id"
)

_OPEN = "w.status = 'open'"
_MINE = "w.place = 'CODING' and w.coder_id = :coder_id"
VIEWS: Mapping[str, Mapping[str, str]] = {
    "coder": {
        "todo": f"{_OPEN} and w.place = 'CODING' and w.state = 'todo'",
        "mine": f"{_OPEN} and {_MINE} and w.state = 'todo'",
        "underway": "w.place = 'CODING' and w.taken_by = :name"
                    " and w.state in ('handed_on', 'released')",
        "closed": "w.place = 'CODING' and w.taken_by = :name"
                  " and (w.state = 'decided' or w.status = 'closed')",
    },
    "biller": {
        "todo": f"{_OPEN} and (w.state = 'handed_on'"
                " or (w.state = 'todo' and w.place <> 'CODING'))",
        "coder": f"{_OPEN} and w.state = 'todo' and w.place = 'CODING'",
        "underway": "w.state = 'released'",
        "closed": "w.state = 'decided' or w.status = 'closed'",
    },
    "supervisor": {
        "todo": f"{_OPEN} and w.state in ('todo', 'handed_on')",
        "underway": "w.state = 'released'",
        "closed": "w.state = 'decided' or w.status = 'closed'",
    },
}
SEES: Mapping[str, str] = {"coder": "w.place = 'CODING'", "biller": "true", "supervisor": "true"}


class Conflict(Exception):  # noqa: N818 - says what happened
    """The item changed since the person saw it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks.

    Attributes:
        name: Sign-in name.
        role: coder, biller, specialist, supervisor, physician, ops, admin or auditor.
        coder_id: As on coded events; for coders.
        team: Whose items it works: CODING for a coder, BILLING for a biller, any other team for
            a specialist.
        facilities: Facilities it may see; empty sees none, ``("*",)`` sees all.
        npi: Of a physician.
    """

    name: str
    role: str
    coder_id: str = ""
    team: str = ""
    facilities: tuple[str, ...] = ("*",)
    npi: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """What of a view is wanted; empty means any.

    Attributes:
        view: A key of `VIEWS` for the role.
        kind: held, rejection or denial.
        payer_id: A payer.
        after: Cursor of the last item seen.
        size: Items of a page.
    """

    view: str = "todo"
    kind: str = ""
    payer_id: str = ""
    after: tuple[int, date, int, str] | None = None
    size: int = PAGE


def select(conn: Connection, person: Person, wanted: Filter) -> list[Row[Any]]:
    """Return a page of items: a coder's own first, then the nearest deadline, then dollars."""
    where = VIEWS.get(person.role, {}).get(wanted.view)
    if where is None:
        return []
    own = "case when w.coder_id = :coder_id then 0 else 1 end"
    statement = f"select {COLUMNS}, {own} as others from {FROM} where ({where})"  # noqa: S608 - clauses are our own
    given: dict[str, Any] = {"coder_id": person.coder_id, "name": person.name, "size": wanted.size}
    if wanted.kind:
        statement += " and w.kind = :kind"
        given["kind"] = wanted.kind
    if wanted.payer_id:
        statement += " and w.payer_id = :payer_id"
        given["payer_id"] = wanted.payer_id
    if wanted.after:
        statement += (
            f" and ({own}, w.due_on, -w.at_stake_cents, w.rework_id)"
            " > (:others, :due_on, :worth, cast(:last as uuid))"
        )
        others, due_on, worth, last = wanted.after
        given |= {"others": others, "due_on": due_on, "worth": worth, "last": last}
    statement += " order by others, w.due_on, -w.at_stake_cents, w.rework_id limit :size"
    return list(conn.execute(text(statement), given))


def counts(conn: Connection, person: Person) -> dict[str, tuple[int, int]]:
    """Return how many items each view of the role holds, and their dollars at stake in cents."""
    views = VIEWS.get(person.role, {})
    if not views:
        return {}
    columns = ", ".join(
        f"count(*) filter (where {where}) as n_{name},"
        f" coalesce(sum(w.at_stake_cents) filter (where {where}), 0) as c_{name}"
        for name, where in views.items()
    )
    row = conn.execute(
        text(f"select {columns} from work_item w"),  # noqa: S608 - clauses are our own
        {"coder_id": person.coder_id, "name": person.name},
    ).one()
    found = row._mapping
    return {name: (int(found[f"n_{name}"]), int(found[f"c_{name}"])) for name in views}


def get(
    conn: Connection, person: Person, rework_id: str, *, lock: bool = False
) -> Row[Any] | None:
    """Return an item the role may see, or none; locked, for a move that reads more after it."""
    scope = SEES.get(person.role)
    if scope is None:
        return None
    return conn.execute(
        text(
            f"select {COLUMNS} from {FROM} where w.rework_id = cast(:id as uuid) and {scope}"  # noqa: S608 - clauses are our own
            + (" for update of w" if lock else "")
        ),
        {"id": rework_id},
    ).one_or_none()


def move(  # noqa: PLR0913 - a move has these parts
    conn: Connection, person: Person, item: Row[Any], name: str, to: str, at: datetime,
    *, seen: int, proposal: bytes | None = None, decision: str = "", facts: Mapping[str, Any],
) -> None:
    """Move an item, if it is as the person saw it, and note it in its history.

    Raises:
        Conflict: somebody else, or a new revision, was first.
    """
    changed = conn.execute(
        text(
            "update work_item set state = :to, row_version = row_version + 1,"
            " taken_by = case when :role = 'coder' then :name else taken_by end,"
            " decision = :decision,"
            " proposal = case when :to = 'decided' then proposal else :proposal end"
            " where rework_id = cast(:id as uuid) and row_version = :seen and status = 'open'"
            " and state = :from"
        ),
        {
            "id": item.rework_id, "to": to, "from": item.state, "seen": seen, "role": person.role,
            "name": person.name, "decision": decision, "proposal": proposal,
        },
    )
    if changed.rowcount != 1:
        raise Conflict
    row = {
        "rework_id": item.rework_id, "at": at, "who": person.name, "role": person.role,
        "action": name, "before": {"state": item.state},
        "after": {"state": to, "decision": decision, **facts},
    }
    bulk.insert(conn, WORK_HISTORY, [row])


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


__all__ = [
    "COLUMNS", "PAGE", "VIEWS", "Conflict", "Filter", "Person", "Refused", "counts", "get",
    "history", "move", "select",
]
