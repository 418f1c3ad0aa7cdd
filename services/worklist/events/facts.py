"""What clocks and scores know of what an item is about, and what payers paid and overturned.

    encounter, held validated, submitted, adjudicated ──▶ work_fact ──▶ paid_history
    rework, answer ─────────────────────────────────────▶ overturn_fact ──▶ overturn_history

A history is a sum of what each fact adds to it; a fact that changes adds the difference, in the
transaction of the events that changed it. So order and batches make no difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from schemas.events import (
    NO_DAY,
    Acknowledged,
    Adjudicated,
    Bill,
    Encounter,
    EncounterEvent,
    Reason,
    Rework,
    Submitted,
    Validated,
)
from services.claims import paid, standing
from services.claims.paid import Ruling
from services.claims.score import Paid
from services.db import bulk
from services.db.tables.clocks import OVERTURN_FACT, PAID_HISTORY, WORK_FACT


def save(conn: Connection, events: Sequence[EncounterEvent], answered: Iterable[str]) -> None:
    """Write what a batch says; after work items and answers.

    Args:
        conn: In the transaction of the batch.
        events: Of the batch.
        answered: Items of whose correction the batch says something.
    """
    rows = _rows(events)
    bulk.merge(
        conn, WORK_FACT, [rows[key] for key in sorted(rows)],
        sets=_NEWER, where="excluded.version > work_fact.version",
    )
    _decide(conn, [one for one in events if isinstance(one, Adjudicated)])
    _untime(conn, rows)
    reworks = [one for one in events if isinstance(one, Rework)]
    _overturn(conn, reworks, {*answered, *(one.rework_id for one in reworks)})


def reason_key(reason: Reason) -> str:
    """Return what a history calls a reason: an edit, ``CO-11``, a status."""
    return reason.edit or f"{reason.group}-{reason.carc}".strip("-")


def _rows(events: Iterable[EncounterEvent]) -> dict[str, dict[str, Any]]:
    """Return the facts a batch brings, by subject; of a record, the newest."""
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        match event:
            case Encounter():
                row = _row(event.encounter_id, event, event.bill, version=event.version)
            case Validated(verdict="held"):
                row = _row(event.cause_id, event, event.bill)
            case Submitted() | Acknowledged() | Adjudicated():
                row = _row(event.control_number, event, event.bill, payer_id=event.payer_id)
            case _:
                continue
        known = found.get(row["subject"])
        if known is None or row["version"] > known["version"]:
            found[row["subject"]] = row
    return found


def _row(
    subject: str, event: EncounterEvent, bill: Bill, *, payer_id: str = "", version: int = 0
) -> dict[str, Any]:
    return {
        "subject": subject, "encounter_id": event.encounter_id, "version": version,
        "payer_id": payer_id or bill.coverage.payer_id,
        "claim_type": bill.claim_type or "professional",
        "starts_on": bill.starts_on, "ends_on": bill.ends_on if bill.ends_on != NO_DAY
        else bill.starts_on,
        "told_on": bill.prior[-1].decided_on if bill.prior else None,
        "charge_cents": bill.charge_cents, "lines": paid.lines(bill),
    }


_NEWER = ", ".join(
    f"{name} = excluded.{name}"
    for name in _row("", EncounterEvent(), Bill()) if name not in ("subject", "encounter_id")
)


def _decide(conn: Connection, events: Sequence[Adjudicated]) -> None:
    """Add decisions to their submissions, and what that changes to the history."""
    heard: dict[str, list[Ruling]] = {}
    for event in events:
        one = paid.ruling(event)
        if one is not None:
            heard.setdefault(event.control_number, []).append(one)
    if not heard:
        return
    known = conn.execute(
        text(
            "select subject, payer_id, charge_cents, rulings, paid from work_fact"
            " where subject = any(:subjects) order by subject for update"
        ),
        {"subjects": sorted(heard)},
    ).all()
    facts, changes = [], dict[tuple[str, str], Paid]()
    for row in known:
        rulings = tuple(msgspec.convert(row.rulings, list[Ruling]))
        for one in heard[row.subject]:
            rulings = standing.add(rulings, one)
        before = {code: Paid(*part) for code, part in row.paid.items()}
        after = paid.totals(rulings, row.charge_cents)
        for code, part in paid.difference(before, after).items():
            key = (row.payer_id, code)
            changes[key] = paid.plus(changes.get(key, Paid()), part)
        facts.append({
            "subject": row.subject, "denied_on": paid.denied_on(rulings, row.charge_cents),
            "rulings": [msgspec.to_builtins(one) for one in rulings],
            "paid": {code: list(part) for code, part in after.items()},
        })
    bulk.update(conn, WORK_FACT, facts)
    _add(conn, changes)


def _add(conn: Connection, changes: Mapping[tuple[str, str], Paid]) -> None:
    bulk.merge(
        conn, PAID_HISTORY,
        [
            {"payer_id": payer_id, "code": code, "paid_cents": part.paid_cents,
             "charged_cents": part.charged_cents, "lines": part.lines}
            for (payer_id, code), part in sorted(changes.items())
        ],
        sets="paid_cents = paid_history.paid_cents + excluded.paid_cents,"
             " charged_cents = paid_history.charged_cents + excluded.charged_cents,"
             " lines = paid_history.lines + excluded.lines",
    )


def _untime(conn: Connection, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Let the timer look again at open items about something of which more is known."""
    if not rows:
        return
    conn.execute(
        text(
            "update work_item set timed_version = 0 where encounter_id = any(:encounters)"
            " and (subject = any(:subjects) or control_number = any(:subjects))"
            " and status = 'open' and timed_version <> 0"
        ),
        {
            "encounters": sorted({row["encounter_id"] for row in rows.values()}),
            "subjects": sorted(rows),
        },
    )


def _overturn(conn: Connection, reworks: Iterable[Rework], touched: Iterable[str]) -> None:
    """Note how items ended, and add what that changes to the history."""
    newest: dict[str, Rework] = {}
    for event in sorted(reworks, key=lambda one: one.revision):
        newest[event.rework_id] = event
    bulk.merge(
        conn, OVERTURN_FACT,
        [
            {
                "rework_id": key, "revision": one.revision, "payer_id": one.payer_id,
                "kind": one.kind, "reason": reason_key(one.reasons[0]) if one.reasons else "",
                "resolution": one.resolution,
            }
            for key, one in sorted(newest.items())
        ],
        sets="revision = excluded.revision, payer_id = excluded.payer_id, kind = excluded.kind,"
             " reason = excluded.reason, resolution = excluded.resolution",
        where="excluded.revision > overturn_fact.revision",
    )
    ids = sorted(set(touched))
    if ids:
        conn.execute(_COUNT, {"ids": ids})


_COUNT = text("""
    with stands as (
        select f.rework_id, f.payer_id, f.kind, f.reason, f.told, f.won as won_before,
            f.decided as decided_before,
            case when f.resolution = 'overturned'
                or (a.paid_cents > 0 and a.came_back <> 'denial') then 1 else 0 end as won,
            case when f.resolution in ('overturned', 'answered') or a.decisions > 0
                then 1 else 0 end as decided
        from overturn_fact f left join answer a on a.rework_id = f.rework_id
        where f.rework_id = any(cast(:ids as uuid[]))
    ), kept as (
        update overturn_fact f set told = s.reason, won = s.won, decided = s.decided
        from stands s where s.rework_id = f.rework_id
        and (f.told, f.won, f.decided) is distinct from (s.reason, s.won, s.decided)
    )
    insert into overturn_history (payer_id, kind, reason, won, decided)
    select payer_id, kind, reason, sum(won), sum(decided) from (
        select payer_id, kind, reason, won, decided from stands
        union all
        select payer_id, kind, told, -won_before, -decided_before from stands
    ) as change where reason <> '' group by payer_id, kind, reason
    having sum(won) <> 0 or sum(decided) <> 0 order by payer_id, kind, reason
    on conflict (payer_id, kind, reason) do update
        set won = overturn_history.won + excluded.won,
            decided = overturn_history.decided + excluded.decided
""")
"""An item is decided when the payer took its decision back, or a correction of it was decided.

It is won when nothing of the correction was denied again: other lines may have been paid all along.
"""
