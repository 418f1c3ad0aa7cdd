"""The audit log as a page: an auditor's is all of it, a supervisor's their facilities'.

Everybody else who works reads what they did themselves.
"""

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
OVERSEERS = ("supervisor", "auditor")


@get("/audit", opt={"action": "audit.read"}, sync_to_thread=True)
def audit_log(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show who saw or did what; looking is itself noted."""
    asked = request.query_params
    visitor = request.user
    own = visitor.role not in OVERSEERS
    actor = visitor.name if own else str(asked.get("actor", ""))[:LONGEST_NAME]
    object_id, before = str(asked.get("object", "")), str(asked.get("before", ""))
    known = object_id if OBJECT.fullmatch(object_id) else ""
    with web.begin(visitor) as conn:
        audit.note(conn, "audit.read", "audit", known, details={"actor": actor})
        found = audit_read.rows(
            conn, actor=actor, object_id=known,
            facilities=("*",) if own else visitor.facilities,
            before=int(before) if _NUMBER.fullmatch(before) else 0,
        )
    values = {
        "rows": found, "actor": actor, "object": known, "own": own,
        "next": found[-1].seq if len(found) == audit_read.PAGE else 0,
    }
    return answers.page(request, "audit.html", values)


HANDLERS = (audit_log,)
