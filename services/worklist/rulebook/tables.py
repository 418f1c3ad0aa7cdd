"""A code table is loaded: kept, and told to everybody in the same transaction.

    codes load ──▶ code_table, outbox ──▶ claims.rule (``table:<kind>``) ──▶ validation opens it
                                                                         ──▶ recall

Its day of service is the table's own; it takes effect, for claims that are not sent, when it is
loaded.
"""

from datetime import datetime

from sqlalchemy import Connection, Engine

from schemas import ids
from schemas.events import Rule, RuleVersion
from services.claims.edits.own import CODE_SET
from services.db.stores import codes
from services.db.stores.codes import File
from services.delivery import outbox

PRODUCER = "worklist"
PREFIX = "table:"
"""No rule that a person drafts has such an id."""


def load(engine: Engine, file: File, now: datetime) -> int:
    """Keep a table and tell of it; return its rows, 0 if it was known.

    Raises:
        services.codes.library.layout.Malformed: the file breaks the kind's layout; nothing is kept.
    """
    with engine.begin() as conn:
        codes.lock(conn, file.kind)
        rows = codes.keep(conn, file, now)
        if rows:
            outbox.put(conn, PRODUCER, [_event(conn, file.kind, now)])
    return rows


def _event(conn: Connection, kind: str, now: datetime) -> Rule:
    loads = codes.loads(conn, kind)
    rule_id = f"{PREFIX}{kind}"
    return Rule(
        event_id=ids.derive("rule", rule_id, len(loads)), occurred_at=now, recorded_at=now,
        rule_id=rule_id, revision=len(loads), acted_by="codes load",
        timetable=tuple(
            RuleVersion(version=number, kind=CODE_SET, about=version.name, source="codes load",
                        effective_on=at.date())
            for number, (version, at) in enumerate(loads, 1)
        ),
    )
