"""The clocks of an item on its page: what runs, by which rule, since when, how long; and its place.

A query stops our own clock; the payer's stay in sight and run on.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from services.claims import clocks, score
from services.web.panels import Seen
from services.worklist.shown import wording

_CLOCKS = text(
    "select kind, rule, starts_on, due_on, near_on, source, note, paused_on from item_clock"
    " where rework_id = cast(:id as uuid) order by due_on, kind"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One clock, for the page.

    Attributes:
        says: What it is.
        rule: Its rule.
        starts_on: Since when it runs.
        due_on: Its last day.
        days_left: Below 0 when it has passed.
        tone: late, soon or empty.
        note: What it is about, and what the last day has to do with weekends.
        source: Where the rule stands.
        payers: Whether it is the payer's.
        paused_on: Since when it stands still.
    """

    says: str
    rule: str
    starts_on: date
    due_on: date
    days_left: int
    tone: str
    note: str
    source: str
    payers: bool
    paused_on: date | None


def panel(seen: Seen) -> dict[str, Any] | None:
    """Return an item's clocks and the sum of its score; none for one that is settled."""
    rows = seen.conn.execute(_CLOCKS, {"id": seen.row.rework_id}).all()
    if not rows:
        return None
    today = seen.web.today()
    return {
        "clocks": [_shown(row, today) for row in rows],
        "sum": score.words(seen.row.score_parts),
        "score_cents": seen.row.score,
        "first": seen.row.band == 0,
    }


def _shown(row: Any, today: date) -> Shown:
    left = (row.due_on - today).days
    late = left < 0 and row.paused_on is None
    soon = row.near_on <= today and row.paused_on is None
    return Shown(
        wording.CLOCKS.get(row.kind, row.kind), clocks.named(row.rule), row.starts_on,
        row.due_on, left, "late" if late else "soon" if soon else "", row.note, row.source,
        row.kind != clocks.INTERNAL, row.paused_on,
    )
