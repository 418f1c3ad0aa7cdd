"""Sign-in at an OpenID provider, with a provider that is really asked."""

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests
from litestar import Litestar
from litestar.testing import TestClient
from oidc_provider_mock import User
from sqlalchemy import Engine, text

from services.codes import reference
from services.web import accounts, oidc
from services.web.app import build
from services.web.desk import Web
from services.web.rules import Grant, Provider, SignInRules
from services.web.sessions import HOST_COOKIE
from services.worklist.decisions.acts import Desk
from tests.integration.web import scene

URL = "https://claims.example"
ROLES = {"coders": Grant("coder"), "um": Grant("specialist", "AUTH_UM")}
USERS = {
    "1": {"preferred_username": "wilma", "groups": ["coders"], "facilities": ["main"]},
    "2": {"preferred_username": "udo", "groups": ["um", "others"], "facilities": "main north"},
    "3": {"preferred_username": "nobody", "groups": ["others"]},
    "4": {"preferred_username": "anna", "groups": ["coders"]},
}
Browser = TestClient[Litestar]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A running provider that knows some people."""
    people = [User(sub=sub, claims=claims) for sub, claims in USERS.items()]
    with oidc_provider_mock.run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def app(engine: Engine, issuer: str) -> Litestar:
    """The application behind https, with that provider."""
    rules = SignInRules(URL, provider=Provider(issuer, "claimloop", "a secret", roles=ROLES))
    desk = Desk(scene.SITE, scene.CLOCK, reference.load())
    return build(Web(engine, desk, list, sign_in=rules))


@pytest.fixture
def browser(app: Litestar) -> Browser:
    """Somebody's browser."""
    return TestClient(app, base_url=URL, raise_server_exceptions=False)


def _there(browser: Browser) -> str:
    """Go to the provider; return its address with what was sent along."""
    answer = browser.get("/sign-in/provider", follow_redirects=False)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def _back(address: str, sub: str) -> str:
    """Sign in there; return our address with what it sends back."""
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
    assert answer.headers["location"].startswith(f"{URL}/sign-in/back?")
    return answer.headers["location"].removeprefix(URL)


def _come(browser: Browser, path: str) -> int:
    return browser.get(path, follow_redirects=False).status_code


def test_who_signs_in_there_has_the_role_team_and_facilities_its_claims_grant(
    browser: Browser, engine: Engine
) -> None:
    back = browser.get(_back(_there(browser), "2"), follow_redirects=False)

    cookie = back.headers["set-cookie"]
    me = browser.get("/me").json()
    assert back.status_code == 303
    assert f"{HOST_COOKIE}=" in cookie
    assert "secure" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert "domain" not in cookie.lower()
    assert back.headers["strict-transport-security"]
    assert (me["name"], me["role"], me["team"]) == ("udo", "specialist", "AUTH_UM")
    known = {one.name: one for one in accounts.everybody(engine)}["udo"]
    assert known.facilities == ("main", "north")


def test_the_way_there_carries_state_nonce_and_a_proof_of_the_verifier(
    browser: Browser, engine: Engine
) -> None:
    sent = {name: values[0] for name, values in parse_qs(urlsplit(_there(browser)).query).items()}

    with engine.connect() as conn:
        kept = conn.execute(
            text("select nonce, verifier from sign_in_attempt where state_hash = :hash"),
            {"hash": hashlib.sha256(sent["state"].encode()).digest()},
        ).one()
    proof = base64.urlsafe_b64encode(hashlib.sha256(kept.verifier.encode()).digest())
    assert (sent["response_type"], sent["code_challenge_method"]) == ("code", "S256")
    assert sent["code_challenge"] == proof.decode().rstrip("=")
    assert sent["nonce"] == kept.nonce
    assert sent["redirect_uri"] == f"{URL}/sign-in/back"
    assert "secret" not in str(sent)


def test_what_came_back_once_does_not_come_back_again(app: Litestar, browser: Browser) -> None:
    path = _back(_there(browser), "1")
    assert _come(browser, path) == 303
    assert _come(browser, path) == 401


def test_what_another_browser_began_is_not_finished_in_this_one(
    app: Litestar, browser: Browser
) -> None:
    """Nobody is signed in as somebody else by a link (login CSRF)."""
    path = _back(_there(browser), "1")
    other = TestClient(app, base_url=URL, raise_server_exceptions=False)
    assert _come(other, path) == 401
    _there(other)
    assert _come(other, path) == 401


def test_a_state_or_code_or_issuer_that_is_not_the_providers_is_refused(browser: Browser) -> None:
    for tamper in (
        ("state=", "state=x"), ("code=", "code=x"), ("state=", "iss=https%3A%2F%2Fx&state="),
    ):
        path = _back(_there(browser), "1")
        assert _come(browser, path.replace(*tamper)) == 401
    assert _come(browser, "/sign-in/back") == 401
    assert _come(browser, "/sign-in/back?error=access_denied") == 401


def test_an_attempt_ends_after_a_while(browser: Browser, engine: Engine) -> None:
    path = _back(_there(browser), "1")
    with engine.begin() as conn:
        conn.execute(text("update sign_in_attempt set started_at = now() - interval '11 minutes'"))
    assert _come(browser, path) == 401


def test_who_holds_no_role_of_ours_is_not_let_in(browser: Browser, engine: Engine) -> None:
    assert _come(browser, _back(_there(browser), "3")) == 401
    assert "nobody" not in {one.name for one in accounts.everybody(engine)}


def test_an_account_that_was_made_here_is_not_taken_over_by_its_name(
    browser: Browser, engine: Engine
) -> None:
    assert _come(browser, _back(_there(browser), "4")) == 401
    known = {one.name: one for one in accounts.everybody(engine)}["anna"]
    assert known.coder_id == "C-01"


def test_a_role_taken_away_there_ends_at_the_next_sign_in_and_with_it_the_older_sessions(
    app: Litestar, browser: Browser, issuer: str
) -> None:
    assert _come(browser, _back(_there(browser), "1")) == 303
    changed = USERS["1"] | {"groups": ["um"]}
    requests.put(f"{issuer}/users/1", json=changed, timeout=10).raise_for_status()
    other = TestClient(app, base_url=URL, raise_server_exceptions=False)
    assert _come(other, _back(_there(other), "1")) == 303

    assert other.get("/me").json()["role"] == "specialist"
    assert browser.get("/me", headers={"Accept": "application/json"}).status_code == 401
    requests.put(f"{issuer}/users/1", json=USERS["1"], timeout=10).raise_for_status()


def test_a_disabled_account_is_not_let_in_again(browser: Browser, engine: Engine) -> None:
    assert _come(browser, _back(_there(browser), "1")) == 303
    accounts.disable(engine, "wilma")
    assert browser.get("/me", headers={"Accept": "application/json"}).status_code == 401
    assert _come(browser, _back(_there(browser), "1")) == 401
    accounts.enable(engine, "wilma")


def test_local_passwords_are_not_taken_where_a_provider_is_set(browser: Browser) -> None:
    sign_in = {"name": "anna", "password": "a long password"}
    assert browser.post("/sign-in", data=sign_in, follow_redirects=False).status_code == 404
    assert 'action="/sign-in/provider"' in browser.get("/sign-in").text


def test_a_provider_that_does_not_answer_lets_nobody_in(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    oidc.metadata.cache_clear()
    rules = SignInRules(URL, provider=Provider("http://localhost:9", "c", "s", roles=ROLES))
    desk = Desk(scene.SITE, scene.CLOCK, reference.load())
    pages = build(Web(engine, desk, list, sign_in=rules))
    browser = TestClient(pages, base_url=URL, raise_server_exceptions=False)
    assert browser.get("/sign-in/provider", follow_redirects=False).status_code == 401


def test_a_cookie_without_the_host_prefix_is_not_looked_at_over_https(
    app: Litestar, browser: Browser
) -> None:
    assert _come(browser, _back(_there(browser), "1")) == 303
    value = browser.cookies[HOST_COOKIE]
    other = TestClient(app, base_url=URL, raise_server_exceptions=False)
    other.cookies.set("claimloop_session", value)
    assert other.get("/me", headers={"Accept": "application/json"}).status_code == 401
