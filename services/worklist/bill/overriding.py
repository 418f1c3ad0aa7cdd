"""A person takes a finding upon himself: the next version of the same coding says so.

    a held version, a finding, a reason, a passage ──▶ coding + outbox (`coded` with the override)
                                         refused  ──▶ override_attempt (counted), nothing else

Validation judges the override again, as every override: there is no way around it. What is refused
here is kept and counted, as what validation refuses is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Coded, Encounter, Evidence, Finding, Override, Validated
from services.claims import edits, overrides
from services.claims.edits.edit import HOLD
from services.claims.overrides import EVIDENCE, NO_FINDING, Refusal
from services.db import bulk
from services.db.tables.recalls import OVERRIDE_ATTEMPT
from services.phi import vault
from services.phi.keys import SiteKey
from services.worklist.bill import coding

REASONS = overrides.REASONS
"""Reason -> what it says: the closed list a person chooses from."""
SAYS = {
    overrides.GUARDRAIL: "Nobody may override it: {guardrail}",
    overrides.ROLE: "Only {roles} may override a finding.",
    overrides.REASON: "The reason must be one of {reasons}.",
    overrides.EVIDENCE: "Name a passage of a note of this encounter that supports it.",
    overrides.NO_FINDING: "No such finding holds the coding as it stands.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants to take upon himself.

    Attributes:
        encounter_id: The encounter.
        edit: Id of the edit.
        place: Where it found it, as in the finding.
        reason: A key of `REASONS`.
        evidence: Passages of the encounter's notes that support it.
    """

    encounter_id: str
    edit: str
    place: str
    reason: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class By:
    """Who asks: an opaque id, and the role of that moment."""

    person: str
    role: str


def allowed(finding: Finding, role: str) -> str | None:
    """Return why a finding cannot be overridden by a role; none when it can.

    >>> allowed(Finding(edit="excludes1", severity="hold"), "supervisor")
    >>> allowed(Finding(edit="no_data", severity="hold"), "supervisor")
    'Nobody may override it: What no edit could judge is not known to be right.'
    """
    if finding.severity != HOLD:
        return SAYS[NO_FINDING]
    guardrail = edits.guardrail(finding.edit)
    if guardrail:
        return words(overrides.GUARDRAIL, finding.edit)
    return None if role in overrides.MAY else words(overrides.ROLE, finding.edit)


def words(why: str, edit_id: str) -> str:
    """Return a refusal as a person reads it."""
    return SAYS[why].format(
        guardrail=edits.guardrail(edit_id), roles=", ".join(sorted(overrides.MAY)),
        reasons=", ".join(REASONS),
    )


def override(
    conn: Connection, site: SiteKey, by: By, asked: Asked, now: datetime, seen: int | None = None
) -> Coded | Refusal:
    """Write the next version of a coding with an override, or keep why not.

    The caller commits in either case.

    Args:
        conn: A connection in a transaction.
        site: Opens the notes, to see that the passages are in them.
        by: Who asks.
        asked: What.
        now: Business time.
        seen: The version of the coding the person saw; the latest when not given.

    Raises:
        LookupError: the encounter was never coded.
        services.worklist.item.items.Conflict: the coding moved on since.
    """
    current = coding.current(conn, asked.encounter_id)
    one = Override(edit=asked.edit, place=asked.place, reason=asked.reason, by=by.person,
                   role=by.role, evidence=asked.evidence)
    why = overrides.refusal(one, edits.guardrail(asked.edit))
    if not why and not _holds(conn, current, asked):
        why = NO_FINDING
    if not why and not _in_notes(conn, site, asked):
        why = EVIDENCE
    if why:
        _keep(conn, current, one, why, now)
        return Refusal(one, why)
    kept = tuple(o for o in current.overrides if (o.edit, o.place) != (one.edit, one.place))
    item = _item(conn, current)
    following = replace(
        coding.following(current, overrides=(*kept, one)), reason="correction", occurred_at=now,
        recorded_at=now, evidence=current.evidence,
        rework_id=item or current.rework_id,
    )
    coding.record(conn, following, current.version if seen is None else seen)
    return following


def _holds(conn: Connection, current: Coded, asked: Asked) -> bool:
    """Say whether a finding holds the latest version, as far as is known here."""
    rows = conn.execute(
        text("select value from timeline where encounter_id = :id and topic = :topic"),
        {"id": asked.encounter_id, "topic": topics.VALIDATED.name},
    )
    told: Iterable[Validated] = (codec.decode(topics.VALIDATED.name, bytes(r.value)) for r in rows)
    return any(
        (finding.edit, finding.place, finding.severity) == (asked.edit, asked.place, HOLD)
        for event in told if event.version == current.version for finding in event.findings
    )


def _in_notes(conn: Connection, site: SiteKey, asked: Asked) -> bool:
    """Say whether every passage is one of a note of the encounter."""
    row: Any = conn.execute(
        text("select event from chart where encounter_id = :id"), {"id": asked.encounter_id}
    ).one()
    encounter: Encounter = codec.decode(topics.ENCOUNTER.name, bytes(row.event))
    named = {one.note_id for one in asked.evidence}
    notes = {note.note_id: note.text for note in encounter.notes if note.note_id in named}
    keys = vault.load_keys(conn, site, {sealed.kid for sealed in notes.values()})
    lengths = {
        note_id: len(str(vault.unseal(keys[sealed.kid], asked.encounter_id, sealed)["text"]))
        for note_id, sealed in notes.items() if sealed.kid in keys
    }
    return all(0 <= one.start < one.end <= lengths.get(one.note_id, 0) for one in asked.evidence)


def _item(conn: Connection, current: Coded) -> str:
    """Return the open item of a held version, if there is one."""
    found = conn.execute(
        text(
            "select cast(rework_id as text) from work_item where encounter_id = :id"
            " and version = :version and kind = 'held' and status = 'open'"
        ),
        {"id": current.encounter_id, "version": current.version},
    ).scalars().first()
    return str(found or "")


def _keep(conn: Connection, current: Coded, one: Override, why: str, now: datetime) -> None:
    bulk.insert(conn, OVERRIDE_ATTEMPT, [{
        "encounter_id": current.encounter_id, "version": current.version, "edit": one.edit,
        "place": one.place, "reason": one.reason if one.reason in REASONS else "", "why": why,
        "by": one.by, "role": one.role, "at": now,
    }])
