"""From events to what the pages show: timeline, work items, and what became of corrections.

    encounter                                       -> timeline, visit
    validated, submitted, acknowledged, adjudicated -> timeline, answer
    rework                                          -> timeline, work_item, answer
    deadline                                        -> timeline
    all but rework and deadline                     -> facts
    adjudicated                                     -> code_decided

The step only gathers; merging is the database's, by rules in which order does not matter: a work
item keeps its highest revision, an answer the furthest rank and the sum of decisions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from schemas.events import (
    Acknowledged,
    Adjudicated,
    Encounter,
    EncounterEvent,
    Rework,
    Submitted,
    Validated,
)
from services.claims.accuracy import KINDS
from services.db import bulk
from services.db.tables.worklist import ANSWER, TIMELINE, VISIT, WORK_ITEM
from services.delivery.processor import Moment
from services.worklist.events import facts, paid_here, replaced

SOURCES = {"held": "edit", "rejection": "277CA", "denial": "835"}
HELD, PASSED, SUBMITTED, SENT, ACCEPTED, REJECTED, DECIDED = range(1, 8)


@dataclass(frozen=True, slots=True)
class Seen:
    """An event and where it stood."""

    event: EncounterEvent
    moment: Moment


@dataclass(slots=True)
class Answer:
    """What some events say about one correction."""

    rank: int = 0
    paid_cents: int = 0
    decisions: int = 0
    came_back: str = ""
    came_back_id: str = ""
    at: datetime | None = None


def save(conn: Connection, seen: Iterable[Seen]) -> None:
    """Write what the events of a batch say, one statement a table."""
    batch = list(seen)
    bulk.insert(conn, TIMELINE, [_entry(one) for one in batch], conflict="nothing")
    opened = [one.event for one in batch if isinstance(one.event, Encounter)]
    visits = {event.encounter_id: event for event in sorted(opened, key=lambda e: e.version)}
    bulk.insert(conn, VISIT, [_visit(visits[key]) for key in sorted(visits)], conflict="update")
    reworks = [one.event for one in batch if isinstance(one.event, Rework)]
    _merge_items(conn, reworks)
    replaced.replaced(conn, reworks)
    _place_items(conn, sorted({one.event.encounter_id for one in batch}))
    _lessons(conn, sorted({one.event.encounter_id for one in batch}))
    found = answers(one.event for one in batch)
    _merge_answers(conn, found)
    facts.save(conn, [one.event for one in batch], found)
    paid_here.save(conn, [one.event for one in batch])


def answers(events: Iterable[EncounterEvent]) -> dict[str, Answer]:
    """Return what events say about the corrections they carry: rework id -> answer."""
    found: dict[str, Answer] = {}
    for event in events:
        subject = event.follows if isinstance(event, Rework) else getattr(event, "rework_id", "")
        if subject:
            _tell(found.setdefault(subject, Answer()), event)
    return found


def _tell(answer: Answer, event: EncounterEvent) -> None:
    answer.at = max(answer.at or event.occurred_at, event.occurred_at)
    answer.rank = max(answer.rank, _rank(event))
    if isinstance(event, Rework):
        answer.came_back, answer.came_back_id = max(
            (answer.came_back, answer.came_back_id), (event.kind, event.rework_id)
        )
    if isinstance(event, Adjudicated):
        answer.paid_cents += event.paid_cents
        answer.decisions += 1


def _rank(event: EncounterEvent) -> int:
    match event:
        case Validated():
            return HELD if event.verdict == "held" else PASSED
        case Submitted():
            return SUBMITTED
        case Acknowledged():
            if not event.accepted:
                return REJECTED
            return ACCEPTED if event.hop == "277CA" else SENT
        case Adjudicated():
            return DECIDED
        case _:
            return 0


def _entry(one: Seen) -> dict[str, Any]:
    return {
        "event_id": one.event.event_id,
        "encounter_id": one.event.encounter_id,
        "topic": one.moment.topic,
        "partition": one.moment.partition,
        "offset": one.moment.offset,
        "occurred_at": one.event.occurred_at,
        "value": one.moment.value,
    }


def _visit(event: Encounter) -> dict[str, Any]:
    bill = event.bill
    return {
        "encounter_id": event.encounter_id, "patient": bill.demographics.kid,
        "starts_on": bill.starts_on, "encounter_class": bill.encounter_class,
        "claim_type": bill.claim_type or "professional",
        "department": bill.department, "facility_id": bill.facility_id,
    }


def item_row(event: Rework) -> dict[str, Any]:
    """Return the row of an item as an event says it."""
    return {
        "rework_id": event.rework_id, "encounter_id": event.encounter_id,
        "event_id": event.event_id,
        "revision": event.revision, "kind": event.kind, "status": event.status,
        "subject": event.subject, "control_number": event.control_number,
        "payer_claim_number": event.payer_claim_number, "payer_id": event.payer_id,
        "version": event.version, "follows": event.follows, "category": event.category,
        "team": event.team, "coder_id": event.coder_id, "action": event.action,
        "appealable": event.appealable, "reasons": [asdict(reason) for reason in event.reasons],
        "at_stake_cents": event.at_stake_cents, "due_on": event.due_on,
        "due_rule": event.due_rule, "opened_at": event.occurred_at,
        "source": SOURCES.get(event.kind, ""), "place": event.team,
        "needs": _unique([event.team, *(r.team for r in event.reasons)]),
        "carcs": _unique(map(facts.reason_key, event.reasons)),
        "remarks": _unique(one for r in event.reasons for one in r.remarks),
    }


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


_REOPENS = "(work_item.status = 'closed' and excluded.status = 'open')"
_UNTOUCHED = (
    f"({_REOPENS} or (work_item.place = work_item.team and work_item.state = 'todo'"
    " and work_item.acted = '[]'))"
)
_UNDER_WAY = (
    "case when exists (select from appeal a where a.rework_id = work_item.rework_id"
    " and a.state = 'sent') then 'payer' when exists (select from write_off o"
    " where o.rework_id = work_item.rework_id and o.state = 'asked') then 'approval'"
    " when exists (select from physician_query q where q.rework_id = work_item.rework_id"
    " and q.state = 'open') then 'query' else '' end"
)
"""For what an item that opens again still waits, since somebody asked for it before it closed."""
_ADDED = (
    "(select coalesce(jsonb_agg(n.team), '[]') from jsonb_array_elements_text(excluded.needs)"
    " as n (team) where n.team not in ('BILLING', 'POSTING', work_item.team)"
    " and not work_item.needs @> to_jsonb(n.team) and not exists (select from"
    " jsonb_array_elements(work_item.reasons) as r where r->>'team' = n.team))"
)
"""Teams that a later revision needs and no earlier one did: what was passed on stays passed on."""
_COMES_BACK = f"(work_item.state = 'handed_on' and not {_REOPENS} and {_ADDED} <> '[]')"
_MERGE_ITEM = (
    ", ".join(
        f'"{name}" = excluded."{name}"'
        for name in item_row(Rework())
        if name not in ("rework_id", "opened_at", "place", "needs")
    )
    + f", place = case when {_UNTOUCHED} then excluded.place"
    f" when {_COMES_BACK} then {_ADDED}->>0 else work_item.place end"
    f", needs = case when {_UNTOUCHED} then excluded.needs else work_item.needs || {_ADDED} end"
    f", acted = case when {_REOPENS} then '[]' else work_item.acted end"
    f", waits_for = case when {_REOPENS} then {_UNDER_WAY} else work_item.waits_for end"
    f", decision = case when {_REOPENS} and {_UNDER_WAY} = '' then '' else work_item.decision end"
    f", assigned_to = case when {_COMES_BACK} then '' else work_item.assigned_to end"
    f", taken_by = case when {_COMES_BACK} then '' else work_item.taken_by end"
    f", lease_until = case when {_COMES_BACK} then null else work_item.lease_until end"
    f", proposal = case when {_REOPENS} then null else work_item.proposal end"
    + ", opened_at = least(work_item.opened_at, excluded.opened_at)"
    ", row_version = work_item.row_version + 1"
    f", state = case when {_COMES_BACK} then 'todo' when not {_REOPENS} then work_item.state"
    f" when {_UNDER_WAY} = '' then 'todo' else 'waiting' end"
)


def _merge_items(conn: Connection, events: Iterable[Rework]) -> None:
    """Keep each item's highest revision; what people did stays, unless a closed item reopens.

    Then it begins anew, but for what it waits for: an appeal, an approval or a query under way.
    What billing has already goes to a team that only the later revision needs.
    """
    newest: dict[str, Rework] = {}
    for event in events:
        known = newest.get(event.rework_id)
        if known is None or event.revision > known.revision:
            newest[event.rework_id] = event
    bulk.merge(
        conn, WORK_ITEM, [item_row(newest[key]) for key in sorted(newest)],
        sets=_MERGE_ITEM, where="excluded.revision > work_item.revision",
    )


def _place_items(conn: Connection, encounter_ids: list[str]) -> None:
    """Say where items belong, once both the item and its visit are known."""
    conn.execute(
        text(
            "update work_item w set facility_id = v.facility_id, department = v.department"
            " from visit v where v.encounter_id = w.encounter_id and w.facility_id = ''"
            " and w.encounter_id = any(:ids)"
        ),
        {"ids": encounter_ids},
    )


def _lessons(conn: Connection, encounter_ids: list[str]) -> None:
    """Make the lessons of denials of coding that have none yet: see `lessons`."""
    conn.execute(
        text(
            "insert into lesson (rework_id, coder_id, encounter_id, facility_id, control_number,"
            " category, opened_at) select rework_id, coder_id, encounter_id, facility_id,"
            " control_number, category, opened_at from work_item"
            " where encounter_id = any(:ids) and kind = 'denial' and coder_id <> ''"
            " and facility_id <> '' and category = any(:kinds)"
            " order by rework_id, coder_id on conflict do nothing"
        ),
        {"ids": encounter_ids, "kinds": sorted(KINDS)},
    )


_LATER = (
    '(excluded.came_back collate "C", excluded.came_back_id collate "C")'
    ' > (answer.came_back collate "C", answer.came_back_id collate "C")'
)
"""Of several items that follow one, the same is told in whatever order they came."""
_MERGE_ANSWER = (
    "rank = greatest(answer.rank, excluded.rank)"
    ", paid_cents = answer.paid_cents + excluded.paid_cents"
    ", decisions = answer.decisions + excluded.decisions"
    f", came_back = case when {_LATER} then excluded.came_back else answer.came_back end"
    f", came_back_id = case when {_LATER} then excluded.came_back_id else answer.came_back_id end"
    ", at = greatest(answer.at, excluded.at)"
)


def _merge_answers(conn: Connection, found: Mapping[str, Answer]) -> None:
    rows = [{"rework_id": key, **asdict(found[key])} for key in sorted(found)]
    bulk.merge(conn, ANSWER, rows, sets=_MERGE_ANSWER)

