"""I14: every figure equals a recomputation from the topics, at the offsets accuracy had settled.

Counted again from every event, by rules written again; then three things must agree to the last
unit: the counts accuracy keeps, the figures it keeps, and the figures it told.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from schemas import events, topics
from services.audit import log
from services.audit.cut import Cut
from services.audit.log import Entry
from services.audit.recount import ADD, DENIAL_FREE, GRAINS, Bucket, Case, buckets, floor
from services.audit.result import Doubts, Result

CONSUMER = "accuracy"
WINDOWS = {
    "1h": ("minute", 60), "24h": ("hour", 24), "7d": ("day", 7), "30d": ("day", 30),
    "90d": ("day", 90),
}  # fmt: skip


class Figures:
    """Counts everything again, one partition at a time."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._cases: dict[str, Case] = {}
        self._counts: Counter[Bucket] = Counter()
        self._encounters = 0

    def see(self, entry: Entry) -> None:
        """Take in an event if accuracy had settled it."""
        add = ADD.get(type(entry.event))
        place = (entry.topic, entry.partition)
        if add and self._cut.settled(CONSUMER, place, entry.offset):
            add(self._cases.setdefault(entry.event.encounter_id, Case()), entry.event)

    def close(self) -> None:
        """Count the encounters of a partition and forget them."""
        for case in self._cases.values():
            for bucket in buckets(case):
                self._counts[bucket] += 1
        self._encounters += len(self._cases)
        self._cases = {}

    def result(self) -> Result:
        """Return what was found."""
        doubts = Doubts()
        kept = _kept(self._cut)
        differing = {b for b in kept.keys() | self._counts.keys() if kept[b] != self._counts[b]}
        doubts.add_all("a count is not what the topics say", map(_name, differing))
        rows = self._cut.conn.execute(text("select * from accuracy_figure")).all()
        by_subject: dict[tuple[str, str, str], dict[Bucket, int]] = defaultdict(dict)
        for bucket, count in self._counts.items():
            by_subject[bucket[:3]][bucket] = count
        for row in rows:
            subject = (row.metric, row.dimension, row.subject)
            for why in _flaws(row, by_subject[subject]):
                doubts.add(why, row.figure_id)
        told = _told(self._cut, {row.figure_id: row for row in rows}, doubts)
        return Result(
            "I14", "every figure equals its recomputation from the topics, difference 0",
            {"figures": len(rows), "told": told, "counts": len(self._counts),
             "encounters": self._encounters},
            doubts.violations(),
        )  # fmt: skip


def _kept(cut: Cut) -> Counter[Bucket]:
    rows = cut.conn.execute(
        text(
            "select metric, dimension, subject, grain, starts_at at time zone 'UTC' as starts_at,"
            " name, count as counted from accuracy_bucket where count <> 0"
        )
    )
    found: Counter[Bucket] = Counter()
    for r in rows:
        starts_at = r.starts_at.replace(tzinfo=UTC)
        found[r.metric, r.dimension, r.subject, r.grain, starts_at, r.name] = r.counted
    return found


def _flaws(row: Any, counts: dict[Bucket, int]) -> Iterator[str]:
    """Yield what of a kept figure is not the sum of its window's counts."""
    summed: Counter[str] = Counter()
    for (_, _, _, grain, starts_at, name), count in counts.items():
        if _inside(row, grain, starts_at):
            summed[name] += count
    coding = row.metric == DENIAL_FREE
    denominator = summed["adjudicated"]
    numerator = summed["resolved"]
    if coding:
        denominator -= summed["pending"] + summed["refuted"]
        numerator = denominator - summed["confirmed"]
    if (row.numerator, row.denominator) != (numerator, denominator):
        yield "a figure's numerator or denominator is not what the topics say"
    if any(x["count"] != summed[x["reason"]] for x in row.exclusions):
        yield "a figure's exclusions are not what the topics say"
    if coding and (row.adjudicated, row.billed) != (summed["adjudicated"], summed["billed"]):
        yield "a figure's share adjudicated is not what the topics say"


def _inside(row: Any, grain: str, starts_at: datetime) -> bool:
    if grain == "month" or row.window not in WINDOWS:
        return grain == "month" and f"{starts_at:%Y-%m}" == row.window
    wanted, many = WINDOWS[row.window]
    last = floor(row.as_of.astimezone(starts_at.tzinfo), wanted)
    return grain == wanted and last - (many - 1) * GRAINS[wanted] <= starts_at <= last


def _told(cut: Cut, rows: dict[str, Any], doubts: Doubts) -> int:
    """Hold the newest told revision of each figure against the kept one."""
    newest: dict[str, events.Accuracy] = {}
    ends = {place: end for place, end in cut.ends.items() if place[0] == topics.ACCURACY.name}
    for entry in log.events(log.read(cut.settings, cut.starts, ends)):
        known = newest.get(entry.event.figure_id)
        if known is None or entry.event.revision > known.revision:
            newest[entry.event.figure_id] = entry.event
    for figure_id, event in newest.items():
        row = rows.get(figure_id)
        if row is None:
            if cut.idle:
                doubts.add("a figure was told that is not kept", figure_id)
        elif row.revision == event.revision:
            if (row.numerator, row.denominator) != (event.numerator, event.denominator):
                doubts.add("a figure was told otherwise than it is kept", figure_id)
        elif cut.idle:
            doubts.add("the newest telling of a figure is not the kept one", figure_id)
    if cut.idle:
        doubts.add_all("a kept figure was never told", rows.keys() - newest.keys())
    return len(newest)


def _name(bucket: Bucket) -> str:
    return "|".join(map(str, bucket))
