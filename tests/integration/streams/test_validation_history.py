"""Validation beside what other encounters of a patient bill, on a database."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from schemas.events import Evidence, Override, Sealed
from services.clock import Clock
from services.db.stores import billed
from services.delivery.runner import Runner
from services.local.supervise import wait_for
from services.phi.keys import SiteKey
from streams import TOPOLOGY
from tests.builders import SERVED_ON, TERMS, bill, coded, dx, line
from tests.integration.streams.conftest import NOW, STARTED, record

EXACT, LIKE, NEW = "billed_in_another_encounter", "like_another_encounter", "patient_not_new"


def visit(encounter_id, version=1, kid="p1", over=None, **more):
    group = Sealed(kid=kid, version=1, schema="demographics", ciphertext=b"x")
    return coded(version, encounter_id=encounter_id,
                 bill=bill(demographics=group, **(over or {})), **more)


def names(event):
    return {finding.edit for finding in event.findings}


def places(event, edit):
    return [finding.place for finding in event.findings if finding.edit == edit]


def rows(engine, columns="encounter_id, version, billed is not null"):
    with engine.connect() as conn:
        found = conn.execute(text(f"select {columns} from billed_encounter order by 1"))
        return [tuple(row) for row in found]


def test_of_two_encounters_that_bill_the_same_the_one_judged_second_is_held(run, engine):
    [first] = run("validation", [visit("b")])
    [second] = run("validation", [visit("a")])

    assert EXACT not in names(first)
    assert places(second, EXACT) == ["line 1", "line 2"]
    assert "encounter b" in next(f.text for f in second.findings if f.edit == EXACT)
    assert second.verdict == "held"
    assert rows(engine) == [("a", 1, False), ("b", 1, True)]


def test_a_batch_sees_what_it_let_through_itself(run):
    first, second, other = run(
        "validation", [visit("a"), visit("b"), visit("c", kid="p2")])

    assert [one.verdict == "held" for one in (first, second, other)] == [False, True, False]


def test_what_was_held_is_no_duplicate_of_what_is_right(run):
    run("validation", [visit("a", coder_id="")])  # held
    [right] = run("validation", [visit("b")])
    [again] = run("validation", [visit("a", 2)])

    assert EXACT not in names(right)
    assert EXACT in names(again)


def test_a_void_takes_what_it_billed_out_of_the_way(run, engine):
    run("validation", [visit("a"), visit("a", 2, reason="void")])
    [other] = run("validation", [visit("b")])

    assert EXACT not in names(other)
    assert rows(engine) == [("a", 2, False), ("b", 1, True)]


def test_a_correction_bills_what_it_says_and_no_more(run):
    only = {"lines": (line(1),)}
    run("validation", [visit("a"), visit("a", 2, over=only, evidence=(Evidence(),))])
    [other] = run("validation", [visit("b")])

    assert places(other, EXACT) == ["line 1"]


def test_a_replay_says_and_stores_what_it_did(run, engine):
    [first] = run("validation", [visit("a")])
    run("validation", [visit("b")])
    before = rows(engine, "encounter_id, version, billed, codes")
    [again] = run("validation", [visit("a")])

    assert again == first
    assert rows(engine, "encounter_id, version, billed, codes") == before


def test_a_person_may_let_a_repeated_line_through_with_a_reason(run, engine):
    taken = tuple(
        Override(edit=EXACT, place=place, reason="distinct_service", by="u1", role="supervisor",
                 evidence=(Evidence(note_id="n1", start=0, end=9),))
        for place in ("line 1", "line 2"))
    run("validation", [visit("a")])
    [granted] = run("validation", [visit("b", overrides=taken)])
    [first_again] = run("validation", [visit("a", 2)])
    [second_again] = run("validation", [visit("b", 2)])

    assert granted.verdict != "held"
    assert EXACT not in names(first_again)
    assert EXACT in names(second_again)


def test_a_patient_seen_in_january_is_not_new_in_march(run):
    long_ago = SERVED_ON - timedelta(days=50)
    seen = {"starts_on": long_ago, "ends_on": long_ago,
            "lines": (line(1, served_on=long_ago),)}
    new = {"lines": (line(1, code="99203"),)}
    run("validation", [visit("a", over=seen)])
    [told] = run("validation", [visit("b", over=new)])
    [stranger] = run("validation", [visit("c", kid="p2", over=new)])

    assert places(told, NEW) == ["line 1"]
    assert NEW not in names(stranger)


def test_a_correction_that_adds_a_code_without_a_passage_is_held_each_time(run):
    more = {"diagnoses": (dx("E11.9"), dx("I10"), dx("E78.5"))}
    run("validation", [visit("a")])
    [bare] = run("validation", [visit("a", 2, over=more, reason="correction")])
    [again] = run("validation", [visit("a", 3, over=more, reason="recheck")])
    [shown] = run("validation", [visit("a", 4, over=more, reason="correction",
                                       evidence=(Evidence(note_id="n", end=4),))])

    assert [places(one, "code_undocumented") for one in (bare, again, shown)] == [
        ["diagnosis 3"], ["diagnosis 3"], []]


def test_an_older_version_that_comes_late_changes_nothing(engine):
    one, two = visit("a"), visit("a", 2)
    for version in (two, one):
        with engine.begin() as conn:
            known = billed.Known().after(version, held=False)
            billed.save(conn, {"p1": known})

    assert rows(engine) == [("a", 2, True)]


def test_another_facility_days_and_patients_are_left_on_disk(run, engine):
    far = SERVED_ON - timedelta(days=30)
    run("validation", [
        visit("a", over={"starts_on": far, "ends_on": far, "lines": (line(1, served_on=far),)}),
        visit("b", kid="p2"),
    ])
    with engine.begin() as conn:
        known = billed.read(conn, [visit("c")])

    assert known["p1"].encounters == {}


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_two_workers_that_judge_a_pair_at_once_let_one_of_them_through(engine, order):
    clock = Clock(NOW, STARTED, 0.0)
    make = TOPOLOGY["validation"]
    runners = [Runner(make(TERMS), engine, clock, SiteKey(b"k" * 32)) for _ in order]
    reached, go = threading.Event(), threading.Event()
    save = runners[0].processor.save

    def slow(conn, changed):
        save(conn, changed)
        reached.set()
        assert go.wait(20)

    runners[0].processor = replace(runners[0].processor, save=slow)
    events = [record(visit(key), 0, partition) for partition, key in enumerate(order)]
    workers = [threading.Thread(target=runner.commit, args=([event],))
               for runner, event in zip(runners, events, strict=True)]
    workers[0].start()
    assert reached.wait(20)  # the first has judged, and has not committed
    workers[1].start()
    wait_for(lambda: _waiting(engine), 20)
    go.set()
    for worker in workers:
        worker.join(20)

    assert {key: let for key, _, let in rows(engine)} == {order[0]: True, order[1]: False}


def _waiting(engine):
    with engine.connect() as conn:
        return conn.execute(text(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            " and datname = current_database()")).scalar_one()


def test_history_is_read_by_its_index(engine):
    kids = [f"p{n}" for n in range(2_000)]
    fill = text(
        "insert into billed_encounter select kid || n, kid, 1, '', day, day, null from"
        " unnest(cast(:kids as text[])) kid, generate_series(1, 5) n,"
        " lateral (select cast(:day as date) + n * 40 as day) d")
    with engine.begin() as conn:
        conn.execute(fill, {"kids": kids, "day": date(2025, 1, 1)})
        conn.execute(text("analyze billed_encounter"))
        plan = conn.execute(
            text("explain " + billed._KNOWN.text),
            {"kids": kids[:20], "firsts": [date(2026, 1, 1)] * 20,
             "lasts": [date(2026, 1, 7)] * 20, "own": kids[:20]})
        said = "\n".join(row[0] for row in plan)

    assert "ix_billed_encounter_patient" in said
    assert "Seq Scan on billed_encounter" not in said
