"""SQL of `exchange_item`: opened once, closed by the fact that resolves it, or by a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from schemas.ids import derive
from services.gateway.kinds import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something a person must look at.

    Attributes:
        kind: Of `services.gateway.kinds`.
        subject: Ids of ours; one open item each kind and subject.
        payer_id: The partner.
        reason: Place and rule, without content.
        amount_cents: The money it is about, if any.
        file_id: The file of theirs that raised it, if any.
    """

    kind: str
    subject: str
    payer_id: str
    reason: str = ""
    amount_cents: int | None = None
    file_id: str | None = None


def occurrence(remittance_id: str, ordinal: int) -> str:
    """Return the subject of a claim occurrence in a remittance."""
    return f"{remittance_id}/{ordinal}"


def open_all(conn: Connection, found: Sequence[Item], at: datetime) -> None:
    """Open items; one that is open already stays as it is."""
    if not found:
        return
    conn.execute(
        text(
            "insert into exchange_item (item_id, kind, subject, payer_id, team, state, opened_at,"
            " amount_cents, reason, file_id, closed_by, closing)"
            " select id, kind, subject, payer, team, 'open', cast(:at as timestamptz), amount,"
            " reason, file, '', '' from unnest(cast(:ids as uuid[]), cast(:kinds as text[]),"
            " cast(:subjects as text[]), cast(:payers as text[]), cast(:teams as text[]),"
            " cast(:amounts as bigint[]), cast(:reasons as text[]), cast(:files as uuid[]))"
            " as n (id, kind, subject, payer, team, amount, reason, file)"
            " on conflict do nothing"
        ),
        {
            "ids": [derive("exchange_item", i.kind, i.subject, at.isoformat()) for i in found],
            "kinds": [i.kind for i in found], "subjects": [i.subject for i in found],
            "payers": [i.payer_id for i in found], "teams": [KINDS[i.kind].team for i in found],
            "amounts": [i.amount_cents for i in found], "reasons": [i.reason for i in found],
            "files": [i.file_id for i in found], "at": at,
        },
    )


def close(
    conn: Connection, kind: str, subjects: Iterable[str], closing: str, at: datetime
) -> None:
    """Close the open items of a kind whose subject was resolved."""
    some = sorted(set(subjects))
    if some:
        conn.execute(
            text(
                "update exchange_item set state = 'closed', closed_at = :at, closing = :closing"
                " where kind = :kind and subject = any(:subjects) and state = 'open'"
            ),
            {"kind": kind, "subjects": some, "closing": closing, "at": at},
        )


def close_of_files(
    conn: Connection, kind: str, file_ids: Iterable[str], closing: str, at: datetime
) -> None:
    """Close the open items of a kind that some files raised."""
    some = sorted(set(file_ids))
    if some:
        conn.execute(
            text(
                "update exchange_item set state = 'closed', closed_at = :at, closing = :closing"
                " where kind = :kind and file_id = any(cast(:files as uuid[]))"
                " and state = 'open'"
            ),
            {"kind": kind, "files": some, "closing": closing, "at": at},
        )
