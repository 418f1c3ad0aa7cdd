"""Clocks, score and owner of work items, some hundred in a transaction.

    rows that changed, or of another day ──▶ clocks ──▶ score ──▶ who gets it ──▶ one update

Rows that somebody holds are passed over, never waited for; they come with the next batch. The row
version of an item does not grow: nothing here is a move of a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas.events import NO_DAY
from services.claims import clocks, score, workdays
from services.claims.assign import Job
from services.claims.clocks import Clock, Facts
from services.claims.score import History, Paid, Stake, Won
from services.claims.terms import Terms
from services.db import bulk
from services.db.tables.clocks import ITEM_CLOCK
from services.db.tables.worklist import WORK_HISTORY, WORK_ITEM
from services.worklist.clockwork import assigning

BATCH = 500
LATER = 1
"""Band of what has no clock, as what lies with the payer: nobody has to hurry."""
TOLD = {"filing": clocks.FILING, "corrected_claim": clocks.CORRECTED, "reopening": clocks.CORRECTED}
"""What a rule told with an item is a clock of; any other, of a first appeal."""
CHANGED = "timed_version <> row_version"
NEW_DAY = "status = 'open' and (scored_on is null or scored_on < :today)"
_PICK = """
    select rework_id from work_item where {which} order by rework_id limit :most
    for update skip locked
"""
_LOAD = text("""
    select w.rework_id, w.kind, w.status, w.state, w.waits_for, w.payer_id, w.appealable,
        w.reasons, w.carcs, w.at_stake_cents, w.due_on, w.due_rule, w.opened_at, w.row_version,
        w.place, w.coder_id, w.assigned_to, w.category, w.department, w.facility_id, w.action,
        w.codes, w.band,
        w.score, w.score_parts, w.taken_by <> '' and w.lease_until > :real_now as held,
        f.claim_type, f.starts_on, f.ends_on, f.told_on, f.denied_on, f.lines,
        c.paused_on, coalesce(c.paused_days, 0) as paused_days, m.letter_on,
        coalesce((select jsonb_object_agg(a.level, a.answered_on) from appeal a
            where a.rework_id = w.rework_id and a.state in ('lost', 'partly')
            and a.step > 0 and a.answered_on is not null), '{}') as upheld,
        exists (select from records_sent s where s.rework_id = w.rework_id) as records_sent
    from work_item w
    left join work_fact f
        on f.subject = case w.kind when 'manual_denial' then w.control_number else w.subject end
    left join item_clock c on c.rework_id = w.rework_id and c.kind = 'internal'
    left join manual_denial m on m.rework_id = w.rework_id
    where w.rework_id = any(cast(:ids as uuid[])) order by w.rework_id
""")
"""Asked once they are locked: what a person did just before is seen, and never written over."""


@dataclass(frozen=True, slots=True)
class Timed:
    """An item with what was made for it."""

    row: Row[Any]
    live: bool
    clocks: tuple[Clock, ...]
    paused_on: date | None
    paused_days: int


@dataclass(frozen=True, slots=True)
class Instant:
    """Business day and time, and the machine's."""

    today: date
    now: datetime
    real: datetime


def batch(conn: Connection, terms: Terms, at: Instant, which: str, most: int = BATCH) -> int:
    """Make clocks, scores and owners of some items; return of how many.

    Args:
        conn: In a transaction of its own.
        terms: Payers and policies.
        at: When.
        which: `CHANGED` or `NEW_DAY`.
        most: Items at most.
    """
    picked = conn.execute(
        text(_PICK.format(which=which)), {"today": at.today, "most": most}
    ).scalars().all()
    if not picked:
        return 0
    rows = conn.execute(_LOAD, {"ids": list(map(str, picked)), "real_now": at.real}).all()
    items = [_timed(row, terms, at.today) for row in rows]
    if which == CHANGED:
        _keep_clocks(conn, items)
    _write(conn, items, terms, at)
    return len(rows)


def _timed(row: Row[Any], terms: Terms, today: date) -> Timed:
    live = row.status == "open" and (
        row.state in ("todo", "handed_on")
        or (row.state == "waiting" and row.waits_for != "payer")
    )
    if not live:
        return Timed(row, False, (), None, 0)
    waits = row.state == "waiting" and row.waits_for == "query"
    paused_on, paused_days = row.paused_on, row.paused_days
    if waits:
        paused_on = paused_on or today
    elif paused_on is not None:
        paused_days += workdays.between(paused_on, today)
        paused_on = None
    found = clocks.of(_facts(row, paused_days), terms)
    if not any(one.payers for one in found):
        found = (*_as_told(row), *found)
    return Timed(row, True, found, paused_on, paused_days)


def _facts(row: Row[Any], paused_days: int) -> Facts:
    opened_on = row.opened_at.date()
    known, denied = row.starts_on is not None, row.kind in ("denial", "manual_denial")
    decided_on = (row.letter_on or row.denied_on) if denied else None
    asked = row.action == "SEND_DOCS" and not row.records_sent
    return Facts(
        kind="denial" if denied else row.kind,
        payer_id=row.payer_id, claim_type=row.claim_type or "",
        served=(row.starts_on, row.ends_on) if known else (NO_DAY, NO_DAY),
        told_on=row.told_on, opened_on=opened_on, decided_on=decided_on,
        appealable=row.appealable or not denied,
        requested_on=decided_on if asked else None,
        upheld={level: date.fromisoformat(on) for level, on in row.upheld.items()},
        paused_days=paused_days,
    )


def _as_told(row: Row[Any]) -> tuple[Clock, ...]:
    """Return the limit an item came with, where its facts give none."""
    if row.kind not in score.DENIED_KINDS or row.due_on == NO_DAY:
        return ()
    opened_on = row.opened_at.date()
    run = max(0, (row.due_on - opened_on).days)
    return (Clock(
        TOLD.get(row.due_rule, clocks.APPEAL_1), row.due_rule, opened_on, row.due_on,
        row.due_on - workdays.ONE * (run // 5), "told with the item", "As it came with the item.",
    ),)


def _keep_clocks(conn: Connection, items: Sequence[Timed]) -> None:
    """Write the clocks of live items; those that no longer run go, and with them what they said."""
    rows = [
        {
            "rework_id": one.row.rework_id, "kind": clock.kind, "rule": clock.rule,
            "starts_on": clock.starts_on, "due_on": clock.due_on, "near_on": clock.near_on,
            "source": clock.source, "note": clock.note,
            "paused_on": one.paused_on if not clock.payers else None,
            "paused_days": one.paused_days if not clock.payers else 0,
        }
        for one in items for clock in one.clocks
    ]
    conn.execute(
        text(
            "delete from item_clock c where c.rework_id = any(cast(:ids as uuid[])) and not exists"
            " (select from unnest(cast(:items as uuid[]), cast(:kinds as text[]),"
            " cast(:rules as text[])) as kept (rework_id, kind, rule)"
            " where (kept.rework_id, kept.kind, kept.rule) = (c.rework_id, c.kind, c.rule))"
        ),
        {
            "ids": [one.row.rework_id for one in items],
            "items": [row["rework_id"] for row in rows],
            "kinds": [row["kind"] for row in rows], "rules": [row["rule"] for row in rows],
        },
    )
    keys = ("rework_id", "kind", "rule")
    names = [name for name in (rows[0] if rows else {}) if name not in keys]
    bulk.merge(
        conn, ITEM_CLOCK, rows,
        sets=", ".join(f"{name} = excluded.{name}" for name in names)
        + ", said = case when item_clock.due_on = excluded.due_on then item_clock.said else '' end",
    )


def _write(conn: Connection, items: Sequence[Timed], terms: Terms, at: Instant) -> None:
    known = history(conn, terms, items)
    people = assigning.team(conn, at.today)
    rows, given = [], []
    for one in items:
        row = one.row
        kept = {
            "rework_id": row.rework_id, "band": LATER, "score": row.score,
            "score_parts": row.score_parts, "codes": row.codes, "due_on": row.due_on,
            "due_rule": row.due_rule, "assigned_to": row.assigned_to,
        }
        if one.live:
            kept |= _scored(one, known, at.today)
            owner = row.assigned_to if row.held else people.give(_job(row))
            if row.assigned_to and owner != row.assigned_to:
                given.append(_moved(row, owner, at.now))
            kept["assigned_to"] = owner
        rows.append({**kept, "scored_on": at.today, "timed_version": row.row_version})
    bulk.update(conn, WORK_ITEM, rows)
    bulk.insert(conn, WORK_HISTORY, given)


def _scored(one: Timed, known: History, today: date) -> dict[str, Any]:
    row, due = one.row, clocks.nearest(one.clocks)
    lines = _concerned(row)
    found = score.score(
        Stake(
            row.kind, row.payer_id, row.carcs[0] if row.carcs else "", row.at_stake_cents, lines,
            due,
        ),
        known, today,
    )
    scored: dict[str, Any] = {
        "band": found.band, "score": found.score, "score_parts": found.parts,
        "codes": list(dict.fromkeys(code for code, _ in lines if code)),
    }
    if due and due.payers:
        scored |= {"due_on": due.due_on, "due_rule": due.rule}
    return scored


def _concerned(row: Row[Any]) -> tuple[tuple[str, int], ...]:
    """Return the lines the reasons name, or all of them: (code, charge)."""
    lines = row.lines or []
    named = {reason.get("line_id") for reason in row.reasons} - {"", None}
    some = [line for line in lines if line[0] in named]
    return tuple((code, charge) for _, code, charge in some or lines)


def _job(row: Row[Any]) -> Job:
    wants = (row.claim_type or "", row.department, row.category)
    return Job(
        str(row.rework_id), row.place, row.coder_id, wants, row.assigned_to, row.facility_id
    )


def _moved(row: Row[Any], owner: str, at: datetime) -> dict[str, Any]:
    return {
        "rework_id": row.rework_id, "at": at, "who": "worklist", "role": "worklist",
        "action": "reassign", "before": {"assigned_to": row.assigned_to},
        "after": {"assigned_to": owner},
    }


def history(conn: Connection, terms: Terms, items: Sequence[Timed]) -> History:
    """Return what is known of the payers and codes of some items."""
    codes = sorted({code for one in items for code, _ in _concerned(one.row) if code})
    paid = conn.execute(text(
        "select payer_id, sum(paid_cents) as paid, sum(charged_cents) as charged,"
        " sum(lines) as lines from paid_history group by payer_id"
    ))
    by_code = conn.execute(
        text(
            "select payer_id, code, paid_cents, charged_cents, lines from paid_history"
            " where code = any(:codes)"
        ),
        {"codes": codes},
    )
    reasons = {
        (row.payer_id, row.kind, row.reason): Won(row.won, row.decided)
        for row in conn.execute(text(
            "select payer_id, kind, reason, won, decided from overturn_history"
        ))
    }
    won: dict[tuple[str, str], Won] = {}
    for (payer_id, kind, _), one in reasons.items():
        known = won.get((payer_id, kind), Won())
        won[payer_id, kind] = Won(known.won + one.won, known.decided + one.decided)
    return History(
        {(r.payer_id, r.code): Paid(r.paid_cents, r.charged_cents, r.lines) for r in by_code},
        {r.payer_id: Paid(int(r.paid), int(r.charged), int(r.lines)) for r in paid},
        reasons, won, {key: payer.plan for key, payer in terms.payers.items()},
    )
