"""The work list and the work item."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy import Connection, Row

from services.web import answers, forms, panels
from services.web.answers import Asked
from services.web.desk import Web
from services.web.panels import Seen
from services.web.sessions import Visitor
from services.worklist import acts, items, record, wording
from services.worklist.acts import Act
from services.worklist.items import Conflict, Filter, Person
from services.worklist.moves import Refused
from services.worklist.page import Item, ItemPage

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CURSOR = re.compile(r"([01])_(\d{4}-\d\d-\d\d)_(-?\d{1,15})_([0-9a-f-]{36})")
VIEW_NAMES = {
    "todo": "To do", "mine": "My coding", "coder": "With coders", "underway": "Under way",
    "closed": "Closed",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the list, with how much is in it."""

    name: str
    says: str
    count: int
    cents: int


@get("/work", opt={"action": "work.list"}, sync_to_thread=True)
def work_list(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show the work of the reader's role."""
    person, wanted = _person(request.user), _wanted(request)
    with web.engine.connect() as conn:
        rows = items.select(conn, person, wanted)
        counted = items.counts(conn, person)
    heads = [record.head(row, person, web.today(), web.reference) for row in rows]
    asked = request.query_params
    values = {
        "items": heads,
        "tabs": [Tab(k, VIEW_NAMES[k], n, cents) for k, (n, cents) in counted.items()],
        "view": wanted.view, "kind": wanted.kind, "payer_id": wanted.payer_id,
        "payers": [(p.payer_id, p.name) for p in web.reference.payers.values()],
        "next": _cursor(heads[-1]) if len(heads) == wanted.size else "",
        "today": web.today(),
    }
    fragment = asked.get("part") == "rows"
    return answers.page(request, "_rows.html" if fragment else "work.html", values)


@get("/work/{rework_id:str}", opt={"action": "work.read"}, sync_to_thread=True)
def work_item(request: Asked, web: NamedDependency[Web], rework_id: FromPath[str]) -> Response[Any]:
    """Show an item: record, claim, remittance, how it came to be, what may be done."""
    with web.engine.begin() as conn:
        row = _row(conn, request, rework_id)
        shown = _load(conn, web, request, row)
        beside = panels.load(Seen(conn, web, _person(request.user), row, shown))
    values = {"page": shown, "problems": [], "typed": None, "marked": (), "panels": beside}
    return answers.page(request, "item.html", values)


@get(
    "/work/{rework_id:str}/fate", opt={"action": "work.read", "touch": False}, sync_to_thread=True
)
def fate(request: Asked, web: NamedDependency[Web], rework_id: FromPath[str]) -> Response[Any]:
    """Show what became of a correction; the page asks again until it is settled."""
    person = _person(request.user)
    with web.engine.connect() as conn:
        row = _row(conn, request, rework_id)
    item = record.head(row, person, web.today(), web.reference)
    return answers.page(request, "_fate.html", {"item": item})


@post("/work/{rework_id:str}/{move:str}", opt={"action": "work.act"}, sync_to_thread=True)
def act(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str], move: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Make a move with an item; a correction that does not hold comes back with its problems."""
    wanted = Act(
        move=move, seen=forms.number(forms.one(form, "seen")),
        change=forms.change(form) if move == "correct" else None,
        decision=forms.one(form, "decision"),
    )
    person, shown = _person(request.user), None
    beside: dict[str, Any] = {}
    try:
        with web.engine.begin() as conn:
            row = _row(conn, request, rework_id, lock=True)
            problems = acts.perform(conn, web.desk, person, row, wanted)
            if problems:
                shown = _load(conn, web, request, row)
                beside = panels.load(Seen(conn, web, person, row, shown))
    except Conflict:
        return _conflict(request, web, rework_id, wanted)
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    if shown:
        marked = tuple(forms.marked(form))
        values = {"page": shown, "problems": problems, "typed": wanted.change, "marked": marked}
        values["panels"] = beside
        return answers.page(request, "item.html", values, status=422)
    return answers.redirect(request, f"/work/{rework_id}")


def _conflict(request: Asked, web: Web, rework_id: str, wanted: Act) -> Response[Any]:
    """Show what was typed beside what stands there, so that nothing typed is lost."""
    with web.engine.begin() as conn:
        shown = _load(conn, web, request, _row(conn, request, rework_id))
    values = {"page": shown, "typed": wanted.change}
    return answers.page(request, "conflict.html", values, status=409)


def _load(conn: Connection, web: Web, request: Asked, row: Row[Any]) -> ItemPage:
    person = _person(request.user)
    return record.load(conn, record.Reader(web.desk.site, web.reference), person, row, web.today())


def _row(
    conn: Connection, request: Asked, rework_id: str, *, lock: bool = False
) -> Row[Any]:
    """Return an item the reader may see; another's looks like one that is not there."""
    known = _UUID.fullmatch(rework_id)
    row = items.get(conn, _person(request.user), rework_id, lock=lock) if known else None
    if row is None:
        raise NotFoundException
    return row


def _person(visitor: Visitor) -> Person:
    return Person(visitor.name, visitor.role, visitor.coder_id)


def _wanted(request: Asked) -> Filter:
    asked = request.query_params
    cursor = _CURSOR.fullmatch(str(asked.get("after", "")))
    after = None
    if cursor:
        others, due_on, worth, last = cursor.groups()
        after = (int(others), _date(due_on), int(worth), last)
    views = items.VIEWS[request.user.role]
    view, kind = str(asked.get("view", "")), str(asked.get("kind", ""))
    return Filter(
        view=view if view in views else "todo",
        kind=kind if kind in wording.KINDS else "",
        payer_id=str(asked.get("payer", ""))[:40],
        after=after,
    )


def _date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return date.min


def _cursor(item: Item) -> str:
    return f"{0 if item.mine else 1}_{item.due_on}_{-item.at_stake_cents}_{item.rework_id}"
