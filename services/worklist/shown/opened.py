"""The record opened: who the patient is, the texts of the notes, earlier visits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from schemas.events import Bill, Coded, Evidence, Note
from services.claims import coder_changes
from services.phi import vault
from services.phi.keys import SiteKey
from services.worklist.bill import grounds
from services.worklist.shown import page, wording


@dataclass(frozen=True, slots=True)
class Opened:
    """What of the record is shown: all of it, or what says nothing of who it is."""

    patient: page.Person
    notes: tuple[page.NoteShown, ...]


def signed(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return the notes a code may stand on: what nobody has signed supports nothing yet."""
    return tuple(note for note in notes if note.signed_at is not None)


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


def whole(
    conn: Connection, site: SiteKey, encounter_id: str, bill: Bill, notes: Sequence[Note]
) -> Opened:
    """Return the record with the patient's name and the notes' texts."""
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
    return Opened(patient, tuple(
        _note(note, texts[note.note_id]) for note in _ordered(notes) if note.note_id in texts
    ))


def masked(bill: Bill, notes: Sequence[Note]) -> Opened:
    """Return what a reader sees who has not taken the item: nothing sealed is opened for it."""
    nobody = page.Person(
        name="", birth_date="", age_years=bill.patient.age_years, sex=bill.patient.sex,
        record_number="", member_id="",
    )
    return Opened(nobody, tuple(_note(note, "") for note in _ordered(notes)))


def visit_id(conn: Connection, site: SiteKey, encounter_id: str, bill: Bill) -> str:
    """Return the id of the visit in the system it came from; empty when it is not known."""
    group = bill.demographics
    keys = vault.load_keys(conn, site, {group.kid})
    who = vault.unseal(keys[group.kid], encounter_id, group) if group.kid in keys else {}
    return str(who.get("encounter_source_id", ""))


def _ordered(notes: Iterable[Note]) -> list[Note]:
    """Return addenda first, the latest before all; the other notes as they came."""
    notes = list(notes)
    addenda = [note for note in notes if note.query_id]
    return [*reversed(addenda), *(note for note in notes if not note.query_id)]


def _note(note: Note, words: str) -> page.NoteShown:
    return page.NoteShown(
        note_id=note.note_id, title="Addendum" if note.query_id else note.title,
        signed_on=note.signed_at.date() if note.signed_at else None,
        text=words, sentences=wording.sentences(words),
        addendum=bool(note.query_id), post_bill=note.post_bill,
    )


def quoted(
    notes: Sequence[page.NoteShown], correction: Coded | None
) -> tuple[page.Quoted, ...]:
    """Return the passages a correction names, each once with all it supports.

    Of notes that are masked, their titles alone.
    """
    known = {note.note_id: note for note in notes}
    found: dict[tuple[str, int, int], list[Evidence]] = {}
    for one in correction.evidence if correction else ():
        if one.note_id in known:
            found.setdefault((one.note_id, one.start, one.end), []).append(one)
    lines = {
        line.line_id: n for n, line in enumerate(correction.bill.lines if correction else (), 1)
    }
    return tuple(
        page.Quoted(
            title=known[note_id].title, text=known[note_id].text[start:end],
            about=_joined(grounds.about(one.about, lines) for one in same),
            reason=_joined(coder_changes.words(one.reason) for one in same),
        )
        for (note_id, start, end), same in found.items()
    )


def _joined(words: Iterable[str]) -> str:
    """Return what is said, each once."""
    return "; ".join(dict.fromkeys(filter(None, words)))


def earlier(conn: Connection, coded: Coded) -> tuple[page.Visit, ...]:
    """Return the patient's earlier visits at the same facility, newest first."""
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
