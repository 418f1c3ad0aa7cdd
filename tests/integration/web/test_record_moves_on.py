"""A record that changes while its charges or codes are worked on: no change of it is lost."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from schemas.events import Encounter, Line
from services.worklist.clockwork import arrivals
from services.worklist.feed import feed
from tests.integration.web import scene
from tests.integration.web.acting import codings, correction
from tests.integration.web.conftest import Person
from tests.integration.web.visits import denied

SignIn = Callable[[str], Person]
_names = (f"moves-{n}" for n in itertools.count())
VISIT, ECG = scene.line(1, "99213", 16500, pointers=(1, 2)), scene.line(2, "93000", 9500)
PANEL, DRAW = scene.line(3, "80053", 6200), scene.line(4, "36415", 900)


def _visit(engine: Engine, state: str = "coded") -> Encounter:
    with engine.begin() as conn:
        encounter, coded = scene.visit(conn, next(_names), ("E11.9", "I10"), (VISIT, ECG))
        first = replace(coded, bill=encounter.bill) if state == "coded" else None
        feed.save(conn, {encounter.encounter_id: feed.Chart(state, 1, 1, encounter, first)})
        scene.see(conn, (encounter,))
    _look(engine)
    return encounter


def _billed(engine: Engine) -> Encounter:
    """Return the record of a visit whose claim a payer has decided."""
    made = denied(engine, team="BILLING", remarks=())
    (first,) = (one for one in made.events if isinstance(one, Encounter))
    return first


def _state(engine: Engine, first: Encounter) -> str:
    with engine.connect() as conn:
        return str(conn.execute(
            text("select state from chart where encounter_id = :id"), {"id": first.encounter_id}
        ).scalar_one())


def _again(engine: Engine, first: Encounter, version: int, *lines: Line, **over: Any) -> None:
    """Let the record come in again, and not yet be looked at by the timer."""
    later = replace(
        first, version=version, event_id=f"{first.event_id[:-4]}{version:04}",
        bill=replace(first.bill, lines=lines),
    )
    state = over.get("state", "changed_after_coding")
    with engine.begin() as conn:
        feed.save(conn, {first.encounter_id: feed.Chart(state, version, 1, later)})
        scene.see(conn, (later,))


def _look(engine: Engine) -> None:
    with engine.begin() as conn:
        arrivals.arrive(conn, scene.CLOCK.now())


def _path(first: Encounter, kind: str = "charge_change") -> str:
    return f"/work/{arrivals.item_id(first.encounter_id, kind)}"


def _do(person: Person, where: str, move: str, **fields: Any) -> Any:
    seen = person.page(where)["page"]["item"]["row_version"]
    return person.post(f"{where}/{move}", {"seen": seen, **fields})


def _form(person: Person, where: str, **over: Any) -> dict[str, Any]:
    """Take an item and return its form as shown."""
    assert _do(person, where, "take").status_code == 200
    fields = correction(person.page(where)["page"], **over)
    del fields["evidence"]
    return fields


def _confirmed(engine: Engine, coder: Person, first: Encounter) -> str:
    """Let a panel be charged later and the coder find the coding right; return the item's path."""
    where = _path(first)
    _again(engine, first, 2, VISIT, ECG, PANEL)
    _look(engine)
    assert _do(coder, where, "confirm").status_code == 200
    return where


def test_charges_that_change_again_while_billing_has_the_item_are_not_lost(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, first = somebody("anna"), somebody("bert"), _visit(engine)
    where = _path(first)
    _again(engine, first, 2, VISIT, PANEL)
    _look(engine)
    assert anna.post(f"{where}/correct", _form(anna, where)).status_code == 200
    _again(engine, first, 3, VISIT, PANEL, DRAW)
    _look(engine)
    offers = {o["name"]: o for o in bert.page(where)["panels"]["decide"]["offers"]}
    assert offers["release"]["rules"] == ["record_moved_on"]
    assert "36415" in offers["release"]["refused"][0]
    assert _do(bert, where, "release").status_code == 409
    assert _do(bert, where, "return").status_code == 200
    assert anna.post(f"{where}/correct", _form(anna, where)).status_code == 200
    assert _do(bert, where, "release").status_code == 200
    sent = codings(engine, first.encounter_id)[-1]
    assert [line.code for line in sent.bill.lines] == ["99213", "80053", "36415"]
    assert sent.encounter_version == 3


def test_an_addendum_meanwhile_holds_no_release_up(somebody: SignIn, engine: Engine) -> None:
    anna, bert, first = somebody("anna"), somebody("bert"), _visit(engine)
    where = _path(first)
    _again(engine, first, 2, VISIT, PANEL)
    _look(engine)
    assert anna.post(f"{where}/correct", _form(anna, where)).status_code == 200
    _again(engine, first, 3, VISIT, PANEL)
    assert _do(bert, where, "release").status_code == 200
    _look(engine)
    assert bert.page(where)["page"]["item"]["status"] == "closed"


def test_charges_that_change_right_after_the_release_are_work_again(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, first = somebody("anna"), somebody("bert"), _visit(engine)
    where = _path(first)
    _again(engine, first, 2, VISIT, PANEL)
    _look(engine)
    assert anna.post(f"{where}/correct", _form(anna, where)).status_code == 200
    assert _do(bert, where, "release").status_code == 200
    _again(engine, first, 3, VISIT, PANEL, DRAW)
    _look(engine)
    item = bert.page(where)["page"]["item"]
    assert (item["status"], item["state"], item["place"]) == ("open", "todo", "CODING")


def test_a_second_change_in_the_same_words_is_work_of_its_own(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, first = somebody("anna"), somebody("bert"), _visit(engine)
    where = _path(first)
    _again(engine, first, 2, VISIT, ECG, PANEL)
    _look(engine)
    words = bert.page(where)["page"]["item"]["reasons"]
    assert anna.post(f"{where}/correct", _form(anna, where)).status_code == 200
    assert _do(bert, where, "release").status_code == 200
    _again(engine, first, 3, VISIT, ECG, PANEL, replace(PANEL, line_id="7"))
    _look(engine)
    item = bert.page(where)["page"]["item"]
    assert item["reasons"] == words
    assert (item["status"], item["state"], item["place"]) == ("open", "todo", "CODING")


def test_a_change_that_is_taken_back_is_no_work_any_more(
    somebody: SignIn, engine: Engine
) -> None:
    bert, first = somebody("bert"), _visit(engine)
    _again(engine, first, 2, VISIT, PANEL)
    _look(engine)
    assert bert.page(_path(first))["page"]["item"]["status"] == "open"
    _again(engine, first, 3, VISIT, ECG)
    _look(engine)
    assert bert.page(_path(first))["page"]["item"]["status"] == "closed"


@pytest.mark.parametrize(("move", "said"), [("replace", {}), ("void", {"reason": "wrong_party"})])
def test_a_change_that_billing_answers_without_it_is_decided_and_only_the_next_is_work(
    somebody: SignIn, engine: Engine, move: str, said: dict[str, str]
) -> None:
    anna, bert, first = somebody("anna"), somebody("bert"), _billed(engine)
    where = _confirmed(engine, anna, first)
    assert _do(bert, where, move, **said).status_code == 200
    _look(engine)
    assert bert.page(where)["page"]["item"]["status"] == "closed"
    assert _state(engine, first) == "coded"
    sent = codings(engine, first.encounter_id)[-1]
    assert [line.code for line in sent.bill.lines] == ["99213", "93000"]
    assert sent.encounter_version == 2

    _again(engine, first, 3, VISIT, ECG, replace(PANEL, charge_cents=7000))
    _look(engine)

    item = bert.page(where)["page"]["item"]
    assert (item["status"], item["state"], item["place"]) == ("open", "todo", "CODING")
    assert [one["words"] for one in item["reasons"]] == ["Charge changed: 80053 x1."]


def test_charges_that_change_between_the_page_and_the_answer_are_work_again(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, first = somebody("anna"), somebody("bert"), _billed(engine)
    where = _confirmed(engine, anna, first)
    _again(engine, first, 3, VISIT, ECG, PANEL, DRAW)
    assert _do(bert, where, "replace").status_code == 200
    assert _state(engine, first) == "changed_after_coding"
    _look(engine)
    item = bert.page(where)["page"]["item"]
    assert (item["status"], item["state"]) == ("open", "todo")
    assert [one["words"] for one in item["reasons"]] == ["Charge added: 36415 x1."]


def test_charges_that_change_again_after_no_action_are_work_again(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, first = somebody("anna"), somebody("bert"), _billed(engine)
    where = _confirmed(engine, anna, first)
    assert _do(bert, where, "no_action", reason="packaged").status_code == 200
    _again(engine, first, 3, VISIT, ECG, PANEL)
    _look(engine)
    assert bert.page(where)["page"]["item"]["state"] == "decided"
    _again(engine, first, 4, VISIT, ECG, PANEL, DRAW)
    _look(engine)
    item = bert.page(where)["page"]["item"]
    assert (item["status"], item["state"], item["place"]) == ("open", "todo", "CODING")
    assert item["decision"] == ""


def test_a_page_of_an_older_record_sends_nothing(somebody: SignIn, engine: Engine) -> None:
    anna, first = somebody("anna"), _visit(engine)
    where = _path(first)
    _again(engine, first, 2, VISIT, PANEL)
    _look(engine)
    fields = _form(anna, where)
    _again(engine, first, 3, VISIT, PANEL, DRAW)
    assert anna.post(f"{where}/correct", fields).status_code == 409
    _look(engine)
    assert anna.post(f"{where}/correct", _form(anna, where)).status_code == 200


def test_a_visit_is_not_coded_from_a_page_of_an_older_record(
    somebody: SignIn, engine: Engine
) -> None:
    anna, first = somebody("anna"), _visit(engine, "awaiting_coding")
    where = _path(first, "coding")
    fields = _form(anna, where)
    _again(engine, first, 2, VISIT, ECG, DRAW, state="awaiting_coding")
    assert anna.post(f"{where}/code", fields).status_code == 409
    assert codings(engine, first.encounter_id) == []
