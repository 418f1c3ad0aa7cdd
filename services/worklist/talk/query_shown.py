"""Physician queries as people see them: opened, listed by whom they concern, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from services.claims import queries as rules
from services.db import keyset
from services.db.keyset import Order, Page
from services.worklist.decisions.acts import Desk
from services.worklist.item import private
from services.worklist.item.items import Person
from services.worklist.shown.page import Quoted, Said

_KEYS = (("due_on", "date"), ("asked_at", "timestamptz"), ("query_id", "uuid"))
FIRST_DUE, LATEST = Order(_KEYS), Order(_KEYS, down=True)
TABLE = "physician_query q"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query, opened.

    Attributes:
        query_id: Its id.
        rework_id: The item it was asked from.
        encounter_id: Of the record it is about.
        facility_id: Where.
        template: Key of its template.
        title: What kind of question; neutral.
        kind: choice, open or yes_no.
        state: open, answered or withdrawn.
        asked_by: Who asked.
        asked_at: When.
        due_on: When the hospital expects an answer.
        late_days: Days past that; 0 when in time.
        physician: Who is asked.
        npi: Theirs.
        post_bill: Whether a claim was out.
        denied: Whether it was asked after a denial.
        condition: What the record says.
        question: As asked.
        options: Key and words, other and undetermined last.
        passages: The indicators.
        answer: Words of the answer; empty while open.
        answered_by: Who signed it.
        answered_at: When.
        agreed: Whether an offered clinical choice was taken.
        row_version: What an answer must name.
    """

    query_id: str
    rework_id: str
    encounter_id: str
    facility_id: str
    template: str
    title: str
    kind: str
    state: str
    asked_by: str
    asked_at: datetime
    due_on: date
    late_days: int
    physician: str
    npi: str
    post_bill: bool
    denied: bool
    condition: str
    question: str
    options: tuple[Said, ...]
    passages: tuple[Quoted, ...]
    answer: str
    answered_by: str
    answered_at: datetime | None
    agreed: bool | None
    row_version: int


def of_item(conn: Connection, desk: Desk, rework_id: str) -> list[Asked]:
    """Return an item's queries, newest first."""
    rows = conn.execute(
        text(
            "select * from physician_query where rework_id = cast(:id as uuid)"
            " order by asked_at desc, query_id"
        ),
        {"id": rework_id},
    )
    return [_asked(conn, desk, row) for row in rows.all()]


def get(conn: Connection, desk: Desk, person: Person, query_id: str) -> Asked | None:
    """Return a query the person may see, or none."""
    scope, given = _scope(person)
    row = conn.execute(
        text(f"select * from physician_query where query_id = cast(:id as uuid) and {scope}"),  # noqa: S608 - clauses are our own
        {"id": query_id, **given},
    ).one_or_none()
    return _asked(conn, desk, row) if row else None


def listed(
    conn: Connection, desk: Desk, person: Person, state: str, after: str = ""
) -> Page[Asked]:
    """Return a page of the queries a person has to do with, in one state.

    The open ones in the order in which they are due, the others from the latest back.

    Args:
        conn: A connection.
        desk: Opens what was asked.
        person: Who asks.
        state: open, answered or withdrawn.
        after: Cursor of the page before; empty for the first one.
    """
    statement, given = paged(person, state, after)
    with keyset.streaming(conn):
        rows = conn.execute(text(statement), given).all()
    page = keyset.cut(_order(state), rows, keyset.PAGE)
    return Page([_asked(conn, desk, row) for row in page.rows], page.next)


def paged(person: Person, state: str, after: str = "") -> tuple[str, dict[str, Any]]:
    """Return the statement of a page, and its parameters."""
    scope, given = _scope(person)
    order = _order(state)
    place = keyset.place(order, after)
    inner = keyset.head(order, TABLE, ["q.state = :state"], scope, after=bool(place))
    statement = f"select q.* from {inner} q order by {order.by('q')}"  # noqa: S608 - clauses are our own
    return statement, {**given, **place, "state": state, "size": keyset.PAGE + 1}


def _order(state: str) -> Order:
    return FIRST_DUE if state == "open" else LATEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How queries fare: asked, answered, agreed; hours to an answer, the median.

    Attributes:
        asked: Queries that were sent and not withdrawn.
        answered: Of them.
        agreed: Of the answered, those that took an offered clinical choice or answered openly.
        median_hours: From asking to the answer; none without answers.
        late: Open past the day the hospital expects an answer.
    """

    asked: int
    answered: int
    agreed: int
    median_hours: float | None
    late: int


def rates(conn: Connection, person: Person, today: date) -> Rates:
    """Return the figures of the queries a person may see."""
    scope, given = _scope(person)
    row = conn.execute(
        text(
            "select count(*) filter (where state <> 'withdrawn') as asked,"  # noqa: S608 - clauses are our own
            " count(*) filter (where state = 'answered') as answered,"
            " count(*) filter (where agreed) as agreed,"
            " percentile_cont(0.5) within group"
            " (order by extract(epoch from answered_at - asked_at) / 3600) as hours,"
            " count(*) filter (where state = 'open' and due_on < :today) as late"
            f" from physician_query where {scope}"
        ),
        {"today": today, **given},
    ).one()
    hours = None if row.hours is None else float(row.hours)
    return Rates(
        asked=row.asked, answered=row.answered, agreed=row.agreed, median_hours=hours,
        late=row.late,
    )


def _scope(person: Person) -> tuple[str, dict[str, Any]]:
    facility = "(:everywhere or facility_id = any(:facilities))"
    given: dict[str, Any] = {
        "everywhere": "*" in person.facilities, "facilities": list(person.facilities),
        "npi": person.npi, "name": person.name,
    }
    match person.role:
        case "physician":
            return f"npi = :npi and :npi <> '' and {facility}", given
        case "supervisor":
            return facility, given
        case "coder" | "biller" | "specialist":
            return f"asked_by = :name and {facility}", given
        case _:
            return "false", {}


def _asked(conn: Connection, desk: Desk, row: Row[Any]) -> Asked:
    query_id, template = str(row.query_id), rules.templates()[row.template]
    told = private.unseal(
        conn, desk.site, row.encounter_id, f"query:{query_id}", bytes(row.content)
    )
    given = ""
    if row.answer is not None:
        given = private.unseal(
            conn, desk.site, row.encounter_id, f"answer:{query_id}", bytes(row.answer)
        )["text"]
    provider = desk.reference.provider_with(row.npi)
    return Asked(
        query_id=query_id, rework_id=str(row.rework_id), encounter_id=row.encounter_id,
        facility_id=row.facility_id, template=row.template, title=template.title,
        kind=template.kind, state=row.state, asked_by=row.asked_by, asked_at=row.asked_at,
        due_on=row.due_on,
        late_days=max(0, (desk.clock.today() - row.due_on).days) if row.state == "open" else 0,
        physician=f"{provider.given} {provider.family}" if provider else row.npi, npi=row.npi,
        post_bill=row.post_bill, denied=row.denied, condition=told["condition"],
        question=told["question"], options=offered(template, told["options"]),
        passages=tuple(Quoted(title=title, text=words) for title, words in told["passages"]),
        answer=given, answered_by=row.answered_by, answered_at=row.answered_at,
        agreed=row.agreed, row_version=row.row_version,
    )


def offered(template: rules.Template, chosen: Sequence[str]) -> tuple[Said, ...]:
    """Return what an answer may be: the choices, other and undetermined last."""
    if template.kind == rules.OPEN:
        return (Said(code=rules.UNDETERMINED, words=rules.ALWAYS[rules.UNDETERMINED]),)
    offered = chosen or template.options
    return (
        *(Said(code=f"option-{n}", words=words) for n, words in enumerate(offered, start=1)),
        *(Said(code=key, words=words) for key, words in rules.ALWAYS.items()),
    )
