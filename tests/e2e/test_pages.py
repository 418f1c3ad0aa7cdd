"""The frame of every page by keyboard alone; what is shown when. Barriers are in test_barriers."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, text

from tests.e2e.axe import barriers
from tests.e2e.conftest import SignIn
from tests.e2e.hands import open_item, press, take
from tests.integration.web import scene


def test_windows_and_a_taken_item_have_no_barrier(
    sign_in: SignIn, address: str, items: dict[str, str]
) -> None:
    page = sign_in("anna", "dark")
    for keys in (["?"], ["Escape", "Control+k"], ["Escape", ","], ["Escape", "f"], ["Escape", "v"]):
        press(page, *keys)
        page.wait_for_selector("dialog[open]")
        assert not barriers(page), keys
    press(page, "Escape")
    page.goto(f"{address}/work/{items['held']}")
    take(page)
    assert not barriers(page)
    press(page, "B")
    page.wait_for_selector("#rows")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "team"), [("anna", "CODING"), ("bert", "BILLING")])
def test_no_form_of_a_decision_has_a_barrier(
    sign_in: SignIn, address: str, engine: Engine, name: str, team: str
) -> None:
    with engine.begin() as conn:
        item = scene.play(conn, scene.denied(conn, f"decided by {name}", team=team))
    page = sign_in(name)
    page.goto(f"{address}/work/{item}")
    take(page)
    keys = page.eval_on_selector_all(
        ".decision > summary", "all => all.map((one) => one.dataset.key)"
    )
    assert keys
    for key in keys:
        press(page, key)
        page.wait_for_selector(f".decision[open] > summary[data-key='{key}']")
        press(page, "Escape")  # out of the field the key led to
        page.emulate_media(color_scheme="light")
        assert not barriers(page), key
        page.emulate_media(color_scheme="dark")
        assert not barriers(page, "color-contrast"), f"{key} in the dark"


def test_who_the_patient_is_is_shown_once_the_item_is_taken(
    sign_in: SignIn, address: str, items: dict[str, str]
) -> None:
    page = sign_in("carl")
    page.goto(f"{address}/work/{items['held']}")
    expect(page.locator("main")).to_contain_text("Taken items only")
    assert "Ostrander" not in page.content()
    assert "metformin" not in page.content()
    take(page)
    expect(page.locator(".patient")).to_contain_text("Ostrander")
    assert "Ostrander" not in page.title()
    press(page, "B")
    page.wait_for_selector("#rows")


def test_break_glass_opens_a_record_for_a_reason_by_keyboard_alone(
    sign_in: SignIn, address: str, items: dict[str, str]
) -> None:
    page = sign_in("carl")
    page.goto(f"{address}/work/{items['denied']}")
    page.locator("[data-opens=glass]").focus()
    press(page, "Enter")
    page.keyboard.type("the patient asks at the desk about this bill")
    press(page, "Enter")
    expect(page.locator(".patient")).to_contain_text("Ostrander")


def test_new_work_appears_without_a_reload_and_the_focus_stays(
    sign_in: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    page = sign_in("anna")
    press(page, "j")
    focused = page.evaluate("document.activeElement.id")
    with engine.begin() as conn:
        made = scene.denied(conn, "later", reason=("CO", "5"), remarks=("M77",))
        scene.play(conn, made)
    page.wait_for_selector(f"#i-{made.rework.rework_id}, #news:not(:empty)")
    press(page, ".")
    expect(page.locator(f"#i-{made.rework.rework_id}")).to_be_visible()
    assert page.evaluate("document.activeElement.id") in (focused, "")


def test_single_letter_keys_can_be_turned_off_and_stay_off(
    sign_in: SignIn, items: dict[str, str]
) -> None:
    page = sign_in("carl")
    press(page, ",")
    page.locator("#mine-keys").focus()
    press(page, "ArrowDown", "Enter")
    page.locator("#mine .primary").focus()
    press(page, "Enter")
    page.wait_for_selector("body[data-keys=off]")
    press(page, "j")
    assert page.evaluate("document.activeElement.dataset.row") is None
    press(page, "?")
    expect(page.locator("#keys[open]")).to_have_count(0)
    press(page, "Control+k")
    page.keyboard.type("keys of this page")
    press(page, "Enter")
    page.wait_for_selector("#keys[open]")


def test_a_letter_after_g_goes_to_a_page_and_the_palette_finds_it_by_words(
    sign_in: SignIn, items: dict[str, str]
) -> None:
    page = sign_in("anna")
    press(page, "g", "l")
    page.wait_for_url("**/lessons")
    press(page, "Control+k")
    page.keyboard.type("quer")
    press(page, "Enter")
    page.wait_for_url("**/queries")


def test_the_palette_finds_a_claim_by_its_number_from_any_page(
    sign_in: SignIn, engine: Engine, items: dict[str, str]
) -> None:
    with engine.connect() as conn:
        number = conn.execute(
            text("select control_number from work_item where rework_id = cast(:id as uuid)"),
            {"id": items["units"]},
        ).scalar_one()
    page = sign_in("anna")
    press(page, "g", "l")
    page.wait_for_url("**/lessons")
    press(page, "Control+k")
    page.keyboard.type(number.lower())
    press(page, "Enter")
    page.wait_for_url(f"**/work?q={number.lower()}")
    expect(page.locator("#rows [data-row]")).to_have_count(1)
    expect(page.locator(f"#i-{items['units']}")).to_be_visible()


def test_every_action_of_a_page_shows_its_key_and_no_key_is_given_twice(
    sign_in: SignIn, address: str, items: dict[str, str]
) -> None:
    page = sign_in("anna")
    open_item(page, items["units"])
    take(page)
    keys = page.eval_on_selector_all("[data-key]", "all => all.map((e) => e.dataset.key)")
    assert len(keys) == len(set(keys)), sorted(keys)
    assert not {"g", "j", "k", "u", "/", "?"} & set(keys)
    press(page, "B")
    page.wait_for_selector("#rows")


def test_a_key_of_a_row_acts_on_the_row_in_focus_and_on_none_without_one(
    sign_in: SignIn, engine: Engine
) -> None:
    page = sign_in("adam")
    rows = page.locator("tbody tr")
    press(page, "d")
    expect(rows.filter(has_text="disabled")).to_have_count(0)
    press(page, "j", "j", "d")
    expect(rows.filter(has_text="disabled")).to_have_count(1)
    expect(rows.nth(2)).to_contain_text("disabled")  # the first row is who signed in: no key there
    press(page, "j", "j", "d")
    expect(rows.filter(has_text="disabled")).to_have_count(0)
    press(page, "?")
    expect(page.locator("#keys")).to_contain_text("of the row in focus")


def test_signing_out_is_two_keys_away_from_everywhere(sign_in: SignIn) -> None:
    page = sign_in("hugo")
    press(page, "g", "o")
    page.wait_for_selector(".sign-in")
