"""The list by keyboard alone: filter, keep a view, take next, route many, undo; two at once."""

import re

from playwright.sync_api import expect
from sqlalchemy import Engine

from tests.e2e.axe import barriers
from tests.e2e.conftest import SignIn
from tests.e2e.hands import press, tab_to
from tests.integration.web import scene


def _more(engine: Engine, prefix: str, count: int) -> list[str]:
    """Play some denied visits whose turn is billing's."""
    with engine.begin() as conn:
        return [
            scene.play(conn, scene.denied(
                conn, f"{prefix}{n}", team="BILLING", category="OTHER", reason=("CO", "29")))
            for n in range(count)
        ]


def test_a_list_is_filtered_kept_as_a_view_and_begun_with(
    sign_in: SignIn, items: dict[str, str]
) -> None:
    page = sign_in("anna")
    press(page, "f")
    page.wait_for_selector("#filters[open]")
    tab_to(page, "[name=kind][value=held]")
    press(page, "Space", "Control+Enter")
    page.wait_for_url(re.compile(r"kind=held"))
    expect(page.locator("#rows [data-row]")).to_have_count(1)
    expect(page.locator(".chip")).to_contain_text("Kind: Held before billing")
    press(page, "v")
    tab_to(page, "#views [name=name]")
    page.keyboard.type("Held ones")
    press(page, "Enter")
    expect(page.locator("#views tbody tr")).to_have_count(1)
    press(page, "v")
    tab_to(page, "#views [value=first]")
    press(page, "Enter")
    expect(page.locator("#views tbody .tag")).to_have_text("first")
    press(page, "g", "l")
    page.wait_for_url("**/lessons")
    press(page, "g", "w")
    page.wait_for_url(re.compile(r"/work\?.*kind=held"))
    expect(page.locator("#rows [data-row]")).to_have_count(1)
    press(page, "v")
    assert not barriers(page)


def test_search_is_a_key_away_and_says_what_it_did_not_find(
    sign_in: SignIn, items: dict[str, str]
) -> None:
    page = sign_in("bert")
    press(page, "/")
    page.keyboard.type("CO-197")
    press(page, "Enter")
    expect(page.locator("#rows [data-row]")).to_have_count(1)
    press(page, "/")
    page.keyboard.type("nothing like it")
    press(page, "Enter")
    expect(page.locator(".empty")).to_contain_text("Nothing found")


def test_many_are_picked_passed_on_after_a_preview_and_undone_by_keyboard(
    sign_in: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    _more(engine, "many", 4)
    page = sign_in("bert")
    page.wait_for_selector("[data-row]")
    press(page, "j", "x", "j", "j", "Shift+X")
    expect(page.locator("[data-picked]")).to_have_text("3 picked")
    assert not barriers(page)
    press(page, "r")
    page.wait_for_selector("select[name=team]:focus")
    page.keyboard.type("Auth")
    tab_to(page, "[name=reason]")
    page.keyboard.type("Authorisation")
    press(page, "Tab", "Enter")
    expect(page.locator(".banner")).to_contain_text("3 of 3 can be done")
    assert not barriers(page)
    press(page, "y")
    expect(page.locator("h1")).to_contain_text("Done: pass on, 3 items")
    assert not barriers(page)
    press(page, "z")
    expect(page.locator("h1")).to_contain_text("Undone")
    press(page, "b")
    expect(page.locator("#rows [data-row]")).to_have_count(4)


def test_the_way_back_from_an_item_is_the_list_as_it_was_on_the_row_that_was_opened(
    sign_in: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    page = sign_in("bert")
    page.goto(page.url.split("?")[0] + "?view=coder")
    press(page, "j", "j")
    opened = page.evaluate("document.activeElement.id")
    press(page, "Enter")
    page.wait_for_selector("#fate")
    press(page, "u")
    page.wait_for_url("**/work?view=coder")
    expect(page.locator(f"#{opened}")).to_be_focused()


def test_the_sum_behind_a_score_is_shown_to_who_comes_to_it_by_key(
    sign_in: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "update work_item set score = 247, score_parts = '{\"charge_cents\": 20000,"
            " \"expected_cents\": 7600, \"rate\": 0.38, \"chance\": 0.59, \"days_left\": 18,"
            " \"paid_rate\": [3000000, 8000000, 37, \"code\"],"
            " \"overturn\": [13, 21, \"reason\"], \"due_rule\": \"appeal\"}'"
        )
    page = sign_in("anna", "dark")
    page.wait_for_selector("[data-row]")
    press(page, "j")
    press(page, "Shift+Tab")
    shown = page.locator(".tip-box:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("= $2.47 a day")
    assert not barriers(page)
    page.evaluate("document.querySelector('#rows tbody').dataset.before = 'yes'")
    page.evaluate("htmx.trigger('#rows', 'refresh')")  # as word of somebody's move does
    page.wait_for_selector("#rows tbody:not([data-before])")
    expect(shown).to_have_count(1)


def test_two_people_who_take_next_get_different_items_and_each_sees_what_the_other_has(
    sign_in: SignIn, items: dict[str, str]
) -> None:
    anna, carl = sign_in("anna"), sign_in("carl")
    for page in (anna, carl):
        page.goto(page.url.partition("/work")[0] + "/work?view=team")
        page.wait_for_selector("[data-row]")
        press(page, "n")
        page.wait_for_selector(".chart-note")
    assert anna.url != carl.url
    taken = anna.url.rpartition("/")[2]
    carl.goto(carl.url.rpartition("/")[0] + "?view=team")
    expect(carl.locator(f"tr:has(#i-{taken})")).to_contain_text("anna")
    press(anna, "B")
    expect(carl.locator(f"tr:has(#i-{taken})")).not_to_contain_text("anna")


def test_who_reads_an_item_is_told_when_somebody_else_moves_it(
    sign_in: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    (moved,) = _more(engine, "watched", 1)
    bert, sue = sign_in("bert"), sign_in("sue")
    base = sue.url.partition("//")[2].partition("/")[0]
    sue.goto(f"http://{base}/work/{moved}")
    sue.wait_for_selector("#fate")
    bert.goto(f"http://{base}/work/{moved}")
    press(bert, "t")
    expect(sue.locator("#news")).to_contain_text("bert took it")
    assert not barriers(sue)
    press(sue, ".")
    expect(sue.locator("main")).to_contain_text("taken by bert")
