"""The audit log as a page: for auditors all of it, for supervisors their facilities'."""

import re
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from services.phi import audit, audit_read
from services.web import answers
from services.web.access import OBJECT
from services.web.answers import Asked
from services.web.desk import Web

_NUMBER = re.compile(r"[0-9]{1,15}")
LONGEST_NAME = 64


@get("/audit", opt={"action": "audit.read"}, sync_to_thread=True)
def audit_log(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show who saw or did what; looking is itself noted."""
    asked = request.query_params
    actor = str(asked.get("actor", ""))[:LONGEST_NAME]
    object_id, before = str(asked.get("object", "")), str(asked.get("before", ""))
    known = object_id if OBJECT.fullmatch(object_id) else ""
    with web.begin(request.user) as conn:
        audit.note(conn, "audit.read", "audit", known, details={"actor": actor})
        found = audit_read.rows(
            conn, actor=actor, object_id=known, facilities=request.user.facilities,
            before=int(before) if _NUMBER.fullmatch(before) else 0,
        )
    values = {
        "rows": found, "actor": actor, "object": known,
        "next": found[-1].seq if len(found) == audit_read.PAGE else 0,
    }
    return answers.page(request, "audit.html", values)


HANDLERS = (audit_log,)
