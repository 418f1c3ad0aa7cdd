"""What a decision denies, and whose code it faults: from CAS and the paid amounts, never CLP02.

The tables of codes are data and are read as files (`services/claims/data/*.csv`); the rules are
written here again on purpose.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from schemas import events
from schemas.events import Adjudicated, Bill, Line

TABLES = Path(__file__).parents[1] / "claims" / "data"
CODERS = ("coder", "suggestion")
KINDS = ("CODING", "BUNDLING", "UNITS")
REMARK_DECIDES = ("16", "96", "129", "148", "226", "227", "234", "237", "252", "A1")
NEVER_ADJUDICATED = "MA130"


@dataclass(frozen=True, slots=True)
class Denial:
    """An adjustment that denies: which line of the bill (0 the claim, -1 unknown), why."""

    position: int
    carc: str
    remarks: tuple[str, ...]


def denies(event: Adjudicated) -> bool:
    """Tell whether some adjustment of a decision is a denial."""
    return next(denials(event), None) is not None


def denials(event: Adjudicated) -> Iterator[Denial]:
    """Yield every adjustment of a decision that denies."""
    for carc in _denying(event, event.charge_cents, event.paid_cents, event.adjustments):
        yield Denial(0, carc, event.remarks)
    for index, line in enumerate(event.lines):
        place = position(line, index, event.bill)
        for carc in _denying(event, line.charge_cents, line.paid_cents, line.adjustments):
            yield Denial(place, carc, (*line.remarks, *event.remarks))


def _denying(
    event: Adjudicated, charge: int, paid: int, adjustments: tuple[events.Adjustment, ...]
) -> Iterator[str]:
    for one in adjustments:
        if charge <= 0 or one.amount_cents <= 0:
            continue
        row = _row(one.carc, event.bill.claim_type, event.payer_id, event.decided_on)
        how = row.get("denial", "yes")
        unpaid = {"unpaid_line": paid <= 0, "unpaid_claim": not _honoured(event)}
        if unpaid.get(how, how == "yes"):
            yield one.carc


def position(line: events.PaidLine, index: int, bill: Bill) -> int:
    """Return which line of the bill was decided, from 1; -1 when none can be told."""
    if line.line_id:
        same = [n for n, b in enumerate(bill.lines, 1) if b.line_id == line.line_id]
    else:
        same = [n for n, b in enumerate(bill.lines, 1) if b.code == line.code]
        if index + 1 in same:
            return index + 1
    return same[0] if same else -1


def authors(line: Line, bill: Bill) -> list[str]:
    """Return the coders whose coding a line is: of its procedure and the diagnoses it points to."""
    whose = [(line.source, line.assigned_by)]
    whose += [
        (bill.diagnoses[p - 1].source, bill.diagnoses[p - 1].assigned_by)
        for p in line.pointers
        if 0 < p <= len(bill.diagnoses)
    ]
    return sorted({assigned_by for source, assigned_by in whose if source in CODERS})


def faults(event: Adjudicated, found: list[Denial], position: int) -> set[tuple[str, str]]:
    """Return coder and what is faulted, for each coding reason one line was denied for."""
    line = event.bill.lines[position - 1]
    blamed = set()
    for denial in found:
        if denial.position not in (0, position):
            continue
        row = _routed(denial, event)
        if row.get("category") in KINDS and row.get("team") == "CODING":
            coder = _whose(row.get("about", ""), denial.position, event)
            if coder in authors(line, event.bill):
                blamed.add((coder, row.get("about", "")))
    return blamed


def _whose(about: str, position: int, event: Adjudicated) -> str:
    """Return the coder a reason is about; empty when it is nobody's of coding."""
    bill = event.bill
    line = bill.lines[position - 1] if 0 < position <= len(bill.lines) else None
    if about == "diagnosis":
        pointed = line.pointers[0] if line and line.pointers else 1
        if not 0 < pointed <= len(bill.diagnoses):
            return event.coder_id
        diagnosis = bill.diagnoses[pointed - 1]
        return diagnosis.assigned_by if diagnosis.source in CODERS else ""
    if line is None or not about or (about == "modifier" and line.source not in CODERS):
        return event.coder_id
    return line.assigned_by if line.source in CODERS else ""


def _routed(denial: Denial, event: Adjudicated) -> dict[str, str]:
    """Return a reason's row once its remarks and the never-coder list are heard."""
    row = dict(_row(denial.carc, event.bill.claim_type, event.payer_id, event.decided_on))
    last: dict[str, str] = {}
    for one in _table("rarc_routing.csv"):
        codes = one["carcs"].split() or REMARK_DECIDES
        if denial.carc in codes and one["rarc"] in denial.remarks and _holds(one, event.decided_on):
            last = one
            if one["rarc"] != NEVER_ADJUDICATED:
                break
    row |= {name: last[name] for name in ("category", "team", "about") if last}
    if row.get("team") == "CODING" and denial.carc in _never_coder():
        row |= {"team": "BILLING", "about": ""}
    return row


def _honoured(event: Adjudicated) -> bool:
    """Tell whether a claim was paid, or what would have been paid is the patient's to pay."""
    adjusted = [*event.adjustments, *(a for line in event.lines for a in line.adjustments)]
    share = [a for a in adjusted if a.group == "PR" and a.carc in ("1", "2", "3")]
    return event.paid_cents > 0 or any(a.amount_cents > 0 for a in share)


@cache
def _row(carc: str, claim_type: str, payer: str, on: date) -> dict[str, str]:
    """Return a code's row, the payer's own first; a code no row knows denies, and is no coding."""
    found = [
        row for row in _table("carc_routing.csv")
        if row["carc"] == carc and row["claim_type"] in ("", claim_type)
        and row["payer_id"] in ("", payer) and _holds(row, on)
    ]  # fmt: skip
    return next((row for row in found if row["payer_id"]), found[0] if found else {})


def _holds(row: dict[str, str], on: date) -> bool:
    begins, ends = row["starts_on"] or str(date.min), row["ends_on"] or str(date.max)
    return begins <= on.isoformat() <= ends


@cache
def _never_coder() -> frozenset[str]:
    return frozenset(row["carc"] for row in _table("never_coder.csv"))


@cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    with (TABLES / name).open(newline="") as file:
        return tuple(csv.DictReader(file))
