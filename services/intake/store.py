"""Write a batch of drafts in one transaction: rows of `intake`, keys, events in the outbox.

What is unchanged writes nothing; what has changed is the next version. A visit known from FHIR
is not replaced by a CSV export, which says less of it.
"""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from schemas import codec
from schemas.events import Encounter, Sealed
from schemas.ids import derive
from services.db import bulk
from services.db.tables.delivery import OUTBOX
from services.db.tables.intake import INTAKE, REFUSAL
from services.delivery import outbox
from services.intake import addenda
from services.intake.build import Draft
from services.intake.visit import Refusal
from services.phi import vault
from services.phi.keys import SiteKey

PRODUCER = "intake"
RICHNESS = {"fhir": 2, "csv_clinosim": 1, "csv_synthea": 1}


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """The version of an encounter that is in."""

    version: int
    digest: bytes
    source: str


def take(conn: Connection, site: SiteKey, drafts: Sequence[Draft], now: datetime) -> Counter[str]:
    """Write a batch; return how many were new, changed, unchanged or known better.

    All encounter ids of a batch differ.
    """
    conn.execute(text("select pg_advisory_xact_lock(hashtext('intake'))"))
    known = _known(conn, [d.event.encounter_id for d in drafts])
    counts: Counter[str] = Counter()
    changed: list[Draft] = []
    for one in drafts:
        outcome = _outcome(known.get(one.event.encounter_id), one)
        counts[outcome] += 1
        if outcome in ("new", "changed"):
            changed.append(one)
    if not changed:
        return counts
    keys = vault.ensure_keys(conn, site, {d.kid for d in changed})
    events = [
        _sealed(one, keys[one.kid], known.get(one.event.encounter_id), now) for one in changed
    ]
    added = addenda.of(conn, known)
    events = [
        dataclasses.replace(event, notes=(*event.notes, *added.get(event.encounter_id, ())))
        for event in events
    ]
    rows = [outbox.row(event, PRODUCER, None, 0, pending=True) for event in events]
    bulk.insert(conn, OUTBOX, rows, conflict="nothing")
    bulk.insert(
        conn, INTAKE,
        [
            {
                "encounter_id": event.encounter_id, "version": event.version, "hash": one.digest,
                "state": event.state, "lacks": one.lacks, "source": event.source, "taken_at": now,
            }
            for one, event in zip(changed, events, strict=True)
        ],
        conflict="update",
    )
    return counts


def refuse(conn: Connection, site: SiteKey, refusals: Sequence[Refusal], now: datetime) -> None:
    """Keep what was refused, its bytes sealed; the same refusal twice is one row."""
    rows = {}
    for one in refusals:
        print_of_content = site.opaque("refusal", one.content.decode("latin-1"))
        refusal_id = derive("refusal", one.file, one.line, one.field, one.rule, print_of_content)
        rows[refusal_id] = {
            "refusal_id": refusal_id, "file": one.file, "line": one.line, "field": one.field,
            "rule": one.rule, "refused_at": now,
            "content": vault.seal_bytes(site, "refusal", one.content, refusal_id),
        }
    bulk.insert(conn, REFUSAL, list(rows.values()), conflict="nothing")


def _known(conn: Connection, encounter_ids: Sequence[str]) -> Mapping[str, Known]:
    rows = conn.execute(
        text(
            "select encounter_id, version, hash, source from intake"
            " where encounter_id = any(:ids)"
        ),
        {"ids": list(encounter_ids)},
    )
    return {row.encounter_id: Known(row.version, bytes(row.hash), row.source) for row in rows}


def _outcome(known: Known | None, one: Draft) -> str:
    if known is None:
        return "new"
    if known.digest == one.digest:
        return "unchanged"
    return "changed" if RICHNESS[one.event.source] >= RICHNESS[known.source] else "known_better"


def _sealed(one: Draft, key: bytes, known: Known | None, now: datetime) -> Encounter:
    """Return the event of a draft: its version, its id and the sealed groups."""
    version = known.version + 1 if known else 1
    encounter_id = one.event.encounter_id

    def seal(schema: str, content: Mapping[str, str]) -> Sealed:
        return vault.seal(key, one.kid, encounter_id, schema, content, version)

    demographics = seal("demographics", dataclasses.asdict(one.demographics))
    return dataclasses.replace(
        one.event,
        event_id=derive("encounter", encounter_id, version, one.digest.hex()),
        version=version, recorded_at=now,
        bill=dataclasses.replace(one.event.bill, demographics=demographics),
        notes=tuple(
            dataclasses.replace(note, text=seal("note", {"text": content}))
            for note, content in zip(one.event.notes, one.texts, strict=True)
        ),
    )


def too_long(one: Draft) -> bool:
    """Say whether the event would be larger than a record may be (its texts, roughly)."""
    room = codec.MAX_BYTES - 50_000
    return sum(len(content.encode()) for content in one.texts) > room


