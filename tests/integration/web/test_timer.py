"""The timer: clocks, scores and owners of what changed; deadlines told once; other arrivals."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from schemas import codec, topics
from schemas.events import Bill, Coded, Encounter, Line, Note
from services.claims import terms
from services.clock import real_now
from services.codes import reference
from services.worklist.clockwork import arrivals, assigning, dnfb, scoring, timer
from services.worklist.clockwork.scoring import CHANGED, NEW_DAY, Instant
from services.worklist.feed import feed
from tests.integration.web import scene

TERMS = terms.of(scene.SITE, reference.load(None))
TODAY = date(2026, 7, 1)


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as conn:
        yield conn
        conn.rollback()


def at(day: date = TODAY) -> Instant:
    return Instant(day, datetime(day.year, day.month, day.day, 12, tzinfo=UTC), real_now())


def timed(conn: Connection, day: date = TODAY, which: str = CHANGED) -> int:
    return scoring.batch(conn, TERMS, at(day), which)


def row(conn: Connection, rework_id: str) -> Any:
    return conn.execute(
        text("select * from work_item where rework_id = cast(:id as uuid)"), {"id": rework_id}
    ).one()


def kept(conn: Connection, rework_id: str) -> dict[str, Any]:
    return {
        clock.kind: clock for clock in conn.execute(
            text("select * from item_clock where rework_id = cast(:id as uuid)"), {"id": rework_id}
        )
    }


def move(conn: Connection, rework_id: str, **columns: str) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    conn.execute(
        text(f"update work_item set {sets}, row_version = row_version + 1"
             " where rework_id = cast(:id as uuid)"),
        {"id": rework_id, **columns},
    )


def person(conn: Connection, name: str, role: str, team: str = "", coder_id: str = "") -> None:
    conn.execute(
        text("insert into user_account (user_id, name, role, coder_id, password_hash, disabled,"
             " team) values (gen_random_uuid(), :name, :role, :coder_id, '', false, :team)"),
        {"name": name, "role": role, "team": team, "coder_id": coder_id},
    )


def alone(conn: Connection) -> None:
    """Let nobody but whom a test adds be there to be given work."""
    conn.execute(text("update user_account set disabled = true"))


def told(conn: Connection) -> list[Any]:
    rows = conn.execute(text(
        "select value from outbox where topic = 'claims.deadline' order by seq"
    ))
    return [codec.decode(topics.DEADLINE.name, bytes(one.value)) for one in rows]


def denied(conn: Connection, name: str = "late") -> str:
    return scene.play(conn, scene.denied(conn, name))


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


def test_the_coder_who_coded_it_gets_it_and_somebody_else_while_away(conn):
    alone(conn)
    person(conn, "anna-c", "coder", coder_id="C-01")
    person(conn, "ben-c", "coder", coder_id="C-77")
    item = denied(conn)
    timed(conn)
    assert row(conn, item).assigned_to == "anna-c"

    assigning.note_absence(conn, "anna-c", TODAY, TODAY + timedelta(days=4), "eva", at().now)
    assert assigning.release_absent(conn, TODAY, real_now()) >= 1
    timed(conn)
    assert row(conn, item).assigned_to == "ben-c"
    assert assigning.release_absent(conn, TODAY, real_now()) == 0
    history = conn.execute(
        text("select before, after from work_history where rework_id = cast(:id as uuid)"
             " and action = 'reassign'"), {"id": item},
    ).one()
    assert (history.before, history.after) == (
        {"assigned_to": "anna-c"}, {"assigned_to": "ben-c"})


def test_what_somebody_has_in_hand_is_not_taken_away(conn):
    alone(conn)
    person(conn, "anna-c", "coder", coder_id="C-01")
    person(conn, "ben-c", "coder", coder_id="C-77")
    item = denied(conn)
    timed(conn)
    conn.execute(
        text("update work_item set taken_by = 'anna-c', lease_until = now() + interval '20 minutes'"
             ", row_version = row_version + 1 where rework_id = cast(:id as uuid)"), {"id": item},
    )
    assigning.note_absence(conn, "anna-c", TODAY, TODAY, "eva", at().now)
    timed(conn)

    assert row(conn, item).assigned_to == "anna-c"


def test_what_waits_for_the_payer_is_looked_at_once_and_not_again_and_again(conn):
    alone(conn)
    person(conn, "anna-c", "coder", coder_id="C-01")
    item = denied(conn)
    timed(conn)
    move(conn, item, state="waiting", waits_for="payer")
    assigning.note_absence(conn, "anna-c", TODAY, TODAY, "eva", at().now)
    timed(conn)

    assert assigning.release_absent(conn, TODAY, real_now()) == 0
    assert timed(conn) == 0


def test_a_team_without_members_keeps_its_pool(conn):
    alone(conn)
    item = scene.play(conn, scene.denied(
        conn, "auth-x", reason=("CO", "197"), remarks=(), team="AUTH_UM", category="AUTH"))
    timed(conn)
    assert row(conn, item).assigned_to == ""

    person(conn, "ute", "specialist", team="AUTH_UM")
    move(conn, item, state="todo")
    timed(conn)
    assert row(conn, item).assigned_to == "ute"


def chart(conn: Connection, name: str, state: str, version: int = 1, **over: Any) -> Encounter:
    line = Line(line_id="1", code="99213", units=1, charge_cents=15_000, pointers=(1,),
                place_of_service="22", served_on=scene.START.date())
    encounter, _ = scene.visit(conn, name, ("E11.9",), (line,), patient=name)
    signed = Note(note_id="n1", title="Progress note", signed_at=at().now)
    content: dict[str, Any] = {"notes": (signed,), "version": version, **over}
    fresh = replace(encounter, event_id=arrivals.item_id(name, str(version)), **content)
    feed.save(conn, {fresh.encounter_id: feed.Chart(state, version, 0, fresh)})
    scene.see(conn, (fresh,))
    return fresh


def work_of(conn: Connection, encounter_id: str, kind: str) -> Any:
    return row(conn, arrivals.item_id(encounter_id, kind))


def test_a_chart_that_needs_a_person_is_work_until_it_is_coded(conn):
    encounter = chart(conn, "to-code", "awaiting_coding")

    assert arrivals.arrive(conn, at().now) == 1
    assert arrivals.arrive(conn, at().now) == 0
    item = work_of(conn, encounter.encounter_id, "coding")
    assert (item.place, item.state, item.at_stake_cents) == (
        "CODING", "todo", encounter.bill.charge_cents)
    timed(conn)
    assert kept(conn, str(item.rework_id)).keys() == {"filing", "internal"}

    conn.execute(text("update chart set state = 'coded' where encounter_id = :id"),
                 {"id": encounter.encounter_id})
    assert arrivals.arrive(conn, at().now) == 1
    assert work_of(conn, encounter.encounter_id, "coding").status == "closed"


def test_an_unsigned_note_stops_coding_until_it_is_signed(conn):
    unsigned = Note(note_id="n1", title="Discharge summary", signed_at=None)
    encounter = chart(conn, "unsigned", "awaiting_coding", notes=(unsigned,))
    arrivals.arrive(conn, at().now)
    item = work_of(conn, encounter.encounter_id, "coding")

    assert (item.state, item.waits_for, item.place) == ("waiting", "team", "HIM")
    assert [one["text"] for one in item.reasons] == [
        "Not signed by its author: Discharge summary."]
    assert item.reasons[0]["team"] == "HIM"

    chart(conn, "unsigned", "awaiting_coding", version=2)
    arrivals.arrive(conn, at().now)
    item = work_of(conn, encounter.encounter_id, "coding")
    assert (item.state, item.waits_for, item.place) == ("todo", "", "CODING")


def changed(conn: Connection, bill: Bill, name: str = "changed") -> Encounter:
    made = scene.denied(conn, name)
    scene.play(conn, made)
    first = made.events[0]
    assert isinstance(first, Encounter)
    fresh = replace(first, event_id=arrivals.item_id(name, "2"), version=2, bill=bill or first.bill)
    feed.save(conn, {fresh.encounter_id: feed.Chart("changed_after_coding", 2, 1, fresh)})
    scene.see(conn, (fresh,))
    return fresh


def test_a_charge_that_changed_after_coding_goes_to_who_coded_it(conn):
    first = scene.denied(conn, "changed").events[0]
    assert isinstance(first, Encounter)
    conn.rollback()
    more = replace(first.bill, lines=(
        *first.bill.lines, replace(first.bill.lines[0], line_id="late", code="36415")))
    encounter = changed(conn, more)
    arrivals.arrive(conn, at().now)
    item = work_of(conn, encounter.encounter_id, "charge_change")

    assert (item.place, item.coder_id) == ("CODING", "C-01")
    assert [one["text"] for one in item.reasons] == [
        f"Charge added: 36415 x{first.bill.lines[0].units}."]


def test_a_note_alone_is_no_change_of_the_charges(conn):
    first = scene.denied(conn, "noted").events[0]
    assert isinstance(first, Encounter)
    conn.rollback()
    encounter = changed(conn, first.bill, "noted")
    arrivals.arrive(conn, at().now)

    assert conn.execute(
        text("select count(*) from work_item where encounter_id = :id and kind = 'charge_change'"),
        {"id": encounter.encounter_id},
    ).scalar_one() == 0


def test_money_nobody_can_place_is_postings_work_until_it_is_settled(conn):
    conn.execute(text(
        "insert into exchange_item (item_id, kind, subject, payer_id, team, state, opened_at,"
        " amount_cents, reason, closed_by, closing) values"
        " ('11111111-1111-5111-8111-111111111111', 'claim_unmatched', 'r/1', 'BCBS', 'POSTING',"
        " 'open', now(), -12345, '', '', ''),"
        " ('22222222-2222-5222-8222-222222222222', 'acknowledgement_overdue',"
        " '33333333-3333-5333-8333-333333333333/999', 'BCBS', 'OPS', 'open', now(), null, '', '',"
        " '')"
    ))
    arrivals.arrive(conn, at().now)
    posting = work_of(conn, "11111111-1111-5111-8111-111111111111", "remittance")
    silence = work_of(conn, "22222222-2222-5222-8222-222222222222", "acknowledgement")
    assert (posting.place, posting.at_stake_cents) == ("POSTING", 12345)
    assert silence.place == "BILLING"
    timed(conn)
    assert kept(conn, str(posting.rework_id)).keys() == {"internal"}

    conn.execute(text("update exchange_item set state = 'closed'"))
    assert arrivals.arrive(conn, at().now) == 2
    assert row(conn, str(posting.rework_id)).status == "closed"


def test_what_is_discharged_and_not_billed_is_told_with_its_parts(conn):
    before = dnfb.figure(conn, TODAY)
    encounter = chart(conn, "dnfb", "awaiting_coding")
    after = dnfb.figure(conn, TODAY)

    assert after.held_cents - before.held_cents == encounter.bill.charge_cents
    assert after.encounters == before.encounters + 1
    assert after.days is None or after.days >= 0
    assert "average" in after.formula


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
