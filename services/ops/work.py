"""Gauges of the work in hand, asked of the database when metrics are shown."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import Engine, text

from services.claims import overrides
from services.ops import metrics

ITEMS = text(
    "select category, count(*) filter (where open) as here,"
    " count(*) filter (where open and due_on < :today) as late"
    " from (select category, due_on, status = 'open' and state in ('todo', 'handed_on') as open"
    " from work_item) as item group by category"
)
WAITING = text("select producer, count(*) from outbox where pending group by producer")
REFUSED = text("select why, count(*) from override_refusal group by why")
PRODUCERS = ("intake", "worklist", "web", "gateway")


def observe(engine: Engine, today: Callable[[], date]) -> None:
    """Set the gauges of work items, of events waiting for a relay, of refused overrides."""
    with engine.connect() as conn:
        rows = conn.execute(ITEMS, {"today": today()}).all()
        refused = {row[0]: int(row[1]) for row in conn.execute(REFUSED)}
        waiting = {row[0]: int(row[1]) for row in conn.execute(WAITING)}
    for row in rows:
        metrics.gauge("claims_denials_open", row.here, category=row.category)
    metrics.gauge("claims_denials_overdue", sum(row.late for row in rows))
    for why in overrides.WHY:
        metrics.gauge("claims_overrides_refused", refused.get(why, 0), why=why)
    for producer in PRODUCERS:
        metrics.gauge("claims_outbox_pending", waiting.get(producer, 0), producer=producer)
