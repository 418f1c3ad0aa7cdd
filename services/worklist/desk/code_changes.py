"""Which codes a coder used lately, and what changed in them since."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Bill
from services.claims import code_changes
from services.claims.code_changes import DIAGNOSIS, MODIFIER, PROCEDURE, SERVICE, CodeChange, Use
from services.codes.library.library import Library

BACK = timedelta(days=90)
"""How far back a coder's codes are looked at, where nothing else is asked for."""
FURTHEST = timedelta(days=366)
"""How far back a page looks at most: each visit that was coded since is read."""
_CODED = text(
    "select distinct on (encounter_id) event from coding"
    " where coder_id = :coder and recorded_at >= :since order by encounter_id, version desc"
)

_CODERS = text(
    "select distinct coder_id from coding where recorded_at >= :since and coder_id <> ''"
    " order by coder_id"
)


def first_day(today: date, since: date | None = None) -> date:
    """Return from which day on a page looks at codes: as asked for, `FURTHEST` back at most."""
    return max(since or today - BACK, today - FURTHEST)


def coders(conn: Connection, today: date, since: date | None = None) -> list[str]:
    """Return who coded since a business day, of the visits that the reader may see."""
    return list(conn.execute(_CODERS, {"since": since or today - BACK}).scalars())


def told(
    conn: Connection, library: Library, coder_id: str, today: date, since: date | None = None
) -> list[CodeChange]:
    """Return what changed, from a day until today, in the codes a coder used since that day."""
    first = since or today - BACK
    return list(code_changes.changes(used(conn, coder_id, first), library, first, today))


def used(conn: Connection, coder_id: str, since: date) -> list[Use]:
    """Return the codes a coder assigned since a business day; the last version of each visit."""
    times: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], date] = {}
    for row in conn.execute(_CODED, {"coder": coder_id, "since": since}):
        bill = codec.decode(topics.CODED.name, bytes(row.event)).bill
        for key in set(_codes(bill, coder_id)):
            times[key] += 1
            last[key] = max(bill.ends_on, last.get(key, bill.ends_on))
    return [Use(system, code, times[system, code], last[system, code])
            for system, code in sorted(times)]


def _codes(bill: Bill, coder_id: str) -> Iterator[tuple[str, str]]:
    for one in bill.diagnoses:
        if one.assigned_by == coder_id:
            yield DIAGNOSIS, one.code
    for procedure in bill.institutional.procedures if bill.institutional else ():
        if procedure.assigned_by == coder_id:
            yield PROCEDURE, procedure.code
    for line in bill.lines:
        if line.assigned_by == coder_id:
            yield from ((MODIFIER, modifier) for modifier in line.modifiers)
            if line.code:
                yield SERVICE, line.code
