"""Decisions by keyboard alone: an appeal with its packet, a write-off by two, a guard's refusal, a
denial by letter; and no barrier on what they show.
"""

import itertools
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from schemas import codec
from schemas.events import Adjudicated, Rework, Submitted
from services.db import bulk
from services.db.tables.gateway import GATEWAY_CLAIM
from tests.e2e.conftest import SignIn
from tests.e2e.hands import press, tab_to, take
from tests.e2e.test_pages import barriers
from tests.integration.web import scene
from tests.integration.web.scene import Made

_names = (f"decide-{n}" for n in itertools.count())


def _denied(engine: Engine, **over: Any) -> Made:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names), team="BILLING", remarks=(), **over)
        scene.play(conn, made)
    return made


def _choose(page: Page, name: str, words: str) -> None:
    """Come to a list by Tab and choose what begins with some words by typing them."""
    tab_to(page, f"[name={name}]")
    page.keyboard.type(words)


def _send(page: Page) -> None:
    press(page, "Control+Enter")


def test_an_appeal_goes_out_with_its_packet_and_its_answer_is_noted(
    sign_in: SignIn, address: str, engine: Engine
) -> None:
    made = _denied(engine, category="AUTH", reason=("CO", "197"))
    page = sign_in("bert")
    page.goto(f"{address}/work/{made.rework.rework_id}")
    take(page)
    press(page, "l")
    tab_to(page, "textarea[name=letter]")
    press(page, "Control+Home")
    page.keyboard.type("Dear reviewer,\n\n")
    assert not barriers(page)
    _send(page)
    expect(page.locator(".decide")).to_contain_text("Waits for the payer")
    with page.expect_download() as waiting:
        tab_to(page, ".decide a[download]")
        press(page, "Enter")
    assert waiting.value.suggested_filename == f"appeal_1-{made.rework.control_number}.pdf"
    press(page, "o")
    _choose(page, "outcome", "Lost")
    tab_to(page, "[name=answered_on]")
    _send(page)
    expect(page.locator("#fate")).to_contain_text("To do")
    expect(page.locator(".decide")).to_contain_text("Second internal appeal")


def test_a_write_off_above_the_limit_needs_a_second_person(
    sign_in: SignIn, address: str, engine: Engine
) -> None:
    made = _denied(engine, category="NONCOVERED", reason=("CO", "96"))
    with engine.begin() as conn:
        conn.execute(
            text("update work_item set at_stake_cents = 90000 where rework_id = :id"),
            {"id": made.rework.rework_id},
        )
    where = f"{address}/work/{made.rework.rework_id}"
    bert = sign_in("bert")
    bert.goto(where)
    press(bert, "w")
    _choose(bert, "reason", "Not covered")
    _send(bert)
    expect(bert.locator(".decide")).to_contain_text("You asked for it: a second person decides.")
    sue = sign_in("sue")
    sue.goto(where)
    assert not barriers(sue)
    press(sue, "y")
    expect(sue.locator("#fate")).to_contain_text("Closed")


def test_what_a_guard_refuses_is_not_offered_and_says_why(
    sign_in: SignIn, address: str, engine: Engine
) -> None:
    made = _denied(engine, category="DUPLICATE", reason=("CO", "18"))
    page = sign_in("bert")
    page.goto(f"{address}/work/{made.rework.rework_id}")
    expect(page.locator(".decide")).to_contain_text("verify first that there were two services")
    expect(page.locator("[data-key=a]")).to_have_count(0)
    press(page, "y")
    _choose(page, "reason", "There were two")
    _send(page)
    expect(page.locator("button[data-key=a]")).to_be_visible()


def test_a_denial_by_letter_becomes_work(sign_in: SignIn, address: str, engine: Engine) -> None:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names))
        known = [one for one in made.events if not isinstance(one, Adjudicated | Rework)]
        scene.play(conn, Made(made.encounter_id, made.bill, tuple(known), made.rework))
        claim = next(one for one in known if isinstance(one, Submitted))
        bulk.insert(conn, GATEWAY_CLAIM, [{
            "control_number": claim.control_number, "encounter_id": claim.encounter_id,
            "payer_id": claim.payer_id, "event_id": claim.event_id,
            "event": codec.encode(claim), "frequency": "1", "charge_cents": 26000,
            "state": "ready", "fact": "submitted", "evidence": claim.event_id,
            "moved_at": claim.occurred_at, "payer_claim_number": None, "payer_number_rank": None,
        }])
    page = sign_in("bert")
    press(page, "g", "d")
    page.keyboard.type(claim.control_number)
    press(page, "Enter")
    tab_to(page, "[name=letter_on]")
    assert not barriers(page)
    page.keyboard.type("06202026")
    _choose(page, "source", "Letter")
    tab_to(page, "[name='where.1']")
    page.keyboard.type("line 1")
    tab_to(page, "[name='carc.1']")
    page.keyboard.type("197")
    tab_to(page, "[name='amount.1']")
    page.keyboard.type("165.00")
    _send(page)
    expect(page.locator("#fate")).to_contain_text("To do")
    expect(page.locator("main")).to_contain_text("Denied by letter")
