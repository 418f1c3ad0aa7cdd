"""The timer: clocks and scores of what changed; deadlines told once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Coded
from services.worklist.clockwork import arrivals, timer
from services.worklist.clockwork.scoring import NEW_DAY
from tests.integration.web import scene
from tests.integration.web.clockwork import TODAY, at, denied, kept, move, row, timed


def told(conn: Connection) -> list[Any]:
    rows = conn.execute(text(
        "select value from outbox where topic = 'claims.deadline' order by seq"
    ))
    return [codec.decode(topics.DEADLINE.name, bytes(one.value)) for one in rows]


def test_an_item_gets_its_clocks_its_score_and_the_codes_concerned(conn):
    item = denied(conn)

    assert timed(conn) >= 1
    found, clocks = row(conn, item), kept(conn, item)
    assert {"appeal_1", "corrected", "internal"} <= set(clocks)
    nearest = min(c.due_on for c in clocks.values() if c.kind != "internal")
    assert (found.due_on, found.score_parts["due_rule"]) == (nearest, found.due_rule)
    assert found.score > 0
    assert found.codes
    assert found.timed_version == found.row_version
    assert timed(conn) == 0


def test_an_item_whose_claim_is_not_known_yet_keeps_the_limit_it_came_with(conn):
    made = scene.denied(conn, "early")
    scene.see(conn, (made.rework,))
    timed(conn)
    assert row(conn, made.rework.rework_id).due_on == made.rework.due_on

    scene.see(conn, made.events)
    assert timed(conn) == 1
    assert kept(conn, made.rework.rework_id)["appeal_1"].source != "told with the item"


def test_a_new_business_day_scores_what_is_open_again_and_grows_no_version(conn):
    item = denied(conn)
    timed(conn)
    before = row(conn, item)
    later = before.due_on - timedelta(days=3)

    assert timed(conn, later, NEW_DAY) >= 1
    after = row(conn, item)
    assert (before.band, after.band) == (1, 0)
    assert after.score > before.score
    assert after.row_version == before.row_version
    assert timed(conn, later, NEW_DAY) == 0


def test_a_deadline_is_told_when_near_and_when_missed_each_once(conn):
    item = denied(conn)
    timed(conn)
    appeal = kept(conn, item)["appeal_1"]

    def said(day: date) -> list[tuple[str, str]]:
        known = len(told(conn))
        timer.tell(conn, at(day))
        return [(e.clock, e.said) for e in told(conn)[known:] if e.rework_id == item]

    assert ("appeal_1", "approaching") not in said(appeal.near_on - timedelta(days=1))
    assert ("appeal_1", "approaching") in said(appeal.near_on)
    assert said(appeal.near_on) == []
    assert ("appeal_1", "missed") not in said(appeal.due_on)
    assert ("appeal_1", "missed") in said(appeal.due_on + timedelta(days=1))
    assert ("appeal_1", "missed") not in said(appeal.due_on + timedelta(days=2))
    assert len({e.event_id for e in told(conn)}) == len(told(conn))


@pytest.mark.parametrize("change", [
    {"status": "closed"}, {"state": "released"}, {"state": "decided"},
    {"state": "waiting", "waits_for": "payer"},
])
def test_of_what_is_closed_answered_or_with_the_payer_nothing_is_told(conn, change):
    item = denied(conn)
    timed(conn)
    due_on = kept(conn, item)["appeal_1"].due_on

    move(conn, item, **change)
    assert timer.tell(conn, at(due_on + timedelta(days=9))) == 0 or item not in {
        e.rework_id for e in told(conn)}
    timed(conn)
    assert kept(conn, item) == {}
    timer.tell(conn, at(due_on + timedelta(days=9)))
    assert item not in {e.rework_id for e in told(conn)}


def test_what_lies_with_the_payer_no_longer_comes_first_by_the_limit_it_kept(conn):
    item = denied(conn)
    timed(conn)
    timed(conn, row(conn, item).due_on + timedelta(days=3), NEW_DAY)
    assert row(conn, item).band == 0

    move(conn, item, state="waiting", waits_for="payer")
    timed(conn)
    assert row(conn, item).band == 1


def test_a_query_pauses_the_house_and_no_payer(conn):
    item = denied(conn)
    timed(conn)
    before = kept(conn, item)
    move(conn, item, state="waiting", waits_for="query")
    timed(conn, date(2026, 7, 6))
    paused = kept(conn, item)
    timer.tell(conn, at(before["appeal_1"].due_on + timedelta(days=1)))

    assert paused["internal"].paused_on == date(2026, 7, 6)
    assert paused["appeal_1"] == before["appeal_1"]
    assert {e.clock for e in told(conn) if e.rework_id == item} == {"appeal_1", "corrected"} & {
        e.clock for e in told(conn) if e.rework_id == item} != set()

    move(conn, item, state="todo", waits_for="")
    timed(conn, date(2026, 7, 13))
    after = kept(conn, item)["internal"]
    assert (after.paused_on, after.paused_days) == (None, 5)
    assert after.due_on > before["internal"].due_on


def test_a_deadline_stands_on_the_timeline(conn):
    item = denied(conn)
    timed(conn)
    timer.tell(conn, at(kept(conn, item)["appeal_1"].due_on + timedelta(days=1)))
    [event] = [e for e in told(conn) if e.rework_id == item and e.clock == "appeal_1"]
    scene.see(conn, (event,))

    found = conn.execute(
        text("select topic from timeline where event_id = cast(:id as uuid)"),
        {"id": event.event_id},
    ).scalar_one()
    assert found == "claims.deadline"


def overturned(conn: Connection) -> dict[str, tuple[int, int]]:
    return {
        one.reason: (one.won, one.decided)
        for one in conn.execute(text(
            "select reason, won, decided from overturn_history where kind = 'denial'"
            " and decided > 0"
        ))
    }


def test_a_correction_that_was_paid_raises_the_chance_of_the_next_like_it(conn):
    conn.execute(text("truncate overturn_history, overturn_fact, paid_history"))
    made, next_one = scene.denied(conn, "first"), scene.denied(conn, "second")
    item, waiting = scene.play(conn, made), scene.play(conn, next_one)
    timed(conn)
    before = row(conn, waiting).score_parts
    assert before["overturn"] == [0, 0, "none"]

    coded = Coded(
        event_id=arrivals.item_id("first", "coded"), encounter_id=made.encounter_id,
        occurred_at=at().now, recorded_at=at().now, version=2, encounter_version=1,
        coder_id="C-01", reason="correction", rework_id=item,
        predecessor=made.rework.control_number, bill=made.bill,
    )
    scene.see(conn, scene.fate(made, coded, 9_900))
    reason = row(conn, item).carcs[0]
    assert overturned(conn) == {reason: (1, 1)}

    timed(conn, TODAY + timedelta(days=1), NEW_DAY)
    after = row(conn, waiting).score_parts
    assert after["overturn"] == [1, 1, "reason"]
    assert after["chance"] > before["chance"]


def test_a_correction_of_which_a_line_was_denied_again_is_answered_and_not_won(conn):
    conn.execute(text("truncate overturn_history, overturn_fact, paid_history"))
    made = scene.denied(conn, "denied again")
    item = scene.play(conn, made)
    coded = Coded(
        event_id=arrivals.item_id("denied again", "coded"), encounter_id=made.encounter_id,
        occurred_at=at().now, recorded_at=at().now, version=2, encounter_version=1,
        coder_id="C-01", reason="correction", rework_id=item,
        predecessor=made.rework.control_number, bill=made.bill,
    )
    again = replace(
        made.rework, rework_id=arrivals.item_id("denied again", "denial"), follows=item,
        event_id=arrivals.item_id("denied again", "event"), subject="another claim",
    )
    scene.see(conn, scene.fate(made, coded, 6_100))
    scene.see(conn, (again,))
    assert overturned(conn) == {row(conn, item).carcs[0]: (0, 1)}


def test_the_page_shows_clocks_and_sum_and_the_board_what_is_not_billed(engine, somebody):
    with engine.begin() as conn:
        item = denied(conn, "shown")
        timed(conn, scene.CLOCK.today())
    anna, sue = somebody("anna"), somebody("sue")

    shown = anna.page(f"/work/{item}")["panels"]["clocks"]
    assert {one["says"] for one in shown["clocks"]} >= {"first appeal", "our own turnaround"}
    assert all(one["source"] and one["note"] for one in shown["clocks"])
    assert "/" in shown["sum"]
    text_ = anna.client.get(f"/work/{item}").text
    assert "first appeal" in text_.lower()
    assert sue.page("/board")["dnfb"]["formula"].startswith("charges of encounters")
