"""The list in SQL: a page of a view in its order, and how many are in each view.

    branch 1 ─ in order, at most a page ─┐
    branch 2 ─ in order, at most a page ─┴─▶ merged, a page ─▶ + answer, visit

Pages are keyset pages: the cursor is the last row's place in the order. Each branch follows an
index (`ix_work_item_rank` and its like) and stops after a page, so that a list of 100,000 open
items is never read as a whole; `tests/integration/web/test_queue_plans.py` holds the plans to it.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from services.clock import real_now
from services.worklist import filters, items, lease, views
from services.worklist.filters import Filter
from services.worklist.scope import Person, scoped

NO_NAMES: Mapping[str, str] = MappingProxyType({})
CAP = 500
"""How far a view is counted: more than that is shown as "500+"."""
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


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
_FATE = (
    "coalesce((select case when fa.came_back <> '' then 'came_back'"
    " when fa.decisions = 0 then 'on_its_way'"
    " when fa.paid_cents > 0 then 'paid' else 'unpaid' end"
    " from answer fa where fa.rework_id = w.rework_id), 'on_its_way')"
)
_CLAUSES: Mapping[str, str] = {
    "kind": "w.kind = any(:f_kind)", "payer": "w.payer_id = any(:f_payer)",
    "category": "w.category = any(:f_category)", "team": "w.place = any(:f_team)",
    "facility": "w.facility_id = any(:f_facility)",
    "department": "w.department = any(:f_department)", "state": "w.state = any(:f_state)",
    "assignee": "w.assigned_to = any(:f_assignee)",
    "carc": "w.carcs ?| cast(:f_carc as text[])", "edit": "w.carcs ?| cast(:f_edit as text[])",
    "remark": "w.remarks ?| cast(:f_remark as text[])",
    "code": "w.codes ?| cast(:f_code as text[])", "tag": "w.tags ?| cast(:f_tag as text[])",
    "group": "exists (select from jsonb_array_elements_text(w.carcs) c"
             " where split_part(c, '-', 1) = any(:f_group))",
    "fate": f"w.state = 'released' and {_FATE} = any(:f_fate)",
    "claim_type": "coalesce((select fv.claim_type from visit fv"
                  " where fv.encounter_id = w.encounter_id), 'professional') = any(:f_claim_type)",
    "due": "w.due_on <= :f_due", "min": "w.at_stake_cents >= :f_min",
    "max": "w.at_stake_cents <= :f_max", "older": "w.opened_at < :f_older",
    "younger": "w.opened_at >= :f_younger",
    "answered": "w.answered", "free": lease.FREE,
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
    clauses, given = _narrowed(person, wanted, today)
    if wanted.q:
        clause, found = _search(wanted.q, payers)
        clauses.append(clause)
        given |= found
    where = " and ".join([scope, *clauses])
    return Ask(
        view.branches, where, wanted.sort or view.sort, _base(person) | scope_given | given
    )


def _narrowed(
    person: Person, wanted: Filter, today: date
) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions of the filters, and their parameters."""
    midnight = datetime.combine(today, datetime.min.time(), UTC)
    given: dict[str, Any] = {f"f_{name}": list(values) for name, values in wanted.many.items()}
    if "assignee" in wanted.many:
        named = {filters.ME: person.name, filters.NOBODY: ""}
        given["f_assignee"] = [named.get(one, one) for one in wanted.many["assignee"]]
    if "carc" in wanted.many:
        given["f_carc"] = [code for one in wanted.many["carc"] for code in _grouped(one)]
    for name, number in wanted.numbers.items():
        given[f"f_{name}"] = {
            "due": lambda n: today + timedelta(days=_days(n)),
            "min": lambda n: n * 100, "max": lambda n: n * 100,
            "older": lambda n: midnight - timedelta(days=_days(n) - 1),
            "younger": lambda n: midnight - timedelta(days=_days(n)),
        }[name](number)
    names = [*wanted.many, *wanted.numbers, *sorted(wanted.flags)]
    return [f"({_CLAUSES[name]})" for name in names], given


def _days(number: int) -> int:
    return max(-36_500, min(36_500, number))


def _grouped(code: str) -> list[str]:
    """Return a reason with every group code, unless it names one."""
    return [code] if "-" in code else [f"{group}-{code}" for group in filters.GROUPS]


def _search(asked: str, payers: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the condition of a search: item, claim or payer's number, code, payer."""
    word = asked.strip()
    if _ID.fullmatch(word):
        return "w.rework_id = cast(:q_id as uuid)", {"q_id": word}
    named = [
        payer_id for payer_id, name in payers.items()
        if len(word) > 2 and (word.lower() in name.lower() or word.upper() == payer_id)
    ]
    if named:
        return "w.payer_id = any(:q_payers)", {"q_payers": named}
    code = word.upper()
    return (
        "(w.control_number = :q or w.payer_claim_number = :q or w.rework_id = any("
        "array(select find_work(cast(:q_codes as text[]), cast(:q_reasons as text[]),"
        " cast(:q_words as text[])))))",
        {"q": code, "q_codes": [code], "q_reasons": [*_grouped(code), word.lower()],
         "q_words": [word]},
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
