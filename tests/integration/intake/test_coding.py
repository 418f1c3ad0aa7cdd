"""The feed through the runner, and the one writer of codings, against a real database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, Engine, text

from schemas import codec, topics
from services.clock import Clock
from services.codes import reference
from services.db import engine
from services.delivery.dead import Record
from services.delivery.runner import Runner
from services.intake import sample
from services.intake.load import Loader
from services.phi.keys import SiteKey
from services.settings import Settings
from services.worklist.bill import coding
from services.worklist.feed import errors, feed
from services.worklist.item.items import Conflict
from tests.conftest import SITE_KEY

SITE = SiteKey(SITE_KEY)
NOW = datetime(2026, 8, 1, tzinfo=UTC)
SEED = 5
READY = 1087


@pytest.fixture(scope="module")
def db(database: Settings) -> Engine:
    return engine.connect(database.database_url.get_secret_value())


@pytest.fixture(scope="module")
def records(db: Engine) -> list[Record]:
    """The sample as intake publishes it."""
    Loader(
        engine=db, key=SITE, reference=reference.load(), now=lambda: NOW, as_of=date(2026, 8, 1)
    ).load([sample.FOLDER])
    with db.connect() as conn:
        rows = conn.execute(text("select key, value from outbox where producer = 'intake'"))
        return [
            Record(topics.ENCOUNTER.name, 0, offset, row.key.encode(), bytes(row.value))
            for offset, row in enumerate(rows)
        ]


@pytest.fixture(scope="module")
def left(records: list[Record]) -> set[str]:
    """The visits that the demo leaves to a person."""
    ready = (codec.decode(record.topic, record.value) for record in records)
    found = {e.encounter_id for e in ready if e.state == "ready" and feed.left(e, SEED)}
    assert 4 < len(found) < 25
    return found


@pytest.fixture(scope="module")
def coded(db: Engine, database: Settings, records: list[Record]) -> Runner[feed.Chart]:
    told = database.model_copy(update={"demo": True, "seed": SEED})
    runner = Runner(feed.processor(told, SITE), db, Clock(), SITE)
    for at in range(0, len(records), 400):
        runner.commit(records[at:at + 400])
    return runner


def count(db: Engine, statement: str) -> dict[str, int]:
    with db.connect() as conn:
        return {row[0]: row[1] for row in conn.execute(text(statement))}


def test_every_encounter_has_a_chart_and_every_ready_one_a_coding_or_waits_for_a_person(
    db: Engine, coded: Runner[feed.Chart], left: set[str]
) -> None:
    done = READY - len(left)
    assert count(db, "select state, count(*) from chart group by state") == {
        "coded": done, "awaiting_coding": len(left),
        "self_pay": 48, "part_of_stay": 82, "in_progress": 2,
    }
    assert count(db, "select reason, count(*) from coding group by reason") == {"initial": done}


def test_the_stored_coding_is_the_published_one(db: Engine, coded: Runner[feed.Chart]) -> None:
    with db.connect() as conn:
        differ = conn.execute(text(
            "select count(*) from coding c full join outbox o on o.event_id = c.event_id"
            " where o.topic = 'claims.coded' and o.value is distinct from c.event"
        )).scalar_one()
    assert differ == 0


def test_a_replay_publishes_the_same_bytes_and_codes_nothing_again(
    db: Engine, coded: Runner[feed.Chart], records: list[Record], left: set[str]
) -> None:
    first = coded.commit(records[:300])
    assert coded.commit(records[:300]) == first
    assert len(first) > 200
    done = count(db, "select reason, count(*) from coding group by reason")
    assert done == {"initial": READY - len(left)}


def test_the_seeded_errors_can_be_recomputed_from_the_events(
    db: Engine, coded: Runner[feed.Chart], records: list[Record], left: set[str]
) -> None:
    with db.connect() as conn:
        for record in records[:200]:
            encounter = codec.decode(record.topic, record.value)
            if encounter.state == "ready" and encounter.encounter_id not in left:
                bill = coding.current(conn, encounter.encounter_id).bill
                assert bill == errors.coded(encounter, SEED)


def some(conn: Connection, offset: int) -> str:
    return str(conn.execute(
        text("select encounter_id from coding order by 1 limit 1 offset :offset"),
        {"offset": offset},
    ).scalar_one())


def test_a_correction_is_the_next_version_and_goes_out(
    db: Engine, coded: Runner[feed.Chart]
) -> None:
    with db.begin() as conn:
        now = coding.current(conn, some(conn, 0))
        after = coding.following(now, reason="correction", rework_id="w", coder_id="coder-2")
        coding.record(conn, after, now.version)
    with db.connect() as conn:
        assert coding.current(conn, now.encounter_id) == after
        waiting = conn.execute(
            text("select pending, producer from outbox where event_id = cast(:id as uuid)"),
            {"id": after.event_id},
        ).one()
    assert tuple(waiting) == (True, "worklist")


def test_of_two_people_who_save_on_one_version_the_second_is_told(
    db: Engine, coded: Runner[feed.Chart]
) -> None:
    both = threading.Barrier(2)

    def save(coder: str) -> bool:
        with db.begin() as conn:
            now = coding.current(conn, some(conn, 1))
            both.wait(10)
            try:
                coding.record(conn, coding.following(now, coder_id=coder), now.version)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, ("coder-1", "coder-2"))) == [False, True]


def test_a_version_that_skips_one_is_refused(db: Engine, coded: Runner[feed.Chart]) -> None:
    with db.connect() as conn:
        now = coding.current(conn, some(conn, 2))
        with pytest.raises(Conflict):
            coding.record(conn, replace(coding.following(now), version=3), 1)


def test_what_was_never_coded_is_said_so(db: Engine) -> None:
    with db.connect() as conn, pytest.raises(LookupError):
        coding.current(conn, "nobody")
