"""Two things at once, without a clock: wait until the other waits for a lock."""

import time
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Engine, text

PATIENCE_S = 20.0


def waits_for_a_lock(engine: Engine, work: Future[Any], many: int = 1) -> None:
    """Wait until some work is done, or as many sessions as said wait for a lock."""
    assert _waiting(
        engine, work, many,
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        " and datname = current_database()",
    ) or work.done()


def waits_for_its_turn(engine: Engine, work: Future[Any], space: int) -> None:
    """Wait until some work waits for an advisory lock of a space; fail if it ends without."""
    assert _waiting(
        engine, work, 1,
        "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        " and classid = :space and database = (select oid from pg_database"
        " where datname = current_database())",
        space=space,
    ), "it waited for nobody"


def _waiting(engine: Engine, work: Future[Any], many: int, count: str, **given: Any) -> bool:
    """Say whether as many wait as said, before the work is done or patience is over."""
    until = time.monotonic() + PATIENCE_S
    with engine.connect() as conn:
        while time.monotonic() < until and not work.done():
            waiting = conn.execute(text(count), given).scalar_one()
            conn.rollback()
            if waiting >= many:
                return True
    return False
