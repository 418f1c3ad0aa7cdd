"""The alarm for code tables past their expected update: gauges, and a sentence for people."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Engine

from services.codes.library.kinds import KINDS
from services.codes.library.library import Overdue
from services.db.stores import codes
from services.ops import metrics

SHOWN = 3


def observe(engine: Engine, today: date, *, packaged: bool = True) -> None:
    """Set the gauge of each kind of table.

    Args:
        engine: The database.
        today: The business day.
        packaged: Count the packaged tables too; false where they are there to show with.
    """
    late = {one.kind: one.days for one in codes.overdue(engine, today, packaged=packaged)}
    for kind in KINDS:
        metrics.gauge("claims_code_table_past_due_days", late.get(kind, 0), kind=kind)


def sentence(found: Iterable[Overdue]) -> str:
    """Return one sentence that names kinds and days; empty when nothing is late.

    >>> sentence([Overdue("hcpcs", date(2026, 1, 1), 20)])
    'The code table hcpcs is 20 days past its expected update: load the next.'
    """
    late = list(found)
    if not late:
        return ""
    if len(late) == 1:
        [one] = late
        days = f"{one.days} day{'s' if one.days != 1 else ''}"
        return f"The code table {one.kind} is {days} past its expected update: load the next."
    named = ", ".join(f"{one.kind} by {one.days} days" for one in late[:SHOWN])
    more = f" and {len(late) - SHOWN} more" if len(late) > SHOWN else ""
    return f"{len(late)} code tables are past their expected update: {named}{more}."
