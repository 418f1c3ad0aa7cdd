"""Everything but the work: the way home, lag, figures."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.ops import lag
from services.ops.stages import sentence
from services.web import answers, figures_shown, start
from services.web.answers import Asked
from services.web.desk import Web

HOME = {
    "ops": "/lag", "supervisor": "/board", "physician": "/queries", "admin": "/users",
    "auditor": "/audit",
}
FIRST = ("admin", "ops", "supervisor")
"""Roles that set up an empty system."""


@get("/", opt={"action": "home"}, sync_to_thread=True)
def home(request: Asked, web: NamedDependency[Web]) -> Redirect:
    """Go where the role works; as long as there is nothing to work on, to what comes first."""
    role = request.user.role
    first = role in FIRST and start.empty(web.engine)
    to = "/start" if first else HOME.get(role, "/work")
    return Redirect(to, status_code=302)


@get("/lag", opt={"action": "lag.read", "touch": False}, sync_to_thread=True)
def lag_page(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show how far each stage is behind."""
    try:
        stages, problem = web.measure(), ""
    except lag.Unreachable as why:
        stages, problem = [], str(why)
    says = problem or sentence(stages)
    values = {
        "stages": stages, "says": says, "problem": bool(problem),
        "behind": sum(1 for s in stages if s.lag), "dead": _dead(stages),
        "idle": any(not s.members for s in stages), "late": web.late_tables(),
    }
    fragment = request.query_params.get("part") == "stages"
    return answers.page(request, "_stages.html" if fragment else "lag.html", values)


def _dead(stages: Any) -> int:
    return sum({stage.name: stage.dead for stage in stages}.values())


@get("/figures", opt={"action": "figures.read"}, sync_to_thread=True)
def figures(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show the rolling figures with numerator, denominator and what was left out."""
    with web.begin(request.user) as conn:
        groups = figures_shown.groups(conn, request.user.person)
    names = {payer.payer_id: payer.name for payer in web.reference.payers.values()}
    return answers.page(request, "figures.html", {"groups": groups, "names": names})
