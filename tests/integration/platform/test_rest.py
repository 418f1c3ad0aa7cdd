"""When the loop is at rest: what moves while it is looked at is seen."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from schemas import ids
from schemas.events import Coded, Deadline, Event
from services.db.engine import connect
from services.delivery import outbox
from services.demo import rest
from services.ops.stages import Stage
from services.settings import Settings


@pytest.fixture
def engine(database: Settings) -> Iterator[Engine]:
    made = connect(database.database_url.get_secret_value(), name="test")
    yield made
    made.dispose()


def writes(engine: Engine, event: Event) -> Callable[[], list[Stage]]:
    """Return a broker beside which, while it is asked, an event is written."""
    def measure() -> list[Stage]:
        with engine.begin() as conn:
            outbox.put(conn, "worklist", [event])
            conn.exec_driver_sql("update outbox set pending = false")
        return [Stage("worklist", "g", "claims.deadline", 3, 0.0, 1, 0.0, 0.0, 0)]

    return measure


def test_an_event_that_is_written_and_published_meanwhile_is_unrest(engine: Engine) -> None:
    assert not rest.look(engine)
    coded = Coded(event_id=ids.derive("rest", 1), encounter_id="E1", version=1)
    assert rest.look(engine, writes(engine, coded))
    assert not rest.look(engine)


def test_word_of_a_deadline_is_none_since_time_alone_brings_it(engine: Engine) -> None:
    said = Deadline(event_id=ids.derive("rest", 2), encounter_id="E1")
    assert not rest.look(engine, writes(engine, said))
