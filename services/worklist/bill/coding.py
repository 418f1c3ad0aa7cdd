"""The only writer of `coded`: every version of every encounter's coding goes through here.

    encoder feed, coders' page, billers' release  ──▶  `coding` row + `coded` event, one transaction

A version is written once: two people who save on the same version cannot both be right.
"""

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime, time

from sqlalchemy import Connection, text

from schemas import codec, ids, topics
from schemas.events import Bill, Coded, Encounter
from services.claims import guards, repairs
from services.db import bulk
from services.db.tables.coding import CODING
from services.delivery import outbox
from services.worklist.bill import encoder
from services.worklist.item.items import Conflict

PRODUCER = "worklist"
CODED, AWAITING, CHANGED = "coded", "awaiting_coding", "changed_after_coding"


def initial(encounter: Encounter, bill: Bill, coder_id: str, now: datetime) -> Coded:
    """Return the first version of an encounter's coding, made at the end of its last day."""
    evening = time(23, 59, 59, tzinfo=UTC)
    return Coded(
        event_id=event_id(encounter.encounter_id, 1), encounter_id=encounter.encounter_id,
        occurred_at=datetime.combine(encounter.occurred_at.date(), evening), recorded_at=now,
        cause_id=encounter.event_id, version=1, encounter_version=encounter.version,
        coder_id=coder_id, reason="initial", bill=repairs.repaired(bill),
    )


def following(current: Coded, **changes: object) -> Coded:
    """Return the next version, with some fields changed; evidence and overrides start empty."""
    version = current.version + 1
    fresh = {"evidence": (), "overrides": (), "cause_id": current.event_id}
    changed = dataclasses.replace(
        current, **(fresh | changes),  # type: ignore[arg-type]
        event_id=event_id(current.encounter_id, version), version=version,
    )
    content = repairs.repaired(changed.bill)
    off = guards.dropped(current.dropped, current.bill, content)
    return dataclasses.replace(changed, bill=content, dropped=off)


def event_id(encounter_id: str, version: int) -> str:
    """Return the id of a coded event: the same on every replay."""
    return ids.derive("coded", encounter_id, version)


def current(conn: Connection, encounter_id: str) -> Coded:
    """Return the latest version; version 0, a suggestion, of what was never coded.

    Raises:
        LookupError: there is no such encounter.
    """
    row = conn.execute(
        text(
            "select event from coding where encounter_id = :encounter_id"
            " order by version desc limit 1"
        ),
        {"encounter_id": encounter_id},
    ).one_or_none()
    if row is not None:
        coded: Coded = codec.decode(topics.CODED.name, bytes(row.event))
        return coded
    documented = charted(conn, encounter_id)
    if documented is None:
        raise LookupError("never coded")
    return Coded(
        encounter_id=encounter_id, cause_id=documented.event_id,
        encounter_version=documented.version, bill=encoder.suggested(documented),
    )


def charted(conn: Connection, encounter_id: str) -> Encounter | None:
    """Return the record as taken in last, if it is here."""
    row = conn.execute(
        text("select event from chart where encounter_id = :id"), {"id": encounter_id}
    ).one_or_none()
    if row is None:
        return None
    found: Encounter = codec.decode(topics.ENCOUNTER.name, bytes(row.event))
    return found


def settled(conn: Connection, encounter_id: str) -> None:
    """Note that a person coded a chart, or took its change over."""
    conn.execute(
        text("update chart set state = :state where encounter_id = :id"),
        {"state": CODED, "id": encounter_id},
    )


def record(conn: Connection, coded: Coded, seen: int) -> None:
    """Store the next version and its event, in the caller's transaction.

    Args:
        conn: A connection in a transaction.
        coded: The next version; its sealed groups are copies.
        seen: The version it was made from.

    Raises:
        services.worklist.item.items.Conflict: the coding moved on since.
    """
    held = conn.execute(
        text("select encounter_id from chart where encounter_id = :id for update"),
        {"id": coded.encounter_id},
    ).one_or_none()
    latest = conn.execute(
        text("select coalesce(max(version), 0) from coding where encounter_id = :id"),
        {"id": coded.encounter_id},
    ).scalar_one()
    if held is None or latest != seen or coded.version != seen + 1:
        raise Conflict
    store(conn, [coded])
    outbox.put(conn, PRODUCER, [coded])


def store(conn: Connection, versions: Iterable[Coded]) -> None:
    """Store versions in one statement; the caller sees to their events."""
    rows = [
        {
            "encounter_id": one.encounter_id, "version": one.version, "event_id": one.event_id,
            "encounter_version": one.encounter_version, "coder_id": one.coder_id,
            "reason": one.reason, "rework_id": one.rework_id, "predecessor": one.predecessor,
            "recorded_at": one.recorded_at, "event": codec.encode(one),
        }
        for one in versions
    ]
    bulk.insert(conn, CODING, rows)
