"""One answer, two forms: a page for a person, the same values as JSON for a program that asks."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Request, Response

from services.claims import clocks, queries, score
from services.clock import real_now
from services.codes import hcpcs, icd10cm, pcs
from services.web import nav
from services.web.sessions import Visitor
from services.worklist.shown import wording

TEMPLATES = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")
HTML = "text/html"
JSON = "application/json"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Asked = Request[Visitor, Visitor, Any]


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "money": wording.money, "day": _day, "moment": _moment, "letter": letter,
        "rule": clocks.named, "diagnosis": icd10cm.describe, "procedure": pcs.meaning,
        "service": hcpcs.describe, "asks": queries.of_finding,
    }
    made.globals |= {
        "KINDS": wording.KINDS, "SHORT_KINDS": wording.SHORT_KINDS, "TEAMS": wording.TEAMS,
        "CATEGORIES": wording.CATEGORIES,
        "WAITS": wording.WAITS, "here": nav.here, "scores": score.words,
    }
    return made


def letter(position: int) -> str:
    """Return the letter a coder calls a diagnosis by: A for the first."""
    return chr(ord("A") + position - 1)


def _day(value: date | None) -> str:
    return value.strftime("%d %b %Y") if value else ""


def _moment(value: datetime) -> str:
    return value.strftime("%d %b %Y %H:%M")


_PAGES = _environment()


def wants_json(request: Asked) -> bool:
    """Say whether the client asks for values."""
    return JSON in request.headers.get("accept", "")


def page(
    request: Asked, template: str, values: Mapping[str, Any], status: int = 200
) -> Response[Any]:
    """Return a page, or its values to a client that asks for JSON."""
    if wants_json(request):
        return json(values, status)
    visitor = request.scope.get("user")
    text = _PAGES.get_template(template).render(**{**_frame(visitor, request.url.path), **values})
    return Response(text, status_code=status, media_type=HTML, headers=HEADERS)


def _frame(visitor: Visitor | None, path: str) -> dict[str, Any]:
    """Return what the frame of every page shows: who, where to, and what this person set."""
    if visitor is None:
        return {"visitor": None, "path": path, "scheme": "", "places": ()}
    left = visitor.left(real_now())
    return {
        "visitor": visitor, "path": path, "places": nav.places(visitor),
        "scheme": visitor.prefs.get("theme", ""),
        "single_keys": visitor.prefs.get("single_keys", True),
        "session_s": min(left["idle_s"], left["longest_s"]), "warn_s": left["warn_s"],
    }


def json(values: Any, status: int = 200) -> Response[Any]:
    """Return values as JSON."""
    return Response(orjson.dumps(values), status_code=status, media_type=JSON, headers=HEADERS)


def redirect(request: Asked, to: str) -> Response[Any]:
    """Send a person on after a change; tell a program where."""
    if wants_json(request):
        return json({"location": to})
    return Response("", status_code=303, headers={**HEADERS, "Location": to})
