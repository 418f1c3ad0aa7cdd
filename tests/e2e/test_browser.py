"""The pages in a real Chromium: by keyboard alone, live, readable by everybody, without a script
that is not ours.
"""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from sqlalchemy import Engine, text

from schemas import codec
from schemas.events import Coded
from services.codes import reference
from services.db.engine import connect
from services.ops.lag import Stage
from services.settings import Settings
from services.web import accounts
from services.web.app import build
from services.web.desk import Web
from services.worklist.acts import Desk
from tests.integration.web import scene

PASSWORD = "a long password"
STAGES = [
    Stage("validation", "claims.validation", "claims.coded", 0, 0.0, 1, 2.0, 4.0, 0),
    Stage("denials", "claims.denials", "claims.validated", 812, 41.0, 1, 90.0, 4.0, 2),
]
PEOPLE = {"anna": ("coder", "C-01"), "bert": ("biller", ""), "sue": ("supervisor", "")}
SignIn = Callable[..., Page]
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def engine(database: Settings) -> Iterator[Engine]:
    """A migrated database with people."""
    made = connect(database.database_url.get_secret_value(), pool=4, name="test")
    for name, (role, coder_id) in PEOPLE.items():
        accounts.add(
            made, accounts.Account(name=name, role=role, coder_id=coder_id), PASSWORD
        )
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def items(engine: Engine) -> dict[str, str]:
    """A few visits and what came back of them: name -> item."""
    return scene.everything(engine)


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    """The running pages."""
    desk = Desk(scene.SITE, scene.CLOCK, reference.load())
    app = build(Web(engine, desk, lambda: STAGES))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def sign_in(browser: Browser, address: str) -> Iterator[SignIn]:
    """Return what signs somebody in by keyboard; the test fails if the page complains."""
    complaints: list[str] = []
    contexts = []

    def go(name: str, scheme: Any = "light") -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda said: _note(complaints, said))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.wait_for_selector("input:focus")  # a person types when the cursor is there
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("header.bar")
        return page

    yield go
    for context in contexts:
        context.close()
    assert not complaints


def _note(complaints: list[str], said: ConsoleMessage) -> None:
    """Note an error of the page; the status of an answer is not one."""
    if said.type == "error" and "status of 4" not in said.text:
        complaints.append(said.text)


def _open(page: Page, rework_id: str) -> None:
    """Go down the list by j until the item, and open it."""
    wanted = f"i-{rework_id}"
    for _ in range(20):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.id") == wanted:
            page.keyboard.press("Enter")
            page.wait_for_selector("#fate")
            return
    raise AssertionError("the item is not in the list")


def _mark_passage(page: Page, containing: str) -> None:
    """Tab through the record to a passage and mark it."""
    page.locator(".record").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        label = page.evaluate("document.activeElement.closest('label')?.innerText || ''")
        if containing in label:
            page.keyboard.press("Space")
            return
    raise AssertionError("no such passage")


def test_a_held_claim_is_corrected_and_watched_until_it_is_paid_by_keyboard_alone(
    sign_in: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    page = sign_in("anna")
    _open(page, items["held"])
    _mark_passage(page, "1. Type 2 diabetes mellitus without complications")
    page.keyboard.press("/")
    page.keyboard.type("type 2 diabetes without complications")
    page.wait_for_selector("[data-use='E11.9']")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=dx]").first).to_have_value("E11.9")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("#fate")).to_contain_text("On its way")
    with engine.begin() as conn:
        row = conn.execute(
            text("select event from coding where rework_id = :id"), {"id": items["held"]}
        ).one()
        coded = codec.decode("claims.coded", bytes(row.event))
        assert isinstance(coded, Coded)
        made = scene.held(conn)
        scene.see(conn, scene.fate(made, coded, 14025))
    expect(page.locator("#fate")).to_contain_text("Paid $140.25")


def test_a_correction_without_a_passage_comes_back_with_what_was_typed(
    sign_in: SignIn, items: dict[str, str]
) -> None:
    page = sign_in("anna")
    _open(page, items["denied"])
    page.locator("input.mods").first.focus()
    page.keyboard.type("25")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("#problems")).to_contain_text("Mark the passage")
    expect(page.locator("input.mods").first).to_have_value("25")


def test_a_denial_goes_from_coder_to_biller_by_keyboard_alone(
    sign_in: SignIn, items: dict[str, str]
) -> None:
    coder = sign_in("anna")
    _open(coder, items["denied"])
    _mark_passage(coder, "ECG 12-lead")
    coder.locator("input.mods").first.focus()
    coder.keyboard.type("25")
    coder.keyboard.press("Escape")
    coder.keyboard.press("s")
    expect(coder.locator("#fate")).to_contain_text("With billing")
    biller = sign_in("bert")
    _open(biller, items["denied"])
    expect(biller.locator("main")).to_contain_text("Correction handed on by C-01")
    expect(biller.locator("mark")).to_have_text("25")
    expect(biller.locator("blockquote")).to_contain_text("ECG 12-lead recorded and read")
    biller.keyboard.press("r")
    expect(biller.locator("#fate")).to_contain_text("On its way")


def test_new_work_appears_without_a_reload_and_the_focus_stays(
    sign_in: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    page = sign_in("anna")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.id")
    with engine.begin() as conn:
        made = scene.denied(conn, "later", reason=("CO", "5"), remarks=("M77",))
        scene.play(conn, made)
    expect(page.locator(f"#i-{made.rework.rework_id}")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == focused


def test_single_letter_keys_can_be_turned_off(sign_in: SignIn, items: dict[str, str]) -> None:
    page = sign_in("anna")
    page.keyboard.press("?")
    page.locator("[data-single-keys]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.dataset.row") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_that_axe_finds(
    sign_in: SignIn, address: str, items: dict[str, str], scheme: str
) -> None:
    pages = {
        "anna": ["/work", f"/work/{items['units']}", "/work?view=closed&kind=held"],
        "bert": ["/work", f"/work/{items['auth']}"],
        "sue": ["/lag", "/figures", "/work/nothing"],
    }
    for name, paths in pages.items():
        page = sign_in(name, scheme)
        for path in paths:
            page.goto(address + path)
            found = Axe().run(page)
            assert found.violations_count == 0, (path, found.generate_report())


def test_a_page_fits_a_screen_of_1280_pixels(
    sign_in: SignIn, address: str, items: dict[str, str]
) -> None:
    page = sign_in("anna")
    for path in ("/work", f"/work/{items['units']}"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
