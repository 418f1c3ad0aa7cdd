"""What people see of the exchange with payers, and the two things they do to it.

Read by the pages and the command line; `approve` and `close` are all they write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from services.gateway.kinds import ACK_OVERDUE, KINDS, REMITTANCE_HELD, Kind

APPROVERS = ("biller", "supervisor")
CLOSED_BY_FACTS = (REMITTANCE_HELD, ACK_OVERDUE)
_COLUMNS = (
    "cast(i.item_id as text) as item_id, i.kind, i.subject, i.payer_id, i.team, i.state,"
    " i.opened_at, i.closed_at, i.amount_cents, i.reason, cast(i.file_id as text) as file_id,"
    " i.closed_by, i.closing"
)
_AFTER = (
    "(i.opened_at, i.item_id) > (select o.opened_at, o.item_id from exchange_item o"
    " where o.item_id = cast(:after as uuid))"
)
LONGEST_REASON = 500


class NotPossible(Exception):  # noqa: N818 - the message is a sentence for the person
    """What a person wants cannot be done."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as a person sees it.

    Attributes:
        item_id: The item.
        kind: Its kind's name.
        about: The kind: words, what ends it, what to do.
        subject: What it is about.
        payer_id: The partner.
        team: Who must look.
        state: open or closed.
        opened_at: Business time.
        closed_at: Business time, once closed.
        amount_cents: The money it is about.
        reason: Place and rule.
        file_id: The file that raised it.
        closed_by: A person; empty: the fact did.
        closing: What closed it.
    """

    item_id: str
    kind: str
    about: Kind
    subject: str
    payer_id: str
    team: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    amount_cents: int | None
    reason: str
    file_id: str | None
    closed_by: str
    closing: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for a program."""
        named = {name: getattr(self, name) for name in self.__slots__ if name != "about"}
        return named | {"says": self.about.says, "todo": self.about.todo, "ends": self.about.ends}


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's word that a held file is to be posted."""

    person: str
    role: str
    reason: str
    at: datetime


def select(
    conn: Connection, *, state: str = "open", kind: str = "", after: str = "", most: int = 500
) -> list[Shown]:
    """Return items, the oldest first.

    Args:
        conn: A connection.
        state: open, closed, or empty for both.
        kind: One kind, or empty for all.
        after: Only those that follow this item; empty from the first on.
        most: No more than so many.
    """
    rows = conn.execute(
        text(listing(state=state, kind=kind, after=after)),
        {"state": state, "kind": kind, "after": after, "most": most},
    )
    return [_shown(row) for row in rows]


def listing(*, state: str, kind: str, after: str) -> str:
    """Return the statement of `select`: only what is asked for stands in it, so an index serves."""
    where = ["true"]
    where += ["i.state = :state"] if state else []
    where += ["i.kind = :kind"] if kind else []
    where += [_AFTER] if after else []
    return (
        f"select {_COLUMNS} from exchange_item i where {' and '.join(where)}"  # noqa: S608 - our own text
        " order by i.opened_at, i.item_id limit :most"
    )


def counts(conn: Connection) -> dict[str, tuple[int, int]]:
    """Return how many items of each kind are open, and the cents they are about."""
    rows = conn.execute(
        text(
            "select kind, count(*) as n, coalesce(sum(amount_cents), 0) as cents"
            " from exchange_item where state = 'open' group by kind order by kind"
        )
    )
    return {row.kind: (int(row.n), int(row.cents)) for row in rows}


def get(conn: Connection, item_id: str) -> Shown | None:
    """Return an item, if there is one."""
    row = conn.execute(
        text(f"select {_COLUMNS} from exchange_item i where cast(i.item_id as text) = :id"),  # noqa: S608 - our own text
        {"id": item_id},
    ).one_or_none()
    return None if row is None else _shown(row)


def approvals(conn: Connection, file_id: str | None) -> Sequence[Approval]:
    """Return who released a file so far."""
    if file_id is None:
        return ()
    rows = conn.execute(
        text(
            "select person, role, reason, at from release_approval"
            " where cast(file_id as text) = :id order by at, person"
        ),
        {"id": file_id},
    )
    return [Approval(*row) for row in rows]


def approve(
    conn: Connection, file_id: str, person: str, role: str, reason: str, at: datetime
) -> str:
    """Note that somebody releases a held file; return what is still missing, or nothing.

    Args:
        conn: A connection in a transaction.
        file_id: The file.
        person: Sign-in name of who says so.
        role: Of that person.
        reason: Why it may be posted although it does not balance.
        at: Real time.

    Raises:
        NotPossible: the message is a sentence for the person.
    """
    if role not in APPROVERS:
        raise NotPossible("A biller and a supervisor release files.")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise NotPossible(f"A reason is needed, in up to {LONGEST_REASON} characters.")
    state = conn.execute(
        text("select state from inbound_file where cast(file_id as text) = :id for update"),
        {"id": file_id},
    ).scalar_one_or_none()
    if state != "held":
        raise NotPossible("No file with this id is held.")
    conn.execute(
        text(
            "insert into release_approval (file_id, person, role, reason, at) values"
            " (cast(:id as uuid), :person, :role, :reason, :at)"
            " on conflict (file_id, person) do nothing"
        ),
        {"id": file_id, "person": person, "role": role, "reason": reason.strip(), "at": at},
    )
    given = approvals(conn, file_id)
    if len(given) < 2:
        return "a second person" if role == "supervisor" else "a supervisor"
    return "" if any(one.role == "supervisor" for one in given) else "a supervisor"


def close(conn: Connection, item_id: str, person: str, reason: str, at: datetime) -> None:
    """Close an item that no fact closes, with the reason.

    Raises:
        NotPossible: the message is a sentence for the person.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise NotPossible(f"A reason is needed, in up to {LONGEST_REASON} characters.")
    closed = conn.execute(
        text(
            "update exchange_item set state = 'closed', closed_at = :at, closed_by = :person,"
            " closing = :reason where cast(item_id as text) = :id and state = 'open'"
            " and not (kind = any(:facts))"
        ),
        {
            "id": item_id, "person": person, "reason": reason.strip(), "at": at,
            "facts": list(CLOSED_BY_FACTS),
        },
    )
    if closed.rowcount != 1:
        raise NotPossible("It is not open, or the fact that resolves it closes it.")


def _shown(row: Row[Any]) -> Shown:
    told = dict(row._mapping)
    return Shown(about=KINDS.get(told["kind"], Kind(told["team"], told["kind"], "", "")), **told)
