"""A signed addendum makes the next version of an encounter; every later version keeps it.

    answer of a physician ──▶ addendum row, intake row, encounter event: one transaction

What a source exports later does not know of addenda written here, so `store.take` adds them again.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, text

from schemas.events import Encounter, Note
from schemas.ids import derive
from services.db import bulk
from services.db.tables.intake import ADDENDUM
from services.delivery import outbox
from services.phi import vault
from services.phi.keys import SiteKey

PRODUCER = "intake"
KIND, TITLE = "55107-7", "Addendum"
"""LOINC: addendum document."""


class Moved(Exception):  # noqa: N818 - says what happened
    """The record has a later version than the one the addendum was written to."""


def add(  # noqa: PLR0913 - an addendum has these parts
    conn: Connection, site: SiteKey, record: Encounter, content: str, *, query_id: str,
    post_bill: bool, at: datetime,
) -> Encounter:
    """Write an addendum and the next version of its encounter; return that version.

    Args:
        conn: A connection in a transaction.
        site: Seals the text.
        record: The latest version.
        content: The text, as signed.
        query_id: The query it answers: an answer is written once.
        post_bill: Whether a claim was out.
        at: When it was signed, business time.

    Raises:
        Moved: `record` is not the latest version.
    """
    encounter_id, version = record.encounter_id, record.version + 1
    conn.execute(text("select pg_advisory_xact_lock(hashtext('intake'))"))  # as `store.take`
    moved = conn.execute(
        text(
            "update intake set version = :version where encounter_id = :id and version = :seen"
        ),
        {"id": encounter_id, "version": version, "seen": record.version},
    )
    if moved.rowcount != 1:
        raise Moved
    kid = record.bill.demographics.kid
    key = vault.load_keys(conn, site, {kid})[kid]
    note = Note(
        note_id=site.opaque("addendum", query_id, length=20), kind=KIND, title=TITLE,
        signed_at=at, query_id=query_id, post_bill=post_bill,
        text=vault.seal(key, kid, encounter_id, "note", {"text": content}, version),
    )
    event = dataclasses.replace(
        record, event_id=derive("encounter", encounter_id, version, "addendum", query_id),
        version=version, recorded_at=at, cause_id=record.event_id, notes=(*record.notes, note),
    )
    bulk.insert(conn, ADDENDUM, [{
        "encounter_id": encounter_id, "note_id": note.note_id, "note": msgspec.json.encode(note),
        "signed_at": at,
    }])
    outbox.put(conn, PRODUCER, [event])
    return event


def of(conn: Connection, encounter_ids: Iterable[str]) -> Mapping[str, tuple[Note, ...]]:
    """Return the addenda of some encounters, oldest first: encounter id -> notes."""
    rows = conn.execute(
        text(
            "select encounter_id, note from intake_addendum where encounter_id = any(:ids)"
            " order by encounter_id, signed_at, note_id"
        ),
        {"ids": sorted(encounter_ids)},
    )
    found: dict[str, tuple[Note, ...]] = {}
    for row in rows:
        note = msgspec.json.decode(bytes(row.note), type=Note)
        found[row.encounter_id] = (*found.get(row.encounter_id, ()), note)
    return found
