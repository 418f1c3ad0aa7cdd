"""What crosses on an item: people, events and time meet, and nothing is lost or done twice."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from schemas import ids
from schemas.events import Coverage, Encounter
from services.codes import reference
from services.worklist.decisions import manual
from services.worklist.decisions.acts import Desk
from services.worklist.item import scope
from services.worklist.rulebook import recall
from tests.integration.web import scene
from tests.integration.web.acting import (
    codings,
    correction,
    do,
    letter,
    offered,
    page_of,
    path_of,
    recoded,
    take,
)
from tests.integration.web.conftest import Person
from tests.integration.web.crossing import waits_for_a_lock
from tests.integration.web.scene import Made
from tests.integration.web.visits import denied, held, put, remit, say, silent

SignIn = Callable[[str], Person]
DESK = Desk(scene.SITE, scene.CLOCK, reference.load())
_names = (f"cross-{n}" for n in itertools.count())
AUTH: dict[str, Any] = {
    "team": "AUTH_UM", "category": "AUTH", "reason": ("CO", "197"), "remarks": (),
}
BILLING: dict[str, Any] = {"team": "BILLING", "remarks": ()}


def _item(person: Person, where: str) -> dict[str, Any]:
    item: dict[str, Any] = person.page(where)["page"]["item"]
    return item


def _registered(engine: Engine, made: Made) -> None:
    """Let the visit come in again with another payer."""
    encounter = next(one for one in made.events if isinstance(one, Encounter))
    moved = replace(
        encounter, version=2, event_id=ids.derive("encounter", made.encounter_id, 2),
        bill=replace(encounter.bill, coverage=Coverage(payer_id="EMPLOYER", plan="commercial")),
    )
    with engine.begin() as conn:
        scene.see(conn, (moved,))


def test_a_letter_found_again_after_its_remittance_is_known(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    assert letter(bert, made).status_code == 200
    remit(engine, made)
    say(engine, made, 2, status="closed", resolution="overturned")
    again = letter(bert, made)
    assert again.status_code == 422
    assert again.json()["problems"][0]["field"].startswith("item ")


def test_a_letter_denies_of_a_line_no_more_than_was_charged(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    twice = {"where.2": "1", "group.2": "CO", "carc.2": "50", "amount.2": "165.00"}
    assert letter(bert, made, **twice).status_code == 422
    whole = {"where.2": "0", "group.2": "CO", "carc.2": "50", "amount.2": "200.00"}
    assert letter(bert, made, **whole).status_code == 422


@pytest.mark.parametrize("odd", [{"carc.1": "ZZZZ"}, {"carc.1": "१९७"}, {"remarks.1": "MARIGO"}])
def test_a_letter_names_reasons_there_are(
    somebody: SignIn, engine: Engine, odd: dict[str, str]
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    assert letter(bert, made, **odd).status_code == 422


def test_an_appeal_that_runs_is_answered_after_the_item_was_closed_and_opened_again(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), denied(engine, **BILLING)
    assert do(bert, made, "appeal").status_code == 200
    say(engine, made, 2, status="closed", resolution="overturned")
    say(engine, made, 3, status="open")
    assert _item(bert, path_of(made))["waits_for"] == "payer"
    assert do(bert, made, "outcome", outcome="lost").status_code == 200
    assert _item(bert, path_of(made))["state"] == "todo"


def test_a_write_off_that_was_asked_for_is_decided_after_the_item_was_closed_and_opened_again(
    somebody: SignIn, engine: Engine
) -> None:
    bert, bea, made = somebody("bert"), somebody("bea"), denied(engine, **BILLING)
    put(engine, made, "at_stake_cents = 90000")
    assert do(bert, made, "write_off", reason="not_covered").status_code == 200
    say(engine, made, 2, status="closed", resolution="overturned", at_stake_cents=90000)
    say(engine, made, 3, status="open", at_stake_cents=90000)
    assert do(bert, made, "write_off", reason="not_covered").status_code == 409
    assert do(bea, made, "refuse").status_code == 200
    assert do(bert, made, "write_off", reason="not_covered").status_code == 200


def test_a_correction_and_the_coverage_as_registered_leave_together(
    somebody: SignIn, engine: Engine
) -> None:
    anna, rita, bert = somebody("anna"), somebody("rita"), somebody("bert")
    for order in (("CODING", "PATIENT_ACCESS"), ("PATIENT_ACCESS", "CODING")):
        made = denied(engine)
        _registered(engine, made)
        put(engine, made, "needs = cast(:needs as jsonb), place = :place", place=order[0],
             needs=str(list(order)).replace("'", '"'))
        for team in order:
            done = (recoded(anna, path_of(made)) if team == "CODING"
                    else do(rita, made, "bill_registered"))
            assert done.status_code == 200, done.text
        assert do(bert, made, "release").status_code == 200
        sent = codings(engine, made.encounter_id)[-1]
        assert sent.bill.coverage.payer_id == "EMPLOYER"
        assert sent.bill.lines[0].modifiers == ("25",)
        assert sent.evidence


def test_records_are_asked_for_between_the_claim_and_today(
    somebody: SignIn, engine: Engine
) -> None:
    hugo = somebody("hugo")
    made = denied(engine, team="HIM", category="DOCUMENTATION", reason=("CO", "252"), remarks=())
    page = take(hugo, made)
    fields = {"recipient": "payer", "way": "EL", "notes": page["page"]["notes"][0]["note_id"]}
    for day in ("9999-12-31", "2026-12-01", "0001-01-01", "2026-04-31"):
        answer = do(hugo, made, "send_records", requested_on=day, **fields)
        assert answer.status_code == 422, day
    fields |= {"notes": [fields["notes"]] * 3}
    assert do(hugo, made, "send_records", **fields).status_code == 200
    (sent,) = page_of(hugo, made)["panels"]["decide"]["records"]
    assert sent["notes"] == 1


def test_of_two_corrections_of_one_visit_the_second_is_made_anew(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, made = somebody("anna"), somebody("bert"), denied(engine)
    other = replace(
        made.rework, rework_id=ids.derive("other", made.encounter_id),
        event_id=ids.derive("other event", made.encounter_id),
    )
    with engine.begin() as conn:
        scene.see(conn, (other,))
    again = replace(made, rework=other)
    for one in (made, again):
        assert recoded(anna, path_of(one)).status_code == 200
    assert do(bert, made, "release").status_code == 200
    offer = offered(page_of(bert, again))["release"]
    assert offer["rules"] == ["coding_moved_on"]
    refused = do(bert, again, "release")
    assert refused.status_code == 409
    assert "made anew" in refused.json()["why"]
    assert do(bert, again, "return").status_code == 200
    assert len(codings(engine, made.encounter_id)) == 2


def test_an_item_of_a_file_takes_neither_note_nor_query(
    somebody: SignIn, engine: Engine
) -> None:
    bert, anna, made = somebody("bert"), somebody("anna"), denied(engine, **BILLING)
    put(engine, made, "kind = 'remittance', encounter_id = '', place = 'CODING',"
         " needs = '[\"CODING\"]'")
    assert bert.post(f"{path_of(made)}/note", {"words": "Looked at it."}).status_code == 409
    do(anna, made, "take")
    assert anna.post(f"{path_of(made)}/query", {"seen": "1"}).status_code == 409
    assert bert.status(path_of(made)) == 200


def test_nobody_is_assigned_what_is_another_teams_or_another_facilitys(
    somebody: SignIn, engine: Engine
) -> None:
    sue, made = somebody("sue"), denied(engine, **BILLING)
    for name in ("nobody", "anna", "sue", "nils"):
        assert do(sue, made, "assign", name=name).status_code == 422, name
    for name in ("bert", ""):
        assert do(sue, made, "assign", name=name).status_code == 200
        assert _item(sue, path_of(made))["assigned_to"] == name


def test_a_coder_that_finds_the_coding_right_takes_no_correction_along(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, made = somebody("anna"), somebody("bert"), denied(engine)
    assert recoded(anna, path_of(made)).status_code == 200
    assert do(bert, made, "route", team="CODING", reason="coding").status_code == 200
    assert do(anna, made, "confirm").status_code == 200
    assert "release" not in offered(page_of(bert, made))
    assert bert.page(path_of(made))["page"]["proposal"] is None


def test_a_second_letter_of_a_claim_is_not_appealed_beside_the_first(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    first = letter(bert, made).json()["location"]
    second = letter(bert, made, letter_on="2026-06-22").json()["location"]
    assert do(bert, first, "appeal").status_code == 200
    assert offered(page_of(bert, second))["appeal"]["rules"] == ["appeal_runs"]
    assert do(bert, second, "appeal").status_code == 409


def test_an_appeal_that_a_remittance_answered_bars_no_appeal_of_a_later_letter(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    remit(engine, made)
    assert do(bert, made, "appeal").status_code == 200
    say(engine, made, 2, status="closed", resolution="overturned")
    where = letter(bert, made).json()["location"]
    assert "appeal_runs" not in offered(page_of(bert, where))["appeal"]["rules"]
    assert do(bert, where, "appeal").status_code == 200


def test_a_correction_made_for_a_letter_goes_over_to_the_remittances_item(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, made = somebody("anna"), somebody("bert"), silent(engine)
    where = letter(bert, made, **{"carc.1": "4", "remarks.1": "N822"}).json()["location"]
    assert recoded(anna, where).status_code == 200
    remit(engine, made)
    assert _item(bert, where)["status"] == "closed"
    assert _item(bert, path_of(made))["state"] == "handed_on"
    assert do(bert, made, "release").status_code == 200
    assert codings(engine, made.encounter_id)[-1].bill.lines[0].modifiers == ("25",)
    assert codings(engine, made.encounter_id)[-1].rework_id == made.rework.rework_id


def test_a_letter_that_is_entered_while_its_remittance_arrives_gives_way_to_it(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    with engine.connect() as conn, ThreadPoolExecutor(1) as other:
        entry = manual.Entry(
            number=made.rework.control_number, letter_on=date(2026, 6, 20),
            received_on=date(2026, 6, 24), source="letter",
            reasons=(manual.Stated(line=1, group="CO", carc="197", remarks=(), amount_cents=100),),
        )
        rework_id, wrong = manual.enter(conn, DESK, scope.Person("bert", "biller"), entry)
        assert not wrong
        remitted = other.submit(remit, engine, made)
        waits_for_a_lock(engine, remitted)
        conn.commit()
        remitted.result(10)
    assert _item(bert, f"/work/{rework_id}")["status"] == "closed"


def test_what_was_decided_stays_when_a_supervisor_gives_the_item_to_somebody(
    somebody: SignIn, engine: Engine
) -> None:
    bert, sue, made = somebody("bert"), somebody("sue"), denied(engine, **BILLING)
    put(engine, made, "at_stake_cents = 90000")
    assert do(bert, made, "write_off", reason="not_covered").status_code == 200
    assert do(sue, made, "assign", name="bea").status_code == 200
    item = _item(sue, path_of(made))
    assert (item["waits_for"], item["decision"]) == ("approval", "Write-off, to be approved")


def test_a_day_of_the_payers_answer_that_is_none_is_refused(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), denied(engine, **BILLING)
    assert do(bert, made, "appeal").status_code == 200
    for day in ("2026-02-31", "yesterday"):
        answer = do(bert, made, "outcome", outcome="lost", answered_on=day)
        assert answer.status_code == 422
    assert do(bert, made, "outcome", outcome="lost").status_code == 200


@pytest.mark.parametrize("cents", [16500, 90000])
def test_what_people_gave_up_is_not_recalled(
    somebody: SignIn, engine: Engine, cents: int
) -> None:
    with engine.begin() as conn:
        made = scene.held(conn, next(_names))
        scene.play(conn, made)
    put(engine, made, "place = 'BILLING', needs = '[\"BILLING\"]', at_stake_cents = :n", n=cents)
    bert = somebody("bert")
    (seen,) = codings(engine, made.encounter_id)
    assert do(bert, made, "write_off", reason="not_covered").status_code == 200
    assert not recall.recall(engine, seen, scene.CLOCK.now())
    assert codings(engine, made.encounter_id) == [seen]


def test_a_correction_that_a_recall_was_faster_than_goes_out_after_it_and_never_beside_it(
    somebody: SignIn, engine: Engine
) -> None:
    with engine.begin() as conn:
        made = scene.held(conn, next(_names))
        scene.play(conn, made)
    anna = somebody("anna")
    shown = take(anna, made)["page"]
    (seen,) = codings(engine, made.encounter_id)
    assert recall.recall(engine, seen, scene.CLOCK.now())
    assert not recall.recall(engine, seen, scene.CLOCK.now())
    fields = correction(shown, dx=["E11.9", "I10"])
    assert anna.post(f"{path_of(made)}/correct", fields).status_code == 200
    assert [(one.version, one.reason) for one in codings(engine, made.encounter_id)] == [
        (1, "initial"), (2, "recheck"), (3, "correction")]


def test_a_query_that_is_answered_after_its_item_closed_is_an_addendum_and_opens_nothing(
    somebody: SignIn, engine: Engine
) -> None:
    anna, phil = somebody("anna"), somebody("phil")
    with engine.begin() as conn:
        made = scene.held(conn, next(_names))
        scene.play(conn, made)
        conn.execute(
            text("insert into intake (encounter_id, version, hash, state, source, taken_at)"
                 " values (:id, 1, '\\x00', 'ready', 'fhir', now())"), {"id": made.encounter_id},
        )
    shown = take(anna, made)["page"]
    note = shown["notes"][0]
    one = note["sentences"][1]
    asked = anna.post(f"{path_of(made)}/query", {
        "seen": shown["item"]["row_version"], "template": "specificity",
        "condition": "type 2 diabetes mellitus",
        "evidence": f"{note['note_id']}:{one['start']}:{one['end']}",
    })
    assert asked.status_code == 200, asked.text
    query_id = anna.page(path_of(made))["panels"]["query"]["queries"][0]["query_id"]
    say(engine, made, 2, status="closed")
    answered = phil.post(
        f"/queries/{query_id}/answer", {"seen": 1, "chosen": "undetermined", "words": ""}
    )
    assert answered.status_code == 200
    assert _item(anna, path_of(made))["status"] == "closed"
    say(engine, made, 3, status="open")
    assert (_item(anna, path_of(made))["state"], _item(anna, path_of(made))["waits_for"]) == (
        "todo", "")


def test_an_item_that_billing_has_goes_to_the_team_that_a_later_revision_needs(
    somebody: SignIn, engine: Engine
) -> None:
    anna, ada, bert, made = (*map(somebody, ("anna", "ada", "bert")), denied(engine))
    (first,) = made.rework.reasons
    more = replace(first, carc="197", team="AUTH_UM")
    assert do(anna, path_of(made), "confirm").status_code == 200
    say(engine, made, 2, reasons=(replace(first, team="CODING"), more))
    assert (_item(bert, path_of(made))["state"], _item(bert, path_of(made))["place"]) == (
        "todo", "AUTH_UM")
    assert do(ada, path_of(made), "done").status_code == 200
    assert do(bert, path_of(made), "replace").status_code == 200


def test_what_was_passed_on_is_not_its_first_teams_again_with_a_later_revision(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, made = somebody("anna"), somebody("bert"), denied(engine)
    assert do(anna, path_of(made), "route", team="HIM", reason="record").status_code == 200
    assert do(bert, path_of(made), "done").status_code == 200
    say(engine, made, 2, at_stake_cents=17000)
    assert _item(bert, path_of(made))["state"] == "handed_on"
    assert do(bert, path_of(made), "replace").status_code == 200


@pytest.mark.parametrize("twice", [["L1", "L1", "L2"], ["L1", "L2", "new1", "new1"]])
def test_a_line_that_is_posted_twice_is_not_billed_twice(
    somebody: SignIn, engine: Engine, twice: list[str]
) -> None:
    anna, made = somebody("anna"), denied(engine)
    page = take(anna, made)["page"]
    fields = correction(page, line_id=twice, **{
        "modifiers.L1": "25", "code.new1": "36415", "units.new1": "1", "pointers.new1": "1",
        "pos.new1": "22",
    })
    answer = anna.post(f"{path_of(made)}/correct", fields)
    assert answer.status_code == 422
    assert "stands there twice" in " ".join(one["text"] for one in answer.json()["problems"])


@pytest.mark.parametrize("odd", ["new", "new1~ISA", "new-1", "new100", "newOstrander"])
def test_an_added_line_is_called_by_its_number_alone(
    somebody: SignIn, engine: Engine, odd: str
) -> None:
    anna, made = somebody("anna"), denied(engine)
    found = take(anna, made)
    fields = correction(found["page"], line_id=["L1", "L2", odd], **{
        f"code.{odd}": "36415", f"units.{odd}": "1", f"pointers.{odd}": "1", f"pos.{odd}": "22",
        f"why.line_added {odd}": "documented",
    })
    answer = anna.post(f"{path_of(made)}/correct", fields)
    assert answer.status_code == 422
    assert "An added line has a number of its own" in str(answer.json()["problems"])


def test_a_letter_after_a_settled_denial_is_work_until_that_denial_opens_again(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    remit(engine, made)
    say(engine, made, 2, status="closed", resolution="overturned")
    where = letter(bert, made).json()["location"]
    say(engine, made, 3, status="closed", resolution="overturned", at_stake_cents=100)
    assert _item(bert, where)["status"] == "open"
    say(engine, made, 4, status="open")
    assert _item(bert, where)["status"] == "closed"


def test_a_held_claim_goes_out_with_the_coverage_that_was_handed_on(
    somebody: SignIn, engine: Engine
) -> None:
    anna, rita, made = somebody("anna"), somebody("rita"), held(engine)
    _registered(engine, made)
    put(engine, made, "needs = '[\"PATIENT_ACCESS\", \"CODING\"]', place = 'PATIENT_ACCESS'")
    assert do(rita, made, "bill_registered").status_code == 200
    fields = correction(take(anna, made)["page"], dx=["E11.9", "I10"])
    assert anna.post(f"{path_of(made)}/correct", fields).status_code == 200
    sent = codings(engine, made.encounter_id)[-1].bill
    assert (sent.coverage.payer_id, sent.diagnoses[0].code) == ("EMPLOYER", "E11.9")
