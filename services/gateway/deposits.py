"""What the bank received, beside what remittances say: two facts, matched by trace and amount."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sqlalchemy import Connection, text

from schemas.ids import derive
from services.db import bulk
from services.db.tables.gateway import DEPOSIT
from services.gateway import items
from services.gateway.items import Item
from services.gateway.kinds import DEPOSIT_DIFFERS


class NotADeposit(Exception):  # noqa: N818 - the message names the line and the rule
    """A line of a bank's file, or what was typed, is no deposit."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """Money the bank received: the trace number it came with, cents, the day."""

    trace: str
    amount_cents: int
    deposited_on: date

    @property
    def deposit_id(self) -> str:
        """The same trace, amount and day are the same deposit."""
        return derive("deposit", self.trace, self.amount_cents, self.deposited_on.isoformat())


def typed(trace: str, amount: str, on: str) -> Deposit:
    """Return a deposit from text.

    Raises:
        NotADeposit: the message says which part breaks which rule.
    """
    if not trace.strip() or len(trace) > 50:
        raise NotADeposit("trace: 1 to 50 characters")
    try:
        cents = Decimal(amount) * 100
    except InvalidOperation:
        raise NotADeposit("amount: as 1234.56") from None
    if not cents.is_finite() or cents != cents.to_integral_value() or abs(cents) > 10**15:
        raise NotADeposit("amount: as 1234.56")
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise NotADeposit("date: as 2026-07-02") from None
    return Deposit(trace.strip(), int(cents), day)


def from_bank(path: Path) -> list[Deposit]:
    """Return the deposits of a CSV with the columns trace, amount, date.

    Raises:
        NotADeposit: the message names the line.
        OSError: it cannot be read.
    """
    found = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not {"trace", "amount", "date"} <= set(reader.fieldnames or ()):
            raise NotADeposit("line 1: the columns are trace, amount, date")
        for row in reader:
            try:
                values = (row["trace"] or "", row["amount"] or "", row["date"] or "")
                found.append(typed(*values))
            except NotADeposit as why:
                raise NotADeposit(f"line {reader.line_num}, {why}") from None
    return found


def note(
    conn: Connection, found: Sequence[Deposit], source: str, real: datetime, at: datetime
) -> int:
    """Store deposits and match them; return how many were new."""
    rows = {
        one.deposit_id: {
            "deposit_id": one.deposit_id, "trace": one.trace, "amount_cents": one.amount_cents,
            "deposited_on": one.deposited_on, "state": "unmatched", "source": source,
            "noted_at": real,
        }
        for one in found
    }
    added = bulk.insert(
        conn, DEPOSIT, list(rows.values()), conflict="nothing", returning="deposit_id"
    )
    match(conn, {one.trace for one in found}, at)
    return len(added)


def match(conn: Connection, traces: Iterable[str], at: datetime) -> None:
    """Hold deposits against the remittances with their trace; a difference becomes an item.

    Of several remittances with one trace the one with the deposit's amount is meant. What pays
    nothing has no deposit: payers reuse its trace.
    """
    rows = conn.execute(
        text(
            "update deposit d set state = n.state, remittance_id = n.remittance_id from ("
            " select distinct on (d.deposit_id) d.deposit_id, r.remittance_id, r.payer_id,"
            " r.paid_cents, case when r.remittance_id is null then 'unmatched'"
            " when r.paid_cents = d.amount_cents then 'matched' else 'differs' end as state"
            " from deposit d left join remittance r on r.trace = d.trace and r.paid_cents <> 0"
            " where d.trace = any(:traces) order by d.deposit_id,"
            " (r.paid_cents = d.amount_cents) desc nulls last, r.remittance_id) as n"
            " where d.deposit_id = n.deposit_id"
            " returning cast(d.deposit_id as text) as id, d.state, d.amount_cents,"
            " n.paid_cents, coalesce(n.payer_id, '') as payer_id,"
            " cast(n.remittance_id as text) as remittance_id"
        ),
        {"traces": sorted(set(traces))},
    ).all()
    right = {r.remittance_id for r in rows if r.state == "matched"}
    wrong = [r for r in rows if r.state == "differs" and r.remittance_id not in right]
    open_ids = {r.id for r in wrong}
    solved = (r.id for r in rows if r.id not in open_ids)
    items.close(conn, DEPOSIT_DIFFERS, solved, "a deposit over the right amount", at)
    items.open_all(
        conn,
        [
            Item(
                kind=DEPOSIT_DIFFERS, subject=r.id, payer_id=r.payer_id,
                reason="the deposit is not BPR02 of its remittance",
                amount_cents=r.amount_cents - r.paid_cents,
            )
            for r in wrong
        ],
        at,
    )
