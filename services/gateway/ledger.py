"""SQL about their files and the money in them, set-based, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from services.db import bulk
from services.db.tables.gateway import (
    INBOUND_FILE,
    JOURNAL,
    POSTING,
    REMITTANCE,
    REMITTANCE_CLAIM,
)
from services.gateway.book import Occurrence, Sums

Row = dict[str, Any]


def files_like(conn: Connection, payer_id: str, sha256: bytes) -> list[Row]:
    """Return what is known of files with these bytes, the first copy first."""
    rows = conn.execute(
        text(
            "select cast(file_id as text) as file_id, name, kind, copy, state, filed_as"
            " from inbound_file where payer_id = :payer_id and sha256 = :sha256 order by copy"
        ),
        {"payer_id": payer_id, "sha256": sha256},
    )
    return [dict(row) for row in rows.mappings()]


def add_file(conn: Connection, row: Row) -> None:
    """Store a file of theirs."""
    bulk.insert(conn, INBOUND_FILE, [row])


def set_unmatched(conn: Connection, file_id: str, unmatched: int) -> None:
    """Note how much of a file was about nothing of ours."""
    if unmatched:
        conn.execute(
            text("update inbound_file set unmatched = :n where file_id = cast(:id as uuid)"),
            {"n": unmatched, "id": file_id},
        )


def note_filed(engine: Engine, file_id: str, filed_as: str) -> None:
    """Note where a file was moved to."""
    with engine.begin() as conn:
        conn.execute(
            text("update inbound_file set filed_as = :name where file_id = cast(:id as uuid)"),
            {"id": file_id, "name": filed_as},
        )


def remittances_with(conn: Connection, ids: Sequence[str]) -> dict[str, bytes]:
    """Return the content hashes of the remittances that are posted: id -> hash."""
    rows = conn.execute(
        text(
            "select cast(remittance_id as text) as id, content_hash from remittance"
            " where remittance_id = any(cast(:ids as uuid[]))"
        ),
        {"ids": list(ids)},
    )
    return {row.id: bytes(row.content_hash) for row in rows}


def post(
    conn: Connection, remittances: Sequence[Row], payments: Sequence[Row], entries: Sequence[Row]
) -> None:
    """Store remittances with their claims and postings, one statement a table."""
    bulk.insert(conn, REMITTANCE, remittances)
    bulk.insert(conn, REMITTANCE_CLAIM, payments)
    journals = [
        {"journal_id": r["remittance_id"], "kind": "remittance", "at": r["posted_at"]}
        for r in remittances
    ]
    bulk.insert(conn, JOURNAL, journals)
    bulk.insert(conn, POSTING, entries)


def settle(conn: Connection, journal_id: str, entries: Sequence[Row], at: datetime) -> None:
    """Store what takes occurrences out of suspense."""
    bulk.insert(conn, JOURNAL, [{"journal_id": journal_id, "kind": "settlement", "at": at}])
    bulk.insert(conn, POSTING, entries)


def open_charges(conn: Connection, numbers: Sequence[str], journal_id: str, at: datetime) -> None:
    """Open what claims charge, once a claim; a void charges nothing."""
    conn.execute(
        text(
            "with j as (insert into journal (journal_id, kind, at) values"
            " (cast(:id as uuid), 'charge', :at) on conflict do nothing)"
            " insert into posting (journal_id, ordinal, entry, remittance_id, control_number,"
            " line_id, debit, credit, reason, reference, amount_cents)"
            " select cast(:id as uuid), row_number() over (order by control_number), 1, null,"
            " control_number, '', 'receivable', 'revenue', 'charge', '', charge_cents"
            " from gateway_claim where control_number = any(:numbers) and charge_cents <> 0"
            " and frequency <> '8'"
            " on conflict (control_number) where debit = 'receivable' do nothing"
        ),
        {"id": journal_id, "numbers": list(numbers), "at": at},
    )


def take_off(
    conn: Connection, kind: str, journal_id: str, numbers: Iterable[str], reason: str, at: datetime
) -> None:
    """Take what is open of claims off: another claim stands for them, or nobody pays it."""
    some = sorted(set(numbers))
    if not some:
        return
    conn.execute(
        text(
            "with open as (select control_number, sum(case when debit = 'receivable'"
            " then amount_cents else -amount_cents end) as cents from posting"
            " where control_number = any(:numbers) and 'receivable' in (debit, credit)"
            " group by control_number), j as (insert into journal (journal_id, kind, at)"
            " select cast(:id as uuid), :kind, :at"
            " where exists (select from open where cents <> 0))"
            " insert into posting (journal_id, ordinal, entry, remittance_id, control_number,"
            " line_id, debit, credit, reason, reference, amount_cents)"
            " select cast(:id as uuid), row_number() over (order by control_number), 1, null,"
            " control_number, '', 'adjustment', 'receivable', :reason, '', cents"
            " from open where cents <> 0"
        ),
        {"id": journal_id, "kind": kind, "numbers": some, "reason": reason, "at": at},
    )


def not_undone(conn: Connection, numbers: Iterable[str]) -> list[Occurrence]:
    """Return the posted payments of claims that no reversal has undone."""
    rows = conn.execute(
        text(
            "select cast(c.remittance_id as text) as id, c.ordinal, c.control_number, p.line_id,"
            " p.debit, p.credit, p.reason, sum(p.amount_cents) as cents from remittance_claim c"
            " join posting p on p.control_number = c.control_number"
            " and p.remittance_id = c.remittance_id and p.ordinal = c.ordinal"
            " where c.control_number = any(:numbers) and c.matched"
            " and c.status not in ('22', '25') and p.credit = 'receivable'"
            " and not exists (select from remittance_claim r where r.reverses_id ="
            " c.remittance_id and r.reverses_ordinal = c.ordinal)"
            " group by 1, 2, 3, 4, 5, 6, 7 having sum(p.amount_cents) <> 0"
        ),
        {"numbers": sorted(set(numbers))},
    )
    found: dict[tuple[str, int, str], set[Any]] = defaultdict(set)
    for row in rows:
        what = (row.line_id, row.debit, row.credit, row.reason)
        found[row.id, row.ordinal, row.control_number].add((what, int(row.cents)))
    return [
        Occurrence((rid, ordinal), number, Sums(sums))
        for (rid, ordinal, number), sums in found.items()
    ]


def waiting(conn: Connection, payer_id: str, numbers: Iterable[str]) -> list[Row]:
    """Return the reversals of claims that wait in suspense for what they undo."""
    rows = conn.execute(
        text(
            "select cast(c.remittance_id as text) as remittance_id, c.ordinal, c.control_number,"
            " c.reason, cast(r.file_id as text) as file_id from remittance_claim c"
            " join remittance r using (remittance_id) where not c.matched"
            " and c.reason = 'reversal' and r.payer_id = :payer_id"
            " and c.control_number = any(:numbers) order by 1, 2"
        ),
        {"payer_id": payer_id, "numbers": sorted(set(numbers))},
    )
    return [dict(row) for row in rows.mappings()]


def take_out(conn: Connection, rows: Sequence[Row]) -> None:
    """Note occurrences as posted: key, event_id, and what a reversal undoes."""
    conn.execute(
        text(
            "update remittance_claim c set matched = true, reason = '', event_id = n.event_id,"
            " reverses_id = n.reverses_id, reverses_ordinal = n.reverses_ordinal"
            " from unnest(cast(:ids as uuid[]), cast(:ordinals as int[]),"
            " cast(:events as uuid[]), cast(:reversed as uuid[]),"
            " cast(:reversed_ordinals as int[]))"
            " as n (remittance_id, ordinal, event_id, reverses_id, reverses_ordinal)"
            " where c.remittance_id = n.remittance_id and c.ordinal = n.ordinal"
        ),
        {
            "ids": [r["remittance_id"] for r in rows], "ordinals": [r["ordinal"] for r in rows],
            "events": [r["event_id"] for r in rows],
            "reversed": [r["reverses_id"] for r in rows],
            "reversed_ordinals": [r["reverses_ordinal"] for r in rows],
        },
    )


def suspended_and_known(conn: Connection) -> list[Row]:
    """Return occurrences that were unmatched and whose claim is known by now."""
    rows = conn.execute(
        text(
            "select cast(c.remittance_id as text) as remittance_id, c.ordinal, c.control_number,"
            " c.reason, cast(r.file_id as text) as file_id, r.payer_id from remittance_claim c"
            " join remittance r using (remittance_id) join gateway_claim g on"
            " g.control_number = c.control_number and g.payer_id = r.payer_id"
            " where not c.matched and c.reason = 'unmatched' order by 1, 2 limit 1000"
        )
    )
    return [dict(row) for row in rows.mappings()]


def contents(conn: Connection, file_ids: Iterable[str]) -> dict[str, Row]:
    """Return the sealed bytes of files: id -> payer_id, sha256, content."""
    rows = conn.execute(
        text(
            "select cast(file_id as text) as file_id, payer_id, sha256, content"
            " from inbound_file where file_id = any(cast(:ids as uuid[])) and content is not null"
        ),
        {"ids": sorted(set(file_ids))},
    )
    return {row.file_id: dict(row._mapping) for row in rows}
