"""A denial of coding is a lesson for who coded the claim, whether or not it needs rework.

    denial of a coder's coding ──▶ new ──open──▶ read ──▶ acknowledged
                                                  └─────▶ contested ──▶ confirmed | refuted

A supervisor decides what is contested, and the decision is an event: the coder's figure follows
(`services.claims.accuracy`). Reading or acknowledging changes no figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas import ids
from schemas.events import Decided
from services.db import keyset
from services.db.keyset import Order, Page
from services.delivery import outbox
from services.worklist.bill import coding
from services.worklist.decisions.acts import Desk
from services.worklist.item import private
from services.worklist.item.items import Conflict, Person
from services.worklist.item.moves import Refused
from services.worklist.shown import wording
from services.worklist.shown.page import Why

NEW, READ, ACKNOWLEDGED, CONTESTED = "new", "read", "acknowledged", "contested"
CONFIRMED, REFUTED = "confirmed", "refuted"
VIEWS = {
    "open": (NEW, READ), "contested": (CONTESTED,),
    "done": (ACKNOWLEDGED, CONFIRMED, REFUTED),
}
GROUNDS = {
    "payer_error": "The payer is wrong: the coding is right",
    "not_my_code": "The code is not mine",
    "documented": "The record supports the code as it was",
    "elsewhere": "The cause is another's: registration, authorisation, charges",
}
"""On what a lesson is contested."""
LONGEST = 2000
ORDER = Order(
    (("opened_at", "timestamptz"), ("rework_id", "uuid"), ("coder_id", "text")), down=True
)
TABLE = "lesson l"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A lesson as it is shown.

    Attributes:
        rework_id: The denial's item.
        coder_id: Whose.
        control_number: The claim that was denied.
        payer_id: By whom.
        facility_id: Where.
        state: new, read, acknowledged, contested, confirmed or refuted.
        reasons: Why it was denied, in our words.
        at_stake_cents: Charge that was denied.
        opened_at: When it came.
        ground: On what it is contested, in words.
        words: What the coder says to it.
        decided_by: The supervisor.
        row_version: What an act must name.
        reworked: Whether somebody corrected it since.
    """

    rework_id: str
    coder_id: str
    control_number: str
    payer_id: str
    facility_id: str
    state: str
    reasons: tuple[Why, ...]
    at_stake_cents: int
    opened_at: datetime
    ground: str
    words: str
    decided_by: str
    row_version: int
    reworked: bool


def listed(
    conn: Connection, desk: Desk, person: Person, view: str, after: str = ""
) -> Page[Lesson]:
    """Return a page of the lessons of a view, the newest first: a coder's own, a supervisor's all.

    Args:
        conn: A connection.
        desk: Opens what coders say.
        person: Who asks.
        view: A key of `VIEWS`.
        after: Cursor of the page before; empty for the first one.
    """
    statement, given = paged(person, view, after)
    with keyset.streaming(conn):
        rows = conn.execute(text(statement), given).all()
    page = keyset.cut(ORDER, rows, keyset.PAGE)
    return Page([_lesson(conn, desk, row) for row in page.rows], page.next)


def paged(person: Person, view: str, after: str = "") -> tuple[str, dict[str, Any]]:
    """Return the statement of a page, and its parameters."""
    whose, given = _scope(person)
    place = keyset.place(ORDER, after)
    inner = keyset.head(ORDER, TABLE, _branches(view), whose, after=bool(place))
    statement = f"{_SELECT.format(lesson=inner)} order by {ORDER.by('l')}"
    return statement, {**given, **place, "size": keyset.PAGE + 1}


def counts(conn: Connection, person: Person) -> dict[str, int]:
    """Return how many lessons each view holds, counted to one more than `keyset.CAP`."""
    whose, given = _scope(person)
    columns = ", ".join(
        f"({keyset.counted(TABLE, _branches(view), whose)}) as {view}" for view in VIEWS
    )
    with keyset.streaming(conn):
        row = conn.execute(
            text(f"select {columns}"), {**given, "cap": keyset.CAP + 1}
        ).one()
    return {view: min(int(row._mapping[view]), keyset.CAP + 1) for view in VIEWS}


def get(
    conn: Connection, desk: Desk, person: Person, rework_id: str, coder_id: str
) -> Lesson | None:
    """Return a lesson the person may see, or none."""
    whose, given = _scope(person)
    row = conn.execute(
        text(
            f"{_SELECT.format(lesson='lesson')} where l.rework_id = cast(:id as uuid)"
            f" and l.coder_id = :coder and {whose}"
        ),
        {"id": rework_id, "coder": coder_id, **given},
    ).one_or_none()
    return _lesson(conn, desk, row) if row else None


def read(conn: Connection, desk: Desk, lesson: Lesson) -> None:
    """Note that the coder has opened it."""
    _move(conn, lesson, (NEW,), READ, desk.clock.now())


def acknowledge(conn: Connection, desk: Desk, person: Person, lesson: Lesson, seen: int) -> None:
    """Note that the coder has taken it in.

    Raises:
        Refused: it is another's, or not open any more.
        Conflict: it changed meanwhile.
    """
    _own(person, lesson)
    _changed(_move(conn, lesson, (NEW, READ), ACKNOWLEDGED, desk.clock.now(), seen=seen))


def contest(  # noqa: PLR0913 - an act has these parts
    conn: Connection, desk: Desk, person: Person, lesson: Lesson, ground: str, words: str,
    seen: int,
) -> None:
    """Ask a supervisor to look at it.

    Raises:
        Refused: it is another's, names no ground, or says too much.
        Conflict: it changed meanwhile, or is not open any more.
    """
    _own(person, lesson)
    if ground not in GROUNDS:
        raise Refused("Say on what ground.")
    if len(words := words.strip()) > LONGEST:
        raise Refused(f"Say it in at most {LONGEST} characters.")
    encounter_id = _encounter(conn, lesson)
    kid = coding.current(conn, encounter_id).bill.demographics.kid
    sealed = private.seal(
        conn, desk.site, kid, encounter_id, _purpose(lesson), {"text": words}
    )
    _changed(_move(
        conn, lesson, (NEW, READ, ACKNOWLEDGED), CONTESTED, desk.clock.now(), seen=seen,
        ground=ground, words=sealed,
    ))


def decide(
    conn: Connection, desk: Desk, person: Person, lesson: Lesson, *, stands: bool, seen: int
) -> None:
    """Decide a contest, and tell the figures.

    Raises:
        Refused: only a supervisor does, and only what is contested.
        Conflict: it changed meanwhile.
    """
    if person.role != "supervisor" or lesson.state != CONTESTED:
        raise Refused("A supervisor decides what a coder contests.")
    to, now = CONFIRMED if stands else REFUTED, desk.clock.now()
    _changed(_move(conn, lesson, (CONTESTED,), to, now, seen=seen, decided_by=person.name))
    outbox.put(conn, coding.PRODUCER, [Decided(
        event_id=ids.derive("decided", "lesson", lesson.rework_id, lesson.coder_id, seen),
        encounter_id=_encounter(conn, lesson), occurred_at=now, recorded_at=now,
        rework_id=lesson.rework_id, control_number=lesson.control_number,
        payer_id=lesson.payer_id, decision=f"fault_{to}", coder_id=lesson.coder_id,
        decided_by=desk.site.opaque("person", person.name, length=20),
    )])


_SELECT = (
    "select l.*, w.payer_id, w.reasons, w.at_stake_cents, coalesce(a.rank, 0) > 0 as reworked"
    " from {lesson} l join work_item w on w.rework_id = l.rework_id"
    " left join answer a on a.rework_id = l.rework_id"
)


def _branches(view: str) -> list[str]:
    return [f"l.state = '{state}'" for state in VIEWS[view]]


def _scope(person: Person) -> tuple[str, dict[str, Any]]:
    facility = "(:everywhere or l.facility_id = any(:facilities))"
    given: dict[str, Any] = {
        "everywhere": "*" in person.facilities, "facilities": list(person.facilities),
    }
    if person.role == "supervisor":
        return facility, given
    if person.role == "coder" and person.coder_id:
        return f"l.coder_id = :own and {facility}", given | {"own": person.coder_id}
    return "false", {}


def _lesson(conn: Connection, desk: Desk, row: Row[Any]) -> Lesson:
    found = Lesson(
        rework_id=str(row.rework_id), coder_id=row.coder_id, control_number=row.control_number,
        payer_id=row.payer_id, facility_id=row.facility_id, state=row.state,
        reasons=tuple(map(wording.why, row.reasons)),
        at_stake_cents=row.at_stake_cents, opened_at=row.opened_at,
        ground=GROUNDS.get(row.ground, ""), words="", decided_by=row.decided_by,
        row_version=row.row_version, reworked=row.reworked,
    )
    if row.words is None:
        return found
    told = private.unseal(conn, desk.site, row.encounter_id, _purpose(found), bytes(row.words))
    return replace(found, words=told["text"])


def _own(person: Person, lesson: Lesson) -> None:
    if person.role != "coder" or person.coder_id != lesson.coder_id:
        raise Refused("Only the coder of the claim answers to this.")


def _changed(changed: bool) -> None:
    if not changed:
        raise Conflict


def _move(  # noqa: PLR0913 - a move has these parts
    conn: Connection, lesson: Lesson, states: Sequence[str], to: str, at: datetime, *,
    seen: int | None = None, ground: str = "", words: bytes | None = None, decided_by: str = "",
) -> bool:
    return conn.execute(
        text(
            "update lesson set state = :to, moved_at = :at, row_version = row_version + 1,"
            " ground = coalesce(nullif(:ground, ''), ground), words = coalesce(:words, words),"
            " decided_by = :decided_by where rework_id = cast(:id as uuid) and coder_id = :coder"
            " and state = any(:states) and (cast(:seen as int) is null or row_version = :seen)"
        ),
        {
            "to": to, "at": at, "ground": ground, "words": words, "decided_by": decided_by,
            "id": lesson.rework_id, "coder": lesson.coder_id, "states": list(states),
            "seen": seen,
        },
    ).rowcount == 1


def _encounter(conn: Connection, lesson: Lesson) -> str:
    return str(conn.execute(
        text("select encounter_id from work_item where rework_id = cast(:id as uuid)"),
        {"id": lesson.rework_id},
    ).scalar_one())


def _purpose(lesson: Lesson) -> str:
    return f"lesson:{lesson.rework_id}:{lesson.coder_id}"
