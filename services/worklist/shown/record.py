"""Gather an item's page: the record, claim and remittance aligned, how it came to be.

The parts are `opened` (the record), `aligned` (claim and remittance), `sendings` (what was sent
and answered) and `happened` (the events).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas import codec
from schemas.events import Adjudicated, Coded, Encounter, Submitted
from services.codes.reference import Reference
from services.phi.keys import SiteKey
from services.worklist.bill import charges, coding
from services.worklist.item import items, lease, moves
from services.worklist.item.items import Person
from services.worklist.shown import happened, opened, page, stay, wording
from services.worklist.shown.aligned import shown
from services.worklist.shown.happened import decision, latest, timeline
from services.worklist.shown.opened import note_texts
from services.worklist.shown.sendings import sendings

MOST_LINKED = 8
CLOSING = ("outcome", "verify_duplicate", "no_action")
"""Moves whose words do not say what was decided."""
EDITED = ("correct", "code")
"""Moves whose form is the coding itself; the other forms stand in the panel of decisions."""


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
        taken_by=lease.holder(row), decision=moves.DECISIONS.get(row.decision, row.decision),
        control_number=row.control_number, version=row.version, follows=row.follows,
        came_back_id=row.came_back_id, claim_type=row.claim_type,
        place=row.place, assigned_to=row.assigned_to, worked_by=row.worked_by,
        lease_until=row.lease_until, waits_for=row.waits_for, answered=row.answered,
        tags=tuple(row.tags), score=row.score, score_parts=row.score_parts, first=row.band == 0,
        facility_id=row.facility_id, department=row.department, source=row.source,
    )


def standing(row: Row[Any], coded: Coded, reference: Reference) -> moves.Standing:
    """Return what moves depend on."""
    policy = reference.policy(row.payer_id, coded.bill.claim_type, row.opened_at.date())
    adjudicated = row.kind == moves.CHANGE or (row.kind in moves.DENIALS and row.appealable)
    return moves.Standing(
        row.kind, row.status, row.state, row.place, row.proposal is not None,
        sendable=not adjudicated or (policy is not None and policy.takes("7")),
        adjudicated=adjudicated, waits_for=row.waits_for, needs=tuple(row.needs),
        acted=tuple(row.acted),
    )


def load(
    conn: Connection, reader: Reader, person: Person, row: Row[Any], today: date,
    *, sees: bool = True,
) -> page.ItemPage:
    """Return everything on an item's page; the record is opened here, if the reader sees it."""
    places = timeline(conn, row.encounter_id)
    coded = coding.current(conn, row.encounter_id) if row.encounter_id else Coded()
    encounter = latest(places, Encounter)
    notes = encounter.notes if encounter else ()
    record = (
        opened.whole(conn, reader.site, row.encounter_id, coded.bill, notes)
        if sees and row.encounter_id
        else opened.masked(coded.bill, notes)
    )
    decided = decision(places, row.control_number)
    billed = next(
        (s for s in happened.of(places, Submitted) if s.control_number == row.control_number), None
    )
    claim_cents = (billed.bill if billed else coded.bill).charge_cents
    sent_since = happened.since(places, row.control_number, row.payer_id)
    answer, later = _answer(places, sent_since)
    proposal = proposed(row)
    item = head(row, person, today, reader.reference)
    return page.ItemPage(
        item=item,
        patient=record.patient,
        encounter_class=coded.bill.encounter_class,
        department=coded.bill.department.replace("_", " "),
        plan=coded.bill.coverage.plan,
        served_on=coded.bill.starts_on,
        provider=_provider(reader.reference, coded.bill.rendering_npi),
        notes=record.notes,
        coding=shown(
            replace(coded, bill=charges.base(conn, row.kind, coded)),
            later or (None if sent_since else decided), reader.reference,
        ),
        billed=shown(replace(coded, version=billed.version, bill=billed.bill), decided,
                     reader.reference) if billed and sent_since else None,
        answer=answer,
        proposal=shown(proposal, None, reader.reference) if proposal else None,
        evidence=opened.quoted(record.notes, proposal or _answering(row, coded)),
        claim_cents=claim_cents,
        paid_cents=decided.paid_cents if decided else 0,
        claim_adjustments=tuple(map(wording.adjustment, decided.adjustments)) if decided else (),
        payer_claim_number=row.payer_claim_number,
        findings=happened.findings(places, row.version),
        earlier=opened.earlier(conn, coded),
        events=happened.events(conn, row, places),
        history=tuple(done(one) for one in items.history(conn, row.rework_id)),
        moves=_buttons(person, standing(row, coded, reader.reference)),
        others=stay.other_payers(coded.bill, row.payer_id, reader.reference),
        told=wording.told(item, claim_cents, decided),
        why=wording.together(item.reasons),
        masked=not sees,
        sendings=sendings(places, row.control_number),
        linked=_linked(conn, person, row),
    )


def _buttons(person: Person, item: moves.Standing) -> tuple[page.Button, ...]:
    """Return the moves that are no form among the decisions."""
    return tuple(
        page.Button(name=m.name, says=m.says, key=m.key)
        for m in moves.legal(person.role, item, person.team)
        if not m.form or m.name in EDITED
    )


def _provider(reference: Reference, npi: str) -> str:
    """Return a provider's name, or the NPI of one that is not here."""
    known = reference.provider_with(npi)
    return f"{known.given} {known.family}" if known else npi


def _answer(
    places: Sequence[happened.Place], sent: Sequence[Submitted]
) -> tuple[page.Answered | None, Adjudicated | None]:
    """Return the payer's decision on the last of some claims that it decided, if any."""
    found = ((one, decision(places, one.control_number)) for one in reversed(sent))
    claim, decided = next(((one, said) for one, said in found if said), (None, None))
    if claim is None or decided is None:
        return None, None
    return page.Answered(
        control_number=claim.control_number,
        frequency=wording.FREQUENCIES.get(claim.frequency, claim.frequency),
        decided_on=decided.decided_on, claim_cents=claim.bill.charge_cents,
        paid_cents=decided.paid_cents,
        adjustments=tuple(map(wording.adjustment, decided.adjustments)),
    ), decided


def _answering(row: Row[Any], coded: Coded) -> Coded | None:
    return coded if coded.rework_id == str(row.rework_id) else None


def _linked(conn: Connection, person: Person, row: Row[Any]) -> tuple[page.Linked, ...]:
    """Return the other items of the visit that the reader may see, newest first."""
    ids = conn.execute(
        text(
            "select cast(rework_id as text) from work_item where encounter_id = :encounter"
            " and rework_id <> :id order by opened_at desc limit :most"
        ),
        {"encounter": row.encounter_id, "id": row.rework_id, "most": MOST_LINKED},
    ).scalars()
    return tuple(
        _link(row, found) for one in ids if (found := items.get(conn, person, one)) is not None
    )


def _link(row: Row[Any], found: Row[Any]) -> page.Linked:
    fate, tone, _ = wording.fate(found)
    back = str(found.rework_id)
    says = "Of the same visit"
    if back == row.follows:
        says = "This item came back after it"
    elif back == row.came_back_id:
        says = "Came back after this item"
    return page.Linked(
        rework_id=back, kind=found.kind, fate=fate, tone=tone, opened_on=found.opened_at.date(),
        says=says,
    )


def proposed(row: Row[Any]) -> Coded | None:
    """Return the correction a coder handed on, if any."""
    if row.proposal is None:
        return None
    found = codec.decode("claims.coded", bytes(row.proposal))
    return found if isinstance(found, Coded) else None


def done(row: Row[Any]) -> page.Done:
    decision_key = row.after.get("decision", "")
    closing = moves.DECISIONS.get(decision_key, "") if row.action in CLOSING else ""
    action = "ask_write_off" if decision_key == "write_off_asked" else row.action
    says = wording.MOVED.get(action, action) + (f": {closing}" if closing else "")
    at: datetime = row.at
    return page.Done(at=at, who=row.who, role=row.role, says=says)


__all__ = [
    "Reader", "decision", "head", "latest", "load", "note_texts", "proposed", "shown",
    "standing", "timeline",
]
