"""The audit log as it is read: who saw or did what, newest first, by keyset pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One row of the audit log."""

    seq: int
    at: datetime
    actor: str
    role: str
    session: str
    action: str
    object_type: str
    object_id: str
    facility_id: str
    purpose: str
    outcome: str
    request_id: str


def rows(  # noqa: PLR0913 - what may be asked for
    conn: Connection, *, actor: str = "", object_id: str = "", action: str = "",
    facilities: tuple[str, ...] = ("*",), before: int = 0, size: int = PAGE,
) -> list[Access]:
    """Return accesses, the latest first.

    Args:
        conn: A connection.
        actor: Only this actor's; empty for everybody's.
        object_id: Only to this object.
        action: Only of this kind.
        facilities: Only at these; ``("*",)`` for all.
        before: Only older ones than this `seq`; 0 for the newest.
        size: At most so many.
    """
    where, given = ["true"], dict[str, Any](size=size)
    for column, value in (("actor", actor), ("object_id", object_id), ("action", action)):
        if value:
            where.append(f"{column} = :{column}")
            given[column] = value
    if "*" not in facilities:
        where.append("facility_id = any(:facilities)")
        given["facilities"] = list(facilities)
    if before:
        where.append("seq < :before")
        given["before"] = before
    names = ", ".join(Access.__dataclass_fields__)
    found = conn.execute(
        text(
            f"select {names} from phi_access where {' and '.join(where)}"  # noqa: S608 - clauses are our own
            " order by seq desc limit :size"
        ),
        given,
    )
    return [Access(**row._mapping) for row in found]
