"""An item's page as its reader may see it; the way to the EHR; the first steps of a system."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import Engine, text

from schemas import ids
from services.codes import reference
from services.web import start
from services.web.app import build
from services.web.desk import Web
from services.worklist.decisions.acts import Desk
from tests.integration.web import scene
from tests.integration.web.conftest import Person

SignIn = Callable[[str], Person]
EHR = "https://ehr.example/visits/{visit}/open"
_names = (f"read-{n}" for n in itertools.count())


@pytest.fixture(scope="module")
def app(engine: Engine) -> Litestar:
    """The application with a link to the EHR."""
    desk = Desk(scene.SITE, scene.CLOCK, reference.load())
    return build(Web(engine, desk, list, ehr_link=EHR))


def _denied(engine: Engine, name: str = "") -> scene.Made:
    with engine.begin() as conn:
        made = scene.denied(conn, name or next(_names))
        scene.play(conn, made)
    return made


def _take(person: Person, path: str) -> Any:
    seen = person.page(path)["page"]["item"]["row_version"]
    return person.post(f"{path}/take", {"seen": seen})


def test_an_empty_system_says_what_comes_first_and_ticks_what_happened(
    somebody: SignIn, engine: Engine
) -> None:
    with engine.connect() as conn:
        before = {step.says: step.done for step in start.steps(conn)}
    assert before["Let people sign in"]
    assert not before["Take in the first encounters"]
    olga = somebody("olga")
    assert olga.client.get("/", follow_redirects=False).headers["location"] == "/start"
    _denied(engine)
    with engine.connect() as conn:
        after = {step.says: step.done for step in start.steps(conn)}
    assert after["Take in the first encounters"]
    assert after["Take the first item"]
    assert olga.client.get("/", follow_redirects=False).headers["location"] == "/lag"


def test_name_and_notes_are_not_opened_before_the_item_is_taken(
    somebody: SignIn, engine: Engine
) -> None:
    path = f"/work/{_denied(engine).rework.rework_id}"
    carl = somebody("carl")
    shown = carl.page(path)["page"]
    assert shown["masked"]
    assert shown["patient"]["name"] == shown["patient"]["birth_date"] == ""
    assert shown["patient"]["record_number"] == shown["patient"]["member_id"] == ""
    assert {note["text"] for note in shown["notes"]} == {""}
    assert "Ostrander" not in carl.client.get(path).text
    assert _take(carl, path).status_code < 400
    opened = carl.page(path)["page"]
    assert not opened["masked"]
    assert opened["patient"]["name"].startswith("Ostrander")


def test_what_people_wrote_of_the_patient_is_masked_with_the_record(
    somebody: SignIn, engine: Engine
) -> None:
    path = f"/work/{_denied(engine).rework.rework_id}"
    sue, carl = somebody("sue"), somebody("carl")
    sue.post(f"{path}/note", {"words": "Ms Ostrander called about this bill"})
    assert carl.page(path)["panels"]["notes"] is None
    assert "Ostrander" not in carl.client.get(path).text
    _take(carl, path)
    assert "Ostrander called" in carl.client.get(path).text


def test_what_was_read_is_noted_in_the_audit_log_and_what_was_masked_is_not(
    somebody: SignIn, engine: Engine
) -> None:
    made = _denied(engine)
    path, carl = f"/work/{made.rework.rework_id}", somebody("carl")
    count = text("select count(*) from phi_access where object_id = :id and action = 'item.read'")
    carl.page(path)
    with engine.connect() as conn:
        assert conn.execute(count, {"id": made.rework.rework_id}).scalar_one() == 0
    _take(carl, path)
    carl.page(path)
    with engine.connect() as conn:
        assert conn.execute(count, {"id": made.rework.rework_id}).scalar_one() == 1


def test_the_ehr_is_a_redirect_for_who_has_the_item_and_no_address_of_ours_names_the_visit(
    somebody: SignIn, engine: Engine
) -> None:
    made = _denied(engine, "visit-4711")
    path, carl = f"/work/{made.rework.rework_id}", somebody("carl")
    assert carl.status(f"{path}/ehr") == 404
    _take(carl, path)
    answer = carl.client.get(f"{path}/ehr", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "https://ehr.example/visits/visit-4711/open"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "/visits/" not in carl.client.get(path).text


def test_the_page_tells_what_was_sent_and_answered_in_order(
    somebody: SignIn, engine: Engine
) -> None:
    made = _denied(engine)
    shown = somebody("sue").page(f"/work/{made.rework.rework_id}")["page"]
    (sent,) = shown["sendings"]
    assert sent["control_number"] == made.rework.control_number
    assert [step["transaction"] for step in sent["steps"]] == ["837", "999", "277CA", "835"]
    assert sent["steps"][-1]["says"] == "Paid $61.00"
    assert "paid $61.00 of $260.00" in shown["told"]


def test_reasons_that_say_the_same_stand_once_with_all_their_places(
    somebody: SignIn, engine: Engine
) -> None:
    made = _denied(engine)
    shown = somebody("sue").page(f"/work/{made.rework.rework_id}")["page"]
    assert len(shown["why"]) == len({(one["code"], one["words"]) for one in shown["why"]})


def test_an_item_of_the_exchange_has_a_page_that_leads_there(
    somebody: SignIn, engine: Engine
) -> None:
    subject = ids.derive("exchange", "read")
    rework_id = ids.derive("work", subject, "remittance")
    with engine.begin() as conn:
        conn.execute(
            text(
                "insert into work_item (rework_id, encounter_id, event_id, revision, kind, status,"
                " subject, control_number, payer_claim_number, payer_id, version, follows,"
                " category, team, coder_id, action, appealable, reasons, at_stake_cents, due_on,"
                " due_rule, opened_at, place, needs) values (cast(:id as uuid), '',"
                " cast(:subject as uuid), 0, 'remittance', 'open', :subject, '', '', 'BCBS', 0, '',"
                " 'REMITTANCE', 'POSTING', '', '', false, '[]', 12000, '2026-07-20', '',"
                " '2026-06-20', 'POSTING', '[\"POSTING\"]')"
            ),
            {"id": rework_id, "subject": subject},
        )
    page = somebody("sue").client.get(f"/work/{rework_id}")
    assert page.status_code == 200
    assert f"/exchange/{subject}" in page.text
