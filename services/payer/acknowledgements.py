"""TA1, 999 and 277CA: what became of a file, its sets and its claims before adjudication."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.payer.claim import Claim, Status
from services.payer.envelope import Head, Row, code, group, interchange, money, text
from services.payer.plan import Plan
from services.payer.reading import Group, Interchange, Set

_CLAIM_STATUS = "005010X214"
_SYNTAX = "005010X231"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What syntax says of one set: IK5 code and the IK3/IK4 rows before it."""

    code: str
    rows: tuple[Row, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What the front door says of one claim.

    Attributes:
        claim: The claim.
        parts: Our number and the charge of each part it was let in as, mostly one.
        refused: Why it was not let in.
    """

    claim: Claim
    parts: tuple[tuple[str, int], ...]
    refused: tuple[Status, ...]


def ta1(head: Head, found: Interchange, note: str) -> bytes:
    """Return the answer that refuses a whole interchange (TA105 = `note`)."""
    return interchange(head, [("TA1", found.control, found.date, found.time, "R", note)])


def syntax(head: Head, found: Group, verdicts: Sequence[Verdict]) -> bytes:
    """Return the 999 of one functional group, one verdict a set in order."""
    return interchange(head, _syntax(head, found, verdicts))


def _syntax(head: Head, found: Group, verdicts: Sequence[Verdict]) -> Iterator[Row]:
    yield group(head, "FA", _SYNTAX)
    yield ("ST", "999", "0001", _SYNTAX)
    guide = code(found.guide, 12)
    yield ("AK1", code(found.kind, 2), code(found.control, 9), guide)
    for one, verdict in zip(found.sets, verdicts, strict=True):
        yield ("AK2", "837", code(one.control, 9), code(one.guide, 35) or guide)
        yield from verdict.rows
        yield ("IK5", verdict.code, *verdict.errors[:5])
    taken = sum(verdict.code != "R" for verdict in verdicts)
    count = str(len(verdicts))
    refused = found.errors or not taken
    verdict_code = "R" if refused else "A" if taken == len(verdicts) else "P"
    good = "0" if found.errors else str(taken)
    yield ("AK9", verdict_code, count, count, good, *found.errors[:5])


def claim_status(head: Head, plan: Plan, sets: Sequence[tuple[Set, Sequence[Entry]]]) -> bytes:
    """Return the 277CA of a file: one set for each accepted 837 set."""
    rows: list[Row] = [group(head, "HN", _CLAIM_STATUS)]
    for number, (one, entries) in enumerate(sets, 1):
        rows += _status_set(head, plan, number, one, entries)
    return interchange(head, rows)


def _status_set(
    head: Head, plan: Plan, number: int, one: Set, entries: Sequence[Entry]
) -> Iterator[Row]:
    day, minute = f"{head.at:%Y%m%d}", f"{head.at:%H%M}"
    batch = code(one.reference, 50)
    yield ("ST", "277", f"{number:04d}", _CLAIM_STATUS)
    yield ("BHT", "0085", "08", f"{head.number}-{number}", day, minute, "TH")
    yield ("HL", "1", "", "20", "1")
    yield ("NM1", "PR", "2", plan.name, "", "", "", "", "PI", plan.payer_id)
    yield ("TRN", "1", f"{head.number}-{number}")
    yield ("DTP", "050", "D8", day)
    yield ("DTP", "009", "D8", day)
    yield ("HL", "2", "1", "21", "1")
    name = text(one.submitter_name, 60) or "SUBMITTER"
    yield ("NM1", "41", "2", name, "", "", "", "", "46", code(one.submitter, 80) or "UNKNOWN")
    yield ("TRN", "2", batch)
    yield ("STC", "A1:20", day, "WQ", money(sum(e.claim.total_cents for e in entries)))
    yield from _counts(entries, "90", "AA")
    level = 2
    for npi, members in groupby(entries, key=lambda e: (e.claim.billing_npi, e.claim.billing_name)):
        level, parent = level + 1, level + 1
        together = list(members)
        yield from _provider(npi, parent, together)
        for entry in together:
            for part in entry.parts or (("", 0),):
                level += 1
                yield ("HL", str(level), str(parent), "PT")
                yield from _claim(entry, part, day)


def _provider(npi: tuple[str, str], level: int, entries: Sequence[Entry]) -> Iterator[Row]:
    number, name = code(npi[0], 80) or "0000000000", text(npi[1], 60) or "PROVIDER"
    yield ("HL", str(level), "2", "19", "1")
    yield ("NM1", "85", "2", name, "", "", "", "", "XX", number)
    yield ("TRN", "1", f"{level}")
    yield ("STC", "A1:19:PR", "", "WQ", money(sum(e.claim.total_cents for e in entries)))
    yield from _counts(entries, "QA", "QC")


def _counts(entries: Sequence[Entry], taken: str, refused: str) -> Iterator[Row]:
    good = [e.claim.total_cents for e in entries if not e.refused]
    bad = [e.claim.total_cents for e in entries if e.refused]
    if good:
        yield ("QTY", taken, str(len(good)))
    if bad:
        yield ("QTY", refused, str(len(bad)))
    if good:
        yield ("AMT", "YU", money(sum(good)))
    if bad:
        yield ("AMT", "YY", money(sum(bad)))


def _claim(entry: Entry, part: tuple[str, int], day: str) -> Iterator[Row]:
    claim, (number, cents) = entry.claim, part
    family, given = text(claim.family, 60) or "UNKNOWN", text(claim.given, 35)
    member = code(claim.member_id, 80) or "UNKNOWN"
    yield ("NM1", "QC", "1", family, given, "", "", "", "MI", member)
    yield ("TRN", "2", code(claim.control_number, 50) or "UNKNOWN")
    total = money(claim.total_cents)
    whole = [status for status in entry.refused if not status.line]
    if not entry.refused:
        yield ("STC", "A5:20" if len(entry.parts) > 1 else "A2:20", day, "WQ", money(cents))
        yield ("REF", "1K", number)
    for status in whole:
        yield ("STC", _code(status), day, "U", total)
    if entry.refused and not whole:
        yield ("STC", "A7:247", day, "U", total)
    if claim.facility is not None and claim.place:
        yield ("REF", "BLT", code(f"{claim.place}{claim.frequency}", 50))
    yield ("DTP", "472", *_days(claim, day))
    for status in entry.refused:
        if status.line:
            yield from _line(claim, status, day)


def _line(claim: Claim, status: Status, day: str) -> Iterator[Row]:
    line = next((one for one in claim.lines if one.number == status.line), None)
    if line is not None:
        procedure, revenue = f"HC:{code(line.code, 48) or 'NONE'}", code(line.revenue, 4)
        if revenue and not line.code:
            procedure, revenue = f"NU:{revenue}", ""
        yield ("SVC", procedure, money(line.charge_cents), "", revenue)
        yield ("STC", _code(status), day, "U")
        if line.line_id:
            yield ("REF", "FJ", code(line.line_id, 50))
        if len(line.served_on) == 8 and line.served_on.isdigit():
            yield ("DTP", "472", "D8", line.served_on)


def _code(status: Status) -> str:
    return ":".join(filter(None, (status.category, status.code, status.entity)))


def _days(claim: Claim, today: str) -> tuple[str, str]:
    first, last = claim.first_day, claim.last_day
    if not (first.isdigit() and last.isdigit() and len(first) == len(last) == 8):
        return "D8", today
    return ("D8", first) if first == last else ("RD8", f"{first}-{last}")
