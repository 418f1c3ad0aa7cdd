"""Packets of appeals, to download."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from services.phi import audit
from services.web import answers, work
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist import appeals, disclosure

PDF = "application/pdf"


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


HANDLERS = (packet,)
