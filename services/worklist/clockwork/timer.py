"""What the business clock does to the work: clocks, scores, owners, and word of deadlines.

    arrivals ─▶ items that changed ─▶ of another day ─▶ deadlines near or missed ──▶ claims.deadline

Everything is in batches, each a transaction, and can be done twice: an event's id is of the item,
the clock, its last day and what is said. Of an item that is closed, answered or waits for the payer
nothing is said any more: its clocks are gone before anything is told.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from schemas import ids
from schemas.events import Deadline
from services.claims.terms import Terms
from services.clock import Clock, real_now
from services.delivery import outbox
from services.worklist.clockwork import arrivals, assigning, scoring
from services.worklist.clockwork.scoring import Instant

PRODUCER = "worklist"
LOCK_SPACE = 7302
BATCH = 500
REST_S = 5.0
"""Real seconds between two passes over all open items, however fast business days go."""
APPROACHING, MISSED = "approaching", "missed"
_DUE = text("""
    with picked as materialized (
        select c.rework_id, c.kind, c.rule,
            case when c.due_on < :today then 'missed' else 'approaching' end as says
        from item_clock c join work_item w on w.rework_id = c.rework_id
        where c.paused_on is null and w.status = 'open' and w.timed_version = w.row_version
        and ((c.said = '' and c.near_on <= :today) or (c.said <> 'missed' and c.due_on < :today))
        order by c.rework_id, c.kind, c.rule limit :most for update of c, w skip locked
    ), told as (
        update item_clock c set said = s.says from picked s
        where (c.rework_id, c.kind, c.rule) = (s.rework_id, s.kind, s.rule)
        returning c.rework_id, c.kind, c.rule, c.due_on, c.said
    )
    select t.kind as clock, t.rule, t.due_on, t.said, w.rework_id, w.encounter_id, w.event_id,
        w.control_number, w.payer_id, w.place, w.at_stake_cents
    from told t join work_item w using (rework_id) order by w.rework_id, t.kind, t.rule
""")


@dataclass(slots=True)
class Clockwork:
    """The worklist's timer.

    Attributes:
        engine: The database.
        terms: Payers and policies.
        clock: The business clock.
        arriving: Whether work arrives that no `rework` event brings; a shadow codes nothing.
        rest_s: Real seconds between two passes over all open items.
    """

    engine: Engine
    terms: Terms
    clock: Clock
    arriving: bool = True
    rest_s: float = REST_S
    _begun: bool = False
    _passed: float = float("-inf")

    def look(self) -> int:
        """Do what is due, a batch of each; return how much was done.

        Raises:
            sqlalchemy.exc.OperationalError: the database is away; call again.
        """
        at = Instant(self.clock.today(), self.clock.now(), real_now())
        if not self._begun:
            self._alone(_retime)  # policies and rules may be others than before the start
            self._begun = True
        done = self._alone(lambda conn: arrivals.arrive(conn, at.now)) if self.arriving else 0
        done += self._alone(lambda conn: assigning.release_absent(conn, at.today, at.real))
        timed = self._alone(lambda conn: scoring.batch(conn, self.terms, at, scoring.CHANGED))
        if not timed:
            done += self._alone(lambda conn: tell(conn, at))
            if time.monotonic() - self._passed >= self.rest_s:
                done += self._whole(at)
                self._passed = time.monotonic()
        return done + timed

    def _whole(self, at: Instant) -> int:
        """Score all open items for another business day, batch after batch."""
        done = 0
        while scored := self._alone(
            lambda conn: scoring.batch(conn, self.terms, at, scoring.NEW_DAY)
        ):
            done += scored
        return done

    def _alone(self, work: Callable[[Connection], int]) -> int:
        """Do something in a transaction, unless another process of this kind does."""
        with self.engine.begin() as conn:
            locked = conn.execute(
                text("select pg_try_advisory_xact_lock(:space, 0)"), {"space": LOCK_SPACE}
            ).scalar_one()
            return work(conn) if locked else 0


def tell(conn: Connection, at: Instant, most: int = BATCH) -> int:
    """Tell of clocks that end soon or have ended, each once; return of how many."""
    rows = conn.execute(_DUE, {"today": at.today, "most": most}).all()
    outbox.put(conn, PRODUCER, _events(rows, at))
    return len(rows)


def _events(rows: Sequence[Row[Any]], at: Instant) -> list[Deadline]:
    return [
        Deadline(
            event_id=ids.derive(
                "deadline", row.rework_id, row.clock, row.rule, row.due_on, row.said
            ),
            occurred_at=at.now, recorded_at=at.now, cause_id=str(row.event_id),
            encounter_id=row.encounter_id, rework_id=str(row.rework_id),
            control_number=row.control_number, payer_id=row.payer_id, clock=row.clock,
            rule=row.rule, due_on=row.due_on, said=row.said, team=row.place,
            at_stake_cents=row.at_stake_cents,
        )
        for row in rows
    ]


def _retime(conn: Connection) -> int:
    return conn.execute(text(
        "update work_item set timed_version = 0 where status = 'open' and timed_version <> 0"
    )).rowcount
