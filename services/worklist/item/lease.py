"""Who has an item: taken for half an hour, renewed while it is worked on, free again after it.

Two people never take the same item: taking is one update of a row that nobody else has locked.
Every take and put back grows `row_version`, so a page that was open before cannot save.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from services.clock import real_now
from services.worklist.item import items, views
from services.worklist.item.items import Conflict
from services.worklist.item.moves import Refused
from services.worklist.item.scope import Person, scoped

LEASE = timedelta(minutes=30)
RENEW_BELOW = timedelta(minutes=25)
FREE = "(w.taken_by in ('', :name) or w.lease_until is null or w.lease_until <= :real_now)"
"""On ``work_item w``: nobody else has it."""


class Taken(Refused):
    """Somebody else has the item."""


def holder(row: Row[Any], now: datetime | None = None) -> str:
    """Return who has an item, empty for nobody.

    Args:
        row: Of `work_item`.
        now: Real time; the machine's when none is given.
    """
    until = row.lease_until
    return str(row.taken_by) if until is not None and until > (now or real_now()) else ""


def hold(conn: Connection, person: Person, row: Row[Any]) -> None:
    """Go on if the actor has the item or nobody has; the actor's lease begins anew.

    Call it at the start of every act, with the item locked.

    Raises:
        Taken: somebody else has it.
    """
    who = holder(row)
    if who and who != person.name:
        raise Taken(f"{who} has taken this item.")
    if who:
        _until(conn, str(row.rework_id), real_now() + LEASE)


def renew(conn: Connection, person: Person, row: Row[Any]) -> None:
    """Let a lease last from now, if it is the reader's; a page that is read is being worked on."""
    now = real_now()
    if holder(row, now) == person.name and row.lease_until < now + RENEW_BELOW:
        _until(conn, str(row.rework_id), now + LEASE)


def _until(conn: Connection, rework_id: str, until: datetime) -> None:
    conn.execute(
        text("update work_item set lease_until = :until where rework_id = cast(:id as uuid)"),
        {"id": rework_id, "until": until},
    )


def take_next(conn: Connection, person: Person, at: datetime) -> str:
    """Take the highest item this person may work; return its id, empty if there is none.

    In the order of `views.takes`: own items first, then the team's by skill, then the team's.
    What somebody else takes in the same moment is passed over, never waited for.

    Args:
        conn: In a transaction.
        person: Who takes.
        at: Business time, for the history.
    """
    scope, asked = scoped(person)
    skills = conn.execute(
        text("select skills from user_profile where name = :name"), {"name": person.name}
    ).scalar_one_or_none()
    asked |= views.given(person) | {"real_now": real_now(), "skills": skills or []}
    for branch in views.takes(person, skilled=bool(skills)):
        row = conn.execute(
            text(
                "select w.rework_id, w.row_version, w.taken_by, w.lease_until, w.facility_id"  # noqa: S608 - clauses are our own
                " from work_item w"
                f" where {branch} and {FREE} and {scope}"
                " and not (w.taken_by = :name and w.lease_until > :real_now)"
                " order by w.queue_rank, w.due_on, w.rework_id limit 1 for update skip locked"
            ),
            asked,
        ).one_or_none()
        if row is not None:
            _take(conn, person, row, at)
            return str(row.rework_id)
    return ""


def take(conn: Connection, person: Person, row: Row[Any], seen: int, at: datetime) -> None:
    """Take an item by name.

    Raises:
        Taken: somebody else has it.
        Refused: there is nothing to do with it.
        Conflict: it changed since the person saw it.
    """
    who = holder(row)
    if who == person.name:
        return
    if who:
        raise Taken(f"{who} has taken this item.")
    if row.status != "open" or row.state not in ("todo", "waiting", "handed_on"):
        raise Refused("There is nothing left to do with this item.")
    if row.row_version != seen:
        raise Conflict
    _take(conn, person, row, at)


def _take(conn: Connection, person: Person, row: Row[Any], at: datetime) -> None:
    _set(conn, row, person.name, real_now() + LEASE)
    items.note(conn, person, row, "take", at, before={}, after={})


def put_back(conn: Connection, person: Person, row: Row[Any], at: datetime) -> None:
    """Give an item back; a supervisor may for anybody.

    Raises:
        Refused: it is not this person's to give back.
    """
    who = holder(row)
    if not who:
        return
    if who != person.name and person.role != "supervisor":
        raise Refused(f"{who} has taken this item; only a supervisor may put it back.")
    _set(conn, row, "", None)
    items.note(conn, person, row, "put_back", at, before={"taken_by": who}, after={})


def _set(conn: Connection, row: Row[Any], name: str, until: datetime | None) -> None:
    changed = conn.execute(
        text(
            "update work_item set taken_by = :name, lease_until = :until,"
            " row_version = row_version + 1"
            " where rework_id = cast(:id as uuid) and row_version = :seen"
        ),
        {"id": row.rework_id, "name": name, "until": until, "seen": row.row_version},
    )
    if changed.rowcount != 1:
        raise Conflict
