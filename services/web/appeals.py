"""Packets of appeals: looked at before they are sent, downloaded after."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from services.phi import audit
from services.web import answers, decide, work
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.decisions import acts, appeals
from services.worklist.decisions.appeals import Composed
from services.worklist.item import disclosure
from services.worklist.item.items import Conflict
from services.worklist.item.moves import Refused

PDF = "application/pdf"
LETTERS = ("appeal", "reopening")
"""Moves that send a letter."""


@get(
    "/work/{rework_id:str}/appeals/{appeal_id:str}", opt={"action": "work.read"},
    sync_to_thread=True,
)
def packet(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str], appeal_id: FromPath[str],
) -> Response[Any]:
    """Give the packet of an appeal to who may see the patient; that it was read is noted."""
    with web.begin(request.user) as conn:
        row = work.row_of(conn, request, rework_id)
        ground = disclosure.ground(conn, work.person_of(request.user), row)
        if not ground or not work.UUID.fullmatch(appeal_id):
            raise NotFoundException
        found = appeals.packet_of(conn, web.desk.site, str(row.rework_id), appeal_id)
        if found is None:
            raise NotFoundException
        audit.note(
            conn, "appeal.read", "item", str(row.rework_id), facility_id=row.facility_id,
            purpose=ground, details={"appeal": appeal_id},
        )
    content, name = found
    headers = {**answers.HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=PDF, headers=headers)


@post("/work/{rework_id:str}/{move:str}/preview", opt={"action": "work.act"}, sync_to_thread=True)
def preview(
    request: Asked, web: NamedDependency[Web], rework_id: FromPath[str], move: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Show the packet as it would be sent; nothing is kept of it."""
    person = work.person_of(request.user)
    try:
        with web.begin(request.user) as conn:
            row = work.row_of(conn, request, rework_id, lock=True)
            ground = disclosure.ground(conn, person, row)
            if not ground:
                raise NotFoundException
            if move not in LETTERS:
                raise Refused("There is no letter to look at.")
            case = acts.allowed(conn, web.desk, person, row, decide.wish(move, form))
            made = appeals.compose(case)
            audit.note(
                conn, "appeal.preview", "item", str(row.rework_id), facility_id=row.facility_id,
                purpose=ground,
            )
    except (Conflict, Refused) as why:
        said = str(why) or "The item changed meanwhile: reload it."
        return answers.page(request, "refused.html", {"why": said}, status=409)
    if not isinstance(made, Composed):
        said = " ".join(one.text for one in made)
        return answers.page(request, "refused.html", {"why": said}, status=422)
    headers = {**answers.HEADERS, "Content-Disposition": f'inline; filename="{made.name}"'}
    return Response(made.content, media_type=PDF, headers=headers)


HANDLERS = (packet, preview)
