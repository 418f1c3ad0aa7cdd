"""Gauges of the work in hand, asked of the database when metrics are shown."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import Engine, text

from services.claims import overrides
from services.ops import metrics

WITHIN = (3, 7, 14, 30)
"""Days of `claims_denials_due`; each counts what the shorter ones do, and nothing overdue."""
ITEMS = text(
    "select category, count(*) filter (where open) as here,"  # noqa: S608 - our own numbers
    " count(*) filter (where open and due_on < :today) as late, "
    + ", ".join(
        f"count(*) filter (where open and due_on - :today between 0 and {days}) as within_{days}"
        for days in WITHIN
    )
    + " from (select category, due_on, status = 'open' and (state in ('todo', 'handed_on')"
    " or (state = 'waiting' and waits_for <> 'payer')) as open from work_item"
    " where kind in ('held', 'rejection', 'denial', 'manual_denial')) as item group by category"
)
OPENED = text("select count(*) from break_glass where reviewed_by = ''")
WAITING = text("select producer, count(*) from outbox where pending group by producer")
REFUSED = text(
    "select why, count(*) from (select why from override_refusal union all"
    " select why from override_attempt) as refused group by why"
)
BARRED = text(
    "select rule, count(*) as found from (select rule from claim_refusal union all"
    " select rule from decision_refusal) as barred group by rule"
)
GUARDS = (
    "in_flight", "not_taken", "nothing_adjudicated", "payer_claim_number", "lines_missing",
    "already_adjudicated", "medical_review", "under_appeal", "never_adjudicated", "illegal_move",
    "unknown_claim", "beside_a_correction", "not_the_patients", "medicaid", "qmb", "no_notice",
    "no_proof", "not_verified", "other_team", "no_remittance", "last_level", "amount_in_dispute",
    "four_eyes", "not_registered", "further_payer", "appeal_runs",
)
"""Rules that leave a row of `claim_refusal` or `decision_refusal`."""
PRODUCERS = ("intake", "worklist", "web", "gateway")


def observe(engine: Engine, today: Callable[[], date]) -> None:
    """Set the gauges of work items, of what was refused, of events waiting for a relay."""
    with engine.connect() as conn:
        opened = conn.execute(OPENED).scalar_one()
        rows = conn.execute(ITEMS, {"today": today()}).all()
        refused = {row[0]: int(row[1]) for row in conn.execute(REFUSED)}
        barred = {row.rule: int(row.found) for row in conn.execute(BARRED)}
        waiting = {row[0]: int(row[1]) for row in conn.execute(WAITING)}
    metrics.gauge("claims_break_glass_unreviewed", opened)
    for row in rows:
        metrics.gauge("claims_denials_open", row.here, category=row.category)
    metrics.gauge("claims_denials_overdue", sum(row.late for row in rows))
    for days in WITHIN:
        due = sum(row._mapping[f"within_{days}"] for row in rows)
        metrics.gauge("claims_denials_due", due, within=f"{days}d")
    for why in overrides.WHY:
        metrics.gauge("claims_overrides_refused", refused.get(why, 0), why=why)
    for rule in GUARDS:
        metrics.gauge("claims_guards_refused", barred.get(rule, 0), rule=rule)
    for producer in PRODUCERS:
        metrics.gauge("claims_outbox_pending", waiting.get(producer, 0), producer=producer)
