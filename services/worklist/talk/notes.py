"""The notes people write on an item: one thread for coder, physician and billing, sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from services.db import bulk
from services.db.tables.queries import ITEM_NOTE
from services.worklist.bill import coding
from services.worklist.decisions.acts import Desk
from services.worklist.item import private
from services.worklist.item.items import Person
from services.worklist.item.moves import Refused

LONGEST = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A note: when, by whom, in which role, what."""

    at: datetime
    who: str
    role: str
    text: str


def write(conn: Connection, desk: Desk, person: Person, row: Row[Any], words: str) -> None:
    """Add a note to an item.

    Raises:
        Refused: there is nothing in it, it is too long, or the item is no patient's.
    """
    words = words.strip()
    if not words:
        raise Refused("The note is empty.")
    if len(words) > LONGEST:
        raise Refused(f"A note has at most {LONGEST} characters.")
    if not row.encounter_id:
        raise Refused("It is about a file and no patient's: there is no record to keep a note in.")
    bill, now = coding.current(conn, row.encounter_id).bill, desk.clock.now()
    content = private.seal(
        conn, desk.site, bill.demographics.kid, row.encounter_id, _purpose(row),
        {"text": words},
    )
    bulk.insert(conn, ITEM_NOTE, [{
        "rework_id": row.rework_id, "encounter_id": row.encounter_id,
        "facility_id": bill.facility_id, "at": now, "who": person.name, "role": person.role,
        "content": content,
    }])


def thread(conn: Connection, desk: Desk, row: Row[Any]) -> list[Written]:
    """Return an item's notes, oldest first."""
    rows = conn.execute(
        text(
            "select at, who, role, content from item_note"
            " where rework_id = cast(:id as uuid) order by seq"
        ),
        {"id": row.rework_id},
    ).all()
    return [
        Written(
            at=one.at, who=one.who, role=one.role,
            text=private.unseal(
                conn, desk.site, row.encounter_id, _purpose(row), bytes(one.content)
            )["text"],
        )
        for one in rows
    ]


def _purpose(row: Row[Any]) -> str:
    return f"note:{row.rework_id}"
