"""What the worklist keeps does not depend on the order events come in, or in what batches."""

import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from schemas.events import Coded, EncounterEvent, Rework
from services.settings import Settings
from tests.integration.web import scene

KEPT = (
    "select rework_id, revision, kind, status, state, team, reasons, at_stake_cents from work_item"
    " order by rework_id",
    "select rework_id, rank, paid_cents, decisions, came_back, came_back_id, at from answer"
    " order by rework_id",
    "select event_id, topic from timeline order by event_id",
    "select * from visit order by encounter_id",
    "select * from work_fact order by subject",
    "select * from paid_history where lines <> 0 order by payer_id, code",
    "select rework_id, revision, resolution, told, won, decided from overturn_fact"
    " order by rework_id",
    "select * from overturn_history where decided <> 0 order by payer_id, kind, reason",
)


def _kept(conn: Connection) -> list[Any]:
    return [conn.execute(text(statement)).all() for statement in KEPT]


def _story(conn: Connection) -> list[EncounterEvent]:
    """A denial, its correction that one payer denies and one rejects, revised and closed."""
    made = scene.denied(conn, "story")
    coded = Coded(
        event_id="5b57ecf4-d950-5e22-bf99-dd96372e84e5", encounter_id=made.encounter_id,
        occurred_at=scene.CLOCK.now(), recorded_at=scene.CLOCK.now(), version=2,
        encounter_version=1, coder_id="C-01", reason="correction",
        rework_id=made.rework.rework_id, predecessor=made.rework.control_number, bill=made.bill,
    )
    again = replace(
        made.rework, event_id="aaaaaaaa-d950-5e22-bf99-dd96372e84e5", subject="second",
        rework_id="bbbbbbbb-d950-5e22-bf99-dd96372e84e5", follows=made.rework.rework_id,
    )
    beside = replace(
        again, event_id="eeeeeeee-d950-5e22-bf99-dd96372e84e5", subject="third", kind="rejection",
        rework_id="aaaaaaaa-d951-5e22-bf99-dd96372e84e5",
    )
    closed = replace(
        made.rework, event_id="cccccccc-d950-5e22-bf99-dd96372e84e5", revision=2, status="closed"
    )
    return [*made.events, *scene.fate(made, coded, 0), beside, again, closed]


@pytest.mark.parametrize("seed", range(12))
def test_any_order_and_any_batches_lead_to_the_same(engine: Engine, seed: int) -> None:
    shuffle = random.Random(seed)
    with engine.connect() as conn:
        story = _story(conn)
        with conn.begin_nested() as first:
            scene.see(conn, tuple(story))
            expected = _kept(conn)
            first.rollback()
        with conn.begin_nested() as second:
            mixed = shuffle.sample(story, len(story))
            while mixed:
                size = shuffle.randint(1, 5)
                scene.see(conn, tuple(mixed[:size]))
                mixed = mixed[size:]
            found = _kept(conn)
            second.rollback()
        conn.rollback()
    assert found == expected
    (followed,) = [one for one in found[1] if one.came_back]
    assert (followed.came_back, followed.came_back_id[:4]) == ("rejection", "aaaa")


def test_what_people_did_outlives_a_new_revision_and_a_closed_item_that_reopens_is_to_do_again(
    engine: Engine,
) -> None:
    with engine.connect() as conn:
        made = scene.denied(conn, "revised")
        scene.play(conn, made)
        conn.execute(text("update work_item set state = 'handed_on', taken_by = 'anna'"))

        def revised(number: int, status: str) -> tuple[str, str, int]:
            event: Rework = replace(
                made.rework, revision=number, status=status,
                event_id=f"dddddddd-d950-5e22-bf99-{number:012d}",
            )
            scene.see(conn, (event,))
            row = conn.execute(text("select state, taken_by, row_version from work_item")).one()
            return row.state, row.taken_by, row.row_version

        assert revised(2, "open") == ("handed_on", "anna", 2)
        assert revised(1, "open") == ("handed_on", "anna", 2)
        assert revised(3, "closed")[0] == "handed_on"
        assert revised(4, "open")[0] == "todo"
        conn.rollback()


def test_the_fixture_is_a_database_of_its_own(database: Settings) -> None:
    assert "projection" in database.database_url.get_secret_value()
