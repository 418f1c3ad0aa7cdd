"""SQL about their files and the money in them, set-based, in the caller's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, text

from services.db import bulk
from services.db.tables.gateway import INBOUND_FILE, POSTING, REMITTANCE, REMITTANCE_CLAIM

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
    bulk.insert(conn, POSTING, entries)
