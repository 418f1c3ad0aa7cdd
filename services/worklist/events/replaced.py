"""A denial by letter gives way to the payer's 835 about the same claim.

The item that was entered is closed and names the new one; appeals, records and write-offs begun on
it go over, and so does its waiting for the payer. Again and in any order it makes no difference.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from schemas import ids
from schemas.events import Decided, Rework
from services.delivery import outbox

PRODUCER = "worklist"

_PAIRS = text(
    "select cast(m.rework_id as text) as manual, cast(d.rework_id as text) as denial, d.opened_at"
    " from manual_denial m join work_item d on d.control_number = m.control_number"
    " and d.kind = 'denial' where m.control_number = any(:numbers) and m.replaced_by = ''"
    " order by m.rework_id for update of m"
)
_STATEMENTS = tuple(map(text, (
    "insert into work_history (rework_id, at, who, role, action, before, after)"
    " select rework_id, :at, 'remittance', 'payer', 'replaced',"
    " jsonb_build_object('state', state), jsonb_build_object('item', cast(:denial as text))"
    " from work_item where rework_id = cast(:manual as uuid)",
    "update work_item d set state = 'waiting', waits_for = m.waits_for, decision = m.decision,"
    " row_version = d.row_version + 1 from work_item m"
    " where m.rework_id = cast(:manual as uuid) and d.rework_id = cast(:denial as uuid)"
    " and m.state = 'waiting' and m.status = 'open' and m.waits_for in ('payer', 'approval')"
    " and d.state = 'todo' and d.status = 'open'",
    "update work_item set status = 'closed', row_version = row_version + 1"
    " where rework_id = cast(:manual as uuid)",
    "update appeal set rework_id = cast(:denial as uuid) where rework_id = cast(:manual as uuid)",
    "update records_sent set rework_id = cast(:denial as uuid)"
    " where rework_id = cast(:manual as uuid)",
    "update write_off set rework_id = cast(:denial as uuid)"
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


def replaced(conn: Connection, events: Iterable[Rework]) -> None:
    """Close what was entered by hand in favour of the denials of these events."""
    numbers = {one.control_number for one in events if one.kind == "denial"}
    if not numbers:
        return
    for pair in conn.execute(_PAIRS, {"numbers": sorted(numbers)}).all():
        for statement in _STATEMENTS:
            given = {"manual": pair.manual, "denial": pair.denial, "at": pair.opened_at}
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
