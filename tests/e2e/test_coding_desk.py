"""The coding desk by keyboard alone: codes by words, passages, what a change does."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.e2e.conftest import SignIn
from tests.e2e.hands import mark_passage, press, take
from tests.integration.web import scene


def opened(page: Page, rework_id: str) -> None:
    """Open an item and take it."""
    page.goto(f"{page.url.split('/work')[0]}/work/{rework_id}")
    take(page)
    page.wait_for_selector("#live .state")


def held(engine: Engine, name: str) -> str:
    """Return a held visit."""
    with engine.begin() as conn:
        made = scene.held(conn, name)
        return scene.play(conn, made)


def test_a_code_is_found_by_words_supported_by_a_passage_and_sent(
    sign_in: SignIn, engine: Engine
) -> None:
    page = sign_in("anna")
    opened(page, held(engine, "desk-a"))
    press(page, "e")
    page.keyboard.type("t2dm")
    field = page.locator("#dx-1")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#" + str(field.get_attribute("aria-activedescendant")))).to_contain_text(
        "E11.9"
    )
    expect(page.locator("[data-count]")).to_contain_text("codes found")
    press(page, "ArrowDown", "ArrowUp", "Enter")
    expect(field).to_have_value("E11.9")
    expect(field).to_have_attribute("aria-expanded", "false")
    press(page, "Escape")
    mark_passage(page, "1. Type 2 diabetes")
    expect(page.locator("#live .mark-chip input")).to_be_checked()
    expect(page.locator("#live .wrong")).to_have_count(0)
    press(page, "e", "Control+Enter")
    expect(page.locator("#fate")).to_contain_text("On its way")


def test_a_category_opens_below_and_arrow_left_goes_back(sign_in: SignIn, engine: Engine) -> None:
    page = sign_in("anna")
    opened(page, held(engine, "desk-b"))
    press(page, "e")
    page.keyboard.type("E11.6")
    first = page.locator("#found [role=option]").first
    expect(first).to_contain_text("category")
    press(page, "ArrowDown", "ArrowRight")
    expect(first).to_contain_text("E11.610")
    press(page, "ArrowLeft")
    expect(first).to_contain_text("E11.6")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_with_its_list_open_has_no_barrier(
    sign_in: SignIn, engine: Engine, scheme: Any
) -> None:
    page = sign_in("anna", scheme)
    opened(page, held(engine, f"desk-{scheme}"))
    press(page, "e")
    page.keyboard.type("diabetes")
    page.wait_for_selector("#found [role=option]")
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
