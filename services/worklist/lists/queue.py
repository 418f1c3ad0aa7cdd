"""The list in SQL: a page of a view in its order, and how many are in each view.

    branch 1 ─ in order, at most a page ─┐
    branch 2 ─ in order, at most a page ─┴─▶ merged, a page ─▶ + answer, visit

Pages are keyset pages (`services.db.keyset`). Each branch follows an index (`ix_work_item_rank`
and its like) and stops after a page, so that a list of 100,000 open items is never read as a
whole; `tests/integration/web/test_queue_plans.py` holds the plans to it. Where a filter is of codes
or tags and few items fit it, those are looked up first (`conditions.few`).
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, text

from services.clock import real_now
from services.db import keyset
from services.db.keyset import CAP, Order, Page
from services.worklist.item import items, views
from services.worklist.item.scope import Person, scoped
from services.worklist.lists import conditions
from services.worklist.lists.filters import Filter

NO_NAMES: Mapping[str, str] = MappingProxyType({})
_LAST = ("rework_id", "uuid")
ORDERS: Mapping[str, Order] = {
    "rank": Order((("queue_rank", "bigint"), ("due_on", "date"), _LAST)),
    "due": Order((("due_on", "date"), _LAST)),
    "worth": Order((("at_stake_cents", "bigint"), _LAST), down=True),
    "oldest": Order((("opened_at", "timestamptz"), _LAST)),
    "newest": Order((("opened_at", "timestamptz"), _LAST), down=True),
    "payer": Order((("payer_id", "text"), ("due_on", "date"), _LAST)),
}
TABLE = "work_item w"


@dataclass(frozen=True, slots=True)
class Ask:
    """A list asked for by somebody: conditions and parameters.

    Attributes:
        branches: Of the view.
        where: What every branch must fulfil besides: scope, filters, search.
        sort: The order, a key of `ORDERS`.
        given: Parameters.
    """

    branches: tuple[str, ...]
    where: str
    sort: str
    given: Mapping[str, Any]

    @property
    def order(self) -> Order:
        """The order."""
        return ORDERS[self.sort]


def select(
    conn: Connection, person: Person, wanted: Filter, today: date,
    payers: Mapping[str, str] = NO_NAMES,
) -> Page[Row[Any]]:
    """Return a page of a view.

    Args:
        conn: A connection.
        person: Who asks.
        wanted: What for.
        today: The business day.
        payers: Payer id -> name, for a search by name.
    """
    found = asked(conn, person, wanted, today, payers)
    if found is None:
        return Page([], "")
    statement, given = paged(found, wanted)
    with reading(conn, wanted):
        rows = conn.execute(text(statement), given).all()
    return keyset.cut(found.order, rows, wanted.size)


def reading(conn: Connection, wanted: Filter) -> AbstractContextManager[None]:
    """Return what a list is read in: a search joins what several indexes find, all else streams."""
    return keyset.by_value(conn) if wanted.q else keyset.streaming(conn)


def paged(of: Ask, wanted: Filter) -> tuple[str, dict[str, Any]]:
    """Return the statement of a page, and its parameters: one row more than the page holds."""
    after = keyset.place(of.order, wanted.after)
    inner = keyset.head(of.order, TABLE, of.branches, of.where, after=bool(after))
    statement = (
        f"select {items.COLUMNS} from {inner} w"  # noqa: S608 - clauses are our own
        " left join answer a on a.rework_id = w.rework_id"
        f" left join visit v on v.encounter_id = w.encounter_id order by {of.order.by('w')}"
    )
    return statement, {**of.given, **after, "size": wanted.size + 1}


def counts(conn: Connection, person: Person) -> dict[str, int]:
    """Return how many items each view of the role holds, counted to one more than `CAP`."""
    known = views.of(person.role)
    if not known:
        return {}
    scope, given = scoped(person)
    columns = ", ".join(
        f"({keyset.counted(TABLE, view.branches, scope)}) as {name}"
        for name, view in known.items()
    )
    with keyset.streaming(conn):
        row = conn.execute(
            text(f"select {columns}"), _base(person) | given | {"cap": CAP + 1}
        ).one()
    return {name: min(int(row._mapping[name]), CAP + 1) for name in known}


def matching(
    conn: Connection, person: Person, wanted: Filter, today: date,
    payers: Mapping[str, str] = NO_NAMES,
) -> int:
    """Return how many items fit, counted to one more than `CAP`."""
    found = asked(conn, person, wanted, today, payers)
    if found is None:
        return 0
    statement = keyset.counted(TABLE, found.branches, found.where)
    with reading(conn, wanted):
        count = conn.execute(text(statement), {**found.given, "cap": CAP + 1}).scalar_one()
    return min(int(count), CAP + 1)


def _base(person: Person) -> dict[str, Any]:
    return views.given(person) | {"real_now": real_now()}


def asked(
    conn: Connection, person: Person, wanted: Filter, today: date,
    payers: Mapping[str, str] = NO_NAMES,
) -> Ask | None:
    """Return what is asked of the database; where few items fit a filter, of those alone."""
    found = ask(person, wanted, today, payers)
    few = conditions.few(conn, wanted) if found else None
    if found is None or few is None:
        return found
    where = f"{found.where} and w.rework_id = any(cast(:few as uuid[]))"
    return replace(found, where=where, given={**found.given, "few": few})


def ask(
    person: Person, wanted: Filter, today: date, payers: Mapping[str, str] = NO_NAMES
) -> Ask | None:
    """Return what is asked of the database; none for a role that has no list."""
    known = views.of(person.role)
    if not known:
        return None
    view = known.get(wanted.view) or next(iter(known.values()))
    if wanted.q:
        view = views.EVERYTHING
    scope, scope_given = scoped(person)
    clauses, given = conditions.narrowed(person, wanted, today)
    if wanted.q:
        clause, found = conditions.search(wanted.q, payers)
        clauses.append(clause)
        given |= found
    where = " and ".join([scope, *clauses])
    return Ask(
        view.branches, where, wanted.sort or view.sort, _base(person) | scope_given | given
    )
