"""Physician queries: answered by the physician, listed for both; the notes beside them."""

import re
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy import Connection

from schemas.events import Encounter
from services.claims import queries as rules
from services.intake import addenda
from services.phi import audit
from services.web import access, answers, forms, panels, query_ask, work
from services.web.answers import Asked
from services.web.desk import Web
from services.web.panels import Seen
from services.worklist.bill import coding
from services.worklist.item import items
from services.worklist.item.items import Conflict, Person
from services.worklist.item.moves import Refused
from services.worklist.shown import opened, record
from services.worklist.talk import notes, queries, query_shown
from services.worklist.talk.query_shown import Asked as Query

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STATES = {"open": "Open", "answered": "Answered", "withdrawn": "Taken back"}



@get("/queries", opt={"action": "queries.list"}, sync_to_thread=True)
def query_list(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show the queries the reader has to do with, and how queries fare."""
    person = work.person_of(request.user)
    state = str(request.query_params.get("state", "open"))
    state = state if state in STATES else "open"
    after = str(request.query_params.get("after", ""))
    with web.begin(request.user) as conn:
        found = query_shown.listed(conn, web.desk, person, state, after)
        audit.note(conn, "query.list", "query")
        rates = query_shown.rates(conn, person, web.today())
    values = {
        "queries": found.rows, "next": found.next, "after": after, "rates": rates, "state": state,
        "states": STATES,
    }
    return answers.page(request, "queries.html", values)


@get("/queries/{query_id:str}", opt={"action": "queries.read"}, sync_to_thread=True)
def query_page(
    request: Asked, web: NamedDependency[Web], query_id: FromPath[str]
) -> Response[Any]:
    """Show a query with the record it is about."""
    with web.begin(request.user) as conn:
        return _page(request, web, conn, _query(request, web, conn, query_id))


@post("/queries/{query_id:str}/answer", opt={"action": "queries.answer"}, sync_to_thread=True)
def query_answer(
    request: Asked, web: NamedDependency[Web], query_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Sign an answer: the addendum, the query and the item in one transaction."""
    person, seen = work.person_of(request.user), forms.number(forms.one(form, "seen"))
    chosen, words = forms.one(form, "chosen"), query_ask.long(form, "words")
    try:
        with web.begin(request.user) as conn:
            query = _query(request, web, conn, query_id)
            problems = queries.answer(
                conn, web.desk, person, query, chosen, words, seen=seen
            )
            if problems:
                return _page(request, web, conn, query, problems, (chosen, words))
            encounter = record.latest(record.timeline(conn, query.encounter_id), Encounter)
            if encounter is None:
                raise addenda.Moved
            audit.note(
                conn, "query.answer", "query", query_id, facility_id=query.facility_id
            )
            now = web.desk.clock.now()
            addenda.add(
                conn, web.desk.site, encounter,
                queries.addendum(query, chosen, words, now.date()), query_id=query_id, at=now,
                post_bill=query.post_bill or queries.billed(conn, query.encounter_id),
            )
    except (Conflict, addenda.Moved):
        return answers.page(request, "refused.html", {"why": query_ask.MOVED}, status=409)
    return answers.redirect(request, f"/queries/{query_id}")


@post("/queries/{query_id:str}/withdraw", opt={"action": "queries.ask"}, sync_to_thread=True)
def query_withdraw(
    request: Asked, web: NamedDependency[Web], query_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Take a query back."""
    try:
        with web.begin(request.user) as conn:
            query = _query(request, web, conn, query_id)
            queries.withdraw(
                conn, web.desk, work.person_of(request.user), query,
                seen=forms.number(forms.one(form, "seen")),
            )
    except Conflict:
        return answers.page(request, "refused.html", {"why": query_ask.MOVED}, status=409)
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    return answers.redirect(request, f"/work/{query.rework_id}")


@post("/queries/{query_id:str}/note", opt={"action": "queries.answer"}, sync_to_thread=True)
def physician_note(
    request: Asked, web: NamedDependency[Web], query_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Add the physician's note to the thread of the item that a query is about."""
    person = work.person_of(request.user)
    try:
        with web.begin(request.user) as conn:
            query = _query(request, web, conn, query_id)
            row = items.get(conn, person, query.rework_id)
            if row is None:
                raise NotFoundException
            notes.write(conn, web.desk, person, row, str(form.get("words", "")))
            audit.note(
                conn, "note.write", "item", query.rework_id, facility_id=query.facility_id
            )
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    return answers.redirect(request, f"/queries/{query_id}#notes")


@post("/work/{rework_id:str}/note", opt={"action": "notes.write"}, sync_to_thread=True)
def note(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Add a note to an item's thread."""
    try:
        with web.begin(request.user) as conn:
            row = work.row_of(conn, request, rework_id)
            words = str(form.get("words", ""))
            notes.write(conn, web.desk, work.person_of(request.user), row, words)
            audit.note(conn, "note.write", "item", rework_id, facility_id=row.facility_id)
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    return answers.redirect(request, f"/work/{rework_id}#notes")


HANDLERS = (
    query_list, query_page, query_answer, query_withdraw, *query_ask.HANDLERS, physician_note, note,
)


def panel(seen: Seen) -> dict[str, Any] | None:
    """Return an item's queries, and whether the reader may ask one."""
    found = query_shown.of_item(seen.conn, seen.web.desk, str(seen.row.rework_id))
    may = any(move.name == "query" for move in seen.page.moves)
    return {"queries": found, "may_ask": may} if found or may else None


def thread(seen: Seen) -> dict[str, Any]:
    """Return an item's notes."""
    return {
        "notes": notes.thread(seen.conn, seen.web.desk, seen.row),
        "may": access.may(seen.person.role, "notes.write"),
    }


panels.PANELS["query"] = panel
panels.PANELS["notes"] = thread


def _query(request: Asked, web: Web, conn: Connection, query_id: str) -> Query:
    known = _ID.fullmatch(query_id)
    person = work.person_of(request.user)
    found = query_shown.get(conn, web.desk, person, query_id) if known else None
    if found is None:
        raise NotFoundException
    return found


def _page(
    request: Asked, web: Web, conn: Connection, query: Query,
    problems: list[rules.Problem] | None = None, typed: tuple[str, str] = ("", ""),
) -> Response[Any]:
    audit.note(conn, "query.read", "query", query.query_id, facility_id=query.facility_id)
    signs = request.user.role == "physician"
    values = {
        "query": query, "notes": query_ask.notes_of(conn, web, query.encounter_id),
        "problems": problems or [], "typed": typed,
        "whose": _whose(conn, web, query.encounter_id) if signs else None,
        "may_answer": signs and query.state == "open",
        "thread": _thread(conn, web, work.person_of(request.user), query) if signs else None,
    }
    return answers.page(request, "query.html", values, 422 if problems else 200)


def _thread(
    conn: Connection, web: Web, person: Person, query: Query
) -> list[notes.Written] | None:
    """Return the notes of a query's item as its physician reads them.

    Until the query is answered those of physicians alone: what coders and billing write of codes
    and payment would lead.
    """
    row = items.get(conn, person, query.rework_id)
    if row is None:
        return None
    found = notes.thread(conn, web.desk, row)
    return [one for one in found if query.state != "open" or one.role == person.role]


def _whose(conn: Connection, web: Web, encounter_id: str) -> dict[str, Any]:
    """Return patient and visit: nobody signs an addendum of a record without knowing whose."""
    bill = coding.current(conn, encounter_id).bill
    return {
        "patient": opened.whole(conn, web.desk.site, encounter_id, bill, ()).patient,
        "served_on": bill.starts_on, "department": bill.department.replace("_", " "),
        "encounter_class": bill.encounter_class,
    }
