"""Physician queries: asked out of an item, answered by the physician, told to the coder.

    item ──ask──▶ waiting (for the query) ──answer──▶ todo, marked answered
                     │                          └──▶ addendum = next version of the encounter
                     └──withdraw──▶ todo

The payer's clocks run on meanwhile. Question and answer are sealed: they speak of the patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas import ids
from schemas.events import Bill, Encounter, Evidence, Submitted
from services.claims import queries as rules
from services.claims.queries import Draft, Problem
from services.db import bulk
from services.db.tables.queries import PHYSICIAN_QUERY
from services.db.tables.worklist import WORK_HISTORY
from services.worklist.bill import coding
from services.worklist.decisions import acts
from services.worklist.decisions.acts import Act, Desk
from services.worklist.item import private
from services.worklist.item.items import Conflict, Person
from services.worklist.item.moves import DENIAL, MANUAL, Refused
from services.worklist.shown import record
from services.worklist.shown.page import Quoted
from services.worklist.talk.query_shown import Asked

NOT_AFTER_A_DENIAL = (
    "After a denial a query is asked only under the hospital's policy for retrospective queries,"
    " which is not set here."
)
OF_A_FILE = "It is about a file and no patient's: there is nobody to ask."
DENIED = (DENIAL, MANUAL)
"""Kinds of items after which a query is retrospective."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a coder wants asked."""

    template: str
    condition: str
    question: str
    options: tuple[str, ...]
    evidence: tuple[Evidence, ...]


def ask(  # noqa: PLR0913 - an act has these parts
    conn: Connection, desk: Desk, person: Person, row: Row[Any], asked: Question, *, seen: int,
    retrospective: bool,
) -> list[Problem]:
    """Send a query and let its item wait; or return what is wrong with it.

    Raises:
        Refused: this item, role or policy does not allow it.
        Conflict: the item changed since the person saw it.
    """
    if not row.encounter_id:
        raise Refused(OF_A_FILE)
    denied = after_denial(conn, row)
    if not rules.may_ask(denied=denied, retrospective=retrospective):
        raise Refused(NOT_AFTER_A_DENIAL)
    passages = _passages(conn, desk, row.encounter_id, asked.evidence)
    problems = rules.lint(Draft(
        asked.template, asked.condition, asked.question, asked.options, len(passages)
    ))
    bill = coding.current(conn, row.encounter_id).bill
    npi = physician(bill)
    if not npi:
        problems.append(Problem("physician", "The record names no physician to ask."))
    if problems:
        return problems
    acts.perform(conn, desk, person, row, Act(move="query", seen=seen))
    now, today = desk.clock.now(), desk.clock.today()
    query_id = ids.derive("query", row.rework_id, seen)
    content = private.seal(
        conn, desk.site, bill.demographics.kid, row.encounter_id, f"query:{query_id}",
        {
            "condition": asked.condition, "question": asked.question,
            "options": list(asked.options),
            "passages": [[one.title, one.text] for one in passages],
        },
    )
    bulk.insert(conn, PHYSICIAN_QUERY, [{
        "query_id": query_id, "rework_id": row.rework_id, "encounter_id": row.encounter_id,
        "facility_id": bill.facility_id, "npi": npi, "template": asked.template,
        "asked_by": person.name, "asked_at": now,
        "due_on": today + timedelta(days=rules.RESPONSE_DAYS),
        "post_bill": billed(conn, row.encounter_id), "denied": denied, "content": content,
    }])
    return []


def after_denial(conn: Connection, row: Row[Any]) -> bool:
    """Say whether a payer denied anything of an item's visit, in this item or another."""
    return row.kind in DENIED or bool(conn.execute(
        text(
            "select exists (select from work_item where encounter_id = :encounter"
            " and encounter_id <> '' and kind = any(:kinds))"
        ),
        {"encounter": row.encounter_id, "kinds": list(DENIED)},
    ).scalar_one())


def billed(conn: Connection, encounter_id: str) -> bool:
    """Say whether a claim of a visit was sent: what is written of it then is after billing."""
    return any(
        isinstance(place.event, Submitted) for place in record.timeline(conn, encounter_id)
    )


def physician(bill: Bill) -> str:
    """Return the NPI of who is asked: who rendered the visit, else who attended the stay."""
    return bill.rendering_npi or (bill.institutional.attending_npi if bill.institutional else "")


def answer(  # noqa: PLR0913 - an act has these parts
    conn: Connection, desk: Desk, person: Person, query: Asked, chosen: str, words: str, *,
    seen: int,
) -> list[Problem]:
    """Sign an answer and give the item back to the coder; or return what is wrong.

    The addendum is the caller's to write, in the same transaction, from `addendum`.

    Raises:
        Conflict: the query was answered or withdrawn meanwhile.
    """
    if problems := _answer_problems(query, chosen, words):
        return problems
    now = desk.clock.now()
    said = addendum(query, chosen, words, now.date())
    kid = coding.current(conn, query.encounter_id).bill.demographics.kid
    sealed = private.seal(
        conn, desk.site, kid, query.encounter_id, f"answer:{query.query_id}", {"text": said}
    )
    changed = conn.execute(
        text(
            "update physician_query set state = 'answered', answer = :answer, agreed = :agreed,"
            " answered_by = :who, answered_at = :now, row_version = row_version + 1"
            " where query_id = cast(:id as uuid) and state = 'open' and row_version = :seen"
        ),
        {
            "id": query.query_id, "seen": seen, "answer": sealed, "who": person.name, "now": now,
            "agreed": rules.agreed(query.template, chosen),
        },
    )
    if changed.rowcount != 1:
        raise Conflict
    _back(conn, person, query, "answer", now, answered=True)
    return []


def withdraw(conn: Connection, desk: Desk, person: Person, query: Asked, *, seen: int) -> None:
    """Take a query back; its item is the coder's again.

    Raises:
        Refused: another person asked it.
        Conflict: it was answered meanwhile.
    """
    if person.role != "supervisor" and person.name != query.asked_by:
        raise Refused("Only who asked, or a supervisor, takes a query back.")
    changed = conn.execute(
        text(
            "update physician_query set state = 'withdrawn', row_version = row_version + 1"
            " where query_id = cast(:id as uuid) and state = 'open' and row_version = :seen"
        ),
        {"id": query.query_id, "seen": seen},
    )
    if changed.rowcount != 1:
        raise Conflict
    _back(conn, person, query, "withdraw", desk.clock.now(), answered=False)


def addendum(query: Asked, chosen: str, words: str, on: date) -> str:
    """Return what the addendum says: what was asked, what the physician answers, and who signs."""
    told = {one.code: one.words for one in query.options}.get(chosen, "")
    if chosen == rules.OTHER:
        told = ""
    answered = ". ".join(part.strip().rstrip(".") for part in (told, words) if part.strip())
    about = f"About {query.condition}. " if query.condition else ""
    who = f"NPI {query.npi}" if query.physician == query.npi else (
        f"{query.physician}, NPI {query.npi}")
    return (f"{about}Asked: {query.question}\nAnswered: {answered}."
            f"\nSigned by {who}, {on:%-d %B %Y}.")


def _answer_problems(query: Asked, chosen: str, words: str) -> list[Problem]:
    keys = {one.code for one in query.options}
    if query.kind == rules.OPEN:
        if chosen not in ("", *keys) or (not chosen and not words.strip()):
            return [Problem("words", "Write the answer, or choose that it cannot be determined.")]
        return []
    if chosen not in keys:
        return [Problem("chosen", "Choose an answer.")]
    if chosen == rules.OTHER and not words.strip():
        return [Problem("words", "Describe what it was.")]
    return []


def _passages(
    conn: Connection, desk: Desk, encounter_id: str, named: Sequence[Evidence]
) -> list[Quoted]:
    encounter = record.latest(record.timeline(conn, encounter_id), Encounter)
    if encounter is None:
        return []
    texts = record.note_texts(conn, desk.site, encounter_id, encounter.notes)
    titles = {note.note_id: note.title for note in encounter.notes}
    found = (
        Quoted(
            title=titles.get(one.note_id, ""),
            text=texts.get(one.note_id, "")[max(0, one.start):max(0, one.end)].strip(),
        )
        for one in named
    )
    return [one for one in found if one.text]


def _back(
    conn: Connection, person: Person, query: Asked, action: str, at: datetime, *, answered: bool
) -> None:
    """Give the item back to the coder, if it still waits for the query and no other is open."""
    moved = conn.execute(
        text(
            "update work_item set state = 'todo', waits_for = '', answered = answered or :answered,"
            " decision = '', row_version = row_version + 1"
            " where rework_id = cast(:id as uuid) and status = 'open'"
            " and waits_for = 'query' and not exists (select from physician_query q"
            " where q.rework_id = work_item.rework_id and q.state = 'open')"
        ),
        {"id": query.rework_id, "answered": answered},
    )
    after = {"state": "todo"} if moved.rowcount else {}
    bulk.insert(conn, WORK_HISTORY, [{
        "rework_id": query.rework_id, "at": at, "who": person.name, "role": person.role,
        "action": action, "before": {"query": query.query_id}, "after": after,
    }])

