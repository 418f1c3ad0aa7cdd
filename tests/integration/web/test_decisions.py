"""What is decided on an item beyond a correction: by whom, with which guard, told how."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from schemas import codec, ids
from schemas.events import Acknowledged, Adjudicated, Coded, Coverage, Decided, Encounter
from services.codes import reference
from services.worklist.decisions import acts, case
from services.worklist.decisions.acts import Act, Desk
from services.worklist.item import items, scope
from tests.integration.web import scene
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made

SignIn = Callable[[str], Person]
_names = (f"decided-{n}" for n in itertools.count())


def _denied(engine: Engine, **over: Any) -> Made:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names), **over)
        scene.play(conn, made)
    return made


def _set(engine: Engine, made: Made, assigns: str, **given: Any) -> None:
    with engine.begin() as conn:
        conn.execute(
            text(f"update work_item set {assigns} where rework_id = cast(:id as uuid)"),
            {"id": made.rework.rework_id, **given},
        )


def _path(made: Made) -> str:
    return f"/work/{made.rework.rework_id}"


def _page(person: Person, made: Made) -> dict[str, Any]:
    page: dict[str, Any] = person.page(_path(made))
    return page


def _take(person: Person, made: Made) -> dict[str, Any]:
    seen = _page(person, made)["page"]["item"]["row_version"]
    assert person.post(_path(made) + "/take", {"seen": seen}).status_code == 200
    return _page(person, made)


def _do(person: Person, made: Made, move: str, **fields: Any) -> Any:
    seen = _page(person, made)["page"]["item"]["row_version"]
    return person.post(f"{_path(made)}/{move}", {"seen": seen, **fields})


def _offers(page: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in page["panels"]["decide"]["offers"]}


def _passage(page: dict[str, Any]) -> str:
    note = page["page"]["notes"][0]
    one = note["sentences"][-2]
    return f"{note['note_id']}:{one['start']}:{one['end']}"


def _told(engine: Engine, made: Made) -> list[Decided]:
    with engine.connect() as conn:
        rows = conn.execute(
            text(
                "select value from outbox where key = :id and topic = 'claims.decided'"
                " order by seq"
            ),
            {"id": made.encounter_id},
        )
        return [codec.decode("claims.decided", bytes(row.value)) for row in rows]  # type: ignore[misc]


def _coded(engine: Engine, made: Made) -> list[Coded]:
    with engine.connect() as conn:
        rows = conn.execute(
            text("select event from coding where encounter_id = :id order by version"),
            {"id": made.encounter_id},
        )
        return [codec.decode("claims.coded", bytes(row.event)) for row in rows]  # type: ignore[misc]


def _said(day: str) -> str:
    return f"{date.fromisoformat(day):%-d %B %Y}"


def _one(engine: Engine, sql: str, **given: Any) -> Any:
    with engine.connect() as conn:
        return conn.execute(text(sql), given).one()


def test_a_decision_is_told_in_the_transaction_that_makes_it_and_names_nobody(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, made = somebody("anna"), somebody("bert"), _denied(engine)
    assert _do(anna, made, "confirm").status_code == 200
    seen = _page(bert, made)["page"]["item"]["row_version"]
    fields = {"seen": seen, "reason": "bundled"}
    assert bert.post(_path(made) + "/write_off", fields).status_code == 200
    assert bert.post(_path(made) + "/write_off", fields).status_code == 409
    told = _told(engine, made)
    assert [one.decision for one in told] == ["coding_confirmed", "write_off"]
    assert {one.rework_id for one in told} == {made.rework.rework_id}
    assert (told[1].amount_cents, told[1].reason) == (16500, "bundled")
    assert not any("bert" in str(one) for one in told)


def test_an_appeal_is_a_letter_with_its_packet_and_waits_for_the_payer(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, made = somebody("anna"), somebody("bert"), _denied(engine)
    assert _do(anna, made, "confirm").status_code == 200
    page = _take(bert, made)
    offer = _offers(page)["appeal"]
    assert offer["says"] == "Appeal: First internal appeal"
    assert offer["due_on"] == "2026-12-14"
    letter = next(one["value"] for one in offer["fields"] if one["name"] == "letter")
    assert "$165.00" in letter
    assert "Ostrander" not in letter
    words = letter.replace("We ask", "We kindly ask")
    looked = _do(bert, made, "appeal/preview", letter=words, evidence=_passage(page))
    assert looked.content.startswith(b"%PDF")
    assert _do(bert, made, "appeal/preview", letter="Pay.").status_code == 422
    assert _page(bert, made)["panels"]["decide"]["appeals"] == []
    done = _do(bert, made, "appeal", letter=words, evidence=_passage(page))
    assert done.status_code == 200
    page = _page(bert, made)
    assert (page["page"]["item"]["state"], page["page"]["item"]["waits_for"]) == (
        "waiting", "payer"
    )
    (asked,) = page["panels"]["decide"]["appeals"]
    assert (asked["level"], asked["state"], asked["pages"]) == ("appeal_1", "sent", 4)
    told = _told(engine, made)[-1]
    assert (told.decision, told.level, told.due_on.isoformat()) == (
        "appeal", "appeal_1", "2026-12-14"
    )
    row = _one(engine, "select letter, packet, file_name from appeal where rework_id = :id",
               id=made.rework.rework_id)
    assert not bytes(row.packet).startswith(b"%PDF")
    assert b"kindly" not in bytes(row.letter)
    assert row.file_name == f"appeal_1-{made.rework.control_number}.pdf"


def test_a_packet_is_given_to_who_may_see_the_patient_and_that_is_noted(
    somebody: SignIn, engine: Engine
) -> None:
    bert, bea = somebody("bert"), somebody("bea")
    made = _denied(engine, team="BILLING", category="AUTH", reason=("CO", "197"), remarks=())
    assert _do(bert, made, "appeal").status_code == 200
    (asked,) = _page(bert, made)["panels"]["decide"]["appeals"]
    where = f"{_path(made)}/appeals/{asked['appeal_id']}"
    assert bea.status(where) == 404
    _take(bea, made)
    given = bea.client.get(where)
    assert given.content.startswith(b"%PDF")
    assert given.headers["content-type"] == "application/pdf"
    assert "attachment" in given.headers["content-disposition"]
    assert bea.status(f"{_path(made)}/appeals/{ids.derive('appeal', 'no such')}") == 404
    noted = _one(engine, "select count(*) as n from phi_access where action = 'appeal.read'"
                 " and object_id = :id and actor = 'bea'", id=made.rework.rework_id)
    assert noted.n == 1


def test_a_lost_appeal_offers_the_next_level_and_a_won_one_closes_the_item(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    made = _denied(engine, team="BILLING", category="AUTH", reason=("CO", "197"), remarks=(),
                   payer="MEDICARE", plan="medicare")
    assert _offers(_page(bert, made))["appeal"]["says"] == "Appeal: Redetermination"
    assert _do(bert, made, "appeal").status_code == 200
    assert set(_offers(_page(bert, made))) == {"outcome", "resume"}
    assert _do(bert, made, "resume").status_code == 409
    assert _do(bert, made, "outcome", outcome="perhaps").status_code == 422
    assert _do(bert, made, "outcome", outcome="lost", answered_on="2026-06-01").status_code == 422
    assert _do(bert, made, "outcome", outcome="lost").status_code == 200
    page = _page(bert, made)
    assert page["page"]["item"]["state"] == "todo"
    assert _offers(page)["appeal"]["says"] == "Appeal: Reconsideration"
    assert _offers(page)["appeal"]["due_on"] == "2027-01-04"
    assert _do(bert, made, "appeal").status_code == 200
    assert _do(bert, made, "outcome", outcome="won").status_code == 200
    assert _page(bert, made)["page"]["item"]["state"] == "decided"
    told = [one for one in _told(engine, made) if one.decision != "refused"]
    assert [(one.decision, one.level, one.outcome) for one in told] == [
        ("appeal", "appeal_1", ""), ("appeal_upheld", "appeal_1", "lost"),
        ("appeal", "reconsideration", ""), ("appeal_overturned", "reconsideration", "won"),
    ]


def test_what_was_never_adjudicated_is_not_appealed(somebody: SignIn, engine: Engine) -> None:
    bert = somebody("bert")
    made = _denied(engine, team="BILLING", category="BILLING_DATA", reason=("CO", "16"),
                   remarks=("MA130",))
    _set(engine, made, "appealable = false")
    assert "appeal" not in _offers(_page(bert, made))
    assert _do(bert, made, "appeal").status_code == 409
    assert _offers(_page(bert, made))["resend"]["will"].endswith("as a new claim (1), unchanged.")


def test_beside_an_appeal_a_corrected_claim_leaves_only_where_the_payer_takes_both(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    for payer, status in (("BCBS", 409), ("EMPLOYER", 200)):
        made = _denied(engine, payer=payer, category="MED_NEC", remarks=())
        other = replace(
            made.rework, rework_id=ids.derive("other", made.encounter_id),
            event_id=ids.derive("other event", made.encounter_id),
        )
        with engine.begin() as conn:
            scene.see(conn, (other,))
        again = replace(made, rework=other)
        assert _do(anna, again, "confirm").status_code == 200
        assert _do(bert, again, "appeal").status_code == 200
        page = _take(anna, made)
        lines = page["page"]["coding"]["lines"]
        fields: dict[str, Any] = {
            "dx": ["E11.9", "I10"], "line_id": ["L1", "L2"], "evidence": _passage(page),
        }
        for line in lines:
            fields |= {
                f"code.{line['line_id']}": line["code"], f"units.{line['line_id']}": "1",
                f"pointers.{line['line_id']}": " ".join(map(str, line["pointers"])),
                f"pos.{line['line_id']}": line["place_of_service"],
                f"modifiers.{line['line_id']}": "25" if line["line_id"] == "L1" else "",
            }
        assert _do(anna, made, "correct", **fields).status_code == 200
        assert _do(bert, made, "release").status_code == status
    assert len(_coded(engine, made)) == 2


def test_a_payer_that_takes_no_replacement_is_asked_for_a_reopening(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    made = _denied(engine, payer="MEDICARE", plan="medicare", team="BILLING", remarks=())
    page = _page(bert, made)
    names = {one["name"] for one in page["page"]["moves"]} | set(_offers(page))
    assert not {"release", "resend", "replace"} & names
    assert _do(bert, made, "reopening").status_code == 200
    assert _told(engine, made)[-1].decision == "reopening"
    assert _page(bert, made)["panels"]["decide"]["appeals"][0]["level"] == "reopening"
    assert len(_coded(engine, made)) == 1


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
    bert, made = somebody("bert"), _denied(engine, team="BILLING", remarks=(), **over)
    offer = _offers(_page(bert, made))["bill_patient"]
    assert offer["rules"][:1] == ([rule] if rule else [])
    assert _do(bert, made, "bill_patient").status_code == (409 if rule else 200)
    told = _told(engine, made)
    if rule:
        assert [(one.decision, one.outcome, one.reason) for one in told] == [
            ("refused", "bill_patient", rule)
        ]
    else:
        assert [one.decision for one in told] == ["bill_patient"]


def test_a_refusal_is_counted_once_for_a_page_however_often_it_is_asked(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), _denied(engine, team="BILLING", remarks=())
    for _ in range(3):
        assert _do(bert, made, "bill_patient").status_code == 409
    counted = _one(engine, "select count(*) as n, min(rule) as rule from decision_refusal"
                   " where rework_id = :id", id=made.rework.rework_id)
    assert (counted.n, counted.rule) == (1, "not_the_patients")
    assert len(_told(engine, made)) == 1


def test_above_the_limit_a_write_off_waits_for_a_second_person(
    somebody: SignIn, engine: Engine
) -> None:
    bert, bea, sue = somebody("bert"), somebody("bea"), somebody("sue")
    made = _denied(engine, team="BILLING", remarks=())
    _set(engine, made, "at_stake_cents = 90000")
    assert "second person" in _offers(_page(bert, made))["write_off"]["will"]
    assert _do(bert, made, "write_off", reason="none of these").status_code == 422
    assert _do(bert, made, "write_off", reason="not_covered").status_code == 200
    assert _page(bert, made)["page"]["item"]["waits_for"] == "approval"
    listed = [
        made.rework.rework_id in {
            one["rework_id"] for one in who.page("/work?view=approval")["items"]
        } for who in (bert, bea, sue)
    ]
    assert listed == [False, True, True]
    assert {tab["name"]: tab["count"] for tab in bea.page("/work")["tabs"]}["approval"] >= 1
    again = _do(bert, made, "write_off", reason="not_covered")
    assert again.status_code == 409
    assert "waits for a second person" in again.text
    assert _do(bert, made, "approve").status_code == 409
    assert _do(bea, made, "refuse").status_code == 200
    assert _page(bert, made)["page"]["item"]["state"] == "todo"
    assert _do(bert, made, "write_off", reason="not_covered").status_code == 200
    assert _do(sue, made, "approve").status_code == 200
    assert _page(bert, made)["page"]["item"]["state"] == "decided"
    told = [one for one in _told(engine, made) if one.decision != "refused"]
    assert [one.decision for one in told] == [
        "write_off_asked", "write_off_refused", "write_off_asked", "write_off"
    ]
    assert told[3].decided_by != told[3].asked_by == told[0].decided_by


def test_where_two_teams_must_act_nothing_leaves_before_both_have(
    somebody: SignIn, engine: Engine
) -> None:
    anna, ada, bert, made = (
        somebody("anna"), somebody("ada"), somebody("bert"), _denied(engine)
    )
    _set(engine, made, """needs = '["CODING", "AUTH_UM"]'""")
    assert _do(anna, made, "confirm").status_code == 200
    item = _page(bert, made)["page"]["item"]
    assert (item["state"], item["place"]) == ("todo", "AUTH_UM")
    assert _do(ada, made, "done").status_code == 200
    item = _page(bert, made)["page"]["item"]
    assert (item["state"], item["place"]) == ("handed_on", "BILLING")
    assert _do(bert, made, "replace").status_code == 200


def test_a_biller_is_told_who_has_not_acted(somebody: SignIn, engine: Engine) -> None:
    bert = somebody("bert")
    made = _denied(engine, team="AUTH_UM", category="AUTH", reason=("CO", "197"), remarks=())
    _set(engine, made, """needs = '["AUTH_UM", "CODING"]'""")
    offer = _offers(_page(bert, made))["replace"]
    assert offer["refused"] == [
        "Coding has not acted yet: the claim goes out once everybody has."
    ]
    assert "replace" not in [one["name"] for one in _page(bert, made)["page"]["moves"]]
    assert _do(bert, made, "replace").status_code == 409


def test_a_claim_is_taken_back_from_its_page_with_its_reason(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), _denied(engine, team="BILLING", remarks=())
    assert "PCNDECIDED" in _offers(_page(bert, made))["void"]["will"]
    assert _do(bert, made, "void").status_code == 422
    assert _do(bert, made, "void", reason="wrong_party").status_code == 200
    first, second = _coded(engine, made)
    assert (second.reason, second.change_reason) == ("void", "D5")
    assert second.bill == first.bill
    assert second.predecessor == made.rework.control_number
    assert _told(engine, made)[-1].decision == "voided"


def test_a_payer_that_takes_no_void_is_not_asked_for_one(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    made = _denied(engine, team="BILLING", remarks=(), payer="MEDICARE", plan="medicare")
    assert _offers(_page(bert, made))["void"]["rules"] == ["not_taken"]


def test_a_duplicate_goes_on_only_once_two_services_are_verified(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    made = _denied(engine, team="BILLING", category="DUPLICATE", reason=("CO", "18"), remarks=())
    offers = _offers(_page(bert, made))
    assert offers["replace"]["rules"] == ["not_verified"]
    assert offers["appeal"]["rules"] == ["not_verified"]
    assert _do(bert, made, "verify_duplicate", reason="two").status_code == 200
    assert _offers(_page(bert, made))["replace"]["refused"] == []
    other = _denied(engine, team="BILLING", category="DUPLICATE", reason=("CO", "18"), remarks=())
    assert _do(bert, other, "verify_duplicate", reason="one").status_code == 200
    assert _told(engine, other)[-1].decision == "nothing_owed"


def test_a_filing_limit_is_appealed_only_with_the_payers_own_acceptance(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    late: dict[str, Any] = {
        "team": "BILLING", "category": "TIMELY", "reason": ("CO", "29"), "remarks": (),
    }
    made = _denied(engine, **late)
    panel = _page(bert, made)["panels"]["decide"]
    assert panel["in_time"]
    assert panel["proof"]["categories"] == ["A1"]
    assert _do(bert, made, "appeal").status_code == 200
    assert _page(bert, made)["panels"]["decide"]["appeals"][0]["pages"] == 4
    with engine.begin() as conn:
        unproved = scene.denied(conn, next(_names), **late)
        kept = tuple(
            event for event in unproved.events
            if not (isinstance(event, Acknowledged) and event.hop == "277CA")
        )
        scene.play(conn, replace(unproved, events=kept))
    offer = _offers(_page(bert, unproved))["appeal"]
    assert offer["rules"] == ["no_proof"]
    assert "a 999 is no proof" in offer["refused"][0]


def test_an_appeal_past_its_last_day_says_so_and_is_still_offered(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    over: dict[str, Any] = {"team": "BILLING", "category": "AUTH", "reason": ("CO", "197")}
    made = _denied(engine, **over)
    assert _offers(_page(bert, made))["appeal"]["late"] == ""
    with engine.begin() as conn:
        late = scene.denied(conn, next(_names), **over)
        long_ago = tuple(
            replace(event, decided_on=date(2025, 11, 29)) if isinstance(event, Adjudicated)
            else event for event in late.events
        )
        scene.play(conn, replace(late, events=long_ago))
    offer = _offers(_take(bert, late))["appeal"]
    assert offer["late"].startswith(f"The limit passed on {_said(offer['due_on'])}, ")
    assert "good cause" in offer["late"]
    assert offer["refused"] == []
    shown = bert.client.get(_path(late), headers={"accept": "text/html"}).text
    assert offer["late"] in shown
    assert _do(bert, late, "appeal").status_code == 200


def test_a_claim_or_records_past_their_last_day_are_marked_and_still_offered(
    somebody: SignIn, engine: Engine
) -> None:
    bert = somebody("bert")
    over: dict[str, Any] = {"team": "BILLING", "category": "AUTH", "reason": ("CO", "197")}
    made = _denied(engine, **over)
    assert {_offers(_page(bert, made))[move]["late"] for move in ("replace", "void")} == {""}
    with engine.begin() as conn:
        late = scene.denied(conn, next(_names), **over)
        long_ago = tuple(
            replace(event, decided_on=date(2025, 5, 1)) if isinstance(event, Adjudicated)
            else event for event in late.events
        )
        scene.play(conn, replace(late, events=long_ago))
    offers = _offers(_take(bert, late))
    for move in ("replace", "send_records"):
        passed = f"The limit passed on {_said(offers[move]['due_on'])}, "
        assert offers[move]["late"].startswith(passed)
        assert offers[move]["refused"] == []
    assert offers["void"]["late"] == "", "what was paid too much goes back whenever it is found"
    shown = bert.client.get(_path(late), headers={"accept": "text/html"}).text
    assert shown.count(offers["replace"]["late"]) == 1
    assert offers["send_records"]["late"] in shown


def test_a_filing_limit_that_has_not_passed_is_no_reason_to_write_off(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), _denied(engine, team="BILLING", remarks=())
    (reason,) = _offers(_page(bert, made))["write_off"]["fields"]
    assert "filing_limit" not in reason["options"]
    assert _do(bert, made, "write_off", reason="filing_limit").status_code == 422
    _set(engine, made, "due_on = '2026-06-01'")
    assert _do(bert, made, "write_off", reason="filing_limit").status_code == 200


def test_records_that_are_sent_have_a_number_that_links_them_to_the_claim(
    somebody: SignIn, engine: Engine
) -> None:
    hugo = somebody("hugo")
    made = _denied(engine, team="HIM", category="DOCUMENTATION", reason=("CO", "252"), remarks=())
    page = _take(hugo, made)
    note = page["page"]["notes"][0]["note_id"]
    fields = {"recipient": "payer", "way": "EL", "requested_on": "2026-06-17"}
    assert _do(hugo, made, "send_records", **fields).status_code == 422
    assert _do(hugo, made, "send_records", notes=[note, "other"], **fields).status_code == 200
    (sent,) = _page(hugo, made)["panels"]["decide"]["records"]
    assert (sent["notes"], sent["due_on"], len(sent["control_number"])) == (1, "2026-07-17", 20)
    assert _told(engine, made)[-1].decision == "records_sent"
    assert _page(hugo, made)["page"]["item"]["waits_for"] == "payer"
    assert _do(hugo, made, "resume").status_code == 200


def test_an_item_is_passed_on_set_aside_and_assigned(somebody: SignIn, engine: Engine) -> None:
    bert, sue = somebody("bert"), somebody("sue")
    made = _denied(engine, team="BILLING", remarks=())
    assert _do(bert, made, "route", team="BILLING", reason="coding").status_code == 422
    assert _do(bert, made, "route", team="HIM", reason="record").status_code == 200
    item = _page(bert, made)["page"]["item"]
    assert (item["place"], item["state"]) == ("HIM", "todo")
    assert _do(bert, made, "wait", team="AUTH_UM", reason="authorization").status_code == 200
    assert _page(bert, made)["page"]["item"]["waits_for"] == "team"
    assert _do(bert, made, "resume").status_code == 200
    assert _do(sue, made, "assign", name="ada").status_code == 200
    assert _page(sue, made)["page"]["item"]["assigned_to"] == "ada"
    assert [one.recipient for one in _told(engine, made)] == ["HIM", "AUTH_UM", ""]


def test_what_somebody_else_has_taken_is_left_alone(somebody: SignIn, engine: Engine) -> None:
    bert, bea = somebody("bert"), somebody("bea")
    made = _denied(engine, team="BILLING", remarks=())
    _take(bea, made)
    assert _do(bert, made, "no_action", reason="packaged").status_code == 409
    assert _do(bea, made, "no_action", reason="packaged").status_code == 200


def test_another_payer_is_billed_only_as_registration_has_it(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), _denied(engine, team="PATIENT_ACCESS", remarks=(),
                                           category="ELIGIBILITY", reason=("CO", "27"))
    access = somebody("rita")
    assert _do(access, made, "bill_registered").status_code == 409
    encounter = next(one for one in made.events if isinstance(one, Encounter))
    moved = replace(
        encounter, version=2, event_id=ids.derive("encounter", made.encounter_id, 2),
        bill=replace(encounter.bill, coverage=Coverage(payer_id="EMPLOYER", plan="commercial")),
    )
    with engine.begin() as conn:
        scene.see(conn, (moved,))
    assert _do(access, made, "bill_registered").status_code == 200
    assert _do(bert, made, "release").status_code == 200
    assert _coded(engine, made)[-1].bill.coverage.payer_id == "EMPLOYER"


@pytest.mark.parametrize("point", ["decision.moved", "decision.told"])
def test_whoever_dies_between_decision_and_event_has_decided_nothing(
    somebody: SignIn, engine: Engine, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    bert, made = somebody("bert"), _denied(engine, team="BILLING", remarks=())

    def die(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(case, "crashpoint", die)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - as a kill would
            _perform(engine, made)
    assert _told(engine, made) == []
    assert _page(bert, made)["page"]["item"]["state"] == "todo"
    assert _page(bert, made)["panels"]["decide"]["appeals"] == []
    _perform(engine, made)
    assert [one.decision for one in _told(engine, made)] == ["appeal"]
    assert len(_page(bert, made)["panels"]["decide"]["appeals"]) == 1


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
    assert _do(anna, made, "override").status_code == 409
    page = _page(sue, made)
    (finding,) = next(
        one["options"] for one in _offers(page)["override"]["fields"] if one["name"] == "finding"
    )
    wanted = {"finding": finding, "reason": "documented"}
    bare = _do(sue, made, "override", **wanted)
    assert bare.status_code == 422
    assert _do(sue, made, "override", evidence=_passage(page), **wanted).status_code == 200
    second = _coded(engine, made)[-1]
    assert [(one.edit, one.role) for one in second.overrides] == [("dx_billable", "supervisor")]
    assert second.bill == _coded(engine, made)[0].bill
    assert _page(sue, made)["page"]["item"]["state"] == "released"
