"""What is done to many and held back, beside what else happens to its items meanwhile."""

import itertools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from services.codes import reference
from services.worklist.decisions.acts import Desk
from services.worklist.item.scope import Person as Somebody
from services.worklist.lists import bulk, undo
from services.worklist.lists.bulk import Wanted
from tests.integration.web import scene
from tests.integration.web.acting import decided, do, letter
from tests.integration.web.conftest import Person
from tests.integration.web.crossing import waits_for_a_lock
from tests.integration.web.visits import silent

SignIn = Callable[[str], Person]
DESK = Desk(scene.SITE, scene.CLOCK, reference.load())
BERT = Somebody("bert", "biller", team="BILLING")
AUTH: dict[str, Any] = {
    "team": "AUTH_UM", "category": "AUTH", "reason": ("CO", "197"), "remarks": (),
}
_names = (f"hb{n}" for n in itertools.count())


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text("truncate work_item, work_history, answer, bulk_act, outbox, write_off"))


def _denied(engine: Engine, count: int, **over: Any) -> list[str]:
    """Return items, by id, whose turn is billing's unless another team is said."""
    with engine.begin() as conn:
        made = [
            scene.play(conn, scene.denied(conn, next(_names), **{
                "team": "BILLING", "category": "OTHER", "reason": ("CO", "29"), **over}))
            for _ in range(count)
        ]
    return sorted(made)


def _picks(person: Person) -> list[str]:
    return [f"{i['rework_id']}:{i['row_version']}" for i in person.page("/work")["items"]]


def _do(person: Person, **fields: Any) -> str:
    answer = person.post("/work/bulk", {"step": "do", **fields})
    assert answer.status_code == 200, answer.text
    found = re.fullmatch(r"/work/bulk/([0-9a-f-]{36})\?.*", answer.json()["location"])
    assert found
    return found[1]


def _held(person: Person) -> str:
    return _do(person, action="write_off", reason="small_balance", pick=_picks(person))


def _over(engine: Engine) -> None:
    """Let the time to undo be over."""
    _sql(engine, "update bulk_act set undo_until = now() - interval '1 s'")


def _sql(engine: Engine, sql: str, **given: Any) -> None:
    with engine.begin() as conn:
        conn.execute(text(sql), given)


def _rows(engine: Engine, columns: str) -> list[tuple[Any, ...]]:
    with engine.connect() as conn:
        return [tuple(r) for r in conn.execute(text(
            f"select {columns} from work_item order by rework_id"))]


def test_who_passes_many_on_to_another_team_is_told_where_they_went_and_may_undo_it(
    somebody: SignIn, engine: Engine
) -> None:
    _denied(engine, 2, team="CODING", category="CODING", reason=("CO", "4"))
    anna = somebody("anna")
    wanted = {"action": "route", "team": "AUTH_UM", "reason": "authorization",
              "pick": _picks(anna)}
    before = _rows(engine, "place, needs, acted, assigned_to, state")
    shown = anna.post("/work/bulk", wanted).json()
    assert {one["says"] for one in shown["outcomes"]} == {"Authorisation"}
    bulk_id = _do(anna, **wanted)
    assert {place for (place,) in _rows(engine, "place")} == {"AUTH_UM"}
    answer = anna.post(f"/work/bulk/{bulk_id}/undo", {})
    assert answer.json()["location"].startswith(f"/work/bulk/{bulk_id}?left=0")
    assert _rows(engine, "place, needs, acted, assigned_to, state") == before


def test_an_undo_gives_an_item_back_to_who_had_taken_it(
    somebody: SignIn, engine: Engine
) -> None:
    (item,) = _denied(engine, 1)
    bert = somebody("bert")
    seen = bert.page(f"/work/{item}")["page"]["item"]["row_version"]
    assert bert.post(f"/work/{item}/take", {"seen": seen}).status_code == 200
    for bulk_id in (_do(bert, action="tag", tag="audit", pick=_picks(bert)), _held(bert)):
        assert bert.post(f"/work/bulk/{bulk_id}/undo", {}).status_code == 200
        assert _rows(engine, "taken_by, lease_until is null") == [("bert", False)]


def test_what_somebody_moves_while_it_is_tried_is_not_held(engine: Engine) -> None:
    first, second = _denied(engine, 2)
    wanted = Wanted("write_off", [(first, 1), (second, 1)], {"reason": "small_balance"})
    moved = ("update work_item set place = 'HIM', row_version = row_version + 1"
             " where rework_id = :id")

    tried: list[bool] = []

    def meanwhile(*_: Any) -> None:
        if not tried:
            return
        with engine.begin() as other:
            free = other.execute(
                text("select rework_id from work_item where rework_id = :id and place <> 'HIM'"
                     " for update skip locked"), {"id": first},
            ).one_or_none()
            if free:
                other.execute(text(moved), {"id": first})

    with engine.begin() as conn:
        event.listen(conn, "rollback_savepoint", lambda *_: tried.append(True))
        event.listen(conn, "before_cursor_execute", meanwhile)
        bulk.do(conn, DESK, BERT, wanted)
    assert tried
    _over(engine)
    undo.run_due(engine, DESK)
    assert _rows(engine, "place, state")[0] in (("HIM", "todo"), ("BILLING", "decided"))


def test_two_people_with_the_same_items_in_another_order_wait_for_each_other_and_go_on(
    engine: Engine
) -> None:
    ids = _denied(engine, 3)
    given = {"team": "HIM", "reason": "record"}

    def passed_on(order: list[str]) -> int:
        with engine.begin() as conn:
            picks = [(one, 1) for one in order]
            return sum(one.done for one in bulk.do(conn, DESK, BERT, Wanted(
                "tag", picks, {"tag": "audit", **given}))[1])

    with engine.connect() as conn, ThreadPoolExecutor(2) as both:
        conn.execute(text("select from work_item where rework_id = :id for update"),
                     {"id": ids[1]})
        one = both.submit(passed_on, ids)
        waits_for_a_lock(engine, one, 1)
        other = both.submit(passed_on, ids[::-1])
        waits_for_a_lock(engine, other, 2)
        conn.commit()
        found = [work.result(20) for work in (one, other)]
    assert sorted(found) == [0, 3]


def test_what_was_not_written_off_after_all_is_said_where_it_was_wanted(
    somebody: SignIn, engine: Engine
) -> None:
    first, _ = _denied(engine, 2)
    bert = somebody("bert")
    bulk_id = _held(bert)
    _sql(engine, "update work_item set row_version = row_version + 1 where rework_id = :id",
         id=first)
    _over(engine)
    assert undo.run_due(engine, DESK) == 1
    done = bert.page(f"/work/bulk/{bulk_id}")
    assert (done["state"], done["count"], done["left"]) == ("done", 1, 1)
    said = [one["says"] for one in bert.page(f"/work/{first}")["page"]["history"]]
    assert "had it written off with many, which was not possible any more" in said


def test_an_act_that_cannot_be_done_keeps_no_other_from_being_done(
    somebody: SignIn, engine: Engine
) -> None:
    _denied(engine, 1)
    bert = somebody("bert")
    broken = _held(bert)
    _sql(engine, "update bulk_act set given = '[]', undo_until = now() - interval '1 h'"
         " where bulk_id = :id", id=broken)
    (whole,) = _denied(engine, 1)
    _do(bert, action="write_off", reason="small_balance", pick=[f"{whole}:1"])
    _sql(engine, "update bulk_act set undo_until = now() - interval '1 s' where bulk_id <> :id",
         id=broken)
    assert undo.run_due(engine, DESK) == 1


def test_who_was_shut_out_meanwhile_writes_nothing_off(
    somebody: SignIn, engine: Engine
) -> None:
    _denied(engine, 1)
    _held(somebody("bert"))
    _over(engine)
    _sql(engine, "update user_account set disabled = true where name = 'bert'")
    try:
        assert undo.run_due(engine, DESK) == 0
    finally:
        _sql(engine, "update user_account set disabled = false where name = 'bert'")
    assert _rows(engine, "state, taken_by") == [("todo", "")]


def test_what_a_guard_refuses_among_many_is_counted_and_told_as_of_one(
    somebody: SignIn, engine: Engine
) -> None:
    bert, made = somebody("bert"), silent(engine, **AUTH)
    barred = letter(bert, made).json()["location"].rpartition("/")[2]
    (able,) = _denied(engine, 1)
    assert do(bert, f"/work/{barred}", "write_off", reason="bundled").status_code == 409
    _sql(engine, "truncate decision_refusal, outbox")
    wanted = {"action": "write_off", "reason": "bundled"}
    both = {**wanted, "pick": [f"{barred}:1", f"{able}:1"]}
    shown = bert.post("/work/bulk", both).json()
    assert (shown["able"], shown["unable"]) == (1, 1)
    assert _refusals(engine) == []

    _do(bert, **both)

    counted = [(barred, "write_off", "no_remittance", "biller")]
    assert _refusals(engine) == counted
    (told,) = decided(engine, made)
    assert (told.decision, told.outcome, told.reason) == ("refused", "write_off", "no_remittance")
    again = bert.post("/work/bulk", {"step": "do", **wanted, "pick": [f"{barred}:1"]})
    assert (again.status_code, again.json()) == (409, {"why": bulk.NOTHING})
    assert do(bert, f"/work/{barred}", "write_off", reason="bundled").status_code == 409
    assert _refusals(engine) == counted
    assert len(decided(engine, made)) == 1


def test_what_guards_refuse_of_all_that_was_picked_is_counted_too(
    somebody: SignIn, engine: Engine
) -> None:
    _sql(engine, "truncate decision_refusal")
    bert = somebody("bert")
    barred = sorted(
        letter(bert, silent(engine, **AUTH)).json()["location"].rpartition("/")[2]
        for _ in range(2)
    )
    picks = [f"{one}:1" for one in barred]
    answer = bert.post("/work/bulk", {
        "step": "do", "action": "write_off", "reason": "bundled", "pick": picks})
    assert answer.status_code == 409
    assert [row[0] for row in _refusals(engine)] == barred


def test_what_a_guard_refuses_once_the_time_to_undo_is_over_is_counted_and_put_back(
    somebody: SignIn, engine: Engine
) -> None:
    _sql(engine, "truncate decision_refusal")
    bert, made = somebody("bert"), silent(engine, **AUTH)
    item = letter(bert, made).json()["location"].rpartition("/")[2]
    _sql(engine, "update work_item set kind = 'denial' where rework_id = :id", id=item)
    _do(bert, action="write_off", reason="bundled", pick=[f"{item}:1"])
    _sql(engine, "update work_item set kind = 'manual_denial' where rework_id = :id", id=item)
    _over(engine)
    for _ in range(2):
        assert undo.run_due(engine, DESK) == 0
    assert _refusals(engine) == [(item, "write_off", "no_remittance", "biller")]
    assert [one.decision for one in decided(engine, made)] == ["denial_noted", "refused"]
    assert _rows(engine, "state, taken_by") == [("todo", "")]


def _refusals(engine: Engine) -> list[tuple[str, ...]]:
    """Return what was counted: item, move, rule, role."""
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(text(
            "select cast(rework_id as text), move, rule, role from decision_refusal order by 1"))]
