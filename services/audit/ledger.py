"""The ledger as the tables have it, to be held against what the files come to."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from services.audit.contradictions import CONTRADICTIONS, COUNTS, WHEN_IDLE
from services.audit.remit import Move, Sums


def occurrences(conn: Connection) -> dict[tuple[str, int], tuple[str, int, int]]:
    """Return every posted occurrence of a claim of ours, by remittance and ordinal."""
    rows = conn.execution_options(yield_per=5000).execute(
        text(
            "select cast(remittance_id as text) as id, ordinal, control_number, charge_cents,"
            " paid_cents from remittance_claim where matched"
        )
    )
    return {(r.id, r.ordinal): (r.control_number, r.charge_cents, r.paid_cents) for r in rows}


def remittance_ids(conn: Connection) -> Iterator[str]:
    """Yield every posted remittance."""
    yield from conn.execute(text("select cast(remittance_id as text) from remittance")).scalars()


def posted(conn: Connection, key: tuple[str, str, int, str, str]) -> list[Any]:
    """Return the remittances with a key: TRN03, TRN02, BPR02, BPR16, payee."""
    names = ("payer_key", "trace", "paid", "on", "payee")
    rows = conn.execute(
        text(
            "select cast(remittance_id as text) as id, difference_cents from remittance"
            " where payer_key = :payer_key and trace = :trace and paid_cents = :paid"
            " and payee_npi = :payee and to_char(paid_on, 'YYYYMMDD') = :on order by 1"
        ),
        dict(zip(names, key, strict=True)),
    )
    return list(rows)


def content(conn: Connection, remittance_id: str) -> tuple[tuple[Any, ...], ...]:
    """Return the occurrences of a remittance: ordinal, claim, status, charge, paid, patient."""
    rows = conn.execute(
        text(
            "select ordinal, control_number, status, charge_cents, paid_cents, patient_cents"
            " from remittance_claim where remittance_id = cast(:id as uuid) order by ordinal"
        ),
        {"id": remittance_id},
    )
    return tuple(tuple(row) for row in rows)


def flags(conn: Connection, remittance_id: str) -> dict[int, Any]:
    """Return by ordinal whether an occurrence is with its claim, or why not, and if it is ours."""
    rows = conn.execute(
        text(
            "select c.ordinal, c.matched, c.reason, c.reverses_id,"
            " g.control_number is not null as ours from remittance_claim c"
            " join remittance r using (remittance_id) left join gateway_claim g"
            " on g.control_number = c.control_number and g.payer_id = r.payer_id"
            " where remittance_id = cast(:id as uuid)"
        ),
        {"id": remittance_id},
    )
    return {row.ordinal: row for row in rows}


def moves(conn: Connection, remittance_id: str) -> dict[tuple[int, Move], int]:
    """Return what all postings about a remittance come to, by occurrence."""
    rows = conn.execute(
        text(
            "select ordinal, line_id, debit, credit, reason, cast(sum(amount_cents) as bigint)"
            " as cents from posting where remittance_id = cast(:id as uuid)"
            " group by 1, 2, 3, 4, 5 having sum(amount_cents) <> 0"
        ),
        {"id": remittance_id},
    )
    return {(r.ordinal, (r.line_id, r.debit, r.credit, r.reason)): int(r.cents) for r in rows}


def not_undone(conn: Connection, control_number: str) -> set[Sums]:
    """Return what each posted payment of a claim moved that no reversal has undone."""
    rows = conn.execute(
        text(
            "select cast(c.remittance_id as text) as id, c.ordinal, p.line_id, p.debit, p.credit,"
            " p.reason, cast(sum(p.amount_cents) as bigint) as cents from remittance_claim c"
            " join posting p using (remittance_id, ordinal)"
            " where c.control_number = :number and c.matched and c.status not in ('22', '25')"
            " and p.credit = 'receivable' and not exists (select from remittance_claim r"
            " where r.reverses_id = c.remittance_id and r.reverses_ordinal = c.ordinal)"
            " group by 1, 2, 3, 4, 5, 6 having sum(p.amount_cents) <> 0"
        ),
        {"number": control_number},
    )
    found: dict[tuple[str, int], set[tuple[Move, int]]] = defaultdict(set)
    for row in rows:
        move = (row.line_id, row.debit, row.credit, row.reason)
        found[row.id, row.ordinal].add((move, int(row.cents)))
    return {frozenset(sums) for sums in found.values()}


def figures(conn: Connection) -> dict[str, int]:
    """Return what was looked at, in numbers."""
    return {name: int(conn.execute(text(q)).scalar_one() or 0) for name, q in COUNTS.items()}


def contradictions(conn: Connection, *, idle: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield what cannot be in a ledger that is right, with what it concerns.

    Args:
        conn: In the snapshot.
        idle: Nothing is on its way, so that what must come has come.
    """
    for sentence, query in CONTRADICTIONS.items() | (WHEN_IDLE.items() if idle else set()):
        found = [str(one) for one in conn.execute(text(query)).scalars()]
        if found:
            yield sentence, found
