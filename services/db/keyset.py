"""A long list, a page at a time: a page begins after the last row of the one before it (keyset).

    branch 1 ─ in order, at most a page ─┐
    branch 2 ─ in order, at most a page ─┴─▶ merged, a page

A branch fixes by equality what an index begins with, so that the database reads it in order and
stops after a page, however long the list is. No two branches of a list hold for one row. The
cursor of a page is its last row's place in the order; what is no cursor begins at the first page.

What is called ``of`` below is a table with its alias, as ``work_item w``. Names of tables, columns
and conditions are our own; values come as parameters, ``:size`` and ``:cap`` among them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote
from uuid import UUID

from sqlalchemy import Connection, Row, text

T = TypeVar("T")
PAGE = 50
"""Rows of a page."""
CAP = 500
"""How far a list is counted: more than that is shown as "500+"."""
LONGEST = 1000
"""Characters of a cursor: of what is longer none is ours."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list.

    Attributes:
        rows: What it shows.
        next: Cursor of the next page; empty on the last.
    """

    rows: list[T]
    next: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a list.

    Attributes:
        keys: Columns with their types, of which `READ` knows how they are read; together they
            name one row.
        down: Largest first.
    """

    keys: tuple[tuple[str, str], ...]
    down: bool = False

    def by(self, alias: str) -> str:
        """Return what follows ``order by``."""
        way = " desc" if self.down else ""
        return ", ".join(f"{alias}.{key}{way}" for key, _ in self.keys)

    def beyond(self, alias: str) -> str:
        """Return the condition of what comes after a cursor."""
        names = ", ".join(f"{alias}.{key}" for key, _ in self.keys)
        marks = ", ".join(f"cast(:after_{n} as {kind})" for n, (_, kind) in enumerate(self.keys))
        return f"({names}) {'<' if self.down else '>'} ({marks})"


def head(order: Order, of: str, branches: Sequence[str], where: str, *, after: bool) -> str:
    """Return a page of a list, and one row more, as a subquery.

    Args:
        order: The order.
        of: The table.
        branches: Conditions, one of which holds for a row of the list.
        where: What holds besides, whichever branch it is.
        after: Whether `place` gave the parameters of a cursor.
    """
    alias, beyond = of.split()[-1], ""
    if after:
        beyond = f" and {order.beyond(alias)}"
    heads = " union all ".join(
        f"(select {alias}.* from {of} where {branch} and {where}{beyond}"  # noqa: S608 - see above
        f" order by {order.by(alias)} limit :size)"
        for branch in branches
    )
    return f"(select {alias}.* from ({heads}) {alias} order by {order.by(alias)} limit :size)"  # noqa: S608 - see above


def counted(of: str, branches: Sequence[str], where: str) -> str:
    """Return a query of how many rows a list has; each branch is counted to ``:cap``."""
    heads = " union all ".join(
        f"(select 1 from {of} where {branch} and {where} limit :cap)"  # noqa: S608 - see above
        for branch in branches
    )
    return f"select count(*) from ({heads}) x"  # noqa: S608 - see above


def cut(order: Order, rows: Sequence[Row[Any]], size: int) -> Page[Row[Any]]:
    """Return the page of what was read for it: `size` rows, and one more where another follows."""
    shown = list(rows[:size])
    return Page(shown, cursor(order, shown[-1]) if len(rows) > size else "")


def cursor(order: Order, row: Row[Any]) -> str:
    """Return the place of a row in an order, as text."""
    found = row._mapping
    return "~".join(_written(found[key]) for key, _ in order.keys)


def _written(value: Any) -> str:
    if isinstance(value, str):
        return quote(value, safe="").replace("~", "%7E")
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _whole(given: str) -> int:
    number = int(given)
    if abs(number) >= 2**63:
        raise ValueError
    return number


def _plain(given: str) -> str:
    value = unquote(given, errors="strict")
    if "\0" in value:
        raise ValueError
    return value


READ: Mapping[str, Any] = {
    "bigint": _whole, "date": date.fromisoformat, "uuid": UUID, "text": _plain,
    "timestamptz": datetime.fromisoformat,
}
"""Type of a key -> how it is read out of a cursor; ValueError for what is none."""


def place(order: Order, given: str) -> dict[str, Any]:
    """Return the parameters of a cursor; none for one that is no place in this order."""
    parts = given.split("~")
    if not given or len(given) > LONGEST or len(parts) != len(order.keys):
        return {}
    try:
        return {
            f"after_{n}": READ[kind](part)
            for n, (part, (_, kind)) in enumerate(zip(parts, order.keys, strict=True))
        }
    except ValueError:
        return {}


@contextmanager
def streaming(conn: Connection) -> Iterator[None]:
    """Let the database read along an index and stop after a page, or at the cap.

    A plan that gathers everything first may look cheaper than it is: how far it must read depends
    on the policy, of which the planner knows nothing.
    """
    with _set(conn, enable_seqscan="off", enable_bitmapscan="off", **_BY_VALUE):
        yield


@contextmanager
def by_value(conn: Connection) -> Iterator[None]:
    """Let the database plan each question anew: how many rows fit depends on what is asked for.

    A statement that is asked often is planned once for all values, and so for none that is rare.
    """
    with _set(conn, **_BY_VALUE):
        yield


_BY_VALUE = {"plan_cache_mode": "force_custom_plan"}


@contextmanager
def _set(conn: Connection, **settings: str) -> Iterator[None]:
    _set_all(conn, settings)
    yield
    _set_all(conn, dict.fromkeys(settings, "default"))


def _set_all(conn: Connection, settings: Mapping[str, str]) -> None:
    conn.execute(text("; ".join(f"set local {name} to {to}" for name, to in settings.items())))
