"""The way back of a bulk act, and what was held back until there is none.

Writing back happens where nobody went on with the item: its row version is what the act left.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Engine, Row, text

from schemas import ids
from schemas.events import Decided
from services.clock import real_now
from services.db import rls
from services.delivery import outbox
from services.worklist.bill import coding
from services.worklist.decisions.case import Desk, opaque
from services.worklist.item import items, lease
from services.worklist.item.moves import Refused
from services.worklist.item.scope import Person
from services.worklist.lists import bulk

log = structlog.get_logger()
LEFT = "Who wanted it may not sign in any more."


def undo(conn: Connection, desk: Desk, person: Person, bulk_id: str) -> tuple[int, int]:
    """Write back what was, on every item nobody went on with.

    Returns:
        How many items were undone, and how many were left as they are.

    Raises:
        Refused: it is not there, was undone already, or it is too late.
    """
    act = conn.execute(
        text(
            "select * from bulk_act where bulk_id = cast(:id as uuid) and who = :name for update"
        ),
        {"id": bulk_id, "name": person.name},
    ).one_or_none()
    if act is None or act.state == "undone":
        raise Refused("There is nothing to undo.")
    if act.undo_until <= real_now():
        raise Refused("It is too late to undo that.")
    bulk.lock(conn, [one["id"] for one in act.items])
    done = sum(_restore(conn, desk, person, act, one) for one in act.items)
    conn.execute(
        text("update bulk_act set state = 'undone' where bulk_id = cast(:id as uuid)"),
        {"id": bulk_id},
    )
    return done, len(act.items) - done


def _restore(
    conn: Connection, desk: Desk, person: Person, act: Row[Any], one: Mapping[str, Any]
) -> bool:
    """Write an item back as it was; return whether nobody had gone on with it."""
    row = items.acted_on(conn, one["id"], lock=True)
    if row is None or row.row_version != one["after"]:
        return False
    before = {name: one["before"][name] for name in bulk.KEPT}
    sets = ", ".join(
        f"{name} = cast(:{name} as {items.SETTABLE.get(name, 'text')})" for name in bulk.KEPT
    )
    conn.execute(
        text(
            f"update work_item set {sets}, row_version = row_version + 1"  # noqa: S608 - columns of a closed set
            " where rework_id = cast(:id as uuid)"
        ),
        {"id": one["id"], **{
            name: orjson.dumps(value).decode() if isinstance(value, list) else value
            for name, value in before.items()
        }},
    )
    now = desk.clock.now()
    items.note(
        conn, person, row, "undo", now, before={"state": row.state, "place": row.place},
        after={"state": before["state"], "place": before["place"]},
    )
    if act.action == bulk.ROUTE:
        _tell_back(conn, desk, person, row, before["place"], now)
    return True


def _tell_back(
    conn: Connection, desk: Desk, person: Person, row: Row[Any], place: str, now: datetime
) -> None:
    """Tell that an item is with the team again that it was passed on from."""
    outbox.put(conn, coding.PRODUCER, [Decided(
        event_id=ids.derive("decided", "undo", row.rework_id, row.row_version),
        encounter_id=row.encounter_id, occurred_at=now, recorded_at=now,
        cause_id=str(row.event_id), rework_id=str(row.rework_id),
        control_number=row.control_number, payer_id=row.payer_id, decision="routed",
        decided_by=opaque(desk, person.name), recipient=place, reason="wrong_team",
    )])


def run_due(engine: Engine, desk: Desk) -> int:
    """Do what was held back and not undone in time; return how many items it was done to.

    Each act is a transaction of its own: what goes wrong with one is logged and tried again the
    next time, and keeps no other from being done.
    """
    with engine.connect() as conn:
        due = conn.execute(
            text(
                "select cast(bulk_id as text) from bulk_act where state = 'due'"
                " and undo_until <= :now order by undo_until"
            ),
            {"now": real_now()},
        ).scalars().all()
    done = 0
    for bulk_id in due:
        try:
            with engine.begin() as conn:
                done += _finish(conn, desk, bulk_id)
        except Exception as why:  # noqa: BLE001 - one act must not keep the others
            log.warning("bulk_not_finished", reason=type(why).__name__)
    return done


def _finish(conn: Connection, desk: Desk, bulk_id: str) -> int:
    """Do an act that is due, with the rights its person has by now; nothing where he has left."""
    act = conn.execute(
        text(
            "select * from bulk_act where bulk_id = cast(:id as uuid) and state = 'due'"
            " for update skip locked"
        ),
        {"id": bulk_id},
    ).one_or_none()
    if act is None:
        return 0
    person, stays = _who(conn, act)
    rls.enter(conn, rls.Subject(person.name, person.role, person.facilities))
    said = {key: act.given.get(key, "") for key in ("reason",)}
    picks = [(one["id"], one["after"]) for one in act.items]
    wanted = bulk.Wanted(act.action, picks if stays else (), said)
    found = {one.rework_id: one for one, _ in bulk.each(conn, desk, person, wanted)}
    bulk.count(conn, desk, person, act.action, found.values())
    for rework_id, seen in picks:
        one = found.get(rework_id)
        if one is None or not one.done:
            _let_go(conn, desk, person, rework_id, seen, one.says if one else LEFT)
    kept = [one for one in act.items if one["id"] in found and found[one["id"]].done]
    conn.execute(
        text(
            "update bulk_act set state = 'done', items = cast(:items as jsonb),"
            " given = given || jsonb_build_object('left', cast(:left as int))"
            " where bulk_id = cast(:id as uuid)"
        ),
        {"id": bulk_id, "items": orjson.dumps(kept).decode(), "left": len(picks) - len(kept)},
    )
    return len(kept)


def _who(conn: Connection, act: Row[Any]) -> tuple[Person, bool]:
    """Return who wanted an act, as the account is by now, and whether there still is one."""
    row = conn.execute(
        text(
            "select role, team, facilities from user_account where name = :name and not disabled"
        ),
        {"name": act.who},
    ).one_or_none()
    if row is not None:
        return Person(act.who, row.role, team=row.team, facilities=tuple(row.facilities)), True
    given = tuple(act.given["facilities"])
    return Person(act.who, act.role, team=act.given["team_of"], facilities=given), False


def _let_go(
    conn: Connection, desk: Desk, person: Person, rework_id: str, seen: int, why: str
) -> None:
    """Put back an item that could not be done after all, and say why in its history."""
    row = items.acted_on(conn, rework_id, lock=True)
    if row is None:
        return
    now = desk.clock.now()
    items.note(conn, person, row, "not_written_off", now, before={}, after={"why": why})
    if row.row_version == seen:
        lease.put_back(conn, person, row, now)
