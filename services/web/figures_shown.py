"""The accuracy figures as the page shows them, read from the table the accuracy stage keeps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

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
    """The figures of one metric along one dimension, with how they are reckoned."""

    metric: str
    dimension: str
    says: str
    subject: str
    formula: str
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


def groups(conn: Connection) -> list[Group]:
    """Return the figures by metric and dimension, in the order a manager reads them."""
    rows = conn.execute(text('select *, "window" as span from accuracy_figure')).all()
    return [
        Group(
            metric=metric, dimension=dimension, says=says, subject=subject, formula=formula,
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
