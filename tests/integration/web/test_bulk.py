"""Many items at once: what will happen is shown, done as one act is, and undone."""

import csv
import io
import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.clock import real_now
from services.codes import reference
from services.worklist.decisions.acts import Desk
from services.worklist.lists import export, undo
from tests.integration.web import scene
from tests.integration.web.conftest import Person

SignIn = Callable[[str], Person]
DESK = Desk(scene.SITE, scene.CLOCK, reference.load())
_names = (f"b{n}" for n in itertools.count())


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text("truncate work_item, work_history, answer, bulk_act, outbox"))


def _billing(engine: Engine, count: int, **columns: Any) -> list[str]:
    """Return denied items whose turn is billing's."""
    made = []
    for _ in range(count):
        with engine.begin() as conn:
            made.append(scene.play(conn, scene.denied(
                conn, next(_names), team="BILLING", category="OTHER", reason=("CO", "29"))))
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    if sets:
        with engine.begin() as conn:
            conn.execute(text(f"update work_item set {sets}"), columns)
    return made


def _picks(person: Person, query: str = "") -> list[str]:
    return [f"{i['rework_id']}:{i['row_version']}" for i in person.page(f"/work?{query}")["items"]]


def _rows(engine: Engine, columns: str) -> list[tuple[Any, ...]]:
    with engine.connect() as conn:
        return [tuple(r) for r in conn.execute(text(f"select {columns} from work_item order by 1"))]


def _outbox(engine: Engine) -> int:
    with engine.connect() as conn:
        return int(conn.execute(text("select count(*) from outbox")).scalar_one())


def _do(person: Person, **fields: Any) -> str:
    answer = person.post("/work/bulk", {"step": "do", **fields})
    assert answer.status_code == 200, answer.text
    found = re.fullmatch(r"/work/bulk/([0-9a-f-]{36})\?.*", answer.json()["location"])
    assert found
    return found[1]


def test_a_preview_says_what_happens_to_each_and_changes_nothing(
    somebody: SignIn, engine: Engine
) -> None:
    _billing(engine, 3)
    bert = somebody("bert")
    with engine.begin() as conn:
        conn.execute(text(
            "update work_item set taken_by = 'olga', lease_until = :until where rework_id ="
            " (select min(rework_id::text)::uuid from work_item)"
        ), {"until": real_now() + timedelta(minutes=5)})
    before = _rows(engine, "rework_id, row_version, place, state")
    shown = bert.post("/work/bulk", {
        "action": "route", "team": "AUTH_UM", "reason": "authorization", "pick": _picks(bert),
    }).json()
    assert (shown["able"], shown["unable"]) == (2, 1)
    assert {one["says"] for one in shown["outcomes"]} == {
        "Authorisation", "olga has taken this item."}
    assert _rows(engine, "rework_id, row_version, place, state") == before
    assert _outbox(engine) == 0


def test_many_are_passed_on_told_and_undone_where_nobody_went_on(
    somebody: SignIn, engine: Engine
) -> None:
    _billing(engine, 3)
    bert = somebody("bert")
    before = _rows(engine, "rework_id, place, needs, acted, assigned_to, state")
    bulk_id = _do(bert, action="route", team="AUTH_UM", reason="authorization", pick=_picks(bert))
    assert {place for _, place in _rows(engine, "rework_id, place")} == {"AUTH_UM"}
    assert _outbox(engine) == 3
    with engine.begin() as conn:
        conn.execute(text(
            "update work_item set row_version = row_version + 1 where rework_id ="
            " (select min(rework_id::text)::uuid from work_item)"
        ))
    answer = bert.post(f"/work/bulk/{bulk_id}/undo", {})
    assert answer.json()["location"].startswith(f"/work/bulk/{bulk_id}?left=1")
    after = _rows(engine, "rework_id, place, needs, acted, assigned_to, state")
    assert after[1:] == before[1:]
    assert after[0][1] == "AUTH_UM"
    assert _outbox(engine) == 5
    assert bert.post(f"/work/bulk/{bulk_id}/undo", {}).status_code == 409


def test_an_undo_comes_too_late_and_is_nobody_elses(somebody: SignIn, engine: Engine) -> None:
    _billing(engine, 1)
    bert, sue = somebody("bert"), somebody("sue")
    bulk_id = _do(bert, action="tag", tag="second look", pick=_picks(bert))
    assert sue.post(f"/work/bulk/{bulk_id}/undo", {}).status_code == 409
    assert sue.status(f"/work/bulk/{bulk_id}") == 404
    with engine.begin() as conn:
        conn.execute(text("update bulk_act set undo_until = now() - interval '1 s'"))
    assert bert.post(f"/work/bulk/{bulk_id}/undo", {}).status_code == 409
    assert _rows(engine, "rework_id, tags")[0][1] == ["second look"]


def test_tags_are_put_on_and_taken_off(somebody: SignIn, engine: Engine) -> None:
    _billing(engine, 2)
    bert = somebody("bert")
    stale = _picks(bert)
    _do(bert, action="tag", tag="audit", pick=stale)
    shown = bert.post("/work/bulk", {"action": "tag", "tag": "other", "pick": stale}).json()
    assert {one["says"] for one in shown["outcomes"]} == {"It changed after you picked it."}
    assert len(bert.page("/work?tag=audit")["items"]) == 2
    _do(bert, action="untag", tag="audit", pick=_picks(bert))
    assert _rows(engine, "rework_id, tags")[0][1] == []
    told = bert.post(
        "/work/bulk", {"action": "tag", "tag": "MRN 0012345", "pick": _picks(bert)}
    ).json()
    assert {one["done"] for one in told["outcomes"]} == {False}
    assert "not masked" in told["outcomes"][0]["says"]
    odd = bert.post("/work/bulk", {"action": "tag", "tag": "<b>", "pick": _picks(bert)}).json()
    assert odd["able"] == 0


def test_everything_a_list_shows_is_assigned_by_a_supervisor_only(
    somebody: SignIn, engine: Engine
) -> None:
    _billing(engine, 4, at_stake_cents=20000)
    sue, bert = somebody("sue"), somebody("bert")
    fields = {"action": "assign", "name": "bert", "all": "1", "query": "min=100", "step": "do"}
    assert bert.post("/work/bulk", fields).status_code == 409
    _do(sue, **{**fields, "query": "min=900&view=todo", "pick": ""} | {"query": "min=100"})
    assert {name for _, name in _rows(engine, "rework_id, assigned_to")} == {"bert"}
    assert len(bert.page("/work?view=mine")["items"]) == 4
    other = sue.post("/work/bulk", {**fields, "name": "anna", "step": "preview"}).json()
    assert {one["says"] for one in other["outcomes"]} == {
        "It is the turn of billing, another team than anna's."}
    refused = sue.post("/work/bulk", {**fields, "query": "min=900"})
    assert (refused.status_code, refused.json()) == (409, {"why": "No item is picked."})


def test_a_write_off_is_held_until_it_cannot_be_undone_and_a_large_one_waits_for_a_second_person(
    somebody: SignIn, engine: Engine
) -> None:
    small, large = _billing(engine, 2)
    with engine.begin() as conn:
        conn.execute(text("update work_item set at_stake_cents = 900000"
                          " where rework_id = cast(:id as uuid)"), {"id": large})
    bert = somebody("bert")
    fields = {"action": "write_off", "reason": "small_balance", "pick": _picks(bert)}
    shown = bert.post("/work/bulk", fields).json()
    assert (shown["able"], shown["over"], shown["cents"]) == (2, 1, 916500)
    _do(bert, **fields)
    assert _outbox(engine) == 0
    assert undo.run_due(engine, DESK) == 0
    assert {row[1:] for row in _rows(engine, "rework_id, state, taken_by")} == {("todo", "bert")}
    with engine.begin() as conn:
        conn.execute(text("update bulk_act set undo_until = now() - interval '1 s'"))
    assert undo.run_due(engine, DESK) == 2
    assert undo.run_due(engine, DESK) == 0
    found = {row[0]: row[1:] for row in _rows(engine, "cast(rework_id as text), state, waits_for")}
    assert found == {small: ("decided", ""), large: ("waiting", "approval")}
    assert _outbox(engine) == 2


def test_a_write_off_that_is_undone_in_time_never_happens(
    somebody: SignIn, engine: Engine
) -> None:
    _billing(engine, 2)
    bert = somebody("bert")
    bulk_id = _do(bert, action="write_off", reason="small_balance", pick=_picks(bert))
    assert bert.post(f"/work/bulk/{bulk_id}/undo", {}).status_code == 200
    with engine.begin() as conn:
        conn.execute(text("update bulk_act set undo_until = now() - interval '1 s'"))
    assert undo.run_due(engine, DESK) == 0
    assert _outbox(engine) == 0
    assert {row[1:] for row in _rows(engine, "rework_id, state, taken_by")} == {("todo", "")}


def test_what_cannot_be_done_after_all_is_put_back(somebody: SignIn, engine: Engine) -> None:
    _billing(engine, 1)
    bert = somebody("bert")
    _do(bert, action="write_off", reason="small_balance", pick=_picks(bert))
    with engine.begin() as conn:
        conn.execute(text("update bulk_act set undo_until = now() - interval '1 s',"
                          " given = given || '{\"reason\": \"none of the list\"}'"))
    assert undo.run_due(engine, DESK) == 0
    assert _rows(engine, "rework_id, state, taken_by")[0][1:] == ("todo", "")


def test_a_list_is_exported_as_it_is_filtered_noted_and_names_nobody(
    somebody: SignIn, engine: Engine
) -> None:
    large, *_ = _billing(engine, 3)
    with engine.begin() as conn:
        conn.execute(text("update work_item set at_stake_cents = 900000, tags = '[\"=1+1\"]'"
                          " where rework_id = cast(:id as uuid)"), {"id": large})
    sue, bert = somebody("sue"), somebody("bert")
    answer = sue.post("/work/export?view=todo&min=1000", {})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="work-2026-07-01.csv"'
    head, row = csv.DictReader(io.StringIO(answer.text)).fieldnames, [
        *csv.DictReader(io.StringIO(answer.text))]
    assert list(head or ()) == list(export.COLUMNS)
    assert [(one["item"], one["at_stake"], one["tags"]) for one in row] == [
        (large, "9000.00", "'=1+1")]
    assert {(one["given_to"], one["given_on"]) for one in row} == {("sue", "2026-07-01")}
    assert "Ostrander" not in answer.text
    assert len(sue.post("/work/export?view=todo", {}).text.splitlines()) == 4
    with engine.connect() as conn:
        noted = conn.execute(text(
            "select actor, object_type from phi_access where action = 'export'")).all()
    assert [tuple(one) for one in noted] == [("sue", "list")] * 2
    assert bert.post("/work/export", {}).status_code == 403
