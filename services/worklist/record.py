"""Gather an item's page: the record opened, claim and remittance aligned, how it came to be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, text

from schemas import codec, topics
from schemas.events import (
    Adjudicated,
    Bill,
    Coded,
    Encounter,
    EncounterEvent,
    Note,
    PaidLine,
    Submitted,
    Validated,
)
from services.codes import hcpcs, icd10cm, pos, revenue
from services.codes.reference import Reference
from services.phi import vault
from services.phi.keys import SiteKey
from services.worklist import coding, items, moves, page, stay, wording
from services.worklist.items import Person

E = TypeVar("E", bound=EncounterEvent)
REVERSAL = "22"
MOST_BELOW = 12


@dataclass(frozen=True, slots=True)
class Place:
    """An event and where it stands."""

    event: EncounterEvent
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading an item needs beside the database.

    Attributes:
        site: Opens the record.
        reference: Names of payers and providers.
    """

    site: SiteKey
    reference: Reference


def head(row: Row[Any], person: Person, today: date, reference: Reference) -> page.Item:
    """Return an item as a list shows it; nothing of the patient."""
    fate, tone, settled = wording.fate(row)
    payer = reference.payers.get(row.payer_id)
    return page.Item(
        rework_id=str(row.rework_id), encounter_id=row.encounter_id, kind=row.kind,
        status=row.status, state=row.state, fate=fate, tone=tone, settled=settled,
        row_version=row.row_version, team=row.team, coder_id=row.coder_id,
        mine=bool(person.coder_id) and row.coder_id == person.coder_id,
        payer_id=row.payer_id, payer=payer.name if payer else row.payer_id,
        category=row.category, action=row.action,
        due_on=row.due_on, days_left=(row.due_on - today).days, due_rule=row.due_rule,
        at_stake_cents=row.at_stake_cents, opened_on=row.opened_at.date(),
        age_days=(today - row.opened_at.date()).days,
        reasons=tuple(wording.why(reason) for reason in row.reasons),
        taken_by=row.taken_by, decision=moves.DECISIONS.get(row.decision, row.decision),
        control_number=row.control_number, version=row.version, follows=row.follows,
        came_back_id=row.came_back_id, claim_type=row.claim_type,
    )


def standing(row: Row[Any], coded: Coded, reference: Reference) -> moves.Standing:
    """Return what moves depend on."""
    policy = reference.policy(row.payer_id, coded.bill.claim_type, row.opened_at.date())
    adjudicated = row.kind == moves.DENIAL and row.appealable
    return moves.Standing(
        row.kind, row.status, row.state, row.place, row.proposal is not None,
        sendable=not adjudicated or (policy is not None and policy.takes("7")),
    )


def load(
    conn: Connection, reader: Reader, person: Person, row: Row[Any], today: date
) -> page.ItemPage:
    """Return everything on an item's page; the record is opened here."""
    places = timeline(conn, row.encounter_id)
    coded = coding.current(conn, row.encounter_id)
    encounter = latest(places, Encounter)
    notes = encounter.notes if encounter else ()
    opened = _open(conn, reader.site, row.encounter_id, coded.bill, notes)
    decided = decision(places, row.control_number)
    billed = next(
        (s for s in _of(places, Submitted) if s.control_number == row.control_number), None
    )
    proposal = proposed(row)
    item = head(row, person, today, reader.reference)
    provider = reader.reference.provider_with(coded.bill.rendering_npi)
    return page.ItemPage(
        item=item,
        patient=opened.patient,
        encounter_class=coded.bill.encounter_class,
        department=coded.bill.department.replace("_", " "),
        plan=coded.bill.coverage.plan,
        served_on=coded.bill.starts_on,
        provider=f"{provider.given} {provider.family}" if provider else coded.bill.rendering_npi,
        notes=opened.notes,
        coding=shown(coded, decided, reader.reference),
        proposal=shown(proposal, None, reader.reference) if proposal else None,
        evidence=_quoted(opened.notes, proposal or _answering(row, coded)),
        claim_cents=(billed.bill if billed else coded.bill).charge_cents,
        paid_cents=decided.paid_cents if decided else 0,
        claim_adjustments=tuple(map(wording.adjustment, decided.adjustments)) if decided else (),
        payer_claim_number=row.payer_claim_number,
        findings=_findings(places, row.version),
        earlier=_earlier(conn, coded),
        events=_events(conn, row, places),
        history=tuple(_done(one) for one in items.history(conn, row.rework_id)),
        moves=tuple(
            page.Button(name=m.name, says=m.says, key=m.key)
            for m in moves.legal(person.role, standing(row, coded, reader.reference))
        ),
        decisions=closings(row, coded, reader.reference),
        others=stay.other_payers(coded.bill, row.payer_id, reader.reference),
    )


def closings(row: Row[Any], coded: Coded, reference: Reference) -> dict[str, str]:
    """Return the decisions an item may be closed with."""
    return moves.decisions(
        frozenset(r["group"] for r in row.reasons if r["group"]), coded.bill.coverage.plan,
        appealable=row.kind == moves.DENIAL and row.appealable,
        sendable=standing(row, coded, reference).sendable,
    )


def proposed(row: Row[Any]) -> Coded | None:
    """Return the correction a coder handed on, if any."""
    if row.proposal is None:
        return None
    found = codec.decode("claims.coded", bytes(row.proposal))
    return found if isinstance(found, Coded) else None


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


def decision(places: Sequence[Place], control_number: str) -> Adjudicated | None:
    """Return the payer's latest decision on a submission; a reversal decides nothing."""
    found = [
        event for event in _of(places, Adjudicated)
        if event.control_number == control_number and event.status != REVERSAL
    ]
    return max(found, key=lambda e: (e.decided_on, e.ordinal), default=None)


def latest(places: Sequence[Place], kind: type[E]) -> E | None:
    """Return the event of a kind with the highest version, if any."""
    return max(_of(places, kind), key=lambda e: getattr(e, "version", 0), default=None)


def shown(
    coded: Coded, decided: Adjudicated | None, reference: Reference | None = None
) -> page.Coding:
    """Return one version of the coding, each line beside the payer's decision on it."""
    bill = coded.bill
    paid = {line.line_id: line for line in decided.lines} if decided else {}
    return page.Coding(
        version=coded.version,
        coder_id=coded.coder_id,
        place_of_service=bill.place_of_service,
        charge_cents=bill.charge_cents,
        diagnoses=tuple(
            page.DiagnosisShown(
                position=n, code=d.code, words=icd10cm.describe(d.code),
                problem=_problem(d.code, bill.starts_on), below=_below(d.code, bill.starts_on),
                assigned_by=d.assigned_by, source=d.source, present=d.present,
                needs_presence=stay.needs_presence(bill, d.code),
            )
            for n, d in enumerate(bill.diagnoses, start=1)
        ),
        lines=tuple(_line(n, line, paid) for n, line in enumerate(bill.lines, start=1)),
        stay=stay.shown(bill, reference),
    )


def _line(number: int, line: Any, paid: Mapping[str, PaidLine]) -> page.LineShown:
    answer = paid.get(line.line_id)
    return page.LineShown(
        number=number, line_id=line.line_id, code=line.code, revenue_code=line.revenue_code,
        words=hcpcs.describe(line.code) or revenue.describe(line.revenue_code),
        modifiers=line.modifiers, units=line.units, charge_cents=line.charge_cents,
        pointers=line.pointers, place_of_service=line.place_of_service,
        place_words=pos.describe(line.place_of_service), served_on=line.served_on,
        assigned_by=line.assigned_by, source=line.source, decided=answer is not None,
        paid_cents=answer.paid_cents if answer else 0,
        adjustments=tuple(map(wording.adjustment, answer.adjustments)) if answer else (),
        remarks=wording.remarks(answer.remarks) if answer else (),
    )


def _problem(code: str, on: date) -> str:
    if icd10cm.is_valid(code, on):
        return ""
    return "a category, not billable" if icd10cm.exists(code) else "no such code"


def _below(code: str, on: date) -> tuple[page.Said, ...]:
    if not icd10cm.exists(code) or icd10cm.is_valid(code, on):
        return ()
    found = icd10cm.billable_below(code)
    return tuple(page.Said(code=e.code, words=e.words) for e in found[:MOST_BELOW])


@dataclass(frozen=True, slots=True)
class _Opened:
    patient: page.Person
    notes: tuple[page.NoteShown, ...]


def _answering(row: Row[Any], coded: Coded) -> Coded | None:
    return coded if coded.rework_id == str(row.rework_id) else None


def _quoted(
    notes: Sequence[page.NoteShown], correction: Coded | None
) -> tuple[page.Quoted, ...]:
    known = {note.note_id: note for note in notes}
    return tuple(
        page.Quoted(
            title=known[one.note_id].title, text=known[one.note_id].text[one.start:one.end]
        )
        for one in (correction.evidence if correction else ())
        if one.note_id in known
    )


def note_texts(
    conn: Connection, site: SiteKey, encounter_id: str, notes: Iterable[Note]
) -> dict[str, str]:
    """Return the texts of notes: note id -> text."""
    notes = list(notes)
    keys = vault.load_keys(conn, site, {note.text.kid for note in notes})
    return {
        note.note_id: str(vault.unseal(keys[note.text.kid], encounter_id, note.text)["text"])
        for note in notes
        if note.text.kid in keys
    }


def _open(
    conn: Connection, site: SiteKey, encounter_id: str, bill: Bill, notes: Sequence[Note]
) -> _Opened:
    group = bill.demographics
    keys = vault.load_keys(conn, site, {group.kid})
    who = vault.unseal(keys[group.kid], encounter_id, group) if group.kid in keys else {}
    texts = note_texts(conn, site, encounter_id, notes)
    patient = page.Person(
        name=f"{who.get('family', '')}, {who.get('given', '')}".strip(", "),
        birth_date=str(who.get("birth_date", "")), age_years=bill.patient.age_years,
        sex=bill.patient.sex, record_number=str(who.get("record_number", "")),
        member_id=str(who.get("member_id", "")),
    )
    opened = (
        page.NoteShown(
            note_id=note.note_id, title=note.title,
            signed_on=note.signed_at.date() if note.signed_at else None,
            text=texts[note.note_id], sentences=wording.sentences(texts[note.note_id]),
        )
        for note in notes
        if note.note_id in texts
    )
    return _Opened(patient, tuple(opened))


def _earlier(conn: Connection, coded: Coded) -> tuple[page.Visit, ...]:
    rows = conn.execute(
        text(
            "select starts_on, encounter_class, department from visit"
            " where patient = :patient and encounter_id <> :id and starts_on <= :on"
            " and facility_id = :facility order by starts_on desc limit 12"
        ),
        {
            "patient": coded.bill.demographics.kid, "id": coded.encounter_id,
            "on": coded.bill.starts_on, "facility": coded.bill.facility_id,
        },
    )
    return tuple(
        page.Visit(
            starts_on=row.starts_on, encounter_class=row.encounter_class,
            department=row.department.replace("_", " "),
        )
        for row in rows
    )


def _findings(places: Sequence[Place], version: int) -> tuple[page.FindingShown, ...]:
    judged = [event for event in _of(places, Validated) if event.version == version]
    return tuple(
        page.FindingShown(
            edit=f.edit, severity=f.severity, place=f.place, text=f.text, source=f.source
        )
        for event in judged[-1:]
        for f in event.findings
    )


def _events(
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
    return tuple(sorted([*coded, *(_happened(one, row) for one in places)], key=_order))


def _order(one: page.Happened) -> tuple[datetime, int, int]:
    names = [topic.name for topic in topics.EVENTS]
    return one.at, names.index(one.topic), one.offset


def _happened(one: Place, row: Row[Any]) -> page.Happened:
    says, detail = wording.says(one.event)
    about = row.control_number and getattr(one.event, "control_number", "") == row.control_number
    return page.Happened(
        at=one.event.occurred_at, says=says, detail=detail, topic=one.topic,
        partition=one.partition, offset=one.offset, event_id=one.event.event_id,
        about=bool(about) or one.event.event_id == str(row.event_id),
    )


def _done(row: Row[Any]) -> page.Done:
    decision_key = row.after.get("decision", "")
    closing = moves.DECISIONS.get(decision_key, "")
    says = wording.MOVED.get(row.action, row.action) + (f": {closing}" if closing else "")
    at: datetime = row.at
    return page.Done(at=at, who=row.who, role=row.role, says=says)


def _of(places: Iterable[Place], kind: type[E]) -> list[E]:
    return [one.event for one in places if isinstance(one.event, kind)]


def _event(topic: str, value: bytes) -> EncounterEvent:
    event = codec.decode(topic, value)
    assert isinstance(event, EncounterEvent)  # noqa: S101 - the timeline holds no others
    return event
