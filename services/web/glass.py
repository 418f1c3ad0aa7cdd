"""Break-glass: open a record without having the work; the supervisors see it at once."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from services.ops import metrics
from services.web import answers
from services.web.access import OBJECT
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.item import disclosure, items
from services.worklist.item.moves import Refused
from services.worklist.item.scope import Person


@post("/work/{rework_id:str}/break-glass", opt={"action": "glass.break"}, sync_to_thread=True)
def break_glass(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Open the record of an item's patient for half an hour, for a reason."""
    person = _seeking(request.user.person)
    try:
        with web.begin(request.user) as conn:
            row = items.get(conn, person, rework_id) if OBJECT.fullmatch(rework_id) else None
            if row is None:
                raise NotFoundException
            disclosure.break_glass(
                conn, request.user.person, row, str(form.get("reason", ""))[:2000]
            )
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    metrics.count("claims_break_glass_total", role=person.role)
    return answers.redirect(request, f"/work/{rework_id}")


@get("/break-glass", opt={"action": "glass.list"}, sync_to_thread=True)
def glass_list(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show which records were opened so and nobody has looked at yet."""
    after = str(request.query_params.get("after", ""))
    with web.begin(request.user) as conn:
        found = disclosure.unreviewed(conn, request.user.person, after)
    values = {"opened": found.rows, "next": found.next, "after": after}
    return answers.page(request, "glass.html", values)


@post("/break-glass/{glass_id:str}/reviewed", opt={"action": "glass.review"}, sync_to_thread=True)
def glass_reviewed(
    request: Asked, web: NamedDependency[Web], glass_id: FromPath[str]
) -> Response[Any]:
    """Note that a supervisor has looked at it."""
    with web.begin(request.user) as conn:
        if not OBJECT.fullmatch(glass_id) or not disclosure.review(
            conn, request.user.person, glass_id
        ):
            raise NotFoundException
    return answers.redirect(request, "/break-glass")


def _seeking(person: Person) -> Person:
    """Return as whom an item is looked for: an auditor sees none before the glass is broken."""
    if person.role != "auditor":
        return person
    return Person(person.name, "supervisor", facilities=person.facilities)


HANDLERS = (break_glass, glass_list, glass_reviewed)
