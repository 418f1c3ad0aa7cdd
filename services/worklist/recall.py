"""What is coded and not sent is judged again when a rule or a code table took effect.

A verdict that changes makes a next version of the same coding, reason ``recheck``: what would be
held comes back to a coder, what was held without need goes on. A version goes its usual way through
validation; nothing is sent from here. A version that went out meanwhile is left alone; if it goes
out in the same moment, its recheck is held, and its correction waits for the payer's answer.
"""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection, Engine, text

from schemas.events import Coded
from services.claims import edits
from services.claims.impact import FAIL, PASS, Change, Side
from services.db.stores import history
from services.worklist import coding
from services.worklist.items import Conflict

RECHECK = "recheck"


def changed(conn: Connection, today: date, side: Side) -> Iterator[tuple[Coded, Change]]:
    """Yield unsent versions whose recorded verdict is not the one they would get."""
    for past in history.unsent(conn):
        if past.validated is None or past.coded.reason == edits.VOID:
            continue
        found = edits.judge(past.coded, today, side.terms, side.edits).findings
        was, held = past.validated.verdict == "held", edits.verdict(found) == "held"
        if was == held:
            continue
        told = found if held else past.validated.findings
        first = next(finding for finding in told if finding.severity == "hold")
        yield past.coded, Change(
            past.coded.encounter_id, past.coded.version, FAIL if held else PASS,
            past.coded.bill.charge_cents, first.edit, first.place,
        )


def recall(engine: Engine, seen: Coded, now: datetime) -> bool:
    """Write the next version of a coding for validation to judge; False if it moved on since."""
    following = coding.following(
        seen, reason=RECHECK, recorded_at=now, occurred_at=now, evidence=seen.evidence,
        overrides=seen.overrides,
    )
    try:
        with engine.begin() as conn:
            out = conn.execute(
                text(
                    "select 1 from submission where encounter_id = :id and version = :version"
                    " and ordinal is not null"
                ),
                {"id": seen.encounter_id, "version": seen.version},
            ).first()
            if out:
                return False
            coding.record(conn, following, seen.version)
    except Conflict:
        return False
    return True
