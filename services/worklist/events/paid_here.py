"""What was paid here and what denied, for a code and a payer: of the last 365 days.

    adjudicated ──▶ code_decided: each line, and each diagnosis it was billed for
                ──▶ code_paid: counts and cents by payer, code and day, of every facility

Of each claim its latest decision counts, unless the payer took it back. A diagnosis counts with the
lines that point to it; of a claim of the hospital the principal one, with every line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from schemas.events import Adjudicated, EncounterEvent
from services.claims import adjustments, lifecycle, paid
from services.codes import carc
from services.db import bulk
from services.db.tables.paid import CODE_DECIDED

DAYS = timedelta(days=365)
MOST_REASONS = 3
SERVICE, DIAGNOSIS = "code", "dx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What was decided here for a code and a payer.

    Attributes:
        lines: Decided lines of the window.
        paid: Of these, with a payment and nothing denied.
        denied: Of these, denied whole or in part.
        paid_cents: Paid on all of them.
        charge_cents: Charged on all of them.
        reasons: Why denied, the most frequent first: (code, words, lines).
    """

    lines: int
    paid: int
    denied: int
    paid_cents: int
    charge_cents: int
    reasons: tuple[tuple[str, str, int], ...] = ()


def save(conn: Connection, events: Iterable[EncounterEvent]) -> None:
    """Add what the decisions of a batch say."""
    found = [row for one in events if isinstance(one, Adjudicated) for row in rows(one)]
    bulk.insert(conn, CODE_DECIDED, found, conflict="nothing")


def rows(event: Adjudicated) -> Iterator[dict[str, Any]]:
    """Yield what a decision says of each code; of one that is taken back, that it is."""
    if event.status == lifecycle.PREDETERMINATION or event.bill.prior:
        return
    whole: dict[str, Any] = {
        "event_id": event.event_id, "position": 0, "kind": "", "code": "",
        "payer_id": event.payer_id, "control_number": event.control_number,
        "decided_on": event.decided_on, "ordinal": event.ordinal, "charge_cents": 0,
        "paid_cents": 0, "denied": False, "reasons": [],
        "reversal": event.status == lifecycle.REVERSAL,
    }
    yield whole
    if not whole["reversal"]:
        for position, row in enumerate(_lines(event), 1):
            yield whole | row | {"position": position}


def _lines(event: Adjudicated) -> Iterator[dict[str, Any]]:
    """Yield each line under its service, then under each diagnosis it was billed for.

    The money of a stay sits at the claim: it is one line, its DRG and its principal diagnosis.
    """
    denied: dict[int, list[str]] = {}
    for one in adjustments.denials(event):
        reason = f"{one.adjustment.group}-{one.adjustment.carc}"
        denied.setdefault(one.position, []).append(reason)
    codes = [one.code for one in event.bill.diagnoses]
    if event.bill.encounter_class == paid.STAY:
        reasons = sorted({one for some in denied.values() for one in some})
        row = {
            "charge_cents": event.charge_cents, "paid_cents": event.paid_cents,
            "denied": bool(reasons), "reasons": reasons,
        }
        for _, drg, _ in paid.lines(event.bill):
            yield row | {"kind": SERVICE, "code": drg}
        yield from (row | {"kind": DIAGNOSIS, "code": code} for code in codes[:1])
        return
    for index, line in enumerate(event.lines):
        position = adjustments.position_of(line, index, event.bill)
        billed = event.bill.lines[position - 1] if position else None
        reasons = sorted({*denied.get(position or -1, ()), *denied.get(0, ())})
        row = {
            "charge_cents": line.charge_cents, "paid_cents": line.paid_cents,
            "denied": bool(reasons), "reasons": reasons,
        }
        service = (billed.code or billed.revenue_code) if billed else line.code
        yield row | {"kind": SERVICE, "code": service}
        pointers = (billed.pointers or (1,)) if billed else ()
        for at in pointers:
            if 0 < at <= len(codes):
                yield row | {"kind": DIAGNOSIS, "code": codes[at - 1]}


def many(
    conn: Connection, payer_id: str, wanted: Mapping[str, Iterable[str]], today: date
) -> dict[tuple[str, str], Here]:
    """Return (kind, code) -> what was decided here, for codes of which anything was."""
    asked = [(kind, code) for kind, codes in wanted.items() for code in codes]
    if not asked:
        return {}
    found: dict[tuple[str, str], Here] = {}
    given = {
        "payer": payer_id, "since": today - DAYS, "kinds": [kind for kind, _ in asked],
        "codes": [code for _, code in asked],
    }
    for row in conn.execute(_HERE, given):
        reasons = sorted(
            (row.reasons or {}).items(), key=lambda pair: (-pair[1], pair[0])
        )[:MOST_REASONS]
        found[row.kind, row.code] = Here(
            lines=int(row.lines), paid=int(row.paid), denied=int(row.denied),
            paid_cents=int(row.paid_cents), charge_cents=int(row.charge_cents),
            reasons=tuple((code, carc.describe(code.rpartition("-")[2]), n) for code, n in reasons),
        )
    return found


_HERE = text("""
    with asked as (
        select distinct * from unnest(cast(:kinds as text[]), cast(:codes as text[]))
            as a (kind, code)
    ), found as (
        select p.* from code_paid p join asked using (kind, code)
        where p.payer_id = :payer and p.code = any(cast(:codes as text[]))
            and p.decided_on > :since
    )
    select f.kind, f.code, sum(f.lines) as lines, sum(f.paid) as paid, sum(f.denied) as denied,
        sum(f.paid_cents) as paid_cents, sum(f.charge_cents) as charge_cents,
        (select jsonb_object_agg(r.reason, r.n) from (
            select reason, sum(t.lines) as n
            from found t, jsonb_array_elements_text(t.reasons) reason
            where t.kind = f.kind and t.code = f.code group by reason) r) as reasons
    from found f group by f.kind, f.code
""")
"""The view names no claim (migration 0022); the codes again, so that they reach its index."""
