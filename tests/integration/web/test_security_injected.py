"""W6, W7, W10 to W12: markup, SQL, addresses, formulas, paths in what comes from outside.

W6 in a real browser is in tests/e2e, tokens of W10 in test_security_provider.
"""

import re
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from services.web import access
from services.web.limits import Limits
from services.worklist.lists import export, filters
from tests.integration.web import scene
from tests.integration.web.conftest import PASSWORD
from tests.integration.web.hostile import NOBODY, SignIn

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
    "/work": ("view", "q", "sort", "after", "part", "nothing", "limit", "size", "order", "dir",
              *filters.MANY, *filters.NUMBERS, *filters.FLAGS),
    "/codes": ("q", "below", "field"),
    "/work/{item}/paid-here": ("code", "kind"),
    "/work/{item}/news": ("seen",), "/work/{item}/query": ("finding",),
    "/audit": ("actor", "object", "before"),
    "/exchange": ("kind", "state", "after"),
    "/queries": ("state", "after"), "/lessons": ("view", "after"), "/break-glass": ("after",),
    "/board": ("view",), "/figures": ("window",),
    "/codes/changes": ("coder", "since"),
    f"/work/bulk/{NOBODY}": ("left",),
}
PROVIDERS = {"iss"}
"""What only the way back from an identity provider reads: `test_security_provider`."""


def test_w7_every_parameter_a_page_reads_is_tried() -> None:
    read = {
        name for path in Path(access.__file__).parent.glob("*.py")
        for name in re.findall(r"(?:asked|query_params)\.get\(\"(\w+)\"", path.read_text())
    }
    tried = {name for names in PARAMETERS.values() for name in names}
    assert {"actor", "since", "seen"} <= read
    assert read - tried - PROVIDERS == set()


def test_w7_sql_in_a_parameter_is_a_value_and_nothing_else(
    somebody: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    anna, sue = somebody("anna"), somebody("sue")
    tried = 0
    started = time.monotonic()
    for of, names in PARAMETERS.items():
        path = of.format(item=items["denied"])
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
