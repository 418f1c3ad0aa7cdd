"""Sign in and out; who is signed in, for how much longer, and what they prefer."""

from typing import Any, Literal

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from services.clock import real_now
from services.web import accounts, answers, forms, oidc, start
from services.web.access import cookie_of
from services.web.answers import Asked
from services.web.desk import Web
from services.web.sessions import COOKIE, HOST_COOKIE, LONGEST, Sessions

ATTEMPT = "claimloop_attempt"
LONGEST_PASSWORD = 256
HSTS = f"max-age={LONGEST.days + 365 * 86400}; includeSubDomains"


@get("/sign-in", opt={"action": "public"}, sync_to_thread=True)
def sign_in_page(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Ask for name and password, or offer the identity provider."""
    return _page(request, web)


@post("/sign-in", opt={"action": "public"}, sync_to_thread=True)
def sign_in(
    request: Asked, web: NamedDependency[Web], sessions: NamedDependency[Sessions],
    form: NamedDependency[FormMultiDict],
) -> Response[Any]:
    """Open a session; one text for every reason why not."""
    if web.sign_in.provider is not None:
        raise NotFoundException
    password = str(form.get("password", ""))[:LONGEST_PASSWORD]
    address = request.client.host if request.client else ""
    cookie = sessions.sign_in(
        forms.one(form, "name"), password, forms.one(form, "code"), address
    )
    if cookie is None:
        return _page(request, web, failed=True)
    return _signed_in(request, web, sessions, cookie)


@get("/sign-in/provider", opt={"action": "public"}, sync_to_thread=True)
def sign_in_elsewhere(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Send the browser to the identity provider, with a state that only it can bring back."""
    if web.sign_in.provider is None:
        raise NotFoundException
    try:
        begun = oidc.begin(web.engine, web.sign_in)
    except oidc.Unreachable:
        return _page(request, web, failed=True)
    answer: Response[Any] = Response(
        "", status_code=303, headers={**answers.HEADERS, "Location": begun.url}
    )
    answer.set_cookie(
        _attempt(web), begun.browser, path="/", httponly=True, samesite="lax",
        secure=web.sign_in.secure, max_age=int(oidc.LASTS.total_seconds()),
    )
    return answer


@get("/sign-in/back", opt={"action": "public"}, sync_to_thread=True)
def sign_in_back(
    request: Asked, web: NamedDependency[Web], sessions: NamedDependency[Sessions]
) -> Response[Any]:
    """Take up who comes back from the identity provider."""
    if web.sign_in.provider is None:
        raise NotFoundException
    asked = request.query_params
    try:
        user_id = oidc.finish(
            web.engine, web.sign_in, request.cookies.get(_attempt(web), ""),
            str(asked.get("state", "")), str(asked.get("code", "")), str(asked.get("iss", "")),
        )
    except (oidc.Refused, oidc.Unreachable):
        return _page(request, web, failed=True)
    return _signed_in(request, web, sessions, sessions.open(user_id))


@post("/sign-out", opt={"action": "sign_out"}, sync_to_thread=True)
def sign_out(
    request: Asked, web: NamedDependency[Web], sessions: NamedDependency[Sessions]
) -> Response[Any]:
    """End the session."""
    sessions.sign_out(cookie_of(request))
    answer = answers.redirect(request, "/sign-in")
    answer.delete_cookie(_name(web), path="/")
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


@get("/me", opt={"action": "home"}, sync_to_thread=False)
def me(request: Asked) -> Response[Any]:
    """Say who is signed in, with the token that changes must carry, and how long it lasts.

    ``/me?part=session`` asks without prolonging.
    """
    visitor = request.user
    return answers.json({
        "name": visitor.name, "role": visitor.role, "csrf": visitor.csrf, "team": visitor.team,
        "prefs": visitor.prefs, "session": visitor.left(real_now()),
    })


@post("/me/prefs", opt={"action": "home"}, sync_to_thread=True)
def prefs(
    request: Asked, web: NamedDependency[Web], form: NamedDependency[FormMultiDict]
) -> Response[Any]:
    """Keep a person's theme and whether single letters are keys."""
    accounts.set_prefs(web.engine, request.user.user_id, {
        "theme": forms.one(form, "theme"), "single_keys": forms.one(form, "single_keys") != "off",
    })
    return answers.redirect(request, "/")


def _page(request: Asked, web: Web, *, failed: bool = False) -> Response[Any]:
    values = {
        "failed": failed, "provider": web.sign_in.provider is not None,
        "nobody": not start.anybody(web.engine),
    }
    return answers.page(request, "sign_in.html", values, status=401 if failed else 200)


def _signed_in(request: Asked, web: Web, sessions: Sessions, cookie: str) -> Response[Any]:
    """Set the cookie of a fresh session; the one the browser came with ends."""
    if before := cookie_of(request):
        sessions.sign_out(before)
    answer = answers.redirect(request, "/")
    same_site: Literal["lax", "strict"] = "strict"
    if web.sign_in.provider is not None:
        same_site = "lax"  # the provider sent the browser here: a strict one would stay behind
        answer.delete_cookie(_attempt(web), path="/")
    answer.set_cookie(
        _name(web), cookie, path="/", httponly=True, samesite=same_site, secure=web.sign_in.secure
    )
    if web.sign_in.secure:
        answer.headers["Strict-Transport-Security"] = HSTS
    return answer


def _name(web: Web) -> str:
    return HOST_COOKIE if web.sign_in.secure else COOKIE


def _attempt(web: Web) -> str:
    return f"__Host-{ATTEMPT}" if web.sign_in.secure else ATTEMPT


HANDLERS = (
    sign_in_page, sign_in, sign_in_elsewhere, sign_in_back, sign_out, me, prefs,
)
