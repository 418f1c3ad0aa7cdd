"""Every page and what it answers: no barrier that axe finds, nothing lost on any screen.

A page of the application that is in none of the lists fails.
"""

import re
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import Connection, Engine, text

from services.codes import reference
from services.gateway import items as exchange_items
from services.web.app import build
from services.web.desk import Web
from services.worklist.decisions.acts import Desk
from services.worklist.item import private
from tests.e2e.axe import barriers
from tests.e2e.conftest import SignIn
from tests.integration.web import scene
from tests.integration.web.scene import Made

QUERY = "7c57ecf4-d950-5e22-bf99-dd96372e84e5"
BULK = "8c57ecf4-d950-5e22-bf99-dd96372e84e5"
GLASS = "9c57ecf4-d950-5e22-bf99-dd96372e84e5"
WIDTHS = (640, 1280, 1920)
"""640 pixels are what a screen of 1280 has at 200 %."""
PAGES = {
    "anna": (
        "/start", "/work", "/work?view=closed&kind=held", "/work?q=nothing-like-it",
        "/work?view=todo&nothing=1", "/work/{asked}", "/work/{auth}", "/work/{held}",
        "/work/{held}/query", "/work/nothing", "/queries", "/queries?state=answered",
        f"/queries/{QUERY}", "/lessons", "/lessons/{denied}/C-01", "/codes/changes", "/audit",
        "/users",
    ),
    "bert": ("/work", "/work/{units}", f"/work/bulk/{BULK}", "/denials/new", "/exchange",
             "/exchange?state=closed", "/exchange/{exchange}"),
    "sue": ("/work", "/board", "/figures", "/lag", "/audit", "/break-glass", "/work/{denied}",
            "/lessons", "/queries"),
    "adam": ("/users",),
    "phil": ("/queries", f"/queries/{QUERY}", "/audit"),
    "aude": ("/audit", "/users", "/break-glass", "/lag"),
    "olga": ("/lag", "/exchange"),
}
"""Who looks at what; what is not theirs is a page, too."""
ANSWERS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "anna": (
        ("/work/{held}/correct", {"seen": "0"}),
        ("/work/{units}/correct", {"seen": "0", "dx": "I10"}),
        ("/work/views", {"name": " ", "query": ""}),
        ("/lessons/{denied}/C-01/contest", {"seen": "1", "ground": "", "words": ""}),
        ("/work/{held}/query", {"template": "", "condition": ""}),
    ),
    "bert": (
        ("/work/bulk", {"action": "tag", "pick": "{units}:1"}),
        ("/work/bulk", {"action": "tag", "tag": "audit", "step": "preview", "pick": "{units}:1"}),
        ("/work/bulk", {"action": "write_off", "pick": "{units}:1"}),
        ("/denials/new", {"number": "nothing", "letter_on": "x"}),
        ("/exchange/{exchange}/close", {"reason": ""}),
    ),
    "adam": (("/users", {"name": "x", "role": "specialist", "password": "a long password"}),),
    "phil": ((f"/queries/{QUERY}/answer", {"seen": "0"}),),
}
"""What is posted so that it is not done: each answer is a page."""
NO_PAGE = {
    "/": "leads on", "/me": "values", "/sign-in/provider": "leads on", "/sign-in/back": "leads on",
    "/work/{rework_id}/ehr": "leads on", "/work/{rework_id}/appeals/{appeal_id}": "a PDF",
    "/work/events": "events", "/codes": "part of a page", "/static/{file_path}": "files",
    "/work/{rework_id}/fate": "part of a page", "/work/{rework_id}/news": "part of a page",
    "/work/{rework_id}/paid-here": "part of a page",
}


@pytest.fixture(scope="module")
def things(engine: Engine, items: dict[str, str]) -> dict[str, str]:
    """Something of each kind that has a page: name -> id."""
    with engine.begin() as conn:
        made = scene.denied(conn, "asked")
        asked = scene.play(conn, made)
        _query(conn, made, asked)
        exchange_items.open_all(conn, [
            exchange_items.Item(
                kind="claim_unmatched", subject="r2/1", payer_id="BCBS", amount_cents=10000,
                reason="segment 12 CLP",
            ),
        ], scene.START)
        for statement in _MORE:
            conn.execute(text(statement), {"item": asked, "bulk": BULK, "glass": GLASS})
        exchange = conn.execute(text("select item_id from exchange_item")).scalar_one()
    return {**items, "asked": asked, "exchange": str(exchange)}


def _query(conn: Connection, made: Made, rework_id: str) -> None:
    content = {
        "condition": "anemia", "question": "Which kind of anemia is it?", "passages": [],
        "options": [["iron", "Iron deficiency"], ["other", "Other"], ["unknown", "Undetermined"]],
    }
    sealed = private.seal(
        conn, scene.SITE, made.bill.demographics.kid, made.encounter_id, f"query:{QUERY}", content
    )
    conn.execute(
        text(
            "insert into physician_query (query_id, rework_id, encounter_id, facility_id, npi,"
            " template, asked_by, asked_at, due_on, post_bill, denied, content) values"
            " (cast(:query as uuid), cast(:item as uuid), :encounter, 'main', '2000001109',"
            " 'specificity', 'anna', now(), current_date, false, false, :content)"
        ),
        {"query": QUERY, "item": rework_id, "encounter": made.encounter_id, "content": sealed},
    )


_MORE = (
    "insert into bulk_act (bulk_id, at, who, role, action, given, items, undo_until) values"
    " (cast(:bulk as uuid), now(), 'bert', 'biller', 'tag', '{}', '[]', now() + interval '1 h')",
    "insert into break_glass (glass_id, who, role, patient, rework_id, facility_id, reason, at,"
    " until) select cast(:glass as uuid), 'carl', 'coder', v.patient, w.rework_id, 'main',"
    " 'the patient asks at the desk', now(), now() from work_item w"
    " join visit v on v.encounter_id = w.encounter_id where w.rework_id = cast(:item as uuid)",
    "insert into accuracy_figure (figure_id, metric, dimension, subject, \"window\", as_of,"
    " numerator, denominator, exclusions, adjudicated, billed, lower, upper, minimum, revision)"
    " values ('f', 'first_pass_resolution', 'payer', 'BCBS', '30d', now(), 80, 100, '[]', 100,"
    " 120, 0.7, 0.9, 10, 1)",
)


@pytest.fixture(scope="module")
def app(engine: Engine) -> Litestar:
    """The application, for its routes."""
    return build(Web(engine, Desk(scene.SITE, scene.CLOCK, reference.load()), list))


def _pattern(path: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/?]+", re.escape(path)) + r"(\?.*)?"


def test_every_page_of_the_application_is_looked_at(app: Litestar) -> None:
    gets = {
        re.sub(r":\w+\}", "}", route.path) for route in app.routes
        if "GET" in getattr(route, "methods", ())
    }
    looked = {path for paths in PAGES.values() for path in paths} | {"/sign-in"}
    missing = {
        path for path in gets - set(NO_PAGE)
        if not any(re.fullmatch(_pattern(path), one) for one in looked)
    }
    assert "/work/{rework_id}" in gets
    assert missing == set()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_barrier_that_axe_finds_by_light_or_in_the_dark(
    sign_in: SignIn, address: str, things: dict[str, str], name: str
) -> None:
    page = sign_in(name)
    for path in PAGES[name]:
        page.emulate_media(color_scheme="light")
        page.goto(address + path.format(**things))
        assert not barriers(page), path
        page.emulate_media(color_scheme="dark")
        assert not barriers(page, "color-contrast"), f"{path} in the dark"


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_to_what_is_not_possible_has_a_barrier(
    sign_in: SignIn, address: str, things: dict[str, str], name: str
) -> None:
    page = sign_in(name)
    for path, fields in ANSWERS[name]:
        page.goto(address + "/start")
        filled = {key: value.format(**things) for key, value in fields.items()}
        with page.expect_navigation():
            page.evaluate(_POST, [path.format(**things), filled])
        assert page.locator("main h1").count(), path
        assert not barriers(page), path
        page.emulate_media(color_scheme="dark")
        assert not barriers(page, "color-contrast"), f"{path} in the dark"
        page.emulate_media(color_scheme="light")


_POST = """([path, fields]) => {
    const form = document.createElement("form");
    form.method = "post"; form.action = path;
    const csrf = document.querySelector("input[name=csrf]").value;
    for (const [name, value] of Object.entries({ csrf, ...fields })) {
        const input = document.createElement("input");
        input.name = name; input.value = value; form.append(input);
    }
    document.body.append(form); form.submit();
}"""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_lost_on_any_screen_and_at_200_percent(
    sign_in: SignIn, address: str, things: dict[str, str], name: str
) -> None:
    wide = []
    page = sign_in(name)
    for path in PAGES[name]:
        page.goto(address + path.format(**things))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(f"{path} at {width}")
    assert wide == []


def test_the_sign_in_page_and_its_refusal_have_no_barrier(browser: Any, address: str) -> None:
    page = browser.new_context().new_page()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}/sign-in")
        assert not barriers(page), scheme
        page.keyboard.type("nobody")
        page.keyboard.press("Tab")
        page.keyboard.type("wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        assert not barriers(page), f"refused, {scheme}"
    page.context.close()
