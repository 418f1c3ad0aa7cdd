"""A denial by letter gives way to the payer's 835 about the same claim.

The item that was entered is closed and names the new one; appeals, records, queries and write-offs
begun on it go over, and so do its correction and its waiting, unless somebody was faster there.
A team that acted on the letter acts once: the new item is the turn of the next one that has not.
Again and in any order it makes no difference.

A letter that came after a denial was settled is a matter of its own, until that denial opens again.

One claim has one appeal and one write-off under way: a second one, begun on another letter, goes
over as withdrawn or refused.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from schemas import ids
from schemas.events import Decided, Rework
from services.delivery import outbox
from services.worklist.item import moves

PRODUCER = "worklist"
LOCK_SPACE = 7308

_PAIRS = text(
    "select cast(m.rework_id as text) as manual, cast(d.rework_id as text) as denial, d.opened_at,"
    " d.needs, w.acted from manual_denial m join work_item w on w.rework_id = m.rework_id"
    " join work_item d on d.control_number = m.control_number"
    " and d.kind = 'denial' and (d.status = 'open' or d.opened_at >= m.entered_at)"
    " where m.control_number = any(:numbers) and m.replaced_by = ''"
    " order by m.rework_id for update of m, w"
)
_PASSED_ON = "d.state = 'todo' and d.place <> cast(:turn as text)"
"""The denial stands with a team that acted on the letter; nothing of that team's stays with it."""
_STATEMENTS = tuple(map(text, (
    "insert into work_history (rework_id, at, who, role, action, before, after)"
    " select rework_id, :at, 'remittance', 'payer', 'replaced',"
    " jsonb_build_object('state', state), jsonb_build_object('item', cast(:denial as text))"
    " from work_item where rework_id = cast(:manual as uuid)",
    "update work_item d set state = 'waiting', waits_for = m.waits_for, decision = m.decision,"
    " place = m.place, row_version = d.row_version + 1 from work_item m"
    " where m.rework_id = cast(:manual as uuid) and d.rework_id = cast(:denial as uuid)"
    " and m.state = 'waiting' and m.status = 'open'"
    " and m.waits_for in ('payer', 'approval', 'query')"
    " and d.state = 'todo' and d.status = 'open'",
    "update work_item d set proposal = m.proposal, acted = m.acted, worked_by = m.worked_by,"  # noqa: S608 - a clause of our own
    " state = case when d.state = 'todo' and cast(:turn as text) = 'BILLING' then 'handed_on'"
    " else d.state end,"
    f" place = case when {_PASSED_ON} then cast(:turn as text) else d.place end,"
    f" assigned_to = case when {_PASSED_ON} then '' else d.assigned_to end,"
    f" taken_by = case when {_PASSED_ON} then '' else d.taken_by end,"
    f" lease_until = case when {_PASSED_ON} then null else d.lease_until end,"
    " row_version = d.row_version + 1 from work_item m"
    " where m.rework_id = cast(:manual as uuid) and d.rework_id = cast(:denial as uuid)"
    " and m.status = 'open' and m.acted <> '[]' and d.acted = '[]'"
    " and d.state in ('todo', 'waiting') and d.status = 'open'",
    "update work_item set status = 'closed', row_version = row_version + 1"
    " where rework_id = cast(:manual as uuid)",
    "update appeal set rework_id = cast(:denial as uuid),"
    " state = case when state = 'sent' and exists (select from appeal r where r.state = 'sent'"
    " and r.rework_id = cast(:denial as uuid)) then 'withdrawn' else state end"
    " where rework_id = cast(:manual as uuid)",
    "update records_sent set rework_id = cast(:denial as uuid)"
    " where rework_id = cast(:manual as uuid)",
    "update physician_query set rework_id = cast(:denial as uuid), row_version = row_version + 1"
    " where rework_id = cast(:manual as uuid)",
    "update write_off set rework_id = cast(:denial as uuid),"
    " state = case when state = 'asked' and exists (select from write_off r"
    " where r.state = 'asked' and r.rework_id = cast(:denial as uuid)) then 'refused'"
    " else state end"
    " where rework_id = cast(:manual as uuid)",
    "update manual_denial set replaced_by = :denial where rework_id = cast(:manual as uuid)",
)))


_RUNNING = text(
    "select cast(a.appeal_id as text) as appeal_id, a.level, a.due_on, a.amount_cents,"
    " d.encounter_id, d.control_number, d.payer_id, d.opened_at,"
    " cast(d.event_id as text) as event_id, cast(d.rework_id as text) as rework_id"
    " from appeal a join work_item d on d.rework_id = a.rework_id"
    " where a.rework_id = cast(:denial as uuid) and a.state = 'sent' and a.step > 0"
)


def alone(conn: Connection, control_numbers: Iterable[str]) -> None:
    """Let letters and remittances of some claims come one after the other, until the commit."""
    conn.execute(
        text(
            "select pg_advisory_xact_lock(:space, key) from ("
            " select distinct hashtext(number) as key"
            " from unnest(cast(:numbers as text[])) as number order by 1) as claims"
        ),
        {"space": LOCK_SPACE, "numbers": list(control_numbers)},
    )


def replaced(conn: Connection, events: Iterable[Rework]) -> None:
    """Close what was entered by hand in favour of the denials of these events."""
    numbers = {one.control_number for one in events if one.kind == "denial"}
    if not numbers:
        return
    alone(conn, numbers)
    for pair in conn.execute(_PAIRS, {"numbers": sorted(numbers)}).all():
        turn = moves.following(pair.needs, pair.acted) or moves.BILLING
        given = {
            "manual": pair.manual, "denial": pair.denial, "at": pair.opened_at, "turn": turn,
        }
        for statement in _STATEMENTS:
            names = statement.compile().params
            conn.execute(statement, {name: given[name] for name in names})
        _tell(conn, pair.denial)


def _tell(conn: Connection, denial: str) -> None:
    """Tell the appeal that runs, once the claim's own life can take it."""
    outbox.put(conn, PRODUCER, [
        Decided(
            event_id=ids.derive("decided", "replaced", row.appeal_id),
            encounter_id=row.encounter_id, occurred_at=row.opened_at, recorded_at=row.opened_at,
            cause_id=row.event_id, rework_id=row.rework_id, control_number=row.control_number,
            payer_id=row.payer_id, decision="appeal", level=row.level, due_on=row.due_on,
            amount_cents=row.amount_cents,
        )
        for row in conn.execute(_RUNNING, {"denial": denial})
    ])
