"""The audit log: one row in the same transaction for every read and write of protected data.

    with web.begin(request.user) as conn:
        ...
        audit.note(conn, "item.read", "item", rework_id, facility_id=row.facility_id)

Who, in which session and request, is the transaction's own (`services.db.rls.enter`), so it cannot
be told wrongly. A transaction that cannot write its row fails, and with it the read. Rows hold no
value of a record: what else belongs to an act goes in as a hash of its details.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, text

DONE, REFUSED = "done", "refused"
PAYMENT = "payment"

_NOTE = text(
    "insert into phi_access (actor, role, session, action, object_type, object_id, facility_id,"
    " purpose, outcome, request_id, details_hash) values"
    " (coalesce(nullif(:actor, ''), current_setting('app.subject', true), ''),"
    " coalesce(nullif(:role, ''), current_setting('app.role', true), ''),"
    " coalesce(nullif(:session, ''), current_setting('app.session', true), ''),"
    " :action, :object_type, :object_id, :facility_id, :purpose, :outcome,"
    " coalesce(current_setting('app.request', true), ''), :details_hash)"
)


def note(  # noqa: PLR0913 - an audit row has these parts
    conn: Connection, action: str, object_type: str = "", object_id: str = "", *,
    facility_id: str = "", purpose: str = PAYMENT, outcome: str = DONE,
    details: Mapping[str, Any] | None = None, actor: str = "", role: str = "", session: str = "",
) -> None:
    """Note an access in the transaction it happens in.

    Args:
        conn: Connection in that transaction.
        action: What was done: ``item.read``, ``item.release``, ``export``, ``break_glass``, ...
        object_type: ``item``, ``encounter``, ``query``, ``exchange``, ``user``, ``view``, ...
        object_id: Its opaque id; never a name or number of a patient.
        facility_id: Its facility; empty for none.
        purpose: On what ground it was allowed (`services.worklist.item.disclosure`).
        outcome: `DONE` or `REFUSED`.
        details: More about it; only its hash is kept.
        actor: Who, where the transaction is nobody's (signing in, a process).
        role: Of that actor.
        session: Of that actor.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: it could not be noted, so it must not happen.
    """
    packed = orjson.dumps(details, option=orjson.OPT_SORT_KEYS) if details else b""
    conn.execute(_NOTE, {
        "actor": actor, "role": role, "session": session, "action": action,
        "object_type": object_type, "object_id": str(object_id), "facility_id": facility_id,
        "purpose": purpose, "outcome": outcome,
        "details_hash": hashlib.sha256(packed).digest() if packed else b"",
    })
