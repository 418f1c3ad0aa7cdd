"""What happened to an encounter: its events, where each stands, what a reader asks of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, text

from schemas import codec, topics
from schemas.events import Adjudicated, Encounter, EncounterEvent, Note, Submitted, Validated
from services.claims import lifecycle
from services.worklist.shown import page, wording

E = TypeVar("E", bound=EncounterEvent)
REVERSAL = "22"


@dataclass(frozen=True, slots=True)
class Place:
    """An event and where it stands."""

    event: EncounterEvent
    topic: str
    partition: int
    offset: int


def timeline(conn: Connection, encounter_id: str) -> list[Place]:
    """Return the events of an encounter in business time."""
    rows = conn.execute(
        text(
            'select topic, partition, "offset" as at, value from timeline'
            " where encounter_id = :id"
            " order by occurred_at, array_position(cast(:order as text[]), topic), 3"
        ),
        {"id": encounter_id, "order": [topic.name for topic in topics.EVENTS]},
    )
    return [
        Place(_event(row.topic, bytes(row.value)), row.topic, row.partition, row.at)
        for row in rows
    ]


def latest(places: Sequence[Place], kind: type[E]) -> E | None:
    """Return the event of a kind with the highest version, if any."""
    return max(of(places, kind), key=lambda e: getattr(e, "version", 0), default=None)


def decision(places: Sequence[Place], control_number: str) -> Adjudicated | None:
    """Return the payer's latest decision on a submission; a reversal decides nothing."""
    found = [
        event for event in of(places, Adjudicated)
        if event.control_number == control_number and event.status != REVERSAL
    ]
    return max(found, key=lambda e: (e.decided_on, e.ordinal), default=None)


def since(places: Sequence[Place], control_number: str, payer_id: str) -> list[Submitted]:
    """Return what a payer was sent to decide after a claim, in order; without one, all of it.

    A claim that takes another back is decided by a reversal of that one: it has no remittance.
    """
    sent = [
        event for event in of(places, Submitted)
        if event.payer_id == payer_id and event.frequency != lifecycle.VOID
    ]
    ordered = sorted(sent, key=lambda event: (event.occurred_at, event.version))
    at = next((n for n, one in enumerate(ordered) if one.control_number == control_number), -1)
    return ordered[at + 1:]


def events(
    conn: Connection, row: Row[Any], places: Sequence[Place]
) -> tuple[page.Happened, ...]:
    """Return the timeline with the codings, which are told here and so have no offset."""
    codings = conn.execute(
        text(
            "select cast(event_id as text) as event_id, version, coder_id, reason, recorded_at"
            " from coding where encounter_id = :id"
        ),
        {"id": row.encounter_id},
    )
    coded = [
        page.Happened(
            at=one.recorded_at, says=f"Coded: version {one.version} by {one.coder_id}",
            detail=one.reason, topic=topics.CODED.name, partition=-1, offset=-1,
            event_id=one.event_id, about=one.version == row.version,
        )
        for one in codings
    ]
    signed = _addenda(places)
    told = (_happened(one, row, signed.get(one.event.event_id)) for one in places)
    return tuple(sorted([*coded, *told], key=_order))


def _addenda(places: Sequence[Place]) -> dict[str, Note]:
    """Return the version of the record that brought an addendum -> the addendum."""
    known: set[str] = set()
    found: dict[str, Note] = {}
    for one in sorted(of(places, Encounter), key=lambda e: e.version):
        fresh = [n for n in one.notes if n.query_id and n.note_id not in known]
        if fresh:
            found[one.event_id] = fresh[-1]
        known |= {n.note_id for n in fresh}
    return found


def _order(one: page.Happened) -> tuple[datetime, int, int]:
    names = [topic.name for topic in topics.EVENTS]
    return one.at, names.index(one.topic), one.offset


def _happened(one: Place, row: Row[Any], addendum: Note | None) -> page.Happened:
    says, detail = wording.says(one.event)
    if addendum is not None:
        says = wording.signed(addendum)
    about = row.control_number and getattr(one.event, "control_number", "") == row.control_number
    return page.Happened(
        at=one.event.occurred_at, says=says, detail=detail, topic=one.topic,
        partition=one.partition, offset=one.offset, event_id=one.event.event_id,
        about=bool(about) or one.event.event_id == str(row.event_id),
    )


def findings(places: Sequence[Place], version: int) -> tuple[page.FindingShown, ...]:
    """Return what the edits found on a version, as last judged."""
    judged = [event for event in of(places, Validated) if event.version == version]
    return tuple(
        page.FindingShown(
            edit=f.edit, severity=f.severity, place=f.place, text=f.text, source=f.source
        )
        for event in judged[-1:]
        for f in event.findings
    )


def of(places: Iterable[Place], kind: type[E]) -> list[E]:
    """Return the events of a kind, in business time."""
    return [one.event for one in places if isinstance(one.event, kind)]


def _event(topic: str, value: bytes) -> EncounterEvent:
    event = codec.decode(topic, value)
    assert isinstance(event, EncounterEvent)  # noqa: S101 - the timeline holds no others
    return event
