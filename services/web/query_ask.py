"""Asking a physician: the form out of an item, what it would say, and its sending."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import Connection, Row

from schemas.events import Encounter
from services.claims import queries as rules
from services.phi import audit
from services.web import answers, forms, work
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.bill import coding
from services.worklist.decisions import acts
from services.worklist.decisions.acts import Act
from services.worklist.item import disclosure
from services.worklist.item.items import Conflict, Person
from services.worklist.item.moves import Refused
from services.worklist.shown import happened, record, wording
from services.worklist.shown.page import NoteShown
from services.worklist.talk import queries, query_shown
from services.worklist.talk.queries import Question

LONGEST = 2000
BLANK: dict[str, Any] = {
    "template": "", "condition": "", "question": "", "options": "", "marked": (),
}
MOVED = "The record or the query changed while you were writing: load the page again."


@get("/work/{rework_id:str}/query", opt={"action": "queries.ask"}, sync_to_thread=True)
def ask_page(request: Asked, web: NamedDependency[Web], rework_id: FromPath[str]) -> Response[Any]:
    """Show the form of a query to the physician, about the item or one finding of it."""
    try:
        with web.begin(request.user) as conn:
            return _form(request, web, conn, rework_id, [], None)
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)


@post("/work/{rework_id:str}/query", opt={"action": "queries.ask"}, sync_to_thread=True)
def ask(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Send a query, or show what it would say; what is wrong comes back beside what was typed."""
    typed: dict[str, Any] = {
        "template": forms.one(form, "template"), "condition": long(form, "condition"),
        "question": long(form, "question"), "options": long(form, "options"),
        "marked": forms.marked(form),
    }
    preview = bool(forms.one(form, "preview"))
    question = Question(
        typed["template"], typed["condition"], _question(typed), _options(typed),
        forms.change(form).evidence,
    )
    try:
        with web.begin(request.user) as conn:
            row = work.row_of(conn, request, rework_id, lock=True)
            _open(conn, request, row)
            if preview:
                return _form(request, web, conn, rework_id, [], typed)
            problems = queries.ask(
                conn, web.desk, work.person_of(request.user), row, question,
                seen=forms.number(forms.one(form, "seen")),
                retrospective=web.retrospective_queries,
            )
            if problems:
                return _form(request, web, conn, rework_id, problems, typed)
            audit.note(conn, "query.ask", "item", rework_id, facility_id=row.facility_id)
    except Conflict:
        return answers.page(request, "refused.html", {"why": MOVED}, status=409)
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    return answers.redirect(request, f"/work/{rework_id}")


HANDLERS = (ask_page, ask)


def _form(
    request: Asked, web: Web, conn: Connection, rework_id: str,
    problems: list[rules.Problem], typed: dict[str, Any] | None,
) -> Response[Any]:
    row = work.row_of(conn, request, rework_id)
    _open(conn, request, row)
    head = record.head(row, work.person_of(request.user), web.today(), web.reference)
    denied = queries.after_denial(conn, row)
    about = str(request.query_params.get("finding", ""))[:40]
    suggested = rules.of_finding(about) or _suggested(conn, row)
    values = {
        "item": head, "notes": notes_of(conn, web, row.encounter_id), "problems": problems,
        "typed": typed or BLANK | {"template": suggested}, "templates": rules.templates(),
        "suggested": suggested, "physician": _physician(conn, web, row.encounter_id),
        "preview": _preview(typed) if typed else None,
        "refused": _refused(conn, web, work.person_of(request.user), row)
        if rules.may_ask(denied=denied, retrospective=web.retrospective_queries)
        else queries.NOT_AFTER_A_DENIAL,
    }
    return answers.page(request, "query_ask.html", values, 422 if problems else 200)


def _refused(conn: Connection, web: Web, person: Person, row: Row[Any]) -> str:
    """Return why a query of this item could not be sent by its reader; empty when it could."""
    try:
        acts.allowed(conn, web.desk, person, row, Act(move="query", seen=row.row_version))
    except Refused as why:
        return str(why)
    return ""


def _suggested(conn: Connection, row: Row[Any]) -> str:
    """Return what is usually asked here: of why it came back, of what else the edits found.

    A finding says more than a denial's code does, a remark more than the reason beside it.
    """
    found = happened.findings(record.timeline(conn, row.encounter_id), row.version)
    edits = [one["edit"] for one in row.reasons] + [one.edit for one in found]
    remarks = [code for one in row.reasons for code in one["remarks"]]
    return rules.suggested(edits, remarks + [one["carc"] for one in row.reasons])


def _physician(conn: Connection, web: Web, encounter_id: str) -> str:
    """Return who would be asked by name, else by NPI; empty when the record names nobody."""
    npi = queries.physician(coding.current(conn, encounter_id).bill)
    found = web.reference.provider_with(npi)
    return f"{found.given} {found.family}" if found else npi


def _preview(typed: dict[str, Any]) -> dict[str, Any] | None:
    """Return a query as the physician would read it; none while nothing says what it is about."""
    template = rules.templates().get(typed["template"])
    if template is None:
        return None
    return {
        "title": template.title,
        "question": _question({**typed, "condition": typed["condition"] or "…"}),
        "options": [one.words for one in query_shown.offered(template, _options(typed))],
    }


def _open(conn: Connection, request: Asked, row: Row[Any]) -> None:
    """Note that the record of an item is read here.

    Raises:
        Refused: the reader has not got the item, or it is no patient's.
    """
    if not row.encounter_id:
        raise Refused(queries.OF_A_FILE)
    ground = disclosure.ground(conn, work.person_of(request.user), row)
    if not ground:
        raise Refused("Take the item first: its record is shown to who works on it.")
    audit.note(
        conn, "item.read", "item", str(row.rework_id), facility_id=row.facility_id, purpose=ground
    )


def notes_of(conn: Connection, web: Web, encounter_id: str) -> tuple[NoteShown, ...]:
    """Return the notes of a record, each in passages."""
    encounter = record.latest(record.timeline(conn, encounter_id), Encounter)
    if encounter is None:
        return ()
    texts = record.note_texts(conn, web.desk.site, encounter_id, encounter.notes)
    return tuple(
        NoteShown(
            note_id=one.note_id, title=one.title,
            signed_on=one.signed_at.date() if one.signed_at else None,
            text=texts[one.note_id], sentences=wording.sentences(texts[one.note_id]),
        )
        for one in encounter.notes if one.note_id in texts
    )


def _question(typed: dict[str, Any]) -> str:
    """Return the question as typed, or the template's with the record's words in it."""
    template = rules.templates().get(typed["template"])
    if typed["question"] or template is None:
        return str(typed["question"])
    return template.question.replace("{condition}", typed["condition"] or "{condition}")


def _options(typed: dict[str, Any]) -> tuple[str, ...]:
    """Return the choices as typed, one a line, or the template's."""
    lines = (line.strip() for line in typed["options"].splitlines())
    template = rules.templates().get(typed["template"])
    return tuple(filter(None, lines)) or (template.options if template else ())


def long(form: FormMultiDict, name: str) -> str:
    """Return a field of several lines, trimmed and cut."""
    return str(form.get(name, ""))[:LONGEST].strip()

