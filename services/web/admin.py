"""Users: who may sign in, as what. An administrator sees no claim; nobody changes themselves."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from services.claims.routing import TEAMS
from services.web import accounts, answers, forms
from services.web.accounts import Account
from services.web.answers import Asked
from services.web.desk import Web
from services.web.rules import ROLES

ACTS = {
    "disable": accounts.disable, "enable": accounts.enable, "sign-out": accounts.sign_out,
}


@get("/users", opt={"action": "users.read"}, sync_to_thread=True)
def users(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """List the accounts."""
    return _page(request, web)


@post("/users", opt={"action": "users.act"}, sync_to_thread=True)
def add_user(
    request: Asked, web: NamedDependency[Web], form: NamedDependency[FormMultiDict]
) -> Response[Any]:
    """Add an account, or change its role, team, facilities or password."""
    name = forms.one(form, "name")
    account = Account(
        name=name, role=forms.one(form, "role"), team=forms.one(form, "team"),
        facilities=tuple(forms.one(form, "facilities").split()),
        coder_id=forms.one(form, "coder_id"), npi=forms.one(form, "npi"),
    )
    password = str(form.get("password", ""))[:256]
    try:
        if not name or name == request.user.name:
            raise accounts.Unfit("an account has a name, and nobody changes their own")
        if web.sign_in.provider is not None:
            raise accounts.Unfit("accounts are the identity provider's")
        fits = accounts.placed(account, web.reference.facilities)
        accounts.add(web.engine, fits, password, by=request.user.name)
    except ValueError as why:
        return _page(request, web, str(why))
    return answers.redirect(request, "/users")


@post("/users/{name:str}/{act:str}", opt={"action": "users.act"}, sync_to_thread=True)
def change_user(
    request: Asked, web: NamedDependency[Web], name: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Disable an account, let it in again, or end its sessions."""
    done = ACTS.get(act)
    if done is None or name == request.user.name:
        raise NotFoundException
    if not done(web.engine, name, by=request.user.name):
        raise NotFoundException
    return answers.redirect(request, "/users")


def _page(request: Asked, web: Web, problem: str = "") -> Response[Any]:
    after = str(request.query_params.get("after", ""))
    page = accounts.listed(web.engine, after)
    values = {
        "users": page.rows, "next": page.next, "after": after, "roles": ROLES,
        "teams": sorted(TEAMS), "problem": problem,
        "acts": request.user.role == "admin", "local": web.sign_in.provider is None,
    }
    return answers.page(request, "users.html", values, 422 if problem else 200)


HANDLERS = (users, add_user, change_user)
