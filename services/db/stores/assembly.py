"""Assembly's state: `claim_version`, `claim_turn` and `submission`, by encounter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, text

from schemas import codec, topics
from schemas.events import Acknowledged, Decided, Event, Submitted
from services.claims.chain import Claim, Kept, Submission, Version
from services.claims.lifecycle import (
    APPEAL,
    APPEAL_ENDS,
    TO_DO,
    TURN_OWNERS,
    VERSION_OWNERS,
    Decision,
)
from services.db import bulk
from services.db.tables.assembly import CLAIM_TURN, CLAIM_VERSION, SUBMISSION

_VERSIONS = text("select * from claim_version where encounter_id = any(:ids)")
_TURNS = text("select * from claim_turn where encounter_id = any(:ids)")
_SUBMISSIONS = text("select * from submission where encounter_id = any(:ids)")
_OWNED = text(
    "select encounter_id, version, payer_id, state, owner from claim_version"
    " where state = any(:states) union all"
    " select encounter_id, 0, payer_id, state, owner from claim_turn where state = any(:states)"
    " order by owner, state, encounter_id, version"
)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(tuple[Decision, ...])
_NONE = b"[]"


@dataclass(frozen=True, slots=True)
class Owned:
    """A version, or a further payer's turn (version 0), that waits for a team."""

    encounter_id: str
    version: int
    payer_id: str
    state: str
    owner: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A submitted event as its row holds it."""

    value: bytes

    def read(self) -> Submitted:
        """Return it."""
        event: Submitted = codec.decode(topics.SUBMITTED.name, self.value)
        return event


def load(conn: Connection, events: Sequence[Event]) -> Mapping[str, Claim]:
    """Return what is known of the events' encounters; what says nothing new needs nothing."""
    ids = {getattr(event, "encounter_id", "") for event in events if not _silent(event)}
    if not ids:
        return {}
    asked = {"ids": sorted(ids)}
    versions: dict[str, dict[int, Version]] = {}
    turns: dict[str, dict[str, str]] = {}
    submissions: dict[str, dict[str, Submission]] = {}
    for row in conn.execute(_VERSIONS, asked):
        versions.setdefault(row.encounter_id, {})[row.version] = _version(row)
    for row in conn.execute(_TURNS, asked):
        turns.setdefault(row.encounter_id, {})[row.payer_id] = row.state
    for row in conn.execute(_SUBMISSIONS, asked):
        submissions.setdefault(row.encounter_id, {})[row.control_number] = _submission(row)
    return {
        key: Claim(versions.get(key, {}), submissions.get(key, {}), turns.get(key, {}))
        for key in versions.keys() | submissions.keys()
    }


def owned(conn: Connection) -> list[Owned]:
    """Return every version and turn that a team has to act on, by encounter; no held version."""
    return [Owned(*row) for row in conn.execute(_OWNED, {"states": sorted(TO_DO)})]


def _silent(event: Event) -> bool:
    """Say whether an event tells assembly nothing: a mere acceptance, a decision not its own."""
    if isinstance(event, Decided):
        return event.decision != APPEAL and event.decision not in APPEAL_ENDS
    return isinstance(event, Acknowledged) and event.accepted


def save(conn: Connection, changed: Mapping[str, Claim]) -> None:
    """Write the changed encounters; a predecessor before its successor, for the open index."""
    claims = sorted(changed.items())
    bulk.insert(
        conn,
        CLAIM_VERSION,
        [
            {
                "encounter_id": key, "version": v.version, "payer_id": v.payer_id,
                "state": v.state, "owner": VERSION_OWNERS[v.state], "predecessor": v.predecessor,
                "event": codec.encode(v.event) if v.event else None,
            }
            for key, claim in claims
            for v in claim.versions.values()
        ],
        conflict="update",
    )
    bulk.insert(
        conn,
        CLAIM_TURN,
        [
            {"encounter_id": key, "payer_id": payer, "state": state, "owner": TURN_OWNERS[state]}
            for key, claim in claims
            for payer, state in sorted(claim.turns.items())
        ],
        conflict="update",
    )
    bulk.insert(
        conn,
        SUBMISSION,
        [
            _row(key, claim, submission)
            for key, claim in claims
            for submission in sorted(claim.submissions.values(), key=lambda s: s.ordinal)
        ],
        conflict="update",
    )


def _version(row: Row[Any]) -> Version:
    event = codec.decode(topics.VALIDATED.name, bytes(row.event)) if row.event else None
    return Version(row.version, row.payer_id, row.state, row.predecessor, event)


def _submission(row: Row[Any]) -> Submission:
    return Submission(
        row.control_number, row.payer_id, row.ordinal or 0, row.version, row.frequency,
        row.predecessor, row.filing_deadline_on, row.charge_cents, row.secondary,
        row.next_payer_id, row.rejected, _DECODER.decode(bytes(row.decisions)), row.appeal,
        row.appealed_at, Stored(bytes(row.event)) if row.event else None,
    )


def _bytes(kept: Kept | None) -> bytes | None:
    if isinstance(kept, Stored):
        return kept.value
    return codec.encode(kept.read()) if kept else None


def _row(encounter_id: str, claim: Claim, s: Submission) -> dict[str, object]:
    return {
        "control_number": s.control_number, "encounter_id": encounter_id,
        "payer_id": s.payer_id, "ordinal": s.ordinal or None, "version": s.version,
        "frequency": s.frequency, "predecessor": s.predecessor,
        "filing_deadline_on": s.filing_deadline_on, "charge_cents": s.charge_cents,
        "secondary": s.secondary, "next_payer_id": s.next_payer_id, "state": claim.state(s),
        "rejected": s.rejected, "decided_on": s.decided_on,
        "payer_claim_number": s.payer_claim_number,
        "decisions": _ENCODER.encode(s.decisions) if s.decisions else _NONE,
        "appeal": s.appeal, "appealed_at": s.appealed_at, "event": _bytes(s.event),
    }
