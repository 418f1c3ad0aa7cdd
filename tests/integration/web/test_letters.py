"""Denials by letter and what becomes of them when the payer's remittance comes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import Connection, Engine, text

from schemas import ids
from schemas.events import Rework
from services.codes import reference
from services.web.app import build
from services.web.desk import Web
from services.worklist.decisions import acts, appeals
from services.worklist.decisions.acts import Act, Desk
from services.worklist.item import items, scope
from tests.integration.web import scene
from tests.integration.web.acting import (
    codings,
    decided,
    do,
    letter,
    marked,
    offered,
    page_of,
    path_of,
    recoded,
    take,
)
from tests.integration.web.conftest import STAGES, Person
from tests.integration.web.crossing import waits_for_its_turn
from tests.integration.web.scene import Made
from tests.integration.web.visits import put, remit, say, silent

SignIn = Callable[[str], Person]
DESK = Desk(scene.SITE, scene.CLOCK, reference.load())
AUTH: dict[str, Any] = {
    "team": "AUTH_UM", "category": "AUTH", "reason": ("CO", "197"), "remarks": (),
}
CODES = {"carc.1": "4", "remarks.1": "N822"}
CODES_AND_AUTH = CODES | {"where.2": "2", "group.2": "CO", "carc.2": "197", "amount.2": "95.00"}


@pytest.fixture(scope="module")
def app(engine: Engine) -> Litestar:
    """The application of a hospital that allows queries after a denial."""
    return build(Web(engine, DESK, lambda: STAGES, retrospective_queries=True))


def _item(person: Person, where: str) -> dict[str, Any]:
    item: dict[str, Any] = person.page(where)["page"]["item"]
    return item


def _of_teams(made: Made, *teams: str) -> Made:
    """Let several teams have to act on what the remittance denies, in an order."""
    (reason,) = made.rework.reasons
    rework = replace(
        made.rework, team=teams[0], reasons=tuple(replace(reason, team=one) for one in teams)
    )
    events = (rework if isinstance(one, Rework) else one for one in made.events)
    return replace(made, events=tuple(events), rework=rework)


def _appeal(conn: Connection, where: str) -> None:
    """Let bert appeal, and not commit yet."""
    bert = scope.Person("bert", "biller", team="BILLING")
    row = items.get(conn, bert, where.rpartition("/")[2], lock=True)
    assert row is not None
    assert acts.perform(conn, DESK, bert, row, Act("appeal", row.row_version)) == []


@pytest.mark.parametrize("arrives", ["after the letter", "before it, and opens again"])
@pytest.mark.parametrize("teams", [("CODING", "AUTH_UM"), ("AUTH_UM", "CODING")], ids="-".join)
def test_a_team_that_acted_on_the_letter_is_not_asked_again_for_the_remittance(
    somebody: SignIn, engine: Engine, teams: tuple[str, str], arrives: str
) -> None:
    anna, ada, bert = somebody("anna"), somebody("ada"), somebody("bert")
    made = _of_teams(silent(engine), *teams)
    if arrives != "after the letter":
        remit(engine, made)
        say(engine, made, 2, status="closed", resolution="overturned")
        put(engine, made, "assigned_to = 'anna'")
    where = letter(bert, made, **CODES_AND_AUTH).json()["location"]
    assert recoded(anna, where).status_code == 200
    assert _item(bert, where)["place"] == "AUTH_UM"

    remit(engine, made)
    say(engine, made, 3)

    item = _item(bert, path_of(made))
    assert (item["state"], item["place"]) == ("todo", "AUTH_UM")
    if teams[0] == "CODING":
        assert item["assigned_to"] == ""
    assert do(ada, made, "done").status_code == 200
    item = _item(bert, path_of(made))
    assert (item["state"], item["place"]) == ("handed_on", "BILLING")
    assert do(bert, made, "release").status_code == 200
    assert codings(engine, made.encounter_id)[-1].bill.lines[0].modifiers == ("25",)


def test_of_two_letters_appealed_in_the_same_moment_one_sends_a_packet(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    first = letter(bert, made).json()["location"]
    second = letter(bert, made, letter_on="2026-06-22").json()["location"]
    with ThreadPoolExecutor(1) as other, engine.connect() as conn:
        _appeal(conn, first)
        asked = other.submit(do, bert, second, "appeal")
        waits_for_its_turn(engine, asked, appeals.LOCK_SPACE)
        conn.commit()
        answer = asked.result(20)
    assert answer.status_code == 409
    assert "runs already" in answer.json()["why"]
    told = [(one.decision, one.reason) for one in decided(engine, made)]
    assert told[2:] == [("appeal_of_letter", ""), ("refused", "appeal_runs")]

    remit(engine, made)

    assert _item(bert, first)["status"] == _item(bert, second)["status"] == "closed"
    shown = page_of(bert, made)
    assert shown["page"]["item"]["waits_for"] == "payer"
    assert [one["state"] for one in shown["panels"]["decide"]["appeals"]] == ["sent"]


def test_appeals_of_two_claims_wait_for_nobody(somebody: SignIn, engine: Engine) -> None:
    bert = somebody("bert")
    first, second = (
        letter(bert, silent(engine, **AUTH)).json()["location"] for _ in range(2)
    )
    with engine.connect() as conn:
        _appeal(conn, first)
        assert do(bert, second, "appeal").status_code == 200
        conn.commit()


def test_no_reopening_is_asked_for_beside_another_of_the_same_claim(
    somebody: SignIn, engine: Engine
) -> None:
    medicare = {"payer": "MEDICARE", "plan": "medicare", **AUTH}
    bert, made = somebody("bert"), silent(engine, **medicare)
    first = letter(bert, made).json()["location"]
    second = letter(bert, made, letter_on="2026-06-22").json()["location"]
    assert do(bert, first, "reopening").status_code == 200
    offers = offered(page_of(bert, second))
    assert offers["reopening"]["rules"] == offers["appeal"]["rules"] == ["appeal_runs"]
    assert do(bert, second, "reopening").status_code == 409


def test_of_two_appeals_that_run_all_the_same_one_goes_over_as_withdrawn(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    first = letter(bert, made).json()["location"]
    second = letter(bert, made, letter_on="2026-06-22").json()["location"]
    assert do(bert, first, "appeal").status_code == 200
    with engine.begin() as conn:
        names = conn.execute(text("select * from appeal limit 0")).keys()
        kept = ", ".join(one for one in names if one not in ("appeal_id", "rework_id"))
        conn.execute(
            text(
                f"insert into appeal (appeal_id, rework_id, {kept}) select :fresh, :second, {kept}"
                " from appeal where rework_id = :first"
            ),
            {
                "fresh": ids.derive("second appeal", second),
                "first": first.rpartition("/")[2], "second": second.rpartition("/")[2],
            },
        )

    remit(engine, made)

    shown = page_of(bert, made)["panels"]["decide"]["appeals"]
    assert sorted(one["state"] for one in shown) == ["sent", "withdrawn"]


def test_a_physician_who_is_asked_about_a_letter_answers_to_the_remittances_item(
    somebody: SignIn, engine: Engine
) -> None:
    anna, bert, phil, made = *map(somebody, ("anna", "bert", "phil")), silent(engine)
    where = letter(bert, made, **CODES).json()["location"]
    query_id = _asked(engine, anna, made, where)

    for _ in range(2):
        remit(engine, made)

    item = _item(anna, path_of(made))
    assert _item(anna, where)["status"] == "closed"
    assert (item["state"], item["waits_for"], item["place"]) == ("waiting", "query", "CODING")
    assert _undetermined(phil, query_id).status_code == 200
    item = _item(anna, path_of(made))
    assert (item["state"], item["waits_for"], item["answered"]) == ("todo", "", True)
    assert do(anna, made, "confirm").status_code == 200


def test_an_item_that_opens_again_while_its_physician_is_asked_waits_for_the_answer(
    somebody: SignIn, engine: Engine
) -> None:
    anna, phil, made = somebody("anna"), somebody("phil"), silent(engine)
    remit(engine, made)
    query_id = _asked(engine, anna, made, path_of(made))
    say(engine, made, 2, status="closed", resolution="overturned")

    say(engine, made, 3, status="open")

    item = _item(anna, path_of(made))
    assert (item["state"], item["waits_for"]) == ("waiting", "query")
    assert _undetermined(phil, query_id).status_code == 200
    item = _item(anna, path_of(made))
    assert (item["state"], item["waits_for"], item["answered"]) == ("todo", "", True)


def _asked(engine: Engine, coder: Person, made: Made, where: str) -> str:
    """Let a coder ask the physician out of an item; return the query's id."""
    with engine.begin() as conn:  # an answer is an addendum, which intake numbers
        conn.execute(
            text("insert into intake (encounter_id, version, hash, state, source, taken_at)"
                 " values (:id, 1, '\\x00', 'ready', 'fhir', now())"), {"id": made.encounter_id},
        )
    shown = take(coder, where)["page"]
    asked = coder.post(f"{where}/query", {
        "seen": shown["item"]["row_version"], "template": "specificity",
        "condition": "type 2 diabetes mellitus", "evidence": marked(shown, "follow-up"),
    })
    assert asked.status_code == 200, asked.text
    (query,) = coder.page(where)["panels"]["query"]["queries"]
    return str(query["query_id"])


def _undetermined(physician: Person, query_id: str) -> Any:
    """Answer that it cannot be determined."""
    seen = physician.page(f"/queries/{query_id}")["query"]["row_version"]
    return physician.post(
        f"/queries/{query_id}/answer", {"seen": seen, "chosen": "undetermined", "words": ""}
    )
