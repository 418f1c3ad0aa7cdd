"""The application: routes, guard, errors."""

import secrets
from collections.abc import Sequence
from typing import Any

import structlog
from litestar import Litestar, Request, Response, Router
from litestar.datastructures import CacheControlHeader, FormMultiDict, State
from litestar.di import Provide
from litestar.exceptions import ClientException, HTTPException, NotAuthorizedException
from litestar.static_files import create_static_files_router
from litestar.utils.sync import AsyncCallable

from services.web import (
    access,
    admin,
    answers,
    appeals,
    audit_page,
    board,
    bulk,
    clocks,
    code_changes,
    coding_desk,
    exchange,
    glass,
    kept,
    lessons,
    manual,
    news,
    pages,
    queries,
    queue,
    signing,
    start,
    work,
)
from services.web.desk import Web
from services.web.panels import PANELS
from services.web.sessions import Sessions

log = structlog.get_logger()
LARGEST_BODY = 256 * 1024
HANDLERS: Sequence[Any] = (
    *start.HANDLERS, pages.home, pages.lag_page, pages.figures, *signing.HANDLERS,
    work.work_item, work.fate, work.ehr, work.act,
    exchange.exchange_list, exchange.exchange_item, exchange.exchange_act,
    *queue.HANDLERS, *news.HANDLERS, *bulk.HANDLERS, *kept.HANDLERS,
    *queries.HANDLERS, *lessons.HANDLERS, *board.HANDLERS,
    *code_changes.HANDLERS, *coding_desk.HANDLERS, *appeals.HANDLERS, *manual.HANDLERS,
    *glass.HANDLERS, *audit_page.HANDLERS, *admin.HANDLERS,
)
"""Every handler; an area has a module, and its handlers stand here."""
PANELS["clocks"] = clocks.panel
WORDS = {
    401: "Please sign in.",
    403: "Your role does not allow this.",
    404: "There is nothing here, or it is not yours to see.",
    405: "That is not how this page is used.",
    413: "That is too much at once.",
}


def build(web: Web) -> Litestar:
    """Return the application.

    Raises:
        services.web.access.UndeclaredRoute: a route names no action.
    """
    sessions = Sessions(web.engine, web.desk.site, second_factor=web.sign_in.second_factor)
    static = create_static_files_router(
        path="/static", directories=[answers.STATIC], opt={"action": access.PUBLIC},
        cache_control=CacheControlHeader(no_cache=True),  # asked each time: a page fits its script
    )
    # Litestar registers a handler anew when another joins it on its path, and then breaks it:
    # a router brings all handlers of a path at once.
    together = Router("/", route_handlers=HANDLERS)
    hub, later = news.Hub(web.engine), bulk.Later(web)
    app = Litestar(
        route_handlers=[together, static],
        guards=[access.guard],
        dependencies={
            "web": Provide(lambda: web, sync_to_thread=False),
            "sessions": Provide(lambda: sessions, sync_to_thread=False),
            "form": Provide(_form),
        },
        after_exception=[access.note_refusal],
        exception_handlers={HTTPException: _refuse, Exception: _fail},
        on_startup=[later.start], on_shutdown=[hub.stop, later.stop],
        state=State({"news": hub, "sessions": sessions, "sign_in": web.sign_in, "web": web}),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=LARGEST_BODY,
        debug=False,
    )
    access.check_routes(app)
    _wrapped_once(app)
    return app


def _wrapped_once(app: Litestar) -> None:
    """Mend handlers of a path with two methods: the framework registers the first of them twice.

    Each registration wraps a handler that runs in a thread, and twice wrapped it answers with a
    coroutine.
    """
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler.fn, AsyncCallable) and isinstance(handler.fn.func, AsyncCallable):
                handler._fn = handler.fn.func


async def _form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """Return what was posted; a NUL is in no form of ours and in no text the database takes."""
    form = await request.form()
    if any("\0" in value for _, value in form.multi_items() if isinstance(value, str)):
        raise ClientException
    return form


def _refuse(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the guard or the router refused; a person who is not signed in is sent there."""
    if isinstance(error, NotAuthorizedException) and not answers.wants_json(request):
        if "hx-request" in request.headers:
            return Response("", status_code=401, headers={**answers.HEADERS, "HX-Redirect": "/"})
        if "text/event-stream" in request.headers.get("accept", ""):
            return Response("", status_code=401, headers=answers.HEADERS)
        headers = {**answers.HEADERS, "Location": "/sign-in"}
        return Response("", status_code=303, headers=headers)
    words = WORDS.get(error.status_code, "This request cannot be answered.")
    return answers.page(request, "refused.html", {"why": words}, status=error.status_code)


def _fail(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Say that it went wrong and under which number to find it in the log; never what."""
    number = secrets.token_hex(4)
    log.error("page_failed", reason=number, exc_info=error)
    words = f"Something went wrong here (number {number}). Nothing was changed."
    return answers.page(request, "refused.html", {"why": words}, status=500)
