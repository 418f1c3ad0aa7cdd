"""Hostile requests W1 to W15; W6 in a real browser is in tests/e2e, W10 in test_security_provider.

What is tried on every route takes the routes from the application itself.
"""

import io
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from litestar import Litestar
from sqlalchemy import Engine, text

from services.ops import logs
from services.phi.keys import SiteKey
from services.settings import Settings
from services.web import access, accounts, passwords, serve, totp
from services.web.limits import Limits
from services.web.sessions import COOKIE, Sessions
from services.worklist.lists import export
from tests.integration.web import scene
from tests.integration.web.conftest import PASSWORD, PEOPLE, Person, user_id

SignIn = Callable[[str], Person]
NOBODY = "5b57ecf4-d950-5e22-bf99-dd96372e84e5"
PUBLIC = ("/sign-in", "/sign-in/provider", "/sign-in/back")
INJECTIONS = (
    "'", "\"", "' or '1'='1", "1; drop table work_item--", "') or 1=1--", "1 or sleep(5)",
    "(select pg_sleep(5))", "rework_id; select 1", "due_on desc, (select 1/0)", "\\", "%00", "\x00",
    "' union select password_hash from user_account--", "${7*7}", "{{7*7}}", "%27%20or%201=1",
    "-1", "99999999999999999999", "NaN", "[]", "../../etc/passwd", "\r\nSet-Cookie: a=b",
)
QUICK = INJECTIONS[:1] + INJECTIONS[3:4] + INJECTIONS[7:10]
"""For every parameter by itself: a quote, what closes a bracket, an order, a second statement."""


@pytest.fixture(scope="module")
def items(engine: Engine) -> dict[str, str]:
    """A few visits and what came back of them: name -> item."""
    return scene.everything(engine)


def _routes(app: Litestar) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        path = re.sub(r"\{(\w+):\w+\}", NOBODY, route.path)
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:
            for method in handler.http_methods:
                if not path.startswith("/static") and method in ("GET", "POST"):
                    yield method, path


def _action(app: Litestar, path: str) -> str:
    """Return the action of what is posted to a path."""
    for route in app.routes:
        if re.sub(r"\{(\w+):\w+\}", NOBODY, route.path) == path:
            handlers = getattr(route, "route_handlers", [])
            return str(next(h for h in handlers if "POST" in h.http_methods).opt["action"])
    raise LookupError(path)


# W1: no session, forged sessions, other ways to the same place


@pytest.mark.parametrize("cookie", ["", "A" * 43, "../../x", "' or 1=1--", "\x01", "é", "x" * 4000])
def test_w1_without_a_living_session_every_route_answers_alike(
    app: Litestar, somebody: SignIn, cookie: str
) -> None:
    nobody, told = somebody(""), set()
    headers = {"Accept": "application/json", "Cookie": f"{COOKIE}={cookie}".encode("latin-1")}
    for method, path in _routes(app):
        if path in PUBLIC:
            continue
        answer = nobody.client.request(method, path, headers=headers, follow_redirects=False)
        told.add((answer.status_code, answer.text))
    assert len(told) == 1
    assert next(iter(told))[0] == 401


def test_w1_other_spellings_and_methods_lead_nowhere_else(
    somebody: SignIn, items: dict[str, str]
) -> None:
    nora, olga = somebody("nora"), somebody("olga")
    item = items["denied"]
    for path in (
        f"/work/{item}/", f"//work/{item}", f"/work//{item}", f"/work%2F{item}",
        f"/./work/{item}", f"/exchange/../work/{item}", f"/work/{item.upper()}", f"/work/{item}%00",
        f"/work/{item};a=b", f"/WORK/{item}",
    ):
        assert nora.status(path) in (400, 403, 404), path
        assert olga.status(path) in (400, 403, 404), path
    for override in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        answer = nora.client.get(f"/work/{item}", headers={override: "POST"})
        assert answer.status_code == 404
    assert nora.client.head(f"/work/{item}").status_code in (404, 405)
    assert nora.client.options(f"/work/{item}").status_code in (204, 403, 404, 405)
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        assert nora.client.request(method, f"/work/{item}").status_code in (404, 405)
    answer = nora.client.get(f"/work/{item}", headers={"X-Original-URL": "/work", "X-User": "sue"})
    assert answer.status_code == 404


# W2: what belongs to somebody else, by every way to it


def test_w2_lists_counts_searches_and_exports_hold_nothing_of_another_facility(
    somebody: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    with engine.connect() as conn:
        number = conn.execute(
            text("select control_number from work_item where rework_id = cast(:id as uuid)"),
            {"id": items["denied"]},
        ).scalar_one()
    for name in ("nora", "nils", "nina"):
        north = somebody(name)
        for path in ("/work", "/work?view=todo", f"/work?q={number}", "/work?payer=BCBS"):
            page = north.page(path)
            assert page["items"] == [], path
            assert [tab["count"] for tab in page["tabs"]] == [0] * len(page["tabs"]), path
    nina = somebody("nina")
    assert len(nina.post("/work/export?view=todo", {}).text.splitlines()) <= 1
    assert number in somebody("sue").client.get(f"/work?q={number}").text


# W3: what a form may not say


def test_w3_fields_nobody_asked_for_change_nothing(
    somebody: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    anna = somebody("anna")
    extra = {
        "role": "supervisor", "user_id": user_id("sue"), "team": "BILLING", "facilities": "*",
        "name": "sue", "disabled": "true", "totp": "", "coder_id": "C-02", "csrf_token": "x",
        "theme": "dark", "single_keys": "off",
    }
    assert anna.post("/me/prefs", extra).status_code < 400
    me = anna.client.get("/me").json()
    assert (me["name"], me["role"], me["team"]) == ("anna", "coder", "CODING")
    assert me["prefs"] == {"theme": "dark", "single_keys": False}

    seen = anna.page(f"/work/{items['held']}")["page"]["item"]["row_version"]
    taken = {"seen": seen, "taken_by": "carl", "assigned_to": "carl", "state": "released",
             "status": "closed", "place": "BILLING", "facility_id": "north"}
    assert anna.post(f"/work/{items['held']}/take", taken).status_code < 400
    with engine.connect() as conn:
        row = conn.execute(
            text("select * from work_item where rework_id = cast(:id as uuid)"),
            {"id": items["held"]},
        ).one()
    assert (row.taken_by, row.assigned_to, row.state) == ("anna", "", "todo")
    assert (row.status, row.place, row.facility_id) == ("open", "CODING", "main")


def test_w3_json_is_no_way_around_the_form(somebody: SignIn, items: dict[str, str]) -> None:
    anna = somebody("anna")
    answer = anna.client.post(
        f"/work/{items['units']}/take", json={"seen": 1, "csrf": anna.csrf, "role": "supervisor"},
    )
    assert answer.status_code == 403


# W4: what is taken away is away with the next request


def test_w4_a_role_a_facility_or_an_assignment_taken_away_is_gone_with_the_next_request(
    somebody: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    sam, item = somebody("sam"), items["units"]
    assert sam.status("/figures") == 200
    assert "Ostrander" in sam.client.get(f"/work/{item}").text
    for sets, after in (
        ("facilities = '[\"north\"]'", {"/figures": 200, f"/work/{item}": 404}),
        ("facilities = '[]'", {f"/work/{item}": 404}),
        ("facilities = '[\"*\"]', role = 'ops'", {"/figures": 403, f"/work/{item}": 403}),
        ("role = 'supervisor'", {"/figures": 200, f"/work/{item}": 200}),
    ):
        with engine.begin() as conn:
            conn.execute(text(f"update user_account set {sets} where name = 'sam'"))
        for path, status in after.items():
            assert sam.status(path) == status, (sets, path)


def test_w4_another_role_ends_every_session(somebody: SignIn, engine: Engine) -> None:
    bea = somebody("bea")
    assert bea.status("/work") == 200
    account = accounts.Account(name="bea", role="biller")
    accounts.add(engine, account, "", password_hash="x")
    assert bea.status("/work") == 303


# W5: requests a person did not mean


def test_w5_no_address_that_changes_something_answers_to_get(
    app: Litestar, somebody: SignIn
) -> None:
    gets = {path for method, path in _routes(app) if method == "GET"}
    posts = {path for method, path in _routes(app) if method == "POST"} - gets
    sue = somebody("sue")
    assert posts
    for path in posts:
        assert sue.status(path) in (404, 405), path


def test_w5_every_change_needs_the_token_whatever_the_body_says_it_is(
    app: Litestar, somebody: SignIn
) -> None:
    people = {PEOPLE[name]["role"]: somebody(name) for name in ("anna", "sue", "adam", "phil")}
    bodies: tuple[dict[str, Any], ...] = (
        {"data": {}}, {"data": {"csrf": "x" * 43}}, {"json": {"csrf": "x"}},
        {"content": b'{"seen": 1}', "headers": {"Content-Type": "text/plain"}},
        {"files": {"csrf": ("a", b"x")}},
        {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    )
    for method, path in _routes(app):
        if method != "POST" or path in PUBLIC:
            continue
        action = _action(app, path)
        person = next(one for role, one in people.items() if access.may(role, action))
        for body in bodies:
            answer = person.client.post(path, follow_redirects=False, **body)
            assert answer.status_code in (400, 403), (path, body)


def test_w5_anothers_token_is_no_token(somebody: SignIn) -> None:
    anna, carl = somebody("anna"), somebody("carl")
    answer = anna.client.post("/me/prefs", data={"csrf": carl.csrf}, follow_redirects=False)
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", [
    "null", "http://127.0.0.1.attacker.example", "http://127.0.0.1:9", "https://x@127.0.0.1",
])
def test_w5_an_origin_that_is_not_ours_is_refused(somebody: SignIn, origin: str) -> None:
    anna = somebody("anna")
    answer = anna.client.post(
        "/me/prefs", data={"csrf": anna.csrf}, headers={"Origin": origin}, follow_redirects=False
    )
    assert answer.status_code == 403


# W6: markup in what payers, patients and people wrote (the browser's part is in tests/e2e)


def test_w6_markup_from_outside_is_text_on_every_page_that_shows_it(
    somebody: SignIn, engine: Engine
) -> None:
    evil = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>"
    with engine.begin() as conn:
        made = scene.denied(conn, "evil", note=f"Note. {evil}", remarks=(evil,),
                            reason=("CO", evil))
        scene.play(conn, made)
        conn.execute(
            text("update work_item set assigned_to = 'anna', tags = to_jsonb(array[:evil]),"
                 " payer_claim_number = :evil where rework_id = cast(:id as uuid)"),
            {"evil": evil, "id": made.rework.rework_id},
        )
    anna, sue = somebody("anna"), somebody("sue")
    anna.post(f"/work/{made.rework.rework_id}/note", {"text": evil, "words": evil, "note": evil})
    pages = [
        anna.client.get(f"/work/{made.rework.rework_id}").text,
        anna.client.get("/work?view=todo").text, sue.client.get("/work?view=todo").text,
        sue.client.get(f"/audit?actor={evil}&object={evil}").text,
        anna.client.get("/work", params={"q": evil, "tag": evil}).text,
        somebody("").client.post("/sign-in", data={"name": evil, "password": evil}).text,
    ]
    for shown in pages:
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
    assert "&lt;script&gt;alert(1)" in pages[0]


# W7: SQL in every parameter


PARAMETERS = {
    "/work": ("view", "kind", "payer", "q", "sort", "after", "min", "max", "facility", "team",
              "tag", "coder", "assignee", "group", "limit", "size", "order", "dir", "part"),
    "/codes": ("q", "below", "field"),
    "/audit": ("actor", "object", "before"),
    "/exchange": ("kind", "state"),
    "/queries": ("state", "view"), "/lessons": ("view",), "/board": ("view", "team"),
    "/figures": ("window",), "/codes/changes": ("view", "after"),
}


def test_w7_sql_in_a_parameter_is_a_value_and_nothing_else(
    somebody: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    anna, sue = somebody("anna"), somebody("sue")
    tried = 0
    started = time.monotonic()
    for path, names in PARAMETERS.items():
        for name in names:
            for value in QUICK:
                answer = (anna if path == "/work" else sue).client.get(
                    path, params={name: value}, follow_redirects=False,
                    headers={"Accept": "application/json"},
                )
                assert answer.status_code in (200, 303, 400, 404), (path, name, value)
                assert "argon2" not in answer.text
                tried += 1
        for value in INJECTIONS:
            answer = sue.client.get(
                path, params=dict.fromkeys(names, value), follow_redirects=False,
            )
            assert answer.status_code in (200, 303, 400, 404), (path, value)
            tried += 1
    assert tried > 300
    assert time.monotonic() - started < tried  # nothing slept
    with engine.connect() as conn:
        assert conn.execute(text("select count(*) from work_item")).scalar_one() >= len(items)


def test_w7_a_list_injected_into_holds_no_more_than_the_list(
    somebody: SignIn, items: dict[str, str]
) -> None:
    anna = somebody("anna")
    whole = {one["rework_id"] for one in anna.page("/work?view=todo")["items"]}
    for value in QUICK:
        for name in ("sort", "payer", "q", "kind", "after"):
            answer = anna.client.get(
                "/work", params={"view": "todo", name: value},
                headers={"Accept": "application/json"}, follow_redirects=False,
            )
            if answer.status_code == 200:
                assert {one["rework_id"] for one in answer.json()["items"]} <= whole


@pytest.mark.parametrize("value", INJECTIONS)
def test_w7_sql_in_a_path_or_a_form_is_nothing(
    somebody: SignIn, items: dict[str, str], value: str
) -> None:
    from urllib.parse import quote

    anna, adam = somebody("anna"), somebody("adam")
    inside = quote(value, safe="")
    for path in (f"/work/{inside}", f"/work/{items['denied']}/{inside}", f"/queries/{inside}"):
        assert anna.status(path) in (400, 404, 405)
        assert anna.post(path, {"seen": value}).status_code in (400, 403, 404, 405, 409)
    assert adam.post(f"/users/{inside}/disable", {}).status_code in (400, 404)
    nobody = somebody("")
    answer = nobody.client.post("/sign-in", data={"name": value, "password": value})
    assert answer.status_code == (400 if "\0" in value else 401)
    nobody.client.app.state.sessions.limits = Limits()


# W8, sessions


def test_w8_signing_in_never_takes_up_the_session_a_browser_brings(
    somebody: SignIn, app: Litestar
) -> None:
    victim = somebody("")
    planted = "p" * 43
    victim.client.cookies.set(COOKIE, planted, domain="127.0.0.1")
    assert victim.sign_in("anna") == 303
    attacker = somebody("")
    attacker.client.cookies.set(COOKIE, planted)
    assert attacker.status("/work") == 303

    carl = somebody("carl")
    before = carl.client.cookies[COOKIE]
    assert carl.sign_in("carl") == 303
    other = somebody("")
    other.client.cookies.set(COOKIE, before)
    assert other.status("/work") == 303


def test_w8_an_id_in_the_address_or_a_header_is_not_looked_at(
    somebody: SignIn, items: dict[str, str]
) -> None:
    value = somebody("anna").client.cookies[COOKIE]
    nobody = somebody("")
    assert nobody.status(f"/work?{COOKIE}={value}&session={value}") == 303
    bearer = {"Authorization": f"Bearer {value}", "X-Session": value, "Accept": "application/json"}
    assert nobody.client.get("/work", headers=bearer).status_code == 401


def test_w8_all_sessions_of_a_person_end_at_once(somebody: SignIn, engine: Engine) -> None:
    one, two, other = somebody("carl"), somebody("carl"), somebody("anna")
    assert accounts.sign_out(engine, "carl")
    assert [one.status("/work"), two.status("/work"), other.status("/work")] == [303, 303, 200]


def test_w8_a_page_can_ask_how_long_the_session_lasts_without_prolonging_it(
    somebody: SignIn, engine: Engine
) -> None:
    anna = somebody("anna")
    with engine.begin() as conn:
        conn.execute(text("update user_session set seen_at = seen_at - interval '10 minutes'"))
    told = [anna.client.get("/me?part=session").json()["session"] for _ in range(2)]
    assert all(280 <= one["idle_s"] <= 300 for one in told)
    assert told[0]["warn_s"] == 120
    assert anna.client.get("/me").json()["session"]["idle_s"] > 880


# W9, guessing


def test_w9_an_unknown_name_costs_a_verification_as_a_known_one_does(
    somebody: SignIn, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    verify = passwords._HASHER.__class__.verify

    def counted(self: Any, known: str, password: str) -> bool:
        asked.append(known)
        return bool(verify(self, known, password))

    monkeypatch.setattr(passwords._HASHER.__class__, "verify", counted)
    nobody = somebody("")
    for name in ("anna", "who-is-this"):
        nobody.client.post("/sign-in", data={"name": name, "password": "wrong"})
    assert len(asked) == 2
    app.state.sessions.limits = Limits()


def test_w9_a_right_password_without_the_code_is_not_enough_and_a_code_works_once(
    engine: Engine,
) -> None:
    import pyotp

    from services.clock import real_now

    site: SiteKey = scene.SITE
    sessions = Sessions(engine, site)
    secret = accounts.set_totp(engine, site, "hugo")
    assert secret is not None
    code = pyotp.TOTP(secret).at(int(real_now().timestamp()))
    try:
        assert sessions.sign_in("hugo", PASSWORD) is None
        assert sessions.sign_in("hugo", PASSWORD, "000000") is None
        assert sessions.sign_in("hugo", "wrong", code) is None
        assert sessions.sign_in("hugo", PASSWORD, code) is not None
        assert sessions.sign_in("hugo", PASSWORD, code) is None
    finally:
        with engine.begin() as conn:
            conn.execute(text("update user_account set totp = null where name = 'hugo'"))


def test_w9_where_a_second_factor_is_required_a_password_alone_never_signs_in(
    engine: Engine,
) -> None:
    strict = Sessions(engine, scene.SITE, second_factor=True)
    assert strict.sign_in("anna", PASSWORD) is None


def test_w9_two_requests_with_one_code_are_one_session(engine: Engine) -> None:
    import pyotp

    from services.clock import real_now

    sessions = Sessions(engine, scene.SITE)
    secret = accounts.set_totp(engine, scene.SITE, "ada")
    assert secret is not None
    code = pyotp.TOTP(secret).at(int(real_now().timestamp()) + totp.STEP_S)
    found: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: found.append(sessions.sign_in("ada", PASSWORD, code)))
        for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with engine.begin() as conn:
        conn.execute(text("update user_account set totp = null where name = 'ada'"))
    assert len([one for one in found if one]) == 1


# W10: open redirects (tokens and states are in test_security_provider)


def test_w10_no_answer_sends_a_browser_to_another_site(somebody: SignIn) -> None:
    evil = "https://attacker.example/"
    names = ("next", "to", "back", "return", "url", "redirect")
    for value in (evil, "//attacker.example", "/\\attacker.example", "javascript:alert(1)"):
        asked = dict.fromkeys(names, value)
        answer = somebody("").client.post(
            "/sign-in", params=asked, headers={"Referer": evil}, follow_redirects=False,
            data={"name": "anna", "password": PASSWORD, **asked},
        )
        assert answer.headers["location"] == "/"
    anna = somebody("anna")
    kept = anna.client.post(
        "/work/views", data={"csrf": anna.csrf, "name": "v", "query": evil, "back": evil},
        follow_redirects=False,
    )
    assert "attacker" not in kept.headers.get("location", "")


# W11, W12: what is downloaded


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", " =1", "|x",
             "=cmd|' /C calc'!A0"],
)
def test_w11_a_cell_of_an_export_is_never_a_formula(cell: str) -> None:
    kept = export.safe(cell)
    assert kept.startswith("'") or kept[:1] not in "=+-@\t\r\n\0"
    assert "\0" not in kept


@pytest.mark.parametrize("path", [
    "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%2e%2e%2fapp.py",
    "/static/....//app.py", "/static//etc/passwd", "/static/%00", "/static/..\\app.py",
    "/static/vendor/../../app.py", "/static/.", "/static/~root/.bashrc",
])
def test_w12_a_path_leads_nowhere_but_into_the_static_folder(
    somebody: SignIn, path: str
) -> None:
    answer = somebody("").client.get(path, follow_redirects=False)
    assert answer.status_code in (303, 400, 401, 404)
    assert "def " not in answer.text


def test_w12_a_downloads_name_is_ours(somebody: SignIn, items: dict[str, str]) -> None:
    sue = somebody("sue")
    answer = sue.post('/work/export?view=todo&q="; filename="x.exe', {})
    assert re.fullmatch(
        r'attachment; filename="[a-z0-9-]+\.csv"', answer.headers["content-disposition"]
    )


# W13: too much, too slow


@pytest.fixture(scope="module")
def served(app: Litestar) -> Iterator[int]:
    """The pages on a real port, as they are served; a request has two seconds."""
    patient, serve.WHOLE_WITHIN_S = serve.WHOLE_WITHIN_S, 2.0
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = serve.server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    serve.WHOLE_WITHIN_S = patient


def _open(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=15)


def _send(port: int, *parts: bytes) -> bytes:
    """Send parts; return what comes back before the server hangs up or 15 s pass."""
    with _open(port) as one:
        try:
            for part in parts:
                one.sendall(part)
            return one.recv(65536)
        except (ConnectionError, BrokenPipeError):
            return b""


def _answers(port: int) -> bool:
    return b" 200 " in _send(port, b"GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n").split(b"\r\n")[0]


def test_w13_requests_that_do_not_come_to_an_end_are_hung_up_on_and_others_answered(
    served: int,
) -> None:
    halves = [_open(served) for _ in range(200)]
    try:
        for one in halves[:100]:
            one.sendall(b"GET /sign-in HTTP/1.1\r\nHost: x\r\nX-A: ")
        for one in halves[100:]:
            one.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname=")
        assert _answers(served)
        deadline = time.monotonic() + 12
        for one in halves:
            one.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                while one.recv(4096):
                    pass
            except ConnectionError:
                pass
    finally:
        for one in halves:
            one.close()
    assert _answers(served)


def test_w13_a_body_of_100_mb_is_refused_without_being_read(served: int) -> None:
    head = (
        b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n"
        b"Content-Length: 104857600\r\n\r\n"
    )
    for kind in (b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x"):
        answer = _send(served, head % kind, b"name=" + b"a" * 200_000, b"a" * 200_000)
        assert answer == b"" or b" 413 " in answer.split(b"\r\n")[0]
    assert _answers(served)


def test_w13_a_hundred_thousand_headers_are_refused(served: int) -> None:
    many = b"".join(b"X-%d: a\r\n" % n for n in range(100_000))
    answer = _send(served, b"GET /sign-in HTTP/1.1\r\nHost: x\r\n", many, b"\r\n")
    assert answer == b"" or answer.split(b" ")[1] in (b"400", b"431")
    assert _answers(served)


def test_w13_deep_json_many_fields_and_long_values_cost_nothing(
    somebody: SignIn, items: dict[str, str]
) -> None:
    anna = somebody("anna")
    started = time.monotonic()
    deep = b"[" * 100_000 + b"]" * 100_000
    token = {"X-CSRF-Token": anna.csrf}
    anna.client.post(f"/work/{items['denied']}/take", content=deep, headers={
        **token, "Content-Type": "application/json"})
    fields = "&".join(f"dx={n}" for n in range(20_000))
    anna.client.post(f"/work/{items['denied']}/correct", content=fields, headers={
        **token, "Content-Type": "application/x-www-form-urlencoded"})
    for value in ("a" * 6000, "(" * 6000, "a " * 3000, "é" * 2000, "0" * 6000 + "!"):
        for path in ("/work", "/codes", "/audit"):
            anna.client.get(path, params={"q": value, "after": value, "actor": value})
    assert anna.status("/work") == 200
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("request_", [
    b"GET / HTTP/9.9\r\n\r\n", b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"A" * 40_000,
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n",
    b"POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
])
def test_w13_what_is_no_request_of_ours_gets_a_plain_answer(served: int, request_: bytes) -> None:
    answer = _send(served, request_)
    assert answer == b"" or answer.split(b" ")[1][:1] in (b"3", b"4")
    assert _answers(served)


# W14: what stays behind


def test_w14_no_answer_is_kept_by_a_browser_or_a_cache_between(
    app: Litestar, somebody: SignIn
) -> None:
    sue, nobody = somebody("sue"), somebody("")
    for method, path in _routes(app):
        if method == "GET" and path != "/work/events":
            for one in (sue, nobody):
                answer = one.client.get(path, follow_redirects=False)
                assert "no-store" in answer.headers.get("cache-control", "no-store"), path
                if answer.text:
                    assert "no-store" in answer.headers.get("cache-control", ""), path
    gone = sue.client.post("/sign-out", data={"csrf": sue.csrf}, follow_redirects=False)
    assert gone.headers["clear-site-data"] == '"cache", "cookies", "storage"'


# W15: what errors and logs say


def test_w15_an_error_page_says_a_number_and_the_log_no_value(
    somebody: SignIn, engine: Engine, items: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.web import reading

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("Marigold Ostrander\r\n\x1b[31m forged line")

    monkeypatch.setattr(reading, "values", broken)
    with structlog.testing.capture_logs() as captured:
        answer = somebody("sue").client.get(f"/work/{items['auth']}")
    assert answer.status_code == 500
    assert "Ostrander" not in answer.text
    assert "Traceback" not in answer.text
    assert re.search(r"number [0-9a-f]{8}", answer.text)
    assert [line["event"] for line in captured] == ["page_failed"]


def test_w15_line_breaks_and_colours_in_a_value_do_not_forge_a_line_of_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = structlog.get_config()
    out = io.StringIO()
    try:
        logs.configure(Settings(), "test")
        structlog.configure(
            logger_factory=structlog.PrintLoggerFactory(out), cache_logger_on_first_use=False
        )
        structlog.get_logger().info("x", reason='a\r\n{"event":"forged"}\x1b[31m', name="anna")
    finally:
        structlog.configure(**before)
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()
    assert "anna" not in out.getvalue()


def test_every_route_of_the_application_was_tried(app: Litestar) -> None:
    assert len(list(_routes(app))) > 40
