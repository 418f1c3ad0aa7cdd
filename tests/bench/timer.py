"""The worklist's timer over 100,000 open items: all of them once, one look at rest, a new day.

    python -m tests.bench timer [--items 100000]

The items are those of `tests.bench.queue`, with a submission behind each. A look is what the timer
does once a second; a new day scores every open item again.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from services.claims import terms
from services.clock import Clock
from services.codes import reference
from services.db.engine import connect
from services.phi.keys import SiteKey
from services.worklist.clockwork import scoring, timer
from tests.bench import queue

_FACTS = text("""
    insert into work_fact (subject, encounter_id, version, payer_id, claim_type, starts_on, ends_on,
        charge_cents, lines, denied_on)
    select distinct on (subject) subject, encounter_id, 0, payer_id, 'professional',
        date '2026-05-20', date '2026-05-20', at_stake_cents,
        jsonb_build_array(jsonb_build_array('1', coalesce(codes ->> 0, '99213'), at_stake_cents)),
        date '2026-06-20'
    from work_item order by subject
""")
_HISTORY = text("""
    insert into paid_history select distinct payer_id, codes ->> 0, 4000000, 10000000, 400
    from work_item where codes ->> 0 is not null
""")


@dataclass(frozen=True, slots=True)
class Still(Clock):
    """A business clock that stands at noon of a day."""

    day: date = date(2026, 7, 1)

    def now(self) -> datetime:
        """Return noon of the day."""
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    args = parser.parse_args()
    from services.local import instance, programs
    from services.settings import Settings

    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        Path(home).chmod(0o755)
        settings = instance.start(Settings(home=Path(home)), programs.CORE, site_key=b"b" * 32)
        try:
            engine = connect(settings.database_url.get_secret_value())
            queue.seed(engine, args.items)
            with engine.begin() as conn:
                conn.execute(_FACTS)
                conn.execute(_HISTORY)
            _measure(engine)
            engine.dispose()
        finally:
            instance.stop(Path(home))
    return 0


def _measure(engine: Engine) -> None:
    known = terms.of(SiteKey(b"b" * 32), reference.load(None))
    work = timer.Clockwork(engine, known, Still(), rest_s=0.0)

    def all_of(which: str, day: date) -> int:
        at, done = scoring.Instant(day, Still(day=day).now(), datetime.now(UTC)), 0
        while some := work._alone(lambda conn: scoring.batch(conn, known, at, which)):
            done += some
        return done

    _say("every item once: clocks, score, owner", lambda: all_of(scoring.CHANGED, Still().day))
    told = _say("deadlines of the first day", lambda: _drained(work))
    _say("a look with nothing to do", work.look)
    _say("a new day: every open item", lambda: all_of(
        scoring.NEW_DAY, Still().day + timedelta(days=1)))
    sys.stdout.write(f"deadlines told: {told}\n")


def _drained(work: timer.Clockwork) -> int:
    done = 0
    while some := work.look():
        done += some
    return done


def _say(what: str, work: Callable[[], int]) -> int:
    begun = time.perf_counter()
    done = work()
    took = time.perf_counter() - begun
    rate = f"{done / took:,.0f}/s" if done else ""
    sys.stdout.write(f"{what:<45} {done:>8,} in {took:8.2f} s {rate}\n")
    sys.stdout.flush()
    return done


if __name__ == "__main__":
    raise SystemExit(main())
