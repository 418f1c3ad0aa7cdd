"""One thing done to many items: seen before it is done, and undone while nobody went on with them.

    picks ─▶ preview: every item tried, and rolled back ─▶ do: each done, or refused with its reason
                                                            │
        assign, route, tag: at once, undone by writing back what was ─┤
        write off: the items are held, and it is done after `UNDO` ───┘ unless it was undone

Each item goes through `acts.perform`, so that a bulk act is allowed exactly what one act is, and
what a guard refuses of it is counted and told as of one (`count`); a preview asks for nothing. A
write-off tells the world, and what was told cannot be untold: that is why it waits.
"""

import re
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, text

from services.clock import real_now
from services.db import bulk as rows
from services.db.tables.queue import BULK_ACT
from services.worklist.decisions import acts, decide
from services.worklist.decisions.acts import Act
from services.worklist.decisions.case import Desk
from services.worklist.item import items, lease, moves
from services.worklist.item.items import Conflict
from services.worklist.item.moves import Refused
from services.worklist.item.scope import Person
from services.worklist.lists import labels
from services.worklist.shown import wording

MOST = 500
UNDO = timedelta(minutes=10)
HOLD = timedelta(minutes=5)
"""How long a write-off waits, and can be undone."""
ASSIGN, ROUTE, TAG, UNTAG, WRITE_OFF = "assign", "route", "tag", "untag", "write_off"
ACTIONS = (ASSIGN, ROUTE, TAG, UNTAG, WRITE_OFF)
KEPT = (
    "state", "place", "waits_for", "acted", "needs", "assigned_to", "tags", "decision", "worked_by",
    "taken_by", "lease_until",
)
"""Columns an undo writes back."""
MOST_TAGS = 8
_TAG = re.compile(r"[\w][\w .:/&'-]{0,23}")
NOTHING = "None of these items allows that."
_GONE = "It is not there any more, or not yours to see."
_CHANGED = "It changed after you picked it."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done to which items.

    Attributes:
        action: One of `ACTIONS`.
        picks: Item id and the row version it was picked at.
        said: What the act asks for: name, team, reason, tag.
        assignee: Who is to get them, as the accounts have the person.
    """

    action: str
    picks: Sequence[tuple[str, int]]
    said: Mapping[str, str] = field(default_factory=dict)
    assignee: Person | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens, or happened, to one item.

    Attributes:
        rework_id: The item.
        seen: The row version it was picked at.
        reason: Why it came back, in words.
        payer_id: The payer.
        at_stake_cents: What is at stake.
        done: Whether it is done.
        says: What becomes of it, or why not.
        rule: Of the guard that refuses it; empty where none does.
    """

    rework_id: str
    seen: int
    reason: str
    payer_id: str
    at_stake_cents: int
    done: bool
    says: str
    rule: str = ""


def allowed(role: str) -> tuple[str, ...]:
    """Return the actions a role may ask for.

    >>> allowed("supervisor"), allowed("coder")
    (('assign', 'route', 'tag', 'untag'), ('route', 'tag', 'untag'))
    """
    by_move = {move.name for move in moves.MOVES if role in move.roles}
    tags = (TAG, UNTAG) if role in moves.ROLES else ()
    return tuple(one for one in ACTIONS if one in by_move or one in tags)


def preview(conn: Connection, desk: Desk, person: Person, wanted: Wanted) -> list[Outcome]:
    """Return what would happen to each item; nothing stays of it."""
    with conn.begin_nested() as trial:
        found = [one for one, _ in each(conn, desk, person, wanted)]
        trial.rollback()
    return found


def do(
    conn: Connection, desk: Desk, person: Person, wanted: Wanted
) -> tuple[str, list[Outcome]]:
    """Do it; return the id of the act, with which it is undone, and what happened.

    The id is empty where nothing of it could be done. What guards refused is counted all the same:
    let the transaction stay.
    """
    if wanted.action == WRITE_OFF:
        bulk_id, found = _later(conn, desk, person, wanted)
    else:
        tried = list(each(conn, desk, person, wanted))
        kept, found = [item for _, item in tried if item], [one for one, _ in tried]
        bulk_id = _record(conn, person, wanted, kept, "done", UNDO) if kept else ""
    count(conn, desk, person, wanted.action, found)
    return bulk_id, found


def count(
    conn: Connection, desk: Desk, person: Person, action: str, found: Iterable[Outcome]
) -> None:
    """Count and tell what guards refused of some items, before anything else is done with them."""
    barred = [(items.get(conn, person, one.rework_id), one.rule) for one in found if one.rule]
    decide.count(conn, desk, person, action, [(row, rule) for row, rule in barred if row])


def _later(
    conn: Connection, desk: Desk, person: Person, wanted: Wanted
) -> tuple[str, list[Outcome]]:
    """Hold the items whose trial succeeds; they are written off when the time to undo is over."""
    lock(conn, [rework_id for rework_id, _ in wanted.picks[:MOST]])
    tried = preview(conn, desk, person, wanted)
    kept = []
    for one in tried:
        row = items.get(conn, person, one.rework_id, lock=True) if one.done else None
        if row is None:
            continue
        until = real_now() + HOLD + lease.LEASE
        conn.execute(
            text(
                "update work_item set taken_by = :name, lease_until = :until,"
                " row_version = row_version + 1 where rework_id = cast(:id as uuid)"
            ),
            {"id": one.rework_id, "name": person.name, "until": until},
        )
        kept.append({"id": one.rework_id, "before": _before(row), "after": row.row_version + 1})
    return _record(conn, person, wanted, kept, "due", HOLD) if kept else "", tried


def each(
    conn: Connection, desk: Desk, person: Person, wanted: Wanted
) -> Iterable[tuple[Outcome, dict[str, Any] | None]]:
    """Do it to one item after the other; yield what happened, and what an undo needs."""
    picks = wanted.picks[:MOST]
    lock(conn, [rework_id for rework_id, _ in picks])
    for rework_id, seen in picks:
        row = items.get(conn, person, rework_id, lock=True)
        if row is None:
            yield Outcome(rework_id, seen, "", "", 0, False, _GONE), None
            continue
        why = rule = ""
        try:
            with conn.begin_nested():
                _one(conn, desk, person, row, Act(
                    wanted.action, seen, said=wanted.said, assignee=wanted.assignee
                ))
        except Conflict:
            why = _CHANGED
        except Refused as refused:
            why, rule = str(refused), "" if refused.rule == moves.ILLEGAL else refused.rule
        reason = wording.why(row.reasons[0]).words if row.reasons else row.category
        after = None if why else items.acted_on(conn, rework_id)
        says = why or (_became(after) if after is not None else "")
        told = Outcome(
            rework_id, seen, reason, row.payer_id, row.at_stake_cents, not why, says, rule)
        yield told, None if after is None else {
            "id": rework_id, "before": _before(row), "after": after.row_version,
        }


def lock(conn: Connection, rework_ids: Sequence[str]) -> None:
    """Lock items in one order for everybody, so that nobody waits for who waits in turn."""
    conn.execute(
        text(
            "select from work_item where rework_id = any(cast(:ids as uuid[]))"
            " order by rework_id for update"
        ),
        {"ids": list(rework_ids)},
    )


def _one(conn: Connection, desk: Desk, person: Person, row: Row[Any], act: Act) -> None:
    """Do it to an item.

    Raises:
        Refused: it may not be done; the message says why.
        Conflict: the item changed since it was picked.
    """
    if act.move in (TAG, UNTAG):
        _tag(conn, desk, person, row, act)
        return
    problems = acts.perform(conn, desk, person, row, act)
    if problems:
        raise Refused(" ".join(one.text for one in problems))


def _tag(conn: Connection, desk: Desk, person: Person, row: Row[Any], act: Act) -> None:
    tag = act.said.get("tag", "").strip()
    if not _TAG.fullmatch(tag):
        raise Refused("A tag is 1 to 24 letters, digits, blanks and . : / & ' -")
    if act.move == TAG:
        labels.check(tag)
    if row.row_version != act.seen:
        raise Conflict
    lease.hold(conn, person, row)
    there = [one for one in row.tags if one != tag]
    after = [*there, tag] if act.move == TAG else there
    if after == row.tags:
        raise Refused("It has that tag already." if act.move == TAG else "It has no such tag.")
    if len(after) > MOST_TAGS:
        raise Refused(f"An item has at most {MOST_TAGS} tags.")
    conn.execute(
        text(
            "update work_item set tags = cast(:tags as jsonb), row_version = row_version + 1"
            " where rework_id = cast(:id as uuid)"
        ),
        {"id": row.rework_id, "tags": orjson.dumps(after).decode()},
    )
    items.note(conn, person, row, act.move, desk.clock.now(), before={"tags": row.tags},
               after={"tags": after})


def _before(row: Row[Any]) -> dict[str, Any]:
    return {name: row._mapping[name] for name in KEPT}


def _became(row: Row[Any]) -> str:
    """Return where an item stands, in words."""
    if row.state == "waiting":
        return f"Waits for {wording.WAITS.get(row.waits_for, row.waits_for)}"
    if row.state == "decided":
        return moves.DECISIONS.get(row.decision, "Closed")
    team = wording.TEAMS.get(row.place, row.place).capitalize()
    who = f", {row.assigned_to}" if row.assigned_to else ""
    return f"{team}{who}" + (f" · {', '.join(row.tags)}" if row.tags else "")


def _record(
    conn: Connection, person: Person, wanted: Wanted, kept: list[dict[str, Any]], state: str,
    undo: timedelta,
) -> str:
    bulk_id, now = str(uuid.UUID(bytes=secrets.token_bytes(16))), real_now()
    rows.insert(conn, BULK_ACT, [{
        "bulk_id": bulk_id, "at": now, "who": person.name, "role": person.role,
        "action": wanted.action, "items": kept, "state": state, "undo_until": now + undo,
        "given": {**wanted.said, "team_of": person.team, "facilities": list(person.facilities)},
    }])
    return bulk_id


def get(conn: Connection, person: Person, bulk_id: str) -> Row[Any] | None:
    """Return an own act; a supervisor's is a supervisor's own as well."""
    return conn.execute(
        text("select * from bulk_act where bulk_id = cast(:id as uuid) and who = :name"),
        {"id": bulk_id, "name": person.name},
    ).one_or_none()
