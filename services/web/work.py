"""The work item: its page, its moves, its fate. The list is `queue`."""

import re
from dataclasses import replace
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy import Connection, Row

from services.web import access, accounts, answers, decide, forms, reading
from services.web.answers import Asked
from services.web.desk import Web
from services.web.sessions import Visitor
from services.worklist.decisions import acts
from services.worklist.decisions import decide as rules
from services.worklist.decisions.acts import Act
from services.worklist.item import items
from services.worklist.item.items import Conflict, Person
from services.worklist.item.moves import ILLEGAL, Refused
from services.worklist.shown import record

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@get("/work/{rework_id:str}", opt={"action": "work.read"}, sync_to_thread=True)
def work_item(request: Asked, web: NamedDependency[Web], rework_id: FromPath[str]) -> Response[Any]:
    """Show an item: record, claim, remittance, how it came to be, what may be done."""
    with web.begin(request.user) as conn:
        row = row_of(conn, request, rework_id)
        values = reading.values(conn, web, person_of(request.user), row)
    return answers.page(request, "item.html", values)


@get(
    "/work/{rework_id:str}/fate", opt={"action": "work.read", "touch": False}, sync_to_thread=True
)
def fate(request: Asked, web: NamedDependency[Web], rework_id: FromPath[str]) -> Response[Any]:
    """Show what became of a correction; the page asks again until it is settled."""
    person = person_of(request.user)
    with web.begin(request.user) as conn:
        row = row_of(conn, request, rework_id)
    item = record.head(row, person, web.today(), web.reference)
    return answers.page(request, "_fate.html", {"item": item})


@get("/work/{rework_id:str}/ehr", opt={"action": "work.read"}, sync_to_thread=True)
def ehr(request: Asked, web: NamedDependency[Web], rework_id: FromPath[str]) -> Response[Any]:
    """Send the reader on to the visit in the EHR: its id there stands in no address of ours."""
    person = person_of(request.user)
    with web.begin(request.user) as conn:
        where = reading.ehr_address(conn, web, person, row_of(conn, request, rework_id))
    if not where:
        raise NotFoundException
    headers = {**answers.HEADERS, "Location": where, "Referrer-Policy": "no-referrer"}
    return Response("", status_code=303, headers=headers)


@post("/work/{rework_id:str}/{move:str}", opt={"action": "work.act"}, sync_to_thread=True)
def act(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str], move: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Make a move with an item; a correction that does not hold comes back with its problems."""
    wanted = decide.wish(move, form)
    if move == "assign":
        assignee = accounts.worker(web.engine, wanted.said["name"])
        wanted = replace(wanted, assignee=assignee)
    person, values = person_of(request.user), None
    row: Row[Any] | None = None
    try:
        with web.begin(request.user) as conn:
            row = row_of(conn, request, rework_id, lock=True)
            problems = acts.perform(conn, web.desk, person, row, wanted)
            if problems:
                values = reading.values(
                    conn, web, person, row, problems=problems, typed=wanted.change,
                    marked=forms.marked(form),
                )
    except Conflict:
        return _conflict(request, web, rework_id, wanted)
    except Refused as why:
        if row is not None and why.rule != ILLEGAL:
            rules.refused(web.engine, web.desk, person, row, move, why.rule)
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    if values:
        return answers.page(request, "item.html", values, status=422)
    return answers.redirect(request, f"/work/{rework_id}")


def _conflict(request: Asked, web: Web, rework_id: str, wanted: Act) -> Response[Any]:
    """Show what was typed beside what stands there, so that nothing typed is lost."""
    with web.begin(request.user) as conn:
        row = row_of(conn, request, rework_id)
        shown = reading.page(conn, web, person_of(request.user), row)
    values = {"page": shown, "typed": wanted.change}
    return answers.page(request, "conflict.html", values, status=409)


def row_of(
    conn: Connection, request: Asked, rework_id: str, *, lock: bool = False
) -> Row[Any]:
    """Return an item the reader may see.

    Raises:
        NotFoundException: there is none, or it is not the reader's to see: both look alike.
    """
    person, known = person_of(request.user), UUID.fullmatch(rework_id)
    row = items.get(conn, person, rework_id, lock=lock) if known else None
    action = str(request.route_handler.opt.get("action", ""))
    opened = person.role == "auditor"  # the query found it, so its glass is broken
    if row is None or not access.authorize(person, action, row, opened=opened):
        raise NotFoundException
    return row


def person_of(visitor: Visitor) -> Person:
    """Return who a visitor is to the worklist."""
    return visitor.person
