"""The list: views, filters, search, order and pages; taking and putting back."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.clock import real_now
from services.worklist.item import lease
from services.worklist.item.scope import Person as Who
from tests.integration.web import scene
from tests.integration.web.conftest import Person
from tests.integration.web.scene import Made

SignIn = Callable[[str], Person]
_names = (f"q{n}" for n in itertools.count())


@pytest.fixture
def empty(engine: Engine) -> None:
    """Nobody's work from before."""
    with engine.begin() as conn:
        conn.execute(text("truncate work_item, work_history, answer"))


def _denied(engine: Engine, **over: Any) -> Made:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names), **over)
        scene.play(conn, made)
    return made


def _id(made: Made) -> str:
    return made.rework.rework_id


def _set(engine: Engine, made: Made, **columns: Any) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    with engine.begin() as conn:
        conn.execute(
            text(f"update work_item set {sets} where rework_id = cast(:id as uuid)"),
            {**columns, "id": _id(made)},
        )


def _listed(person: Person, query: str = "") -> list[str]:
    return [item["rework_id"] for item in person.page(f"/work?{query}")["items"]]


def _counts(person: Person) -> dict[str, int]:
    return {tab["name"]: tab["count"] for tab in person.page("/work")["tabs"]}


@pytest.mark.usefixtures("empty")
def test_a_near_deadline_comes_first_and_then_the_score(somebody: SignIn, engine: Engine) -> None:
    slow, soon, rich, sooner = (
        _denied(engine, due=date(2026, 12, day)) for day in (1, 9, 20, 8)
    )
    _set(engine, rich, score=5000)
    _set(engine, slow, score=10)
    _set(engine, soon, band=0, score=9)
    _set(engine, sooner, band=0, score=1)
    assert _listed(somebody("anna")) == [_id(one) for one in (sooner, soon, rich, slow)]


@pytest.mark.usefixtures("empty")
def test_to_do_is_what_is_mine_and_the_teams_and_not_what_somebody_else_was_given(
    somebody: SignIn, engine: Engine
) -> None:
    mine, others, pool = (_denied(engine) for _ in range(3))
    _set(engine, mine, assigned_to="anna")
    _set(engine, others, assigned_to="carl")
    anna = somebody("anna")
    assert set(_listed(anna)) == {_id(mine), _id(pool)}
    assert set(_listed(anna, "view=team")) == {_id(mine), _id(others), _id(pool)}
    assert set(_listed(anna, "view=mine")) == {_id(mine), _id(pool)}
    assert _listed(somebody("carl"), "view=mine") == [_id(others)]
    assert _counts(anna) == {
        "todo": 2, "mine": 2, "hand": 0, "team": 3, "waiting": 0, "underway": 0, "closed": 0,
    }


@pytest.mark.usefixtures("empty")
def test_filters_take_several_values_and_a_value_that_is_no_value_is_passed_over(
    somebody: SignIn, engine: Engine
) -> None:
    carc4 = _denied(engine)
    carc11 = _denied(engine, reason=("CO", "11"), remarks=("M76",))
    patient = _denied(engine, reason=("PR", "204"), remarks=(), payer="MEDICAID", plan="medicaid")
    _set(engine, carc11, tags='["second look"]', due_on=scene.CLOCK.today() + timedelta(days=3))
    _set(engine, patient, at_stake_cents=99_00)
    sue = somebody("sue")

    def listed(query: str) -> set[str]:
        return set(_listed(sue, query))

    assert listed("carc=4&carc=CO-11") == {_id(carc4), _id(carc11)}
    assert listed("carc=4,11") == {_id(carc4), _id(carc11)}
    assert listed("remark=m76") == {_id(carc11)}
    assert listed("group=PR") == {_id(patient)}
    assert listed("payer=MEDICAID&payer=BCBS&kind=denial") == {
        _id(carc4), _id(carc11), _id(patient)}
    assert listed("tag=second look") == {_id(carc11)}
    assert listed("due=7") == {_id(carc11)}
    assert listed("max=100") == {_id(patient)}
    assert listed("min=100&max=165") == {_id(carc4), _id(carc11)}
    assert listed("kind=held") == set()
    assert listed("kind='; drop table work_item&kind=denial&older=x") == {
        _id(carc4), _id(carc11), _id(patient)}
    assert listed("claim_type=institutional") == set()
    assert listed("assignee=none") == {_id(carc4), _id(carc11), _id(patient)}


@pytest.mark.usefixtures("empty")
def test_a_search_finds_by_number_code_tag_and_payer_whatever_the_view(
    somebody: SignIn, engine: Engine
) -> None:
    made = _denied(engine, reason=("CO", "11"))
    other = _denied(engine, payer="MEDICAID", plan="medicaid")
    _set(engine, made, state="decided", tags='["audit"]')
    sue = somebody("sue")
    for asked in (_id(made), made.rework.control_number, made.rework.control_number.lower(),
                  made.rework.payer_claim_number, "CO-11", "11", "audit"):
        assert _listed(sue, f"q={asked}") == [_id(made)], asked
    assert _listed(sue, "q=medicaid") == [_id(other)]
    assert _listed(sue, "q=nothing like it") == []


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("sort", ["rank", "due", "worth", "oldest", "newest", "payer"])
def test_pages_hold_every_item_once_in_every_order(
    somebody: SignIn, engine: Engine, sort: str
) -> None:
    with engine.begin() as conn:
        made = scene.denied(conn, next(_names))
        scene.play(conn, made)
        for n in range(120):
            conn.execute(text(
                "insert into work_item (rework_id, encounter_id, event_id, revision, kind, status,"
                " subject, control_number, payer_claim_number, payer_id, version, follows,"
                " category, team, coder_id, action, appealable, reasons, at_stake_cents, due_on,"
                " due_rule, opened_at, facility_id, needs, place, assigned_to, band, score)"
                " select gen_random_uuid(), encounter_id, event_id, revision, kind, status,"
                " subject, control_number, payer_claim_number, payer_id, version, follows,"
                " category, team, coder_id, action, appealable, reasons, at_stake_cents + :n % 7,"
                " due_on + cast(:n % 5 as int), due_rule, opened_at + interval '1 s' * (:n % 9),"
                " facility_id, needs, place, case when :n % 2 = 0 then 'anna' else '' end,"
                " :n % 3, :n % 11"
                " from work_item where rework_id = cast(:id as uuid)"
            ), {"n": n, "id": _id(made)})
    anna, seen, after = somebody("anna"), [], ""
    while True:
        page = anna.page(f"/work?sort={sort}&after={after}")
        seen += [item["rework_id"] for item in page["items"]]
        after = page["next"].replace("+", "%2B")
        if not after:
            break
    assert len(seen) == len(set(seen)) == 121


@pytest.mark.usefixtures("empty")
def test_take_next_takes_own_items_first_and_nobody_gets_the_same_one_twice(
    engine: Engine
) -> None:
    made = [_denied(engine) for _ in range(12)]
    for n, one in enumerate(made):
        _set(engine, one, score=n, coder_id="C-09")
    _set(engine, made[0], assigned_to="carl")
    who = [Who("anna", "coder", "C-01", "CODING"), Who("carl", "coder", "C-02", "CODING")]
    taken: dict[str, list[str]] = {"anna": [], "carl": []}
    start = threading.Barrier(2)

    def work(person: Who) -> None:
        start.wait()
        for _ in range(12):
            with engine.begin() as conn:
                found = lease.take_next(conn, person, scene.CLOCK.now())
            if found:
                taken[person.name].append(found)

    threads = [threading.Thread(target=work, args=(person,)) for person in who]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken["carl"][0] == _id(made[0])
    assert sorted(taken["anna"] + taken["carl"]) == sorted(map(_id, made))
    assert taken["anna"] == sorted(
        taken["anna"], key=lambda one: -[_id(m) for m in made].index(one))


@pytest.mark.usefixtures("empty")
def test_take_next_takes_what_one_has_the_skills_for_before_the_rest_of_the_team(
    engine: Engine
) -> None:
    first, second, cardiology = (_denied(engine) for _ in range(3))
    for n, one in enumerate((cardiology, second, first)):
        _set(engine, one, score=n, coder_id="C-09")
    _set(engine, cardiology, department="cardiology")
    with engine.begin() as conn:
        conn.execute(text("insert into user_profile (name, skills) values"
                          " ('carl', '[\"cardiology\"]')"))
        carl = Who("carl", "coder", "C-02", "CODING")
        taken = [lease.take_next(conn, carl, scene.CLOCK.now()) for _ in range(4)]
        conn.rollback()
    assert taken == [_id(cardiology), _id(first), _id(second), ""]


@pytest.mark.usefixtures("empty")
def test_a_list_is_narrowed_to_what_its_reader_has_the_skills_for(
    engine: Engine, somebody: SignIn
) -> None:
    of_skill, other = (_denied(engine) for _ in range(2))
    _set(engine, of_skill, department="cardiology")
    carl = somebody("carl")
    assert carl.page("/work?view=team&skilled=1")["items"] == []
    with engine.begin() as conn:
        conn.execute(text("insert into user_profile (name, skills) values"
                          " ('carl', '[\"cardiology\"]')"))
    found = [one["rework_id"] for one in carl.page("/work?view=team&skilled=1")["items"]]
    every = [one["rework_id"] for one in carl.page("/work?view=team")["items"]]
    with engine.begin() as conn:
        conn.execute(text("delete from user_profile where name = 'carl'"))
    assert found == [_id(of_skill)]
    assert _id(other) in every


@pytest.mark.usefixtures("empty")
def test_what_is_taken_says_by_whom_and_is_free_again_when_put_back_or_after_the_lease(
    somebody: SignIn, engine: Engine
) -> None:
    made = _denied(engine)
    anna, carl, sue = somebody("anna"), somebody("carl"), somebody("sue")
    assert anna.post("/work/next", {}).json() == {"location": f"/work/{_id(made)}"}
    assert carl.page("/work")["items"][0]["taken_by"] == "anna"
    assert carl.post("/work/next", {}).json()["location"] == "/work?view=todo&nothing=1"
    seen = carl.page("/work")["items"][0]["row_version"]
    refused = carl.post(f"/work/{_id(made)}/take", {"seen": seen})
    assert (refused.status_code, refused.json()) == (
        409, {"why": "anna has taken this item."})
    assert carl.post(f"/work/{_id(made)}/put-back", {}).status_code == 409
    assert sue.post(f"/work/{_id(made)}/put-back", {}).status_code == 200
    assert carl.page("/work")["items"][0]["taken_by"] == ""
    assert carl.post("/work/next", {}).json() == {"location": f"/work/{_id(made)}"}
    _set(engine, made, lease_until=real_now() - timedelta(seconds=1))
    assert anna.page("/work")["items"][0]["taken_by"] == ""
    assert anna.post("/work/next", {}).json() == {"location": f"/work/{_id(made)}"}


@pytest.mark.usefixtures("empty")
def test_an_item_that_changed_since_it_was_seen_is_not_taken(
    somebody: SignIn, engine: Engine
) -> None:
    made = _denied(engine)
    anna = somebody("anna")
    seen = anna.page("/work")["items"][0]["row_version"]
    with engine.begin() as conn:
        scene.see(conn, (replace(made.rework, revision=2),))
    assert anna.post(f"/work/{_id(made)}/take", {"seen": seen}).status_code == 409


@pytest.mark.usefixtures("empty")
def test_views_are_kept_shared_begun_with_renamed_and_deleted(
    somebody: SignIn, engine: Engine
) -> None:
    anna, carl = somebody("anna"), somebody("carl")
    query = "view=team&kind=denial&kind=held&sort=worth"
    assert anna.post("/work/views", {"name": "Big ones", "query": query}).status_code == 200
    assert anna.post("/work/views", {"name": "Big ones", "query": query}).status_code == 409
    assert anna.post("/work/views", {"name": " ", "query": query}).status_code == 409
    of_a_patient = anna.post("/work/views", {"name": "born 1950-07-14", "query": query})
    assert (of_a_patient.status_code, "not masked" in of_a_patient.text) == (409, True)
    (kept,) = anna.page("/work")["kept"]
    assert (kept["name"], kept["query"], kept["own"]) == ("Big ones", query, True)
    assert carl.page("/work")["kept"] == []

    def change(who: Person, **fields: str) -> int:
        return int(who.post(f"/work/views/{kept['view_id']}", fields).status_code)

    assert change(carl, change="rename", name="x") == 409
    assert change(anna, change="share") == 200
    assert [one["name"] for one in carl.page("/work")["kept"]] == ["Big ones"]
    assert somebody("bert").page("/work")["kept"] == []
    assert change(carl, change="first") == 200
    answer = carl.client.get("/work", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/work?{query}")
    assert carl.client.get("/work?view=todo", follow_redirects=False).status_code == 200
    assert change(anna, change="rename", name="Big") == 200
    assert change(carl, change="delete") == 409
    assert change(anna, change="delete") == 200
    assert carl.client.get("/work", follow_redirects=False).status_code == 200
