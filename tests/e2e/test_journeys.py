"""Whole journeys by keyboard alone, from signing in to what comes of it."""

from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, text

from schemas import codec
from schemas.events import Coded
from tests.e2e.conftest import SignIn
from tests.e2e.hands import find, mark_passage, open_item, press, tab_to, take
from tests.integration.web import scene, visits

HYPERGLYCEMIA = (
    "Subjective: 58-year-old female patient presenting for follow-up.\n"
    "Assessment:\n1. Type 2 diabetes mellitus with hyperglycemia: glucose 287 today.\n"
    "2. Essential (primary) hypertension: fair control; continue amlodipine.\n"
    "Plan: return in three months."
)


def _arrives(engine: Engine, name: str, **other: object) -> scene.Made:
    with engine.begin() as conn:
        made = scene.denied(conn, name, **other)
        scene.play(conn, made)
    return made


def _paid(engine: Engine, made: scene.Made, cents: int) -> None:
    """Let the correction of an item be paid."""
    with engine.begin() as conn:
        row = conn.execute(
            text("select event from coding where rework_id = :id"),
            {"id": made.rework.rework_id},
        ).one()
        coded = codec.decode("claims.coded", bytes(row.event))
        assert isinstance(coded, Coded)
        scene.see(conn, scene.fate(made, coded, cents))


def test_a_coder_takes_next_finds_the_code_names_the_passage_and_a_biller_sees_it_paid(
    sign_in: SignIn, engine: Engine
) -> None:
    made = _arrives(
        engine, "next", note=HYPERGLYCEMIA, reason=("CO", "11"), remarks=("M76",),
        due=date(2026, 6, 20),
    )
    coder = sign_in("anna")
    press(coder, "n")
    coder.wait_for_selector(".chart-note")
    assert made.rework.rework_id in coder.url
    expect(coder.locator(".chart-note")).to_contain_text("with hyperglycemia")
    press(coder, "e", "Control+a")
    coder.keyboard.type("type 2 diabetes with hyperglycemia")
    coder.wait_for_selector("[role=option]:has-text('E11.65')")
    press(coder, "ArrowDown", "Enter")
    expect(coder.locator("input[name=dx]").first).to_have_value("E11.65")
    press(coder, "Escape")
    mark_passage(coder, "with hyperglycemia")
    press(coder, "s")
    expect(coder.locator("#fate")).to_contain_text("With billing")

    biller = sign_in("bert")
    open_item(biller, made.rework.rework_id)
    take(biller)
    expect(biller.locator("main")).to_contain_text("Correction handed on by C-01")
    expect(biller.locator("blockquote")).to_contain_text("with hyperglycemia")
    press(biller, "r")
    expect(biller.locator("#fate")).to_contain_text("On its way")
    _paid(engine, made, 14025)
    expect(biller.locator("#fate")).to_contain_text("Paid $140.25")


def test_a_correction_without_a_passage_comes_back_with_what_was_typed(
    sign_in: SignIn, engine: Engine
) -> None:
    made = _arrives(engine, "bare")
    page = sign_in("anna")
    open_item(page, made.rework.rework_id)
    take(page)
    tab_to(page, "input.mods")
    page.keyboard.type("25")
    press(page, "Escape", "Escape", "s")
    expect(page.locator("#problems")).to_contain_text("assage")
    expect(page.locator("input.mods").first).to_have_value("25")


def test_a_guardrail_says_why_it_refuses(sign_in: SignIn, engine: Engine) -> None:
    made = _arrives(engine, "guarded", team="AUTH_UM", category="AUTH", reason=("CO", "197"),
                    remarks=())
    page = sign_in("bert")
    find(page, made.rework.control_number, made.rework.rework_id)
    take(page)
    expect(page.locator(".decide")).to_contain_text("Bill the patient")
    expect(page.locator(".decide")).to_contain_text("only a denial of group PR")


@pytest.mark.slow
def test_a_query_is_answered_as_an_addendum_and_the_item_is_the_coders_again(
    sign_in: SignIn, engine: Engine, address: str
) -> None:
    made = _arrives(engine, "query")
    with engine.begin() as conn:
        conn.execute(
            text(
                "insert into intake (encounter_id, version, hash, state, source, taken_at)"
                " values (:id, 1, :hash, 'ready', 'fhir', now())"
            ),
            {"id": made.encounter_id, "hash": b"0" * 32},
        )
    coder = sign_in("anna")
    open_item(coder, made.rework.rework_id)
    take(coder)
    press(coder, "q")
    coder.wait_for_url("**/query")
    tab_to(coder, "input[name=template]")
    press(coder, "Space")
    tab_to(coder, "input[name=condition]")
    coder.keyboard.type("diabetes mellitus")
    tab_to(coder, "input[name=evidence]")
    press(coder, "Space", "s")
    expect(coder.locator("main")).to_contain_text("Physician")
    doctor = sign_in("phil")
    press(doctor, "j", "Enter")
    doctor.wait_for_selector("input[name=chosen]")
    tab_to(doctor, "input[name=chosen]")
    press(doctor, "Space")
    tab_to(doctor, "textarea[name=words]")
    doctor.keyboard.type("The evaluation was apart from the recording.")
    press(doctor, "Control+Enter")
    expect(doctor.locator("main")).to_contain_text("Signed by phil")
    coder.goto(f"{address}/work/{made.rework.rework_id}")
    expect(coder.locator("#fate")).to_contain_text("To do")
    expect(coder.locator("main")).to_contain_text("apart from the recording")


@pytest.mark.slow
def test_an_appeal_goes_out_as_a_pdf(sign_in: SignIn, engine: Engine) -> None:
    made = _arrives(engine, "appeal", team="AUTH_UM", category="AUTH", reason=("CO", "197"),
                    remarks=())
    page = sign_in("bert")
    find(page, made.rework.control_number, made.rework.rework_id)
    take(page)
    press(page, "l")
    tab_to(page, ".decision[open] button.primary")
    press(page, "Enter")
    expect(page.locator("#fate")).to_contain_text("Waiting for")
    link = page.locator(".decide a[download]").first
    answer = page.request.get(link.evaluate("e => e.href"))
    assert answer.body()[:5] == b"%PDF-"


@pytest.mark.slow
def test_a_write_off_over_the_limit_needs_a_second_person(
    sign_in: SignIn, engine: Engine
) -> None:
    made = _arrives(engine, "large", team="AUTH_UM", category="AUTH", reason=("CO", "197"),
                    remarks=())
    first = sign_in("bert")
    find(first, made.rework.control_number, made.rework.rework_id)
    take(first)
    press(first, "w")
    press(first, "ArrowDown")
    tab_to(first, ".decision[open] button.primary")
    press(first, "Enter")
    expect(first.locator("#fate")).to_contain_text("Waiting for")
    second = sign_in("bea")
    second.goto(first.url)
    take(second)
    expect(second.locator(".decide")).to_contain_text("bert asks to give up")
    press(second, "y")
    expect(second.locator("#fate")).to_contain_text("Closed")


@pytest.mark.slow
def test_many_items_are_passed_on_at_once_and_that_is_undone(
    sign_in: SignIn, engine: Engine
) -> None:
    for n in range(3):
        _arrives(engine, f"many{n}", team="PATIENT_ACCESS", category="REGISTRATION",
                 reason=("CO", "31"), remarks=())
    page = sign_in("rita")
    press(page, "j", "x", "j", "j", "X")
    expect(page.locator("[data-picked]")).to_contain_text("3 picked")
    press(page, "r")
    page.wait_for_selector("select[name=team]:focus")
    page.keyboard.type("Coding")
    press(page, "Tab", "ArrowDown", "Tab", "Enter")
    expect(page.locator("main")).to_contain_text("3 of 3 can be done")
    press(page, "y")
    expect(page.locator("h1")).to_contain_text("Done")
    press(page, "z")
    expect(page.locator("h1")).to_contain_text("Undone")


@pytest.mark.slow
def test_a_denial_that_came_by_letter_is_entered(sign_in: SignIn, engine: Engine) -> None:
    made = visits.silent(engine)
    page = sign_in("bert")
    press(page, "d")
    page.wait_for_selector("input[name=number]:focus")
    page.keyboard.type(made.rework.control_number)
    press(page, "Enter")
    page.wait_for_selector("input[name=letter_on]")
    tab_to(page, "input[name=letter_on]")
    page.keyboard.type("06202026")
    tab_to(page, "select[name=source]")
    press(page, "ArrowDown")
    tab_to(page, "select[name='where.1']")
    press(page, "ArrowDown")
    tab_to(page, "input[name='carc.1']")
    page.keyboard.type("197")
    tab_to(page, "input[name='amount.1']")
    page.keyboard.type("165.00")
    press(page, "Enter")
    page.wait_for_selector("#fate")
    expect(page.locator("main")).to_contain_text("Denied by letter")
