"""How the database reads the list: along an index, a page of rows, whatever there is beside it."""

import itertools
from collections.abc import Iterator
from contextlib import nullcontext
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Engine, text

from services.db.engine import connect
from services.settings import Settings
from services.worklist.item import lease, views
from services.worklist.item.scope import Person
from services.worklist.lists import filters, queue
from tests.bench import queue as bench

ITEMS = 12_000
VIEWS = [
    (role, view) for role, person in bench.PEOPLE.items() for view in views.of(person.role)
]
FULL = [(role, view) for role, view in VIEWS if view in ("todo", "team", "waiting", "closed")]


@pytest.fixture(scope="module")
def many(database: Settings) -> Iterator[Engine]:
    """A database with many items."""
    made = connect(database.database_url.get_secret_value(), pool=2, name="test")
    bench.seed(made, ITEMS)
    yield made
    made.dispose()


def _plan(many: Engine, person: Person, query: str) -> dict:  # type: ignore[type-arg]
    wanted = filters.parse(parse_qsl(query))
    asked = queue.ask(person, wanted, bench.TODAY)
    assert asked is not None
    with many.begin() as conn:
        bench.enter(conn, person)
        with nullcontext() if wanted.narrowed else queue.streaming(conn):
            return bench.explained(conn, *queue.paged(asked, wanted))


def _scans(plan: dict) -> list[str]:  # type: ignore[type-arg]
    return [
        node["Node Type"] for node in bench.nodes(plan)
        if node.get("Relation Name") == "work_item" or "ix_work_item" in node.get("Index Name", "")
    ]


@pytest.mark.parametrize(("role", "view"), VIEWS)
def test_no_view_reads_the_table_as_a_whole(many: Engine, role: str, view: str) -> None:
    plan = _plan(many, bench.PEOPLE[role], f"view={view}")
    assert "Seq Scan" not in _scans(plan)


@pytest.mark.parametrize("role", bench.PEOPLE)
def test_the_first_view_reads_its_index_in_order_and_stops_after_a_page(
    many: Engine, role: str
) -> None:
    person = bench.PEOPLE[role]
    plan = _plan(many, person, "")
    assert set(_scans(plan)) == {"Index Scan"}
    branches = len(next(iter(views.of(person.role).values())).branches)
    assert bench.rows_read(plan) <= branches * 20 * filters.PAGE


@pytest.mark.parametrize("sort", ["due", "worth", "oldest", "newest"])
def test_a_supervisors_list_follows_an_index_in_every_order(many: Engine, sort: str) -> None:
    plan = _plan(many, bench.PEOPLE["supervisor"], f"sort={sort}")
    assert set(_scans(plan)) == {"Index Scan"}
    assert bench.rows_read(plan) <= 2 * filters.PAGE


def test_a_later_page_costs_what_the_first_one_costs(many: Engine) -> None:
    person = bench.PEOPLE["supervisor"]
    with many.begin() as conn:
        bench.enter(conn, person)
        after = ""
        for _ in range(20):
            wanted = filters.Filter(after=after)
            after = queue.select(conn, person, wanted, bench.TODAY).next
    plan = _plan(many, person, f"after={after}")
    assert set(_scans(plan)) == {"Index Scan"}
    assert bench.rows_read(plan) <= 2 * filters.PAGE


def test_a_number_is_found_without_reading_others(many: Engine) -> None:
    plan = _plan(many, bench.PEOPLE["supervisor"], "q=CN0000000777")
    assert "Seq Scan" not in _scans(plan)
    assert bench.rows_read(plan) <= 3


@pytest.mark.parametrize(("role", "view"), FULL)
def test_a_tab_is_counted_to_its_cap_and_no_further(many: Engine, role: str, view: str) -> None:
    person = bench.PEOPLE[role]
    with many.begin() as conn:
        bench.enter(conn, person)
        counted = queue.counts(conn, person)[view]
        listed = sum(
            len(page) for page in itertools.islice(_pages(many, person, view), queue.CAP // 50 + 1)
        )
    assert counted == min(listed, queue.CAP + 1)


def _pages(many: Engine, person: Person, view: str) -> Iterator[list[object]]:
    after = "first"
    while after:
        with many.begin() as conn:
            bench.enter(conn, person)
            wanted = filters.Filter(view=view, after="" if after == "first" else after)
            page = queue.select(conn, person, wanted, bench.TODAY)
        yield list(page.rows)
        after = page.next


def test_take_next_reads_few_rows_and_takes_the_first_of_the_list(many: Engine) -> None:
    person = bench.PEOPLE["biller"]
    with many.begin() as conn:
        bench.enter(conn, person)
        first = queue.select(conn, person, filters.Filter(), bench.TODAY).rows[0]
        taken = lease.take_next(conn, person, bench.NOW)
        assert taken == str(first.rework_id)
        row = conn.execute(
            text("select taken_by, state from work_item where rework_id = cast(:id as uuid)"),
            {"id": taken},
        ).one()
        assert row.taken_by == "bert"
        conn.rollback()
