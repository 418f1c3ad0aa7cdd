"""Who gets an item: its coder, who stands in, or the team's pool."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Connection, text

from services.clock import real_now
from services.worklist.clockwork import assigning
from services.worklist.clockwork.scoring import CHANGED
from tests.integration.web import scene
from tests.integration.web.clockwork import TODAY, at, denied, move, row, timed
from tests.integration.web.crossing import waits_for_a_lock


def person(conn: Connection, name: str, role: str, team: str = "", coder_id: str = "") -> None:
    conn.execute(
        text("insert into user_account (user_id, name, role, coder_id, password_hash, disabled,"
             " team, facilities) values (gen_random_uuid(), :name, :role, :coder_id, '', false,"
             " :team, '[\"*\"]')"),
        {"name": name, "role": role, "team": team, "coder_id": coder_id},
    )


def alone(conn: Connection) -> None:
    """Let nobody but whom a test adds be there to be given work."""
    conn.execute(text("update user_account set disabled = true"))


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


def test_the_timer_gives_nobody_what_is_of_another_facility(conn):
    alone(conn)
    _at(conn, "nora-n", "north", coder_id="C-01")
    item = denied(conn, "of-main")
    timed(conn)
    assert row(conn, item).assigned_to == ""
    _at(conn, "mona-m", "main")
    move(conn, item, decision="")
    timed(conn)
    assert row(conn, item).assigned_to == "mona-m"


def _at(conn, name, facility, coder_id=""):
    person(conn, name, "coder", coder_id=coder_id)
    conn.execute(
        text("update user_account set facilities = to_jsonb(array[:at]) where name = :name"),
        {"name": name, "at": facility},
    )


def test_the_timer_writes_nothing_over_what_a_person_did_in_that_moment(engine):
    with engine.begin() as conn:
        item = denied(conn, "at-once")
    gate = "select pg_advisory_{0}(4711)"
    slow = f"{CHANGED} and pg_advisory_xact_lock_shared(4711) is not null"
    with engine.connect() as person_, ThreadPoolExecutor(1) as timer:
        person_.execute(text(gate.format("lock")))
        work = timer.submit(_timed_alone, engine, slow)
        waits_for_a_lock(engine, work)
        move(person_, item, assigned_to="carl")
        person_.commit()
        person_.execute(text(gate.format("unlock")))
        person_.commit()
        assert work.result(20) >= 1
    with engine.connect() as conn:
        found = row(conn, item)
    assert (found.assigned_to, found.timed_version) == ("carl", found.row_version)


def _timed_alone(engine, which):
    with engine.begin() as conn:
        return timed(conn, TODAY, which)
