"""Many items at once: picked on the list, shown what will happen, done, undone; and the export."""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import structlog
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy.exc import SQLAlchemyError

from services.clock import real_now
from services.phi import audit
from services.web import accounts, answers, forms, work
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.decisions import reasons
from services.worklist.item import views
from services.worklist.item.moves import Refused
from services.worklist.lists import bulk, filters, queue, undo
from services.worklist.lists import export as exporting
from services.worklist.lists.bulk import Outcome, Wanted
from services.worklist.lists.filters import Filter
from services.worklist.shown import wording

log = structlog.get_logger()
LOOK_EVERY_S, LONGEST_QUERY = 2.0, 4000
_PICK = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Action:
    """What may be done to many items.

    Attributes:
        name: A key of `bulk.ACTIONS`.
        says: On the button.
        key: The key that asks for it.
        does: On the button that does it.
        field: What it asks for besides a reason: name, team or tag; empty for nothing.
        asks: Words before that field.
        reasons: Key -> words of its reasons, if it needs one.
    """

    name: str
    says: str
    key: str
    does: str
    field: str
    asks: str
    reasons: tuple[tuple[str, str], ...] = ()


ACTIONS: dict[str, Action] = {
    one.name: one for one in (
        Action(bulk.ASSIGN, "Assign", "a", "Assign", "name", "To"),
        Action(bulk.ROUTE, "Pass on", "r", "Pass on", "team", "To the team",
               tuple(reasons.LISTS["route"].items())),
        Action(bulk.TAG, "Tag", "l", "Tag", "tag", "Tag"),
        Action(bulk.UNTAG, "Untag", "L", "Take the tag off", "tag", "Tag"),
        Action(bulk.WRITE_OFF, "Write off", "w", "Write off", "", "",
               tuple(reasons.LISTS["write_off"].items())),
    )
}


def offered(role: str) -> list[Action]:
    """Return what a role may do to many items."""
    return [ACTIONS[name] for name in bulk.allowed(role)]


@post("/work/bulk", opt={"action": "work.bulk"}, sync_to_thread=True)
def many(
    request: Asked, web: NamedDependency[Web], form: NamedDependency[FormMultiDict]
) -> Response[Any]:
    """Ask what for, show what will happen, or do it, as far as the form says."""
    person = request.user.person
    action = ACTIONS.get(forms.one(form, "action"))
    if action is None or action.name not in bulk.allowed(person.role):
        return answers.page(request, "refused.html", {"why": "You may not do that."}, status=409)
    query = query_of(form)
    said = {name: forms.one(form, name) for name in ("name", "team", "tag", "reason")}
    assignee = accounts.worker(web.engine, said["name"]) if action.name == bulk.ASSIGN else None
    wanted = Wanted(action.name, _picks(request, web, form, query), said, assignee)
    if not wanted.picks:
        return answers.page(request, "refused.html", {"why": "No item is picked."}, status=409)
    named = not action.field or bool(said[action.field])
    to_nobody = action.field == "name" and "name" in form
    complete = (named or to_nobody) and bool(not action.reasons or said["reason"])
    if complete and forms.one(form, "step") == "do":
        return _do(request, web, wanted, query)
    with web.begin(request.user) as conn:
        found = bulk.preview(conn, web.desk, person, wanted) if complete else []
    values = _values(web, action, wanted, found) | {"query": query, "complete": complete}
    return answers.page(request, "bulk.html", values)


def _do(request: Asked, web: Web, wanted: Wanted, query: str) -> Response[Any]:
    with web.begin(request.user) as conn:
        bulk_id, found = bulk.do(conn, web.desk, request.user.person, wanted)
    if not bulk_id:
        return answers.page(request, "refused.html", {"why": bulk.NOTHING}, status=409)
    left = sum(not one.done for one in found)
    return answers.redirect(request, f"/work/bulk/{bulk_id}?left={left}&{query}")


def _values(
    web: Web, action: Action, wanted: Wanted, found: Sequence[Outcome]
) -> dict[str, Any]:
    """Return the values of the page that asks and shows."""
    able = [one for one in found if one.done]
    return {
        "action": action, "said": dict(wanted.said),
        "names": [one.name for one in accounts.workers(web.engine)]
        if action.field == "name" else [],
        "outcomes": found,
        "picks": [f"{one}:{seen}" for one, seen in wanted.picks],
        "able": len(able), "unable": len(found) - len(able),
        "cents": sum(one.at_stake_cents for one in able), "teams": dict(wording.TEAMS),
        "limit_cents": web.desk.write_off_limit_cents,
        "over": sum(one.at_stake_cents > web.desk.write_off_limit_cents for one in able),
        "hold_minutes": int(bulk.HOLD.total_seconds() // 60),
        "payers": {p.payer_id: p.name for p in web.reference.payers.values()},
    }


def query_of(form: FormMultiDict, name: str = "query") -> str:
    """Return the list a form came from: only what a list may be asked for."""
    return filters.encode(filters.parse(parse_qsl(str(form.get(name, ""))[:LONGEST_QUERY])))


def _picks(
    request: Asked, web: Web, form: FormMultiDict, query: str
) -> list[tuple[str, int]]:
    """Return what was picked: by name, or everything the list shows, up to `bulk.MOST`."""
    if not forms.one(form, "all"):
        found = (_PICK.fullmatch(str(one)) for one in form.getall("pick", []))
        return [(one[1], int(one[2])) for one in found if one][: bulk.MOST]
    wanted = filters.parse(parse_qsl(query))
    payers = {p.payer_id: p.name for p in web.reference.payers.values()}
    known = views.of(request.user.role)
    view = wanted.view if wanted.view in known else next(iter(known), "")
    everything = Filter(
        view, wanted.many, wanted.numbers, wanted.flags, wanted.q, wanted.sort, size=bulk.MOST)
    with web.begin(request.user) as conn:
        page = queue.select(conn, request.user.person, everything, web.today(), payers)
    return [(str(row.rework_id), row.row_version) for row in page.rows]


@get("/work/bulk/{bulk_id:str}", opt={"action": "work.bulk"}, sync_to_thread=True)
def done(request: Asked, web: NamedDependency[Web], bulk_id: FromPath[str]) -> Response[Any]:
    """Show what was done, with the way back."""
    with web.begin(request.user) as conn:
        act = bulk.get(conn, request.user.person, bulk_id) if work.UUID.fullmatch(bulk_id) else None
    if act is None:
        raise NotFoundException
    given = str(act.given.get("left", request.query_params.get("left", "")))
    values = {
        "action": ACTIONS[act.action], "bulk_id": bulk_id, "state": act.state,
        "count": len(act.items), "left": int(given) if given.isdecimal() else 0,
        "seconds": max(0, int((act.undo_until - real_now()).total_seconds())),
        "query": filters.encode(filters.parse(request.query_params.multi_items())),
    }
    return answers.page(request, "bulk_done.html", values)


@post("/work/bulk/{bulk_id:str}/undo", opt={"action": "work.bulk"}, sync_to_thread=True)
def take_back(
    request: Asked, web: NamedDependency[Web], bulk_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Take back what was done, where nobody went on with it."""
    if not work.UUID.fullmatch(bulk_id):
        raise NotFoundException
    try:
        with web.begin(request.user) as conn:
            _, left = undo.undo(conn, web.desk, request.user.person, bulk_id)
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    query = query_of(form)
    return answers.redirect(request, f"/work/bulk/{bulk_id}?left={left}&{query}")


@post("/work/export", opt={"action": "work.export"}, sync_to_thread=True)
def export(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Give the list as CSV, all pages of it; that it was given stands in the audit log first."""
    visitor, today = request.user, web.today()
    wanted = filters.parse(request.query_params.multi_items())
    payers = {p.payer_id: p.name for p in web.reference.payers.values()}
    with web.begin(visitor) as conn:
        audit.note(conn, "export", "list", details={"query": filters.encode(wanted)})

    def lines() -> Iterator[bytes]:
        with web.begin(visitor) as conn:
            yield from exporting.lines(conn, visitor.person, wanted, today, payers)

    headers = {
        **answers.HEADERS, "Content-Disposition": f'attachment; filename="work-{today}.csv"',
    }
    return Stream(
        lines(), status_code=200, media_type="text/csv", headers=headers)


class Later:
    """Does what was held back, once the time to undo it is over; on a thread of its own."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="later", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no longer."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                undo.run_due(self._web.engine, self._web.desk)
            except SQLAlchemyError:
                log.warning("bulk_not_finished")


HANDLERS = (many, done, take_back, export)
