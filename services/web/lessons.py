"""Lessons: what denials tell the coders, and what they say to it."""

import re
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy import Connection

from services.db import keyset
from services.phi import audit
from services.web import answers, forms, work
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.item.items import Conflict
from services.worklist.item.moves import Refused
from services.worklist.talk import lessons
from services.worklist.talk.denied_lines import denied_lines
from services.worklist.talk.lessons import Lesson

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CODER = re.compile(r"[A-Za-z0-9._-]{1,40}")
SAYS = {"open": "To read", "contested": "Contested", "done": "Done"}
STATES = {
    "new": ("new", "busy"), "read": ("read", "plain"), "acknowledged": ("acknowledged", "plain"),
    "contested": ("contested", "busy"), "confirmed": ("stands", "bad"),
    "refuted": ("taken off", "good"),
}
MOVED = "This lesson changed while you were looking at it: load the page again."


@get("/lessons", opt={"action": "lessons.read"}, sync_to_thread=True)
def lesson_list(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show a coder's lessons, or those a supervisor has to decide."""
    person = work.person_of(request.user)
    usual = "contested" if person.role == "supervisor" else "open"
    view = str(request.query_params.get("view", usual))
    view = view if view in lessons.VIEWS else usual
    after = str(request.query_params.get("after", ""))
    with web.begin(request.user) as conn:
        found = lessons.listed(conn, web.desk, person, view, after)
        counted = lessons.counts(conn, person)
        audit.note(conn, "lesson.list", "lesson")
    values = {
        "lessons": found.rows, "next": found.next, "after": after, "view": view, "views": SAYS,
        "counts": counted, "cap": keyset.CAP, "states": STATES,
        "payers": {p.payer_id: p.name for p in web.reference.payers.values()},
    }
    return answers.page(request, "lessons.html", values)


@get("/lessons/{rework_id:str}/{coder_id:str}", opt={"action": "lessons.read"}, sync_to_thread=True)
def lesson_page(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str], coder_id: FromPath[str]
) -> Response[Any]:
    """Show a lesson; a coder who opens it has read it."""
    person = work.person_of(request.user)
    with web.begin(request.user) as conn:
        lesson = _lesson(request, web, conn, rework_id, coder_id)
        if lesson.state == lessons.NEW and person.role == "coder":
            lessons.read(conn, web.desk, lesson)
            lesson = _lesson(request, web, conn, rework_id, coder_id)
        billed = denied_lines(conn, lesson)
        audit.note(conn, "lesson.read", "item", rework_id, facility_id=lesson.facility_id)
    values = {
        "lesson": lesson, "billed": billed, "states": STATES, "grounds": lessons.GROUNDS,
        "own": person.role == "coder",
        "may_decide": person.role == "supervisor" and lesson.state == lessons.CONTESTED,
        "payers": {p.payer_id: p.name for p in web.reference.payers.values()},
    }
    return answers.page(request, "lesson.html", values)


@post(
    "/lessons/{rework_id:str}/{coder_id:str}/{move:str}", opt={"action": "lessons.act"},
    sync_to_thread=True,
)
def lesson_act(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str],
    coder_id: FromPath[str], move: FromPath[str], form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Acknowledge, contest, or decide a contest."""
    person, seen = work.person_of(request.user), forms.number(forms.one(form, "seen"))
    try:
        with web.begin(request.user) as conn:
            lesson = _lesson(request, web, conn, rework_id, coder_id)
            match move:
                case "acknowledge":
                    lessons.acknowledge(conn, web.desk, person, lesson, seen)
                case "contest":
                    ground, words = forms.one(form, "ground"), str(form.get("words", ""))
                    lessons.contest(conn, web.desk, person, lesson, ground, words, seen)
                case "stands" | "take_off":
                    stands = move == "stands"
                    lessons.decide(conn, web.desk, person, lesson, stands=stands, seen=seen)
                case _:
                    raise NotFoundException
            audit.note(
                conn, f"lesson.{move}", "item", rework_id, facility_id=lesson.facility_id
            )
    except Conflict:
        return answers.page(request, "refused.html", {"why": MOVED}, status=409)
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    return answers.redirect(request, "/lessons")


HANDLERS = (lesson_list, lesson_page, lesson_act)


def _lesson(
    request: Asked, web: Web, conn: Connection, rework_id: str, coder_id: str
) -> Lesson:
    known = _ID.fullmatch(rework_id) and _CODER.fullmatch(coder_id)
    person = work.person_of(request.user)
    found = lessons.get(conn, web.desk, person, rework_id, coder_id) if known else None
    if found is None:
        raise NotFoundException
    return found
