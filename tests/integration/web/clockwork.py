"""Time in a scene: the timer's batch at an instant, and what an item then is."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, text

from services.claims import terms
from services.clock import real_now
from services.codes import reference
from services.worklist.clockwork import scoring
from services.worklist.clockwork.scoring import CHANGED, Instant
from tests.integration.web import scene

TERMS = terms.of(scene.SITE, reference.load(None))
TODAY = date(2026, 7, 1)


def at(day: date = TODAY) -> Instant:
    """Return noon of a business day."""
    return Instant(day, datetime(day.year, day.month, day.day, 12, tzinfo=UTC), real_now())


def timed(conn: Connection, day: date = TODAY, which: str = CHANGED) -> int:
    """Let the timer look once; return how many items it dealt with."""
    return scoring.batch(conn, TERMS, at(day), which)


def row(conn: Connection, rework_id: str) -> Any:
    """Return an item as the database has it."""
    return conn.execute(
        text("select * from work_item where rework_id = cast(:id as uuid)"), {"id": rework_id}
    ).one()


def kept(conn: Connection, rework_id: str) -> dict[str, Any]:
    """Return the clocks of an item by kind."""
    return {
        clock.kind: clock for clock in conn.execute(
            text("select * from item_clock where rework_id = cast(:id as uuid)"), {"id": rework_id}
        )
    }


def move(conn: Connection, rework_id: str, **columns: str) -> None:
    """Put an item elsewhere, as a move of a person would."""
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    conn.execute(
        text(f"update work_item set {sets}, row_version = row_version + 1"
             " where rework_id = cast(:id as uuid)"),
        {"id": rework_id, **columns},
    )


def denied(conn: Connection, name: str = "late") -> str:
    """Let a denial come back; return its item."""
    return scene.play(conn, scene.denied(conn, name))
