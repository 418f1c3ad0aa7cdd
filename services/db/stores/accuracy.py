"""Accuracy's state: facts by encounter, counts by bucket, figures by key.

Rows of buckets and figures belong to many encounters and so to workers of other partitions too:
both are written in the order of their keys, buckets before figures, so that no two transactions
wait for each other; a figure's sum is taken after its row is locked, so the highest revision has
seen every count that any lower one has.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from schemas.events import Accuracy, Event
from services.claims.accuracy import Case, Known
from services.claims.figures import Bucket, Window
from services.db import bulk
from services.db.tables.accuracy import ACCURACY_CASE, ACCURACY_FIGURE

_LOAD = text("select encounter_id, content from accuracy_case where encounter_id = any(:ids)")
_COUNT = text(
    "insert into accuracy_bucket as known"
    " (metric, dimension, subject, grain, starts_at, name, count)"
    " select * from unnest(cast(:metric as text[]), cast(:dimension as text[]),"
    " cast(:subject as text[]), cast(:grain as text[]), cast(:starts_at as timestamptz[]),"
    " cast(:name as text[]), cast(:count as bigint[]))"
    " on conflict (metric, dimension, subject, grain, starts_at, name)"
    " do update set count = known.count + excluded.count"
)
_LOCK = text(
    "insert into accuracy_figure as known (figure_id, metric, dimension, subject, \"window\","
    " as_of, numerator, denominator, exclusions, adjudicated, billed, lower, upper, minimum,"
    " revision)"
    " select *, cast(:as_of as timestamptz), 0, 0, cast('[]' as jsonb), 0, 0, 0, 1, 0, 1"
    " from unnest(cast(:figure_id as text[]), cast(:metric as text[]),"
    " cast(:dimension as text[]), cast(:subject as text[]), cast(:window as text[]))"
    " on conflict (figure_id) do update set revision = known.revision + 1,"
    " as_of = greatest(known.as_of, excluded.as_of)"
    " returning figure_id, revision, as_of"
)
_SUM = text(
    "select f.figure_id, b.name, sum(b.count) as counted"
    " from unnest(cast(:figure_id as text[]), cast(:metric as text[]),"
    " cast(:dimension as text[]), cast(:subject as text[]), cast(:grain as text[]),"
    " cast(:first as timestamptz[]), cast(:last as timestamptz[]))"
    " as f (figure_id, metric, dimension, subject, grain, first, last)"
    " join accuracy_bucket b on (b.metric, b.dimension, b.subject, b.grain)"
    " = (f.metric, f.dimension, f.subject, f.grain) and b.starts_at between f.first and f.last"
    " group by f.figure_id, b.name"
)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Case)


def load(conn: Connection, events: Sequence[Event]) -> Mapping[str, Known]:
    """Return what is known of the events' encounters."""
    ids = sorted({getattr(event, "encounter_id", "") for event in events})
    found = {
        row.encounter_id: _DECODER.decode(row.content) for row in conn.execute(_LOAD, {"ids": ids})
    }
    return {key: Known(case, case) for key, case in found.items()}


def save(conn: Connection, changed: Mapping[str, Known]) -> None:
    """Write the changed encounters' facts."""
    bulk.insert(
        conn,
        ACCURACY_CASE,
        [
            {"encounter_id": key, "content": _ENCODER.encode(known.case)}
            for key, known in sorted(changed.items())
        ],
        conflict="update",
    )


def count(conn: Connection, change: Counter[Bucket]) -> None:
    """Add differences to the counts; rows are locked in the order of their keys."""
    buckets = sorted(change)
    if buckets:
        columns = zip(*buckets, strict=True)
        arrays = dict(zip(Bucket._fields, map(list, columns), strict=True))
        conn.execute(_COUNT, arrays | {"count": [change[bucket] for bucket in buckets]})


def lock(
    conn: Connection, windows: Sequence[Window], now: datetime
) -> dict[str, tuple[int, datetime]]:
    """Lock figures and return the next revision of each, with the instant it is as of.

    The instant never goes back, whichever worker's clock read is the later.
    """
    rows = conn.execute(_LOCK, _keys(windows, "window") | {"as_of": now})
    return {row.figure_id: (row.revision, row.as_of.astimezone(UTC)) for row in rows}


def sums(
    conn: Connection, windows: Sequence[Window], as_of: Mapping[str, datetime]
) -> dict[str, dict[str, int]]:
    """Return figure -> name -> count over the figure's window."""
    spans = [window.span(as_of[window.figure_id]) for window in windows]
    found: dict[str, dict[str, int]] = {}
    rows = conn.execute(
        _SUM,
        _keys(windows, "grain")
        | {"first": [first for first, _ in spans], "last": [last for _, last in spans]},
    )
    for row in rows:
        found.setdefault(row.figure_id, {})[row.name] = int(row.counted)
    return found


def keep(conn: Connection, told: Sequence[Accuracy]) -> None:
    """Write the figures as told; their rows are locked already."""
    names = [column.name for column in ACCURACY_FIGURE.columns]
    rows = []
    for event in told:
        content: dict[str, Any] = asdict(event)
        rows.append({name: content[name] for name in names})
    bulk.update(conn, ACCURACY_FIGURE, rows)


def _keys(windows: Sequence[Window], *more: str) -> dict[str, list[Any]]:
    names = ("figure_id", "metric", "dimension", "subject", *more)
    return {name: [getattr(window, name) for window in windows] for name in names}
