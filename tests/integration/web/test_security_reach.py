"""W1 to W5: by which ways somebody might come to what is not theirs, or change it for another."""

from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import Engine, text

from services.web import access, accounts
from services.web.sessions import COOKIE
from tests.integration.web import scene
from tests.integration.web.conftest import PEOPLE, user_id
from tests.integration.web.hostile import PUBLIC, SignIn, action_of, routes


@pytest.fixture(scope="module")
def items(engine: Engine) -> dict[str, str]:
    """A few visits and what came back of them: name -> item."""
    return scene.everything(engine)


# W1: no session, forged sessions, other ways to the same place


@pytest.mark.parametrize("cookie", ["", "A" * 43, "../../x", "' or 1=1--", "\x01", "é", "x" * 4000])
def test_w1_without_a_living_session_every_route_answers_alike(
    app: Litestar, somebody: SignIn, cookie: str
) -> None:
    nobody, told = somebody(""), set()
    headers = {"Accept": "application/json", "Cookie": f"{COOKIE}={cookie}".encode("latin-1")}
    for method, path in routes(app):
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


def test_w2_figures_that_sum_over_other_facilities_are_not_shown_and_the_page_says_why(
    somebody: SignIn, engine: Engine
) -> None:
    with engine.begin() as conn:
        for metric, dimension, subject in (
            ("first_pass_resolution", "payer", "BCBS"),
            ("first_pass_resolution", "facility", "main"),
            ("first_pass_resolution", "facility", "north"),
            ("coding_denial_free", "coder", "C-01"), ("coding_denial_free", "coder", "C-03"),
        ):
            conn.execute(
                text(
                    "insert into accuracy_figure (figure_id, metric, dimension, subject,"
                    " \"window\", as_of, numerator, denominator, exclusions, adjudicated, billed,"
                    " lower, upper, minimum, revision) values (gen_random_uuid(), :metric,"
                    " :dimension, :subject, '30d', now(), 80, 100, '[]', 100, 120, 0.7, 0.9, 10, 1)"
                ),
                {"metric": metric, "dimension": dimension, "subject": subject},
            )
    shown = {}
    for name in ("nina", "sue"):
        groups = somebody(name).page("/figures")["groups"]
        shown[name] = {one["subject"] for group in groups for one in group["figures"]}
    assert shown == {"nina": {"north", "C-03"}, "sue": {"BCBS", "main", "north", "C-01", "C-03"}}
    limits = ("only who sees them all", "at no other are shown", "Only your facilities are shown")
    nina, sue = (somebody(name).client.get("/figures").text for name in ("nina", "sue"))
    assert [words in nina for words in limits] == [True] * 3
    assert [words in sue for words in limits] == [False] * 3


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
    gets = {path for method, path in routes(app) if method == "GET"}
    posts = {path for method, path in routes(app) if method == "POST"} - gets
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
    for method, path in routes(app):
        if method != "POST" or path in PUBLIC:
            continue
        action = action_of(app, path)
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


def test_every_route_of_the_application_was_tried(app: Litestar) -> None:
    assert len(list(routes(app))) > 40
