"""Views that people keep: kept, renamed, shared, begun with, deleted."""

from typing import Any

from litestar import Response, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.web import answers, bulk, forms, work
from services.web.answers import Asked
from services.web.desk import Web
from services.worklist.item.moves import Refused
from services.worklist.lists import saved


@post("/work/views", opt={"action": "work.list"}, sync_to_thread=True)
def keep_view(
    request: Asked, web: NamedDependency[Web], form: NamedDependency[FormMultiDict]
) -> Response[Any]:
    """Keep what the list shows under a name."""
    query = bulk.query_of(form)
    try:
        with web.begin(request.user) as conn:
            saved.keep(
                conn, request.user.person, forms.one(form, "name"), query,
                shared=bool(forms.one(form, "shared")),
            )
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    return _back(request, query)


@post("/work/views/{view_id:str}", opt={"action": "work.list"}, sync_to_thread=True)
def change_view(
    request: Asked, web: NamedDependency[Web], view_id: FromPath[str],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Rename, share, delete a kept view, or begin with it."""
    person, change = request.user.person, forms.one(form, "change")
    try:
        with web.begin(request.user) as conn:
            match change if work.UUID.fullmatch(view_id) else "":
                case "rename":
                    saved.rename(conn, person, view_id, forms.one(form, "name"))
                case "share" | "keep":
                    saved.share(conn, person, view_id, shared=change == "share")
                case "first":
                    saved.begin_with(conn, person, view_id)
                case "delete":
                    saved.delete(conn, person, view_id)
                case _:
                    raise Refused("There is no such view.")
    except Refused as why:
        return answers.page(request, "refused.html", {"why": str(why)}, status=409)
    return _back(request, bulk.query_of(form, "back"))


def _back(request: Asked, query: str) -> Response[Any]:
    return answers.redirect(request, f"/work?{query or 'view='}")


HANDLERS = (keep_view, change_view)
