"""What changed in the codes a coder used."""

import re
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from services.web import answers, forms
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.desk import code_changes

_CODER = re.compile(r"[A-Za-z0-9._-]{1,40}")
SAYS = {
    "gone": ("gone", "bad"), "subdivided": ("subdivided", "busy"), "changed": ("changed", "plain"),
}
SYSTEMS = {
    "diagnosis": "diagnosis", "procedure": "inpatient procedure", "service": "service",
    "modifier": "modifier",
}


@get("/codes/changes", opt={"action": "codes.changes"}, sync_to_thread=True)
def changes(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show a coder what changed in his codes, or a supervisor in those of a coder."""
    asked = request.query_params
    own = request.user.coder_id
    coder = own or str(asked.get("coder", ""))
    coder = coder if _CODER.fullmatch(coder) else ""
    today = web.today()
    since = code_changes.first_day(today, forms.day(str(asked.get("since", ""))))
    found = []
    with web.begin(request.user) as conn:
        known = [] if own else code_changes.coders(conn, today, since)
        if coder:
            found = code_changes.told(conn, web.library(), coder, today, since)
    values = {
        "coders": sorted({*known, coder} - {""}),
        "changes": found, "coder": coder, "own": bool(own), "says": SAYS, "systems": SYSTEMS,
        "since": since, "earliest": today - code_changes.FURTHEST, "today": today,
    }
    return answers.page(request, "code_changes.html", values)


HANDLERS = (changes,)
