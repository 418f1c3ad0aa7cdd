"""Work that no event of the denials brings: charts, changed charges, stray money, silence."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from schemas.events import Bill, Diagnosis, Encounter, Line, Note
from services.worklist.clockwork import arrivals, dnfb
from services.worklist.feed import feed
from tests.integration.web import scene
from tests.integration.web.clockwork import TODAY, at, kept, row, timed


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


def test_a_chart_says_whether_codes_are_to_be_chosen_or_a_suggestion_to_be_confirmed(conn):
    whole = chart(conn, "whole", "awaiting_coding")
    choice = replace(whole.bill, diagnoses=(Diagnosis(code="S72.0"),))
    open_ = chart(conn, "open", "awaiting_coding", bill=choice)
    arrivals.arrive(conn, at().now)

    said = [work_of(conn, one.encounter_id, "coding").reasons[0]["text"] for one in (whole, open_)]
    assert said == [arrivals.CONFIRM + ".", arrivals.CHOOSE + "."]


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
