"""The offset ledger: what became of every input offset, as ranges that never overlap.

Kafka's committed offset only says where to resume; the ledger says what was done (invariant I2).
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlalchemy import Connection, text

from services.db import bulk
from services.db.tables.delivery import OFFSET_RANGE

Outcome = tuple[str, int, int, str]  # topic, partition, offset, done | duplicate | dead
Range = tuple[str, int, int, int, str]  # topic, partition, first, last, outcome


def ranges(outcomes: Iterable[Outcome]) -> list[Range]:
    """Return runs of neighbouring offsets with one outcome.

    >>> ranges([("t", 0, 4, "done"), ("t", 0, 5, "done"), ("t", 0, 6, "dead")])
    [('t', 0, 4, 5, 'done'), ('t', 0, 6, 6, 'dead')]
    """
    runs: list[Range] = []
    for topic, partition, offset, outcome in sorted(set(outcomes)):
        if runs:
            t, p, first, last, known = runs[-1]
            if (t, p, known) == (topic, partition, outcome) and last + 1 == offset:
                runs[-1] = (t, p, first, offset, known)
                continue
        runs.append((topic, partition, offset, offset, outcome))
    return runs


def record(conn: Connection, consumer: str, outcomes: Sequence[Outcome]) -> None:
    """Write the outcomes of a batch; offsets that are in the ledger already keep theirs.

    The caller holds the lock of (consumer, partition), so nobody writes these ranges meanwhile.
    """
    known = _known(conn, consumer, outcomes)
    fresh = [o for o in outcomes if not any(a <= o[2] <= b for a, b in known.get(o[:2], ()))]
    extended, added = [], []
    for topic, partition, first, last, outcome in ranges(fresh):
        before = next(
            ((a, b) for a, b in known.get((topic, partition), ()) if b + 1 == first), None
        )
        added.append((before, topic, partition, first, last, outcome))
    for before, topic, partition, first, last, outcome in added:
        row = {
            "consumer": consumer,
            "topic": topic,
            "partition": partition,
            "first": first,
            "last": last,
            "outcome": outcome,
        }
        if before and _extend(conn, row, before[0]):
            continue
        extended.append(row)
    bulk.insert(conn, OFFSET_RANGE, extended)


def _known(
    conn: Connection, consumer: str, outcomes: Sequence[Outcome]
) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """Return the ranges that touch a batch: (topic, partition) -> [(first, last)]."""
    spans = []
    for (topic, partition), group in groupby(sorted(outcomes), key=lambda o: o[:2]):
        offsets = [o[2] for o in group]
        spans.append((topic, partition, min(offsets) - 1, max(offsets)))
    rows = conn.execute(
        text(
            "select r.topic, r.partition, r.first, r.last from offset_range r join unnest("
            " cast(:topics as text[]), cast(:partitions as int[]),"
            " cast(:lows as bigint[]), cast(:highs as bigint[])"
            ") as s (topic, partition, low, high) on r.topic = s.topic"
            " and r.partition = s.partition and r.last >= s.low and r.first <= s.high"
            " where r.consumer = :consumer"
        ),
        {
            "consumer": consumer,
            "topics": [s[0] for s in spans],
            "partitions": [s[1] for s in spans],
            "lows": [s[2] for s in spans],
            "highs": [s[3] for s in spans],
        },
    )
    known: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for row in rows:
        known.setdefault((row.topic, row.partition), []).append((row.first, row.last))
    return known


def _extend(conn: Connection, row: dict[str, object], first: int) -> bool:
    """Lengthen the range that ends right before a new one of the same outcome."""
    result = conn.execute(
        text(
            "update offset_range set last = :last where consumer = :consumer and topic = :topic"
            " and partition = :partition and first = :start and outcome = :outcome"
        ),
        {**row, "start": first},
    )
    return result.rowcount == 1
