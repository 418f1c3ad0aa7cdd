"""Real Chromium on running pages: one browser for all, a server and a database for each module."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from sqlalchemy import Engine

from services.codes import reference
from services.db.engine import connect
from services.ops.stages import Stage
from services.settings import Settings
from services.web.app import build
from services.web.desk import Web
from services.worklist.decisions.acts import Desk
from tests.integration.web import scene
from tests.integration.web.conftest import PASSWORD, add_people

STAGES = [
    Stage("validation", "claims.validation", "claims.coded", 0, 0.0, 1, 2.0, 4.0, 0),
    Stage("denials", "claims.denials", "claims.validated", 812, 41.0, 1, 90.0, 4.0, 2),
]
PATIENCE_MS = 12_000
WRITE_OFF_LIMIT_CENTS = 100_00
EHR = "https://ehr.example/visits/{visit}"
SignIn = Callable[..., Page]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def engine(database: Settings) -> Iterator[Engine]:
    """A migrated database with people."""
    made = connect(database.database_url.get_secret_value(), pool=4, name="test")
    with made.begin() as conn:
        add_people(conn)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def items(engine: Engine) -> dict[str, str]:
    """A few visits and what came back of them: name -> item."""
    return scene.everything(engine)


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    """The running pages."""
    desk = Desk(
        scene.SITE, scene.CLOCK, reference.load(), write_off_limit_cents=WRITE_OFF_LIMIT_CENTS
    )
    app = build(Web(engine, desk, lambda: STAGES, retrospective_queries=True, ehr_link=EHR))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; of a module, since its event loop is in the way of others' tests."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture
def sign_in(browser: Browser, address: str) -> Iterator[SignIn]:
    """Return what signs somebody in by keyboard; the test fails if the page complains."""
    complaints: list[str] = []
    contexts = []

    def go(name: str, scheme: Any = "light", width: int = 1280) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
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
