"""The accuracy figures as the page shows them, read from the table the accuracy stage keeps.

Who sees some facilities is shown those, and the coders who work at them and at no other. A payer's
figures sum over every facility, so only who sees all of them is shown any.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from services.web import access
from services.worklist.item.scope import EVERYWHERE, NOTHING, Person

WINDOWS = ("1h", "24h", "7d", "30d", "90d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure; `rate` is none while the denominator is below `minimum`."""

    subject: str
    window: str
    as_of: datetime
    rate: float | None
    numerator: int
    denominator: int
    lower: float
    upper: float
    minimum: int
    adjudicated: int
    billed: int
    exclusions: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The figures of one metric along one dimension, with how they are reckoned.

    `limited` says which of them this reader is not shown and why; empty when all are.
    """

    metric: str
    dimension: str
    says: str
    subject: str
    formula: str
    limited: str
    figures: list[Figure]


_FIRST_PASS = "claims paid, or owed nothing, on their first submission / original claims decided"  # noqa: S105 - a formula
_DENIAL_FREE = "coded lines without a confirmed coding denial / coded lines decided"
GROUPS = (
    ("first_pass_resolution", "payer", "First-pass resolution by payer", "Payer", _FIRST_PASS),
    (
        "first_pass_resolution", "facility", "First-pass resolution by facility", "Facility",
        _FIRST_PASS,
    ),
    (
        "coding_denial_free", "coder", "Coding denial-free rate by coder, 90 days", "Coder",
        _DENIAL_FREE,
    ),
    (
        "coding_denial_free", "coder_month", "Coding denial-free rate by coder and coding month",
        "Coder", _DENIAL_FREE,
    ),
)


_CODERS = (
    "Only coders who work at your facilities and at no other are shown: a coder's figures sum over"
    " all of theirs."
)
_LIMITED: Mapping[str, str] = {
    "payer": "A payer's figures sum over every facility: only who sees them all is shown these.",
    "facility": "Only your facilities are shown.",
    "coder": _CODERS, "coder_month": _CODERS,
}


def scoped(person: Person) -> tuple[str, dict[str, Any]]:
    """Return the condition on ``accuracy_figure f`` of what a person may see, and its parameters.

    The condition is never empty; who may see nothing gets ``false``. The policy of the table says
    the same (migration 0021).
    """
    if not access.may(person.role, "figures.read") or not person.facilities:
        return NOTHING, {}
    if EVERYWHERE in person.facilities:
        return "true", {}
    return _WITHIN, {"facilities": list(person.facilities)}


_WITHIN = (
    "((f.dimension = 'facility' and f.subject = any(:facilities))"
    " or (f.dimension in ('coder', 'coder_month')"
    " and f.subject in (select claimloop_coders_within(:facilities))))"
)


def groups(conn: Connection, person: Person) -> list[Group]:
    """Return the figures a person may see by metric and dimension, in a manager's order."""
    where, given = scoped(person)
    rows = conn.execute(
        text(f'select f.*, f."window" as span from accuracy_figure f where {where}'),  # noqa: S608 - clauses are our own
        given,
    ).all()
    everything = EVERYWHERE in person.facilities
    return [
        Group(
            metric=metric, dimension=dimension, says=says, subject=subject, formula=formula,
            limited="" if everything else _LIMITED[dimension],
            figures=_figures(r for r in rows if (r.metric, r.dimension) == (metric, dimension)),
        )
        for metric, dimension, says, subject, formula in GROUPS
    ]


def _figures(rows: Iterable[Row[Any]]) -> list[Figure]:
    order = {window: n for n, window in enumerate(WINDOWS)}
    ordered = sorted(rows, key=lambda r: (r.subject, order.get(r.span, len(order)), r.span))
    return [
        Figure(
            subject=row.subject, window=row.span, as_of=row.as_of,
            rate=row.numerator / row.denominator
            if row.denominator >= max(row.minimum, 1) else None,
            numerator=row.numerator, denominator=row.denominator, lower=row.lower,
            upper=row.upper, minimum=row.minimum, adjudicated=row.adjudicated,
            billed=row.billed, exclusions=row.exclusions,
        )
        for row in ordered
    ]
