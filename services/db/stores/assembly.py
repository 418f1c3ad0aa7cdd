"""Assembly's state: `claim_version` and `submission`, by encounter."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas import codec, topics
from schemas.events import Acknowledged, Event
from services.claims.assembly import Claim, Submission, Version
from services.claims.lifecycle import OWNERS, Decision
from services.db import bulk
from services.db.tables.assembly import CLAIM_VERSION, SUBMISSION

_VERSIONS = text("select * from claim_version where encounter_id = any(:ids)")
_SUBMISSIONS = text("select * from submission where encounter_id = any(:ids)")


def load(conn: Connection, events: Sequence[Event]) -> Mapping[str, Claim]:
    """Return what is known of the events' encounters; mere acceptances need nothing."""
    ids = {
        getattr(event, "encounter_id", "")
        for event in events
        if not (isinstance(event, Acknowledged) and event.accepted)
    }
    if not ids:
        return {}
    versions: dict[str, dict[int, Version]] = {}
    submissions: dict[str, dict[str, Submission]] = {}
    for row in conn.execute(_VERSIONS, {"ids": sorted(ids)}):
        versions.setdefault(row.encounter_id, {})[row.version] = _version(row)
    for row in conn.execute(_SUBMISSIONS, {"ids": sorted(ids)}):
        submissions.setdefault(row.encounter_id, {})[row.control_number] = _submission(row)
    return {
        key: Claim(versions.get(key, {}), submissions.get(key, {}))
        for key in versions.keys() | submissions.keys()
    }


def save(conn: Connection, changed: Mapping[str, Claim]) -> None:
    """Write the changed encounters; a predecessor before its successor, for the open index."""
    bulk.insert(
        conn,
        CLAIM_VERSION,
        [
            {
                "encounter_id": key, "version": v.version, "payer_id": v.payer_id,
                "state": v.state, "owner": OWNERS[v.state], "predecessor": v.predecessor,
                "event": codec.encode(v.event) if v.event else None,
            }
            for key, claim in sorted(changed.items())
            for v in claim.versions.values()
        ],
        conflict="update",
    )
    bulk.insert(
        conn,
        SUBMISSION,
        [
            _row(key, submission)
            for key, claim in sorted(changed.items())
            for submission in sorted(claim.submissions.values(), key=lambda s: s.ordinal)
        ],
        conflict="update",
    )


def _version(row: Row[Any]) -> Version:
    event = codec.decode(topics.VALIDATED.name, bytes(row.event)) if row.event else None
    return Version(row.version, row.payer_id, row.state, row.predecessor, event)


def _submission(row: Row[Any]) -> Submission:
    latest = Decision(
        row.decided_on, row.remittance_id, row.remittance_ordinal, row.payer_claim_number,
        row.unprocessable,
    )
    return Submission(
        row.control_number, row.payer_id, row.ordinal or 0, row.version, row.frequency,
        row.predecessor, row.filing_deadline_on, row.rejected,
        latest if row.decided_on is not None else None,
    )


def _row(encounter_id: str, s: Submission) -> dict[str, object]:
    latest = s.latest or Decision()
    return {
        "control_number": s.control_number, "encounter_id": encounter_id,
        "payer_id": s.payer_id, "ordinal": s.ordinal or None, "version": s.version,
        "frequency": s.frequency, "predecessor": s.predecessor,
        "filing_deadline_on": s.filing_deadline_on, "state": s.state,
        "rejected": s.rejected, "decided_on": s.latest.decided_on if s.latest else None,
        "remittance_id": latest.remittance_id, "remittance_ordinal": latest.ordinal,
        "payer_claim_number": latest.payer_claim_number, "unprocessable": latest.unprocessable,
    }
