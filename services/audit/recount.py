"""Counts everything the figures rest on again, from the events of each encounter.

The rules are accuracy's, written again from their description (`services/claims/README.md`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from schemas import events
from services.audit import verdict
from services.audit.facts import NOT_IDENTIFIED, PREDETERMINATION, REVERSAL

FIRST_PASS, DENIAL_FREE = "first_pass_resolution", "coding_denial_free"
GRAINS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
FATES = ("confirmed", "pending", "refuted")
Key = tuple[object, ...]
Bucket = tuple[str, str, str, str, datetime, str]  # metric, dimension, subject, grain, start, name


@dataclass(slots=True)
class Decided:
    """A decision: when it was made, when it was known, what it says of each line."""

    key: Key
    at: datetime
    kind: str
    lines: dict[str, tuple[list[str], bool, set[tuple[str, str]], tuple[str, str]]]
    charge: int = 0


@dataclass(slots=True)
class Claim:
    """A submission and its decisions."""

    payer: str
    facility: str
    version: int
    original: bool
    void: bool
    charge: int
    sent_at: datetime | None = None
    billed: list[str] = field(default_factory=list)
    decided: dict[tuple[str, str, int], Decided] = field(default_factory=dict)


@dataclass(slots=True)
class Case:
    """All that counts of one encounter."""

    coded_at: dict[int, datetime] = field(default_factory=dict)
    coding: dict[int, dict[str, tuple[str, str]]] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    rulings: dict[tuple[str, str], str] = field(default_factory=dict)


def _coded(case: Case, event: events.Coded) -> None:
    case.coded_at[event.version] = event.occurred_at
    case.coding[event.version] = {x.line_id: _content(x, event.bill) for x in event.bill.lines}


def _claim(case: Case, event: events.Submitted | events.Adjudicated) -> Claim:
    first_payer = event.frequency == "1" and not event.bill.prior
    fresh = Claim(
        event.payer_id, event.bill.facility_id, event.version, first_payer,
        event.frequency == "8", event.bill.charge_cents,
    )
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
        if _concerned(event, n)
    }
    made = Decided(key, event.occurred_at, kind, lines, event.charge_cents)
    _claim(case, event).decided.setdefault(key, made)


def _concerned(event: events.Adjudicated, position: int) -> bool:
    """Tell whether a decision is about a line: one on a part of the claim says which."""
    if not event.lines or event.charge_cents >= event.bill.charge_cents:
        return True
    return position in [verdict.position(x, n, event.bill) for n, x in enumerate(event.lines)]


def _decided(case: Case, event: events.Decided) -> None:
    said = {"fault_confirmed": "confirmed", "fault_refuted": "refuted"}.get(event.decision)
    if said and event.control_number and event.coder_id:
        case.rulings[event.control_number, event.coder_id] = said


ADD: dict[type, Callable[[Case, Any], None]] = {
    events.Coded: _coded, events.Submitted: _submitted, events.Adjudicated: _adjudicated,
    events.Decided: _decided,
}  # fmt: skip


def _content(line: events.Line, bill: events.Bill) -> tuple[str, str]:
    pointed = [bill.diagnoses[p - 1].code for p in line.pointers if 0 < p <= len(bill.diagnoses)]
    return " ".join([line.code, *line.modifiers, str(line.units)]), " ".join(pointed)


def buckets(case: Case) -> Iterator[Bucket]:
    """Yield one bucket for each thing an encounter counts for."""
    for number, claim in case.claims.items():
        if not claim.original:
            continue
        made = sorted(
            (d for d in claim.decided.values() if d.kind != "reversal"), key=lambda d: d.key
        )
        first, end = _first(claim, made) if made else (None, ())
        out = ""
        if first and 2 * len(made) <= len(claim.decided):
            out = "reversed"
        elif first and first.kind in ("unprocessable", "duplicate"):
            out = first.kind
        if first:
            yield from _first_pass(claim, first, out)
        yield from _coding(case, number, first if not out else None, end)


def _first(claim: Claim, made: list[Decided]) -> tuple[Decided, Key]:
    """Return the first decision, its parts added up while they fit the claim, and its end."""
    parts, total = made[:1], made[0].charge
    for one in made[1:]:
        if claim.charge and total + one.charge <= claim.charge:
            parts.append(one)
            total += one.charge
    if len(parts) == 1:
        return made[0], made[0].key
    whole = Decided(made[0].key, made[0].at, "", {}, total)
    said = {one.kind for one in parts}
    for kind in ("resolved", "duplicate", "denied", "unprocessable"):
        whole.kind = kind if kind in said else whole.kind
    for line_id, (whose, denied, faults, content) in (x for p in parts for x in p.lines.items()):
        _, before, more, _ = whole.lines.get(line_id, ([], False, set(), content))
        whole.lines[line_id] = (whose, denied or before, faults | more, content)
    return whole, parts[-1].key


def _first_pass(claim: Claim, first: Decided, out: str) -> Iterator[Bucket]:
    names = [out or "adjudicated"]
    if first.kind == "resolved" and not out:
        names.append("resolved")
    for dimension, subject in (("payer", claim.payer), ("facility", claim.facility)):
        for grain in GRAINS:
            for name in names:
                yield FIRST_PASS, dimension, subject, grain, floor(first.at, grain), name


def _coding(case: Case, number: str, first: Decided | None, end: Key) -> Iterator[Bucket]:
    claim = case.claims[number]
    last = max(c.version for c in case.claims.values() if c.original and c.payer == claim.payer)
    things: list[tuple[str, datetime, str]] = []
    if claim.sent_at and claim.version == last:
        things += [(coder, claim.sent_at, "billed") for coder in claim.billed]
    for line_id, (coders, _, faults, content) in (first.lines if first else {}).items():
        for coder in coders:
            assert first  # noqa: S101 - there are lines
            things.append((coder, first.at, "adjudicated"))
            abouts = {about for whose, about in faults if whose == coder}
            fates = [_fate(case, claim, end, line_id, content, a) for a in abouts]
            ruling = case.rulings.get((number, coder))
            told = [ruling] if ruling and fates else [n for n in FATES if n in fates]
            things += [(coder, first.at, name) for name in told][:1]
    month = case.coded_at.get(claim.version)
    for coder, at, name in things:
        yield DENIAL_FREE, "coder", coder, "day", floor(at, "day"), name
        if month:
            yield DENIAL_FREE, "coder_month", coder, "month", floor(month, "month"), name


def _fate(
    case: Case, claim: Claim, end: Key, line_id: str, content: tuple[str, str], about: str
) -> str:
    """Return whether a fault is confirmed by a change, refuted by a payment, or pending."""
    latest = max(case.coding, default=0)
    if latest > max(claim.version, 1):
        part = int(about == "diagnosis")
        after = case.coding[latest].get(line_id)
        if after is None or after[part] != content[part]:
            return "confirmed"
    decided = [
        d for c in case.claims.values() if c.payer == claim.payer and not c.void
        for d in c.decided.values() if d.kind != "reversal"
    ]  # fmt: skip
    newest = max(decided, key=lambda d: d.key)
    line = newest.lines.get(line_id)
    return "refuted" if newest.key > end and line and not line[1] else "pending"


def floor(at: datetime, grain: str) -> datetime:
    """Return when the minute, hour, day or month of an instant begins."""
    zero = {"minute": 0, "second": 0, "microsecond": 0, "hour": 0, "day": 1}
    kept = {"minute": ("minute", "hour", "day"), "hour": ("hour", "day"), "day": ("day",)}
    for name in kept.get(grain, ()):
        del zero[name]
    return at.replace(**zero)  # type: ignore[arg-type]
