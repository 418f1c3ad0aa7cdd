"""The list in SQL: a page of a view in its order, and how many are in each view.

    branch 1 ─ in order, at most a page ─┐
    branch 2 ─ in order, at most a page ─┴─▶ merged, a page ─▶ + answer, visit

Pages are keyset pages: the cursor is the last row's place in the order. Each branch follows an
index (`ix_work_item_rank` and its like) and stops after a page, so that a list of 100,000 open
items is never read as a whole; `tests/integration/web/test_queue_plans.py` holds the plans to it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from services.clock import real_now
from services.worklist.item import items, views
from services.worklist.item.scope import Person, scoped
from services.worklist.lists import conditions
from services.worklist.lists.filters import Filter

NO_NAMES: Mapping[str, str] = MappingProxyType({})
CAP = 500
"""How far a view is counted: more than that is shown as "500+"."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the list.

    Attributes:
        keys: Expressions on ``work_item w`` with their types; the last is the id.
        down: Largest first.
    """

    keys: tuple[tuple[str, str], ...]
    down: bool = False

    def by(self, alias: str) -> str:
        """Return what follows ``order by``."""
        way = " desc" if self.down else ""
        return ", ".join(f"{alias}.{key}{way}" for key, _ in self.keys)

    def beyond(self) -> str:
        """Return the condition of what comes after a cursor."""
        names = ", ".join(f"w.{key}" for key, _ in self.keys)
        marks = ", ".join(f"cast(:after_{n} as {kind})" for n, (_, kind) in enumerate(self.keys))
        return f"({names}) {'<' if self.down else '>'} ({marks})"


_LAST = ("rework_id", "uuid")
ORDERS: Mapping[str, Order] = {
    "rank": Order((("queue_rank", "bigint"), ("due_on", "date"), _LAST)),
    "due": Order((("due_on", "date"), _LAST)),
    "worth": Order((("at_stake_cents", "bigint"), _LAST), down=True),
    "oldest": Order((("opened_at", "timestamptz"), _LAST)),
    "newest": Order((("opened_at", "timestamptz"), _LAST), down=True),
    "payer": Order((("payer_id", "text"), ("due_on", "date"), _LAST)),
}

@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list.

    Attributes:
        rows: Of `items.COLUMNS`.
        next: Cursor of the next page; empty on the last.
    """

    rows: list[Row[Any]]
    next: str


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
) -> Page:
    """Return a page of a view.

    Args:
        conn: A connection.
        person: Who asks.
        wanted: What for.
        today: The business day.
        payers: Payer id -> name, for a search by name.
    """
    found = ask(person, wanted, today, payers)
    if found is None:
        return Page([], "")
    statement, given = paged(found, wanted)
    with nullcontext() if wanted.narrowed else streaming(conn):
        rows = list(conn.execute(text(statement), given))
    more = len(rows) > wanted.size
    rows = rows[:wanted.size]
    return Page(rows, cursor(found.order, rows[-1]) if more else "")


def paged(of: Ask, wanted: Filter) -> tuple[str, dict[str, Any]]:
    """Return the statement of a page, and its parameters: one row more than the page holds."""
    given = dict(of.given) | {"size": wanted.size + 1}
    after = _after(of.order, wanted.after)
    beyond = f" and {of.order.beyond()}" if after else ""
    heads = " union all ".join(
        f"(select w.* from work_item w where {branch} and {of.where}{beyond}"  # noqa: S608 - clauses are our own
        f" order by {of.order.by('w')} limit :size)"
        for branch in of.branches
    )
    inner = f"(select w.* from ({heads}) w order by {of.order.by('w')} limit :size)"  # noqa: S608 - clauses are our own
    statement = (
        f"select {items.COLUMNS} from {inner} w"  # noqa: S608 - clauses are our own
        " left join answer a on a.rework_id = w.rework_id"
        f" left join visit v on v.encounter_id = w.encounter_id order by {of.order.by('w')}"
    )
    return statement, given | after


def counts(conn: Connection, person: Person) -> dict[str, int]:
    """Return how many items each view of the role holds, counted to one more than `CAP`."""
    known = views.of(person.role)
    if not known:
        return {}
    scope, given = scoped(person)
    columns = ", ".join(
        f"(select count(*) from ({_heads(view.branches, scope)}) x) as {name}"  # noqa: S608 - clauses are our own
        for name, view in known.items()
    )
    with streaming(conn):
        row = conn.execute(
            text(f"select {columns}"), _base(person) | given | {"cap": CAP + 1}
        ).one()
    return {name: min(int(row._mapping[name]), CAP + 1) for name in known}


def matching(
    conn: Connection, person: Person, wanted: Filter, today: date,
    payers: Mapping[str, str] = NO_NAMES,
) -> int:
    """Return how many items fit, counted to one more than `CAP`."""
    found = ask(person, wanted, today, payers)
    if found is None:
        return 0
    statement = f"select count(*) from ({_heads(found.branches, found.where)}) x"  # noqa: S608 - clauses are our own
    with streaming(conn):
        count = conn.execute(text(statement), {**found.given, "cap": CAP + 1}).scalar_one()
    return min(int(count), CAP + 1)


@contextmanager
def streaming(conn: Connection) -> Iterator[None]:
    """Let the database read along an index and stop after a page, or at the cap.

    A plan that gathers everything first may look cheaper than it is: how far it must read depends
    on the policy, of which the planner knows nothing.
    """
    for value in ("off", "default"):
        for way in ("seqscan", "bitmapscan"):
            conn.execute(text(f"set local enable_{way} to {value}"))
        if value == "off":
            yield


def _heads(branches: tuple[str, ...], where: str) -> str:
    return " union all ".join(
        f"(select 1 from work_item w where {branch} and {where} limit :cap)"  # noqa: S608 - clauses are our own
        for branch in branches
    )


def _base(person: Person) -> dict[str, Any]:
    return views.given(person) | {"real_now": real_now()}


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


def cursor(order: Order, row: Row[Any]) -> str:
    """Return the place of a row in an order, as text."""
    found = row._mapping
    return "~".join(
        found[key].isoformat() if hasattr(found[key], "isoformat") else str(found[key])
        for key, _ in order.keys
    )


_READ: Mapping[str, Any] = {
    "bigint": int, "date": date.fromisoformat, "uuid": UUID, "text": str,
    "timestamptz": datetime.fromisoformat,
}


def _after(order: Order, given: str) -> dict[str, Any]:
    """Return the parameters of a cursor; none for one that is no place in this order."""
    parts = given.split("~")
    if len(parts) != len(order.keys):
        return {}
    try:
        read = [_READ[kind](part) for part, (_, kind) in zip(parts, order.keys, strict=True)]
    except ValueError:
        return {}
    if any(isinstance(one, int) and abs(one) >= 2**63 for one in read):
        return {}
    return {f"after_{n}": one for n, one in enumerate(read)}
