"""Who may do what: every route names its action; what is not listed is denied.

The guard runs before every handler: session, role, and for requests that change something the
origin and the token of the session. Which objects a role may do it with is `authorize`, and in
every query its twin `services.worklist.item.scope.scoped`: an object that is not yours is not there
(404), an action that is not your role's is refused (403).
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any

from litestar import Litestar
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection, Request
from litestar.exceptions import (
    ClientException,
    NotAuthorizedException,
    PermissionDeniedException,
)
from litestar.handlers import BaseRouteHandler

from services.phi import audit
from services.web.rules import ROLES
from services.web.sessions import COOKIE, HOST_COOKIE, Sessions, Visitor
from services.worklist.item import scope
from services.worklist.item.scope import Person

PUBLIC = "public"
WORKERS = frozenset({"coder", "biller", "specialist", "supervisor"})
MAY: Mapping[str, frozenset[str]] = {
    "home": frozenset(ROLES),
    "sign_out": frozenset(ROLES),
    "work.list": WORKERS,
    "work.take": WORKERS,
    "work.bulk": WORKERS,
    "work.export": frozenset({"supervisor", "auditor"}),
    "work.read": WORKERS | {"auditor"},
    "work.check": frozenset({"coder"}),
    "work.act": WORKERS,
    "denials.enter": frozenset({"biller", "specialist", "supervisor"}),
    "glass.break": frozenset({"coder", "biller", "specialist", "auditor"}),
    "glass.list": frozenset({"supervisor", "auditor"}),
    "glass.review": frozenset({"supervisor"}),
    "audit.read": WORKERS | {"physician", "auditor"},
    "users.read": frozenset({"admin", "auditor"}),
    "users.act": frozenset({"admin"}),
    "queries.list": frozenset({"coder", "biller", "specialist", "supervisor", "physician"}),
    "queries.read": frozenset({"coder", "biller", "specialist", "supervisor", "physician"}),
    "queries.ask": frozenset({"coder", "specialist", "supervisor"}),
    "queries.answer": frozenset({"physician"}),
    "lessons.read": frozenset({"coder", "supervisor"}),
    "lessons.act": frozenset({"coder", "supervisor"}),
    "board.read": frozenset({"supervisor"}),
    "notes.write": frozenset({"coder", "biller", "specialist", "supervisor"}),
    "codes.changes": frozenset({"coder", "supervisor"}),
    "codes.search": WORKERS,
    "lag.read": frozenset({"ops", "supervisor", "auditor"}),
    "figures.read": frozenset({"supervisor"}),
    "exchange.read": frozenset({"biller", "supervisor", "ops"}),
    "exchange.act": frozenset({"biller", "supervisor", "ops"}),
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSALS = (403, 404)
OBJECT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z2-7]{16,26}")
"""An opaque id; what is none may be anything, so it is not kept."""


class UndeclaredRoute(Exception):  # noqa: N818 - says what happened
    """A route names no action of the table; the application does not start."""


def may(role: str, action: str) -> bool:
    """Say whether a role may do something.

    >>> may("coder", "lag.read"), may("ops", "lag.read"), may("ops", "no such action")
    (False, True, False)
    """
    return role in MAY.get(action, frozenset())


def authorize(  # one function; the queries have the same as SQL
    person: Person, action: str, item: Any = None, *, asked: bool = False, opened: bool = False
) -> bool:
    """Say whether a person may do something, with an item if one is given; deny by default.

    Args:
        person: Who asks.
        action: A key of `MAY`.
        item: A row of `work_item`, or none for an action on no object.
        asked: A query about it is addressed to this physician.
        opened: Break-glass is open on its patient for this auditor.
    """
    if not may(person.role, action):
        return False
    return item is None or scope.sees(person, item, asked=asked, opened=opened)


def check_routes(app: Litestar) -> None:
    """Refuse an application with a route that names no action.

    Raises:
        UndeclaredRoute: one does.
    """
    routes: Iterable[Any] = app.routes
    for route in routes:
        handlers = getattr(route, "route_handlers", None) or [route.route_handler]
        for handler in handlers:
            action = handler.opt.get("action")
            if action != PUBLIC and action not in MAY and not _automatic(handler):
                raise UndeclaredRoute(f"{route.path}: names no action")


def _automatic(handler: Any) -> bool:
    """Say whether this is the framework's own answer to OPTIONS, which shows nothing."""
    return set(getattr(handler, "http_methods", ())) == {"OPTIONS"}


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through, or not.

    Raises:
        NotAuthorizedException: nobody is signed in.
        PermissionDeniedException: the role may not, or the request may be forged.
        ClientException: the address holds what no address of ours does.
    """
    action = handler.opt.get("action", "")
    method = str(connection.scope.get("method", "GET"))
    if _has_nul(connection):
        raise ClientException
    if method not in SAFE and not _same_origin(connection):
        raise PermissionDeniedException
    if action == PUBLIC:
        return
    sessions: Sessions = connection.app.state.sessions
    visitor = await sessions.find(
        cookie_of(connection),
        touch=handler.opt.get("touch", True) and "part" not in connection.query_params,
    )
    if visitor is None:
        raise NotAuthorizedException
    connection.scope["user"] = visitor
    connection.scope["auth"] = visitor
    if not may(visitor.role, action):
        raise PermissionDeniedException
    if method not in SAFE and not await _token_given(connection, visitor):
        raise PermissionDeniedException


async def note_refusal(error: Exception, scope: Any) -> None:
    """Note that somebody asked for what is not theirs: in the audit log, never on the page."""
    visitor = scope.get("user")
    status = getattr(error, "status_code", 500)
    if not isinstance(visitor, Visitor) or status not in REFUSALS:
        return
    web = scope["litestar_app"].state.web
    asked = [str(one) for one in scope.get("path_params", {}).values()]
    object_id = next((one for one in asked if OBJECT.fullmatch(one)), "")
    handler = scope.get("route_handler")
    action = handler.opt.get("action", "") if handler is not None else ""

    def write() -> None:
        with web.begin(visitor) as conn:
            audit.note(conn, action, "", object_id, purpose="", outcome=audit.REFUSED)

    await sync_to_thread(write)


def cookie_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the session's cookie: over https only the one that no other host can set."""
    secure = connection.app.state.sign_in.secure
    return str(connection.cookies.get(HOST_COOKIE if secure else COOKIE, ""))


def _has_nul(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Say whether an address holds a NUL, which neither the database nor a file system takes."""
    values = [*connection.path_params.values(), *connection.query_params.values()]
    return any("\0" in str(value) for value in values)


def _same_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Say whether a request that changes something comes from our own pages."""
    origin = connection.headers.get("origin")
    site = connection.headers.get("sec-fetch-site", "same-origin")
    host = connection.headers.get("host", "")
    return site in ("same-origin", "none") and origin in (None, f"http://{host}", f"https://{host}")


async def _token_given(connection: ASGIConnection[Any, Any, Any, Any], visitor: Visitor) -> bool:
    given = connection.headers.get("x-csrf-token", "")
    if not given and isinstance(connection, Request):
        given = str((await connection.form()).get("csrf", ""))
    return hmac.compare_digest(given.encode(), visitor.csrf.encode())
