"""What is decided on an item beyond a correction: by whom, with which guard, told how."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from schemas import ids
from schemas.events import Adjudicated, Coverage, Encounter
from services.codes import reference
from services.worklist.decisions import acts, case
from services.worklist.decisions.acts import Act, Desk
from services.worklist.item import items, scope
from tests.integration.web import scene
from tests.integration.web.acting import (
    codings,
    decided,
    do,
    offered,
    page_of,
    passage,
    path_of,
    take,
)
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made
from tests.integration.web.visits import denied, put

SignIn = Callable[[str], Person]
_names = (f"decided-{n}" for n in itertools.count())


def _one(engine: Engine, sql: str, **given: Any) -> Any:
    with engine.connect() as conn:
        return conn.execute(text(sql), given).one()


def test_a_decision_is_told_in_the_transaction_that_makes_it_and_names_nobody(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, made = somebody("anna"), somebody("bert"), denied(engine)
    assert do(anna, made, "confirm").status_code == 200
    seen = page_of(bert, made)["page"]["item"]["row_version"]
    fields = {"seen": seen, "reason": "bundled"}
    assert bert.post(path_of(made) + "/write_off", fields).status_code == 200
    assert bert.post(path_of(made) + "/write_off", fields).status_code == 409
    told = decided(engine, made)
    assert [one.decision for one in told] == ["coding_confirmed", "write_off"]
    assert {one.rework_id for one in told} == {made.rework.rework_id}
    assert (told[1].amount_cents, told[1].reason) == (16500, "bundled")
    assert not any("bert" in str(one) for one in told)


def test_a_payer_that_takes_no_replacement_is_asked_for_a_reopening(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    made = denied(engine, payer="MEDICARE", plan="medicare", team="BILLING", remarks=())
    page = page_of(bert, made)
    names = {one["name"] for one in page["page"]["moves"]} | set(offered(page))
    assert not {"release", "resend", "replace"} & names
    assert do(bert, made, "reopening").status_code == 200
    assert decided(engine, made)[-1].decision == "reopening"
    assert page_of(bert, made)["panels"]["decide"]["appeals"][0]["level"] == "reopening"
    assert len(codings(engine, made.encounter_id)) == 1


@pytest.mark.parametrize(
    ("over", "rule"),
    [
        ({"reason": ("CO", "197")}, "not_the_patients"),
        ({"reason": ("PR", "204"), "plan": "medicaid", "payer": "MEDICAID"}, "medicaid"),
        ({"reason": ("PR", "50"), "plan": "medicare", "payer": "MEDICARE"}, "no_notice"),
        ({"reason": ("PR", "204")}, ""),
    ],
)
def test_the_patient_is_billed_only_for_what_is_the_patients_and_where_nothing_bars_it(
    somebody: SignIn, engine: Engine, over: dict[str, Any], rule: str
) -> None:
    bert, made = somebody("bert"), denied(engine, team="BILLING", remarks=(), **over)
    offer = offered(page_of(bert, made))["bill_patient"]
    assert offer["rules"][:1] == ([rule] if rule else [])
    assert do(bert, made, "bill_patient").status_code == (409 if rule else 200)
    told = decided(engine, made)
    if rule:
        assert [(one.decision, one.outcome, one.reason) for one in told] == [
            ("refused", "bill_patient", rule)
        ]
    else:
        assert [one.decision for one in told] == ["bill_patient"]


def test_a_refusal_is_counted_once_for_a_page_however_often_it_is_asked(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), denied(engine, team="BILLING", remarks=())
    for _ in range(3):
        assert do(bert, made, "bill_patient").status_code == 409
    counted = _one(engine, "select count(*) as n, min(rule) as rule from decision_refusal"
                   " where rework_id = :id", id=made.rework.rework_id)
    assert (counted.n, counted.rule) == (1, "not_the_patients")
    assert len(decided(engine, made)) == 1


def test_above_the_limit_a_write_off_waits_for_a_second_person(
    somebody: SignIn, engine: Engine
) -> None:
    bert, bea, sue = somebody("bert"), somebody("bea"), somebody("sue")
    made = denied(engine, team="BILLING", remarks=())
    put(engine, made, "at_stake_cents = 90000")
    assert "second person" in offered(page_of(bert, made))["write_off"]["will"]
    assert do(bert, made, "write_off", reason="none of these").status_code == 422
    assert do(bert, made, "write_off", reason="not_covered").status_code == 200
    assert page_of(bert, made)["page"]["item"]["waits_for"] == "approval"
    listed = [
        made.rework.rework_id in {
            one["rework_id"] for one in who.page("/work?view=approval")["items"]
        } for who in (bert, bea, sue)
    ]
    assert listed == [False, True, True]
    assert {tab["name"]: tab["count"] for tab in bea.page("/work")["tabs"]}["approval"] >= 1
    again = do(bert, made, "write_off", reason="not_covered")
    assert again.status_code == 409
    assert "waits for a second person" in again.text
    assert do(bert, made, "approve").status_code == 409
    assert do(bea, made, "refuse").status_code == 200
    assert page_of(bert, made)["page"]["item"]["state"] == "todo"
    assert do(bert, made, "write_off", reason="not_covered").status_code == 200
    assert do(sue, made, "approve").status_code == 200
    assert page_of(bert, made)["page"]["item"]["state"] == "decided"
    told = [one for one in decided(engine, made) if one.decision != "refused"]
    assert [one.decision for one in told] == [
        "write_off_asked", "write_off_refused", "write_off_asked", "write_off"
    ]
    assert told[3].decided_by != told[3].asked_by == told[0].decided_by


def test_no_action_above_the_limit_of_a_write_off_waits_for_a_second_person_too(
    somebody: SignIn, engine: Engine
) -> None:
    bert, bea = somebody("bert"), somebody("bea")
    made = denied(engine, team="BILLING", remarks=())
    put(engine, made, "at_stake_cents = 50000")
    assert "second person" not in offered(page_of(bert, made))["no_action"]["will"]
    put(engine, made, "at_stake_cents = 50001")
    assert "second person" in offered(page_of(bert, made))["no_action"]["will"]
    assert do(bert, made, "no_action", reason="bundled").status_code == 422
    assert do(bert, made, "no_action", reason="paid_right").status_code == 200
    assert page_of(bert, made)["page"]["item"]["waits_for"] == "approval"
    assert do(bert, made, "approve").status_code == 409
    assert offered(page_of(bea, made))["approve"]["will"] == (
        "$500.01: the payer decided as agreed; the item is closed."
    )
    assert do(bea, made, "refuse").status_code == 200
    assert do(bert, made, "no_action", reason="paid_right").status_code == 200
    assert do(bea, made, "approve").status_code == 200
    item = page_of(bert, made)["page"]["item"]
    assert (item["state"], item["decision"]) == ("decided", "No action")
    told = [one for one in decided(engine, made) if one.decision != "refused"]
    assert [one.decision for one in told] == [
        "write_off_asked", "write_off_refused", "write_off_asked", "nothing_owed"
    ]
    assert (told[3].amount_cents, told[3].reason) == (50001, "paid_right")
    assert told[3].decided_by != told[3].asked_by == told[0].decided_by


def test_where_two_teams_must_act_nothing_leaves_before_both_have(
    somebody: SignIn, engine: Engine
) -> None:
    anna, ada, bert, made = (
        somebody("anna"), somebody("ada"), somebody("bert"), denied(engine)
    )
    put(engine, made, """needs = '["CODING", "AUTH_UM"]'""")
    assert do(anna, made, "confirm").status_code == 200
    item = page_of(bert, made)["page"]["item"]
    assert (item["state"], item["place"]) == ("todo", "AUTH_UM")
    assert do(ada, made, "done").status_code == 200
    item = page_of(bert, made)["page"]["item"]
    assert (item["state"], item["place"]) == ("handed_on", "BILLING")
    assert do(bert, made, "replace").status_code == 200


def test_a_biller_is_told_who_has_not_acted(somebody: SignIn, engine: Engine) -> None:
    bert = somebody("bert")
    made = denied(engine, team="AUTH_UM", category="AUTH", reason=("CO", "197"), remarks=())
    put(engine, made, """needs = '["AUTH_UM", "CODING"]'""")
    offer = offered(page_of(bert, made))["replace"]
    assert offer["refused"] == [
        "Coding has not acted yet: the claim goes out once everybody has."
    ]
    assert "replace" not in [one["name"] for one in page_of(bert, made)["page"]["moves"]]
    assert do(bert, made, "replace").status_code == 409


def test_a_claim_is_taken_back_from_its_page_with_its_reason(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), denied(engine, team="BILLING", remarks=())
    (denial,) = (one for one in made.events if isinstance(one, Adjudicated))
    assert denial.payer_claim_number in offered(page_of(bert, made))["void"]["will"]
    assert do(bert, made, "void").status_code == 422
    assert do(bert, made, "void", reason="wrong_party").status_code == 200
    first, second = codings(engine, made.encounter_id)
    assert (second.reason, second.change_reason) == ("void", "D5")
    assert second.bill == first.bill
    assert second.predecessor == made.rework.control_number
    assert decided(engine, made)[-1].decision == "voided"


def test_a_payer_that_takes_no_void_is_not_asked_for_one(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    made = denied(engine, team="BILLING", remarks=(), payer="MEDICARE", plan="medicare")
    assert offered(page_of(bert, made))["void"]["rules"] == ["not_taken"]


def test_a_duplicate_goes_on_only_once_two_services_are_verified(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    made = denied(engine, team="BILLING", category="DUPLICATE", reason=("CO", "18"), remarks=())
    offers = offered(page_of(bert, made))
    assert offers["replace"]["rules"] == ["not_verified"]
    assert offers["appeal"]["rules"] == ["not_verified"]
    assert do(bert, made, "verify_duplicate", reason="two").status_code == 200
    assert offered(page_of(bert, made))["replace"]["refused"] == []
    other = denied(engine, team="BILLING", category="DUPLICATE", reason=("CO", "18"), remarks=())
    assert do(bert, other, "verify_duplicate", reason="one").status_code == 200
    assert decided(engine, other)[-1].decision == "nothing_owed"


def test_one_service_above_the_limit_of_a_write_off_waits_for_a_second_person(
    somebody: SignIn, engine: Engine
) -> None:
    bert, bea = somebody("bert"), somebody("bea")
    made = denied(engine, team="BILLING", category="DUPLICATE", reason=("CO", "18"), remarks=())
    put(engine, made, "at_stake_cents = 50001")
    assert do(bert, made, "verify_duplicate", reason="one").status_code == 200
    assert page_of(bert, made)["page"]["item"]["waits_for"] == "approval"
    assert do(bea, made, "approve").status_code == 200
    told = decided(engine, made)[-1]
    assert (told.decision, told.reason) == ("nothing_owed", "duplicate")


def test_a_filing_limit_that_has_not_passed_is_no_reason_to_write_off(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), denied(engine, team="BILLING", remarks=())
    (reason,) = offered(page_of(bert, made))["write_off"]["fields"]
    assert "filing_limit" not in reason["options"]
    assert do(bert, made, "write_off", reason="filing_limit").status_code == 422
    put(engine, made, "due_on = '2026-06-01'")
    assert do(bert, made, "write_off", reason="filing_limit").status_code == 200


def test_records_that_are_sent_have_a_number_that_links_them_to_the_claim(
    somebody: SignIn, engine: Engine
) -> None:
    hugo = somebody("hugo")
    made = denied(engine, team="HIM", category="DOCUMENTATION", reason=("CO", "252"), remarks=())
    page = take(hugo, made)
    note = page["page"]["notes"][0]["note_id"]
    fields = {"recipient": "payer", "way": "EL", "requested_on": "2026-06-17"}
    assert do(hugo, made, "send_records", **fields).status_code == 422
    assert do(hugo, made, "send_records", notes=[note, "other"], **fields).status_code == 200
    (sent,) = page_of(hugo, made)["panels"]["decide"]["records"]
    assert (sent["notes"], sent["due_on"], len(sent["control_number"])) == (1, "2026-07-17", 20)
    assert decided(engine, made)[-1].decision == "records_sent"
    assert page_of(hugo, made)["page"]["item"]["waits_for"] == "payer"
    assert do(hugo, made, "resume").status_code == 200


def test_an_item_is_passed_on_set_aside_and_assigned(somebody: SignIn, engine: Engine) -> None:
    bert, sue = somebody("bert"), somebody("sue")
    made = denied(engine, team="BILLING", remarks=())
    assert do(bert, made, "route", team="BILLING", reason="coding").status_code == 422
    assert do(bert, made, "route", team="HIM", reason="record").status_code == 200
    item = page_of(bert, made)["page"]["item"]
    assert (item["place"], item["state"]) == ("HIM", "todo")
    assert do(bert, made, "wait", team="AUTH_UM", reason="authorization").status_code == 200
    assert page_of(bert, made)["page"]["item"]["waits_for"] == "team"
    assert do(bert, made, "resume").status_code == 200
    assert do(sue, made, "assign", name="ada").status_code == 200
    assert page_of(sue, made)["page"]["item"]["assigned_to"] == "ada"
    assert [one.recipient for one in decided(engine, made)] == ["HIM", "AUTH_UM", ""]


def test_what_somebody_else_has_taken_is_left_alone(somebody: SignIn, engine: Engine) -> None:
    bert, bea = somebody("bert"), somebody("bea")
    made = denied(engine, team="BILLING", remarks=())
    take(bea, made)
    assert do(bert, made, "no_action", reason="packaged").status_code == 409
    assert do(bea, made, "no_action", reason="packaged").status_code == 200


def test_another_payer_is_billed_only_as_registration_has_it(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), denied(engine, team="PATIENT_ACCESS", remarks=(),
                                           category="ELIGIBILITY", reason=("CO", "27"))
    access = somebody("rita")
    assert do(access, made, "bill_registered").status_code == 409
    encounter = next(one for one in made.events if isinstance(one, Encounter))
    moved = replace(
        encounter, version=2, event_id=ids.derive("encounter", made.encounter_id, 2),
        bill=replace(encounter.bill, coverage=Coverage(payer_id="EMPLOYER", plan="commercial")),
    )
    with engine.begin() as conn:
        scene.see(conn, (moved,))
    assert do(access, made, "bill_registered").status_code == 200
    assert do(bert, made, "release").status_code == 200
    assert codings(engine, made.encounter_id)[-1].bill.coverage.payer_id == "EMPLOYER"


@pytest.mark.parametrize("point", ["decision.moved", "decision.told"])
def test_whoever_dies_between_decision_and_event_has_decided_nothing(
    somebody: SignIn, engine: Engine, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    bert, made = somebody("bert"), denied(engine, team="BILLING", remarks=())

    def die(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(case, "crashpoint", die)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - as a kill would
            _perform(engine, made)
    assert decided(engine, made) == []
    assert page_of(bert, made)["page"]["item"]["state"] == "todo"
    assert page_of(bert, made)["panels"]["decide"]["appeals"] == []
    _perform(engine, made)
    assert [one.decision for one in decided(engine, made)] == ["appeal"]
    assert len(page_of(bert, made)["panels"]["decide"]["appeals"]) == 1


def _perform(engine: Engine, made: Made) -> None:
    """Appeal as the page does, without the page."""
    person = scope.Person("bert", "biller", team="BILLING")
    desk = Desk(scene.SITE, scene.CLOCK, reference.load())
    with engine.begin() as conn:
        row = items.get(conn, person, made.rework.rework_id, lock=True)
        assert row is not None
        assert acts.perform(conn, desk, person, row, Act("appeal", row.row_version)) == []


def test_a_finding_is_overridden_by_a_supervisor_with_a_reason_and_a_passage(
    somebody: SignIn, engine: Engine
) -> None:
    anna, sue = somebody("anna"), somebody("sue")
    with engine.begin() as conn:
        made = scene.held(conn, next(_names))
        scene.play(conn, made)
    assert do(anna, made, "override").status_code == 409
    page = page_of(sue, made)
    (finding,) = next(
        one["options"] for one in offered(page)["override"]["fields"] if one["name"] == "finding"
    )
    wanted = {"finding": finding, "reason": "documented"}
    bare = do(sue, made, "override", **wanted)
    assert bare.status_code == 422
    assert do(sue, made, "override", evidence=passage(page), **wanted).status_code == 200
    second = codings(engine, made.encounter_id)[-1]
    assert [(one.edit, one.role) for one in second.overrides] == [("dx_billable", "supervisor")]
    assert second.bill == codings(engine, made.encounter_id)[0].bill
    assert page_of(sue, made)["page"]["item"]["state"] == "released"
