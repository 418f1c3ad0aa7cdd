"""Who may do what on the pages, and what a page never does."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from litestar import Litestar, get
from sqlalchemy import Engine, text

from services.clock import real_now
from services.web import access, accounts
from services.web import app as application
from services.web.access import UndeclaredRoute
from services.web.limits import PAIR, Limits
from services.web.sessions import COOKIE, IDLE, LONGEST
from tests.integration.web import scene
from tests.integration.web.conftest import PASSWORD, Person

SignIn = Callable[[str], Person]
NOBODY = "5b57ecf4-d950-5e22-bf99-dd96372e84e5"


@pytest.mark.parametrize(
    "path", ["/", "/work", f"/work/{NOBODY}", "/lag", "/figures", "/codes", "/exchange"]
)
def test_who_is_not_signed_in_is_sent_to_the_sign_in_page(somebody: SignIn, path: str) -> None:
    nobody = somebody("")
    answer = nobody.client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    nobody.client.cookies.set(COOKIE, "A" * 43)
    assert nobody.client.get(path, headers={"Accept": "application/json"}).status_code == 401


def test_a_page_that_listens_and_is_signed_out_is_told_so_and_not_sent_on(somebody: SignIn) -> None:
    events = {"Accept": "text/event-stream"}
    answer = somebody("").client.get("/work/events", headers=events, follow_redirects=False)
    assert answer.status_code == 401


def test_an_application_with_a_route_that_names_no_action_does_not_start(
    app: Litestar, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    @get("/open-door", sync_to_thread=False)
    def open_door() -> str:
        return "come in"

    bare = Litestar([open_door], openapi_config=None)
    with pytest.raises(UndeclaredRoute, match="/open-door"):
        access.check_routes(bare)
    assert application.build


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_a_change_asked_for_by_another_site_is_refused(
    somebody: SignIn, headers: dict[str, str]
) -> None:
    anna = somebody("anna")
    answer = anna.client.post("/sign-out", data={"csrf": anna.csrf}, headers=headers)
    assert answer.status_code == 403
    sign_in = {"name": "anna", "password": PASSWORD}
    assert anna.client.post("/sign-in", data=sign_in, headers=headers).status_code == 403


@pytest.mark.parametrize("token", ["", "x" * 43])
def test_a_change_without_the_sessions_token_is_refused(somebody: SignIn, token: str) -> None:
    anna = somebody("anna")
    answer = anna.client.post("/sign-out", data={"csrf": token}, follow_redirects=False)
    assert answer.status_code == 403
    assert anna.status("/work") == 200


def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_do_not_get(
    somebody: SignIn,
) -> None:
    nobody = somebody("")
    answer = nobody.client.post(
        "/sign-in", data={"name": "anna", "password": PASSWORD}, follow_redirects=False
    )
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/"))
    assert "domain" not in cookie


def test_a_wrong_password_and_an_unknown_name_look_alike_and_the_sixth_try_waits(
    somebody: SignIn, app: Litestar
) -> None:
    nobody = somebody("")
    texts = set()
    for name in ("carl", "who-is-this"):
        answer = nobody.client.post("/sign-in", data={"name": name, "password": "wrong"})
        assert answer.status_code == 401
        texts.add(answer.text)
    assert len(texts) == 1
    for _ in range(PAIR.most):
        app.state.sessions.limits.failed("carl", "testclient")
    refused = nobody.client.post("/sign-in", data={"name": "carl", "password": PASSWORD})
    assert (refused.status_code, {refused.text}) == (401, texts)
    app.state.sessions.limits = Limits()


def test_a_session_ends_by_signing_out(somebody: SignIn) -> None:
    anna = somebody("anna")
    cookie = anna.client.cookies[COOKIE]
    answer = anna.post("/sign-out", {})
    assert "cookies" in answer.headers["clear-site-data"]
    anna.client.cookies.set(COOKIE, cookie)
    assert anna.status("/work") == 303


@pytest.mark.parametrize(
    ("column", "age"), [("seen_at", IDLE), ("started_at", LONGEST)],
)
def test_a_session_ends_when_it_was_idle_or_long_enough(
    somebody: SignIn, engine: Engine, column: str, age: timedelta
) -> None:
    anna = somebody("anna")
    with engine.begin() as conn:
        conn.execute(
            text(f"update user_session set {column} = :at"),
            {"at": real_now() - age - timedelta(seconds=1)},
        )
    assert anna.status("/work") == 303


def test_polling_does_not_keep_a_session_alive(somebody: SignIn, engine: Engine) -> None:
    anna = somebody("anna")
    before = real_now() - timedelta(minutes=5)
    with engine.begin() as conn:
        conn.execute(text("update user_session set seen_at = :at"), {"at": before})
    assert anna.status("/work?part=rows") == 200
    with engine.connect() as conn:
        seen = conn.execute(text("select max(seen_at) from user_session")).scalar_one()
    assert seen == before


def test_a_disabled_user_is_out_with_the_next_request(
    somebody: SignIn, engine: Engine
) -> None:
    carl = somebody("carl")
    assert carl.status("/work") == 200
    assert accounts.disable(engine, "carl")
    assert carl.status("/work") == 303
    assert accounts.enable(engine, "carl")


def test_the_database_holds_no_cookie_and_no_password(somebody: SignIn, engine: Engine) -> None:
    cookie = somebody("anna").client.cookies[COOKIE]
    with engine.connect() as conn:
        rows = conn.execute(text("select * from user_session")).all()
        accounts = conn.execute(text("select * from user_account")).all()
    assert cookie not in repr(rows)
    assert PASSWORD not in repr(accounts)
    assert all(row.password_hash.startswith("$argon2id$") for row in accounts)


def test_no_page_holds_script_or_style_of_its_own_and_none_is_kept(
    somebody: SignIn, engine: Engine
) -> None:
    ids = scene.everything(engine)
    pages = {
        "": ["/sign-in"], "sue": ["/figures", "/lag", "/work"],
        "anna": ["/work", f"/work/{ids['held']}", f"/work/{ids['denied']}"],
        "bert": ["/work", f"/work/{ids['auth']}"],
    }
    for name, paths in pages.items():
        for path in paths:
            answer = somebody(name).client.get(path)
            assert answer.status_code == 200, path
            assert not re.search(r"<script(?![^>]* src=)|\sstyle=|<style|\son\w+=", answer.text)
            assert answer.headers["cache-control"] == "no-store"
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert not re.search(r"https?://(?!127\.0\.0\.1)", answer.text)


def test_a_note_that_holds_markup_is_shown_as_text(somebody: SignIn, engine: Engine) -> None:
    with engine.begin() as conn:
        made = scene.denied(conn, "markup", note="<script>alert(1)</script> <b>Well.</b>")
        scene.play(conn, made)
    anna, path = somebody("anna"), f"/work/{made.rework.rework_id}"
    anna.post(f"{path}/take", {"seen": anna.page(path)["page"]["item"]["row_version"]})
    shown = anna.client.get(path).text
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert" not in shown


@pytest.mark.parametrize(
    "path",
    [
        "/work?view=todo'%20or%201=1--", "/work?after=1_2026-99-99_1_x", "/work?kind=%27",
        "/work?payer=%27;drop%20table%20work_item", "/work/../../etc/passwd", "/work/%27",
        "/codes?q=(((((", "/codes?q=%00", "/static/../app.py", "/static/%2e%2e/app.py",
    ],
)
def test_odd_questions_get_a_plain_answer(somebody: SignIn, path: str) -> None:
    assert somebody("anna").status(path) in (200, 303, 400, 404)


def test_a_script_is_asked_for_again_with_each_page(somebody: SignIn) -> None:
    answer = somebody("anna").client.get("/static/claimloop.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["etag"]


def test_an_account_is_given_facilities_that_there_are(somebody: SignIn) -> None:
    adam = somebody("adam")
    form = {"name": "uwe", "role": "coder", "password": "a long enough password"}
    refused = adam.post("/users", form | {"facilities": "main nowhere"})
    assert refused.status_code == 422
    assert "nowhere is no facility: main, or * for all" in refused.text
    assert adam.post("/users", form | {"facilities": "main"}).status_code < 400
