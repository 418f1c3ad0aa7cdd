"""SQL about claims on their way and our files, set-based, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from schemas import codec
from schemas.events import Submitted
from schemas.topics import SUBMITTED
from services.db import bulk
from services.db.tables.gateway import INTERCHANGE
from services.gateway.kinds import DELIVERY_UNKNOWN

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interchange:
    """A file of ours that is not sent yet.

    ``content`` is sealed, and empty once it is spooled; ``answered``: the payer has said something
    of it, or a person who closed the item about it said that the payer has it.
    """

    interchange_id: str
    payer_id: str
    control: int
    file_name: str
    sha256: bytes
    content: bytes
    claims: int
    state: str
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A submission and where it stands: its state, its file and its set."""

    event: Submitted
    state: str
    interchange_id: str
    set_control: str


def open_interchanges(engine: Engine) -> list[Interchange]:
    """Return the files that were frozen and not noted as sent."""
    with engine.connect() as conn:
        rows = conn.execute(
            text(
                "select cast(interchange_id as text) as interchange_id, payer_id, control,"
                " file_name, sha256, claims, state,"
                " case when state = 'intent' then content else ''::bytea end as content,"
                " coalesce(ta1, ack999, cast(status_at as text)) is not null or exists"
                " (select from exchange_item e where e.kind = :unknown and e.closed_by <> ''"
                " and e.subject = cast(interchange_id as text)) as answered"
                " from interchange where state <> 'sent' order by payer_id, control"
            ),
            {"unknown": DELIVERY_UNKNOWN},
        )
        return [
            Interchange(**{**r, "sha256": bytes(r["sha256"]), "content": bytes(r["content"])})
            for r in rows.mappings()
        ]


def payers_with_ready(engine: Engine) -> list[str]:
    """Return the payers for whom claims wait."""
    with engine.connect() as conn:
        found = conn.execute(
            text("select distinct payer_id from gateway_claim where state = 'ready'")
        )
        return sorted(found.scalars())


def take_ready(conn: Connection, payer_id: str, most: int) -> list[Submitted]:
    """Return claims that wait for a payer, locked."""
    rows = conn.execute(
        text(
            "select event from gateway_claim where state = 'ready' and payer_id = :payer_id"
            " limit :most for update skip locked"
        ),
        {"payer_id": payer_id, "most": most},
    )
    return [_event(value) for value in rows.scalars()]


def next_number(conn: Connection, payer_id: str) -> int:
    """Take the partner's next control number: gaps may be, the same number never again."""
    return int(
        conn.execute(
            text(
                "insert into partner_number (payer_id, next) values (:payer_id, 2)"
                " on conflict (payer_id) do update set next = partner_number.next + 1"
                " returning next - 1"
            ),
            {"payer_id": payer_id},
        ).scalar_one()
    )


def add_interchange(conn: Connection, row: Interchange, now: datetime) -> None:
    """Store a frozen file."""
    bulk.insert(
        conn, INTERCHANGE,
        [{
            "interchange_id": row.interchange_id, "payer_id": row.payer_id,
            "control": row.control, "group_control": row.control, "file_name": row.file_name,
            "sha256": row.sha256, "content": row.content, "claims": row.claims,
            "state": row.state, "made_at": now,
        }],
    )


def bind(
    conn: Connection, interchange_id: str, sets: Mapping[str, Sequence[str]], at: datetime
) -> None:
    """Bind claims to the file and set they are in."""
    pairs = [(number, one) for one, numbers in sets.items() for number in numbers]
    conn.execute(
        text(
            "update gateway_claim c set state = 'intent', fact = 'bound', evidence = :evidence,"
            " moved_at = :at, interchange_id = cast(:id as uuid),"
            " set_control = n.set_control from unnest(cast(:numbers as text[]),"
            " cast(:sets as text[])) as n (control_number, set_control)"
            " where c.control_number = n.control_number and c.state = 'ready'"
        ),
        {
            "id": interchange_id, "evidence": interchange_id, "at": at,
            "numbers": [n for n, _ in pairs], "sets": [s for _, s in pairs],
        },
    )


def move_interchange(
    conn: Connection, interchange_id: str, before: str, after: str, at: datetime | None = None
) -> bool:
    """Move a file from one state to the next; False when it is not in the first."""
    moved = conn.execute(
        text(
            "update interchange set state = :after, sent_at = coalesce(:at, sent_at)"
            " where interchange_id = cast(:id as uuid) and state = :before"
        ),
        {"id": interchange_id, "before": before, "after": after, "at": at},
    )
    return moved.rowcount == 1


def claims_of(conn: Connection, interchange_ids: Sequence[str]) -> list[Bound]:
    """Return the claims of some files."""
    return _bound(
        conn, "c.interchange_id = any(cast(:ids as uuid[]))", {"ids": list(interchange_ids)}
    )


def numbers_in(conn: Connection, interchange_id: str, state: str) -> list[str]:
    """Return the control numbers of a file's claims in a state."""
    found = conn.execute(
        text(
            "select control_number from gateway_claim"
            " where interchange_id = cast(:id as uuid) and state = :state order by 1"
        ),
        {"id": interchange_id, "state": state},
    )
    return list(found.scalars())


def claims_named(conn: Connection, payer_id: str, numbers: Iterable[str]) -> dict[str, Bound]:
    """Return claims of a payer by control number, locked in that order."""
    found = _bound(
        conn, "c.payer_id = :payer_id and c.control_number = any(:numbers)",
        {"payer_id": payer_id, "numbers": sorted(set(numbers))},
        " order by c.control_number for update",
    )
    return {one.event.control_number: one for one in found}


def interchange_with(
    conn: Connection, payer_id: str, column: str, control: int
) -> str | None:
    """Return the id of the sent file with a control number (``control``, ``group_control``)."""
    if column not in ("control", "group_control"):
        raise ValueError(column)
    found = conn.execute(
        text(
            "select cast(interchange_id as text) from interchange"  # noqa: S608 - checked above
            f" where payer_id = :payer_id and {column} = :control"
        ),
        {"payer_id": payer_id, "control": control},
    ).scalar_one_or_none()
    return None if found is None else str(found)


def note_answer(conn: Connection, interchange_id: str, column: str, value: Any) -> None:
    """Note on a file that an answer to it came (``ta1``, ``ack999``, ``status_at``)."""
    if column not in ("ta1", "ack999", "status_at"):
        raise ValueError(column)
    conn.execute(
        text(
            f"update interchange set {column} = coalesce({column}, :value)"  # noqa: S608 - checked
            " where interchange_id = cast(:id as uuid)"
        ),
        {"id": interchange_id, "value": value},
    )


def _bound(conn: Connection, where: str, values: Row, tail: str = "") -> list[Bound]:
    rows = conn.execute(
        text(
            "select c.event, c.state, cast(c.interchange_id as text) as interchange_id,"  # noqa: S608 - our own text
            f" c.set_control from gateway_claim c where {where}{tail}"
        ),
        values,
    )
    return [
        Bound(_event(r.event), r.state, r.interchange_id or "", r.set_control or "") for r in rows
    ]


def _event(value: Any) -> Submitted:
    event: Submitted = codec.decode(SUBMITTED.name, bytes(value))
    return event
