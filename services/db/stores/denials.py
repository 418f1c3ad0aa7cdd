"""Denials' state: the facts of an encounter as one JSON value, and its items as rows."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, text

from schemas.events import Event
from services.claims.denials import Case, silent
from services.db import bulk
from services.db.tables.denials import DENIAL_CASE, REWORK_ITEM

_LOAD = text("select encounter_id, content from denial_case where encounter_id = any(:ids)")
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Case)


def load(conn: Connection, events: Sequence[Event]) -> Mapping[str, Case]:
    """Return what is known of the events' encounters; most acceptances need nothing."""
    ids = {getattr(event, "encounter_id", "") for event in events if not silent(event)}
    if not ids:
        return {}
    rows = conn.execute(_LOAD, {"ids": sorted(ids)})
    return {row.encounter_id: _DECODER.decode(row.content) for row in rows}


def save(conn: Connection, changed: Mapping[str, Case]) -> None:
    """Write the changed encounters and their items."""
    cases = sorted(changed.items())
    bulk.insert(
        conn,
        DENIAL_CASE,
        [{"encounter_id": key, "content": _ENCODER.encode(case)} for key, case in cases],
        conflict="update",
    )
    bulk.insert(
        conn,
        REWORK_ITEM,
        [
            {
                "rework_id": rework_id, "encounter_id": key, "kind": item.draft.kind,
                "subject": item.draft.subject, "status": item.status,
                "revision": item.revision, "payer_id": item.draft.payer_id,
                "category": item.draft.category, "team": item.draft.team,
                "coder_id": item.draft.coder_id, "at_stake_cents": item.draft.at_stake_cents,
                "due_on": item.draft.due_on,
            }
            for key, case in cases
            for rework_id, item in case.items.items()
        ],
        conflict="update",
    )
