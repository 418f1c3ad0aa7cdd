"""What waits for a person and belongs to no encounter: held files, suspense, overdue answers."""

import re
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy import Connection

from services.clock import real_now
from services.gateway import exchange
from services.gateway.exchange import NotPossible, Shown
from services.gateway.kinds import KINDS, REMITTANCE_HELD
from services.phi import audit
from services.web import answers
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.shown import wording

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STATES = ("open", "closed")
PAGE = 100
TEAMS = {**wording.TEAMS, "OPS": "operations"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind to look at, with how much of it is open."""

    kind: str
    says: str
    count: int
    cents: int


@get("/exchange", opt={"action": "exchange.read"}, sync_to_thread=True)
def exchange_list(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show what is open, or what was closed."""
    asked = request.query_params
    kind, state = str(asked.get("kind", "")), str(asked.get("state", "open"))
    kind, state = kind if kind in KINDS else "", state if state in STATES else "open"
    after = str(asked.get("after", ""))
    after = after if _ID.fullmatch(after) else ""
    with web.begin(request.user) as conn:
        found = exchange.select(conn, state=state, kind=kind, after=after, most=PAGE + 1)
        counted = exchange.counts(conn)
    values = {
        "items": found[:PAGE], "kind": kind, "state": state, "after": after,
        "next": found[PAGE - 1].item_id if len(found) > PAGE else "",
        "choices": [
            Choice(name, about.says, *counted.get(name, (0, 0)))
            for name, about in KINDS.items()
        ],
        "open": sum(n for n, _ in counted.values()), "today": web.today(), "names": _names(web),
        "teams": TEAMS,
    }
    return answers.page(request, "exchange.html", values)


@get("/exchange/{item_id:str}", opt={"action": "exchange.read"}, sync_to_thread=True)
def exchange_item(
    request: Asked, web: NamedDependency[Web], item_id: FromPath[str]
) -> Response[Any]:
    """Show one item, what to do about it and who released it so far."""
    with web.begin(request.user) as conn:
        item = _item(conn, item_id)
        audit.note(conn, "exchange.read", "exchange", item_id)
        return _page(request, web, conn, item)


@post("/exchange/{item_id:str}/{move:str}", opt={"action": "exchange.act"}, sync_to_thread=True)
def exchange_act(
    request: Asked, web: NamedDependency[Web], item_id: FromPath[str], move: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Release a held file, or close an item; refused, say why and keep what was typed."""
    person, reason = request.user, str(form.get("reason", ""))[:1000].strip()
    try:
        with web.begin(request.user) as conn:
            item = _item(conn, item_id)
            if move == "release" and item.kind == REMITTANCE_HELD and item.file_id:
                exchange.approve(
                    conn, item.file_id, person.name, person.role, reason, real_now()
                )
            elif move == "close":
                exchange.close(conn, item_id, person.name, reason, web.desk.clock.now())
            else:
                raise NotFoundException
            audit.note(conn, f"exchange.{move}", "exchange", item_id)
    except NotPossible as why:
        with web.begin(request.user) as conn:
            return _page(request, web, conn, _item(conn, item_id), str(why), reason)
    return answers.redirect(request, f"/exchange/{item_id}")


def _page(
    request: Asked, web: Web, conn: Connection, item: Shown, problem: str = "", typed: str = ""
) -> Response[Any]:
    given = exchange.approvals(conn, item.file_id)
    values = {
        "item": item, "approvals": given, "problem": problem,
        "released": any(one.person == request.user.name for one in given),
        "typed": typed, "held": item.kind == REMITTANCE_HELD, "names": _names(web),
        "teams": TEAMS,
        "may_close": item.kind not in exchange.CLOSED_BY_FACTS, "today": web.today(),
        "may_release": request.user.role in exchange.APPROVERS,
    }
    return answers.page(request, "exchange_item.html", values, 409 if problem else 200)


def _item(conn: Connection, item_id: str) -> Shown:
    found = exchange.get(conn, item_id) if _ID.fullmatch(item_id) else None
    if found is None:
        raise NotFoundException
    return found


def _names(web: Web) -> dict[str, str]:
    return {payer.payer_id: payer.name for payer in web.reference.payers.values()}
