"""I14: every figure equals a recomputation from the topics, at the offsets accuracy had settled.

Counted again from every event, by rules written again; then three things must agree to the last
unit: the counts accuracy keeps, the figures it keeps, and the figures it told.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from schemas import events, topics
from services.audit import log, verdict
from services.audit.cut import Cut
from services.audit.facts import NOT_IDENTIFIED, PREDETERMINATION, REVERSAL
from services.audit.log import Entry
from services.audit.result import Doubts, Result

CONSUMER = "accuracy"
FIRST_PASS, DENIAL_FREE = "first_pass_resolution", "coding_denial_free"
GRAINS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
WINDOWS = {
    "1h": ("minute", 60), "24h": ("hour", 24), "7d": ("day", 7), "30d": ("day", 30),
    "90d": ("day", 90),
}  # fmt: skip
FATES = ("confirmed", "pending", "refuted")
Bucket = tuple[str, str, str, str, datetime, str]  # metric, dimension, subject, grain, start, name


@dataclass(slots=True)
class Decided:
    """A decision: when it was made, when it was known, what it says of each line."""

    key: tuple[str, str, int]
    at: datetime
    kind: str
    lines: dict[str, tuple[list[str], bool, set[tuple[str, str]], tuple[str, str]]]


@dataclass(slots=True)
class Claim:
    """A submission and its decisions."""

    payer: str
    facility: str
    version: int
    original: bool
    sent_at: datetime | None = None
    billed: list[str] = field(default_factory=list)
    decided: dict[tuple[str, str, int], Decided] = field(default_factory=dict)


@dataclass(slots=True)
class Case:
    """All that counts of one encounter."""

    coded_at: dict[int, datetime] = field(default_factory=dict)
    coding: dict[int, dict[str, tuple[str, str]]] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)


class Figures:
    """Counts everything again, one partition at a time."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._cases: dict[str, Case] = {}
        self._counts: Counter[Bucket] = Counter()
        self._encounters = 0

    def see(self, entry: Entry) -> None:
        """Take in an event if accuracy had settled it."""
        add = _ADD.get(type(entry.event))
        place = (entry.topic, entry.partition)
        if add and self._cut.settled(CONSUMER, place, entry.offset):
            add(self._cases.setdefault(entry.event.encounter_id, Case()), entry.event)

    def close(self) -> None:
        """Count the encounters of a partition and forget them."""
        for case in self._cases.values():
            for bucket in _buckets(case):
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


def _coded(case: Case, event: events.Coded) -> None:
    case.coded_at[event.version] = event.occurred_at
    case.coding[event.version] = {x.line_id: _content(x, event.bill) for x in event.bill.lines}


def _claim(case: Case, event: events.Submitted | events.Adjudicated) -> Claim:
    fresh = Claim(event.payer_id, event.bill.facility_id, event.version, event.frequency == "1")
    return case.claims.setdefault(event.control_number, fresh)


def _submitted(case: Case, event: events.Submitted) -> None:
    claim = _claim(case, event)
    claim.sent_at = event.occurred_at
    claim.billed = [c for x in event.bill.lines for c in verdict.authors(x, event.bill)]


def _adjudicated(case: Case, event: events.Adjudicated) -> None:
    if event.status == PREDETERMINATION:
        return
    key = (event.decided_on.isoformat(), event.remittance_id, event.ordinal)
    found = list(verdict.denials(event))
    remarks = {*event.remarks, *(r for line in event.lines for r in line.remarks)}
    kind = "denied" if found else "resolved"
    if found and {d.carc for d in found} == {"18"}:
        kind = "duplicate"
    if event.status == NOT_IDENTIFIED or verdict.NEVER_ADJUDICATED in remarks:
        kind = "unprocessable"
    if event.status == REVERSAL:
        kind = "reversal"
    lines = {
        line.line_id: (
            verdict.authors(line, event.bill),
            any(d.position in (0, n) for d in found),
            verdict.faults(event, found, n),
            _content(line, event.bill),
        )
        for n, line in enumerate(event.bill.lines, 1)
    }
    _claim(case, event).decided[key] = Decided(key, event.occurred_at, kind, lines)


_ADD: dict[type, Callable[[Case, Any], None]] = {
    events.Coded: _coded, events.Submitted: _submitted, events.Adjudicated: _adjudicated,
}  # fmt: skip


def _content(line: events.Line, bill: events.Bill) -> tuple[str, str]:
    pointed = [bill.diagnoses[p - 1].code for p in line.pointers if 0 < p <= len(bill.diagnoses)]
    return " ".join([line.code, *line.modifiers, str(line.units)]), " ".join(pointed)


def _buckets(case: Case) -> Iterator[Bucket]:
    """Yield one bucket for each thing an encounter counts for."""
    for claim in case.claims.values():
        if not claim.original:
            continue
        made = sorted(
            (d for d in claim.decided.values() if d.kind != "reversal"), key=lambda d: d.key
        )
        first = made[0] if made else None
        out = ""
        if first and 2 * len(made) <= len(claim.decided):
            out = "reversed"
        elif first and first.kind in ("unprocessable", "duplicate"):
            out = first.kind
        if first:
            yield from _first_pass(claim, first, out)
        yield from _coding(case, claim, first if not out else None)


def _first_pass(claim: Claim, first: Decided, out: str) -> Iterator[Bucket]:
    names = [out or "adjudicated"]
    if first.kind == "resolved" and not out:
        names.append("resolved")
    for dimension, subject in (("payer", claim.payer), ("facility", claim.facility)):
        for grain in GRAINS:
            for name in names:
                yield FIRST_PASS, dimension, subject, grain, _floor(first.at, grain), name


def _coding(case: Case, claim: Claim, first: Decided | None) -> Iterator[Bucket]:
    last = max(c.version for c in case.claims.values() if c.original and c.payer == claim.payer)
    things: list[tuple[str, datetime, str]] = []
    if claim.sent_at and claim.version == last:
        things += [(coder, claim.sent_at, "billed") for coder in claim.billed]
    for line_id, (coders, _, faults, content) in (first.lines if first else {}).items():
        for coder in coders:
            assert first  # noqa: S101 - there are lines
            things.append((coder, first.at, "adjudicated"))
            abouts = {about for whose, about in faults if whose == coder}
            fates = [_fate(case, claim, first, line_id, content, a) for a in abouts]
            things += [(coder, first.at, name) for name in FATES if name in fates][:1]
    month = case.coded_at.get(claim.version)
    for coder, at, name in things:
        yield DENIAL_FREE, "coder", coder, "day", _floor(at, "day"), name
        if month:
            yield DENIAL_FREE, "coder_month", coder, "month", _floor(month, "month"), name


def _fate(
    case: Case, claim: Claim, first: Decided, line_id: str, content: tuple[str, str], about: str
) -> str:
    """Return whether a fault is confirmed by a change, refuted by a payment, or pending."""
    latest = max(case.coding, default=0)
    if latest > max(claim.version, 1):
        part = int(about == "diagnosis")
        after = case.coding[latest].get(line_id)
        if after is None or after[part] != content[part]:
            return "confirmed"
    decided = [
        d for c in case.claims.values() if c.payer == claim.payer
        for d in c.decided.values() if d.kind != "reversal"
    ]  # fmt: skip
    newest = max(decided, key=lambda d: d.key)
    line = newest.lines.get(line_id)
    return "refuted" if newest.key > first.key and line and not line[1] else "pending"


def _floor(at: datetime, grain: str) -> datetime:
    zero = {"minute": 0, "second": 0, "microsecond": 0, "hour": 0, "day": 1}
    kept = {"minute": ("minute", "hour", "day"), "hour": ("hour", "day"), "day": ("day",)}
    for name in kept.get(grain, ()):
        del zero[name]
    return at.replace(**zero)  # type: ignore[arg-type]


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
    wanted, buckets = WINDOWS[row.window]
    last = _floor(row.as_of.astimezone(starts_at.tzinfo), wanted)
    return grain == wanted and last - (buckets - 1) * GRAINS[wanted] <= starts_at <= last


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
