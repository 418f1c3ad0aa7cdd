"""How the database reads the lists: along an index, a page of rows, whatever there is beside it."""

import itertools
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Engine, text

from services.db import keyset
from services.db.engine import connect
from services.gateway import exchange
from services.settings import Settings
from services.worklist.item import disclosure, lease, views
from services.worklist.item.scope import Person
from services.worklist.lists import conditions, filters, queue
from services.worklist.talk import lessons, query_shown
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
    bench.seed_beside(made)
    yield made
    made.dispose()


def _plan(many: Engine, person: Person, query: str) -> dict:  # type: ignore[type-arg]
    wanted = filters.parse(parse_qsl(query))
    with many.begin() as conn:
        bench.enter(conn, person)
        asked = queue.asked(conn, person, wanted, bench.TODAY)
        assert asked is not None
        with queue.reading(conn, wanted):
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


@pytest.mark.parametrize("sort", ["due", "worth", "oldest", "newest", "payer"])
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


def test_what_a_search_finds_is_counted_without_reading_others(many: Engine) -> None:
    wanted, person = filters.parse([("q", "CN0000000777")]), bench.PEOPLE["supervisor"]
    with many.begin() as conn:
        bench.enter(conn, person)
        asked = queue.asked(conn, person, wanted, bench.TODAY)
        assert asked is not None
        with queue.reading(conn, wanted):
            counted = keyset.counted(queue.TABLE, asked.branches, asked.where)
            plan = bench.explained(conn, counted, {**asked.given, "cap": keyset.CAP + 1})
        assert queue.matching(conn, person, wanted, bench.TODAY) == 1
    assert bench.rows_read(plan) <= 3


def test_a_question_that_is_asked_often_is_still_planned_for_its_value(many: Engine) -> None:
    person, wanted = bench.PEOPLE["supervisor"], filters.parse([("payer", "WORKERS_COMP")])
    with many.connect() as conn:
        conn.execute(text("set plan_cache_mode to force_generic_plan"))
        conn.commit()
        for _ in range(20):
            with conn.begin():
                bench.enter(conn, person)
                queue.select(conn, person, wanted, bench.TODAY)
                queue.matching(conn, person, wanted, bench.TODAY)
        plans = conn.execute(text(
            "select coalesce(sum(generic_plans), 0) as general, sum(custom_plans) as own"
            " from pg_prepared_statements where statement like '%work_item w where%'"
        )).one()
        conn.invalidate()
    assert plans.general == 0
    assert plans.own > 0


@pytest.mark.parametrize(("role", "view"), FULL)
def test_a_tab_is_counted_to_its_cap_and_no_further(many: Engine, role: str, view: str) -> None:
    person = bench.PEOPLE[role]
    with many.begin() as conn:
        bench.enter(conn, person)
        counted = queue.counts(conn, person)[view]
        listed = sum(
            len(page) for page in itertools.islice(_pages(many, person, view), keyset.CAP // 50 + 1)
        )
    assert counted == min(listed, keyset.CAP + 1)


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


RARE = ["tag=audit", "code=J3490", "payer=WORKERS_COMP", "tag=audit&kind=denial"]


@pytest.mark.parametrize("role", bench.PEOPLE)
@pytest.mark.parametrize("query", RARE)
def test_what_few_items_fit_is_found_without_reading_the_others(
    many: Engine, role: str, query: str
) -> None:
    plan = _plan(many, bench.PEOPLE[role], query)
    assert "Seq Scan" not in _scans(plan)
    assert bench.rows_read(plan) <= 10


def test_what_many_items_fit_is_not_looked_up_first(many: Engine) -> None:
    person = bench.PEOPLE["supervisor"]
    with many.begin() as conn:
        bench.enter(conn, person)
        assert conditions.few(conn, filters.parse([("code", "71046")])) is None
        assert conditions.few(conn, filters.parse([("kind", "denial")])) is None
        assert conditions.few(conn, filters.parse([("tag", "nobody's")])) == []
        found = conditions.few(conn, filters.parse([("code", "71046"), ("tag", "audit")]))
    assert found


def _page_plan(
    many: Engine, person: Person, page: tuple[str, dict[str, object]], table: str
) -> tuple[list[str], int]:
    """Return how a table is read for a page, and how many rows of it."""
    with many.begin() as conn:
        bench.enter(conn, person)
        with keyset.streaming(conn):
            plan = bench.explained(conn, *page)
    scans = [node["Node Type"] for node in bench.nodes(plan) if node.get("Relation Name") == table]
    return scans, bench.rows_read(plan, table)


@pytest.mark.parametrize("role", ["coder", "supervisor", "of one facility"])
@pytest.mark.parametrize("view", lessons.VIEWS)
def test_a_page_of_lessons_is_read_along_an_index(many: Engine, role: str, view: str) -> None:
    person = bench.PEOPLE[role]
    with many.begin() as conn:
        bench.enter(conn, person)
        statement, given = lessons.paged(person, view)
        rows = conn.execute(text(statement), given).all()
    after = keyset.cut(lessons.ORDER, rows, keyset.PAGE).next
    for page in (lessons.paged(person, view), lessons.paged(person, view, after)):
        scans, read = _page_plan(many, person, page, "lesson")
        assert set(scans) == {"Index Scan"}
        assert read <= len(lessons.VIEWS[view]) * 2 * keyset.PAGE


@pytest.mark.parametrize("person", [
    bench.PHYSICIAN, *(bench.PEOPLE[role] for role in ("coder", "supervisor", "of one facility")),
], ids=["physician", "coder", "supervisor", "of one facility"])
@pytest.mark.parametrize("state", ["open", "answered", "withdrawn"])
def test_a_page_of_queries_is_read_along_an_index(
    many: Engine, person: Person, state: str
) -> None:
    page = query_shown.paged(person, state)
    scans, read = _page_plan(many, person, page, "physician_query")
    assert scans == ["Index Scan"]
    assert read <= 2 * keyset.PAGE


def test_a_page_of_the_exchange_is_read_along_an_index(many: Engine) -> None:
    with many.begin() as conn:
        conn.execute(text(
            "insert into exchange_item (item_id, kind, subject, payer_id, team, state, opened_at,"
            " reason, closed_by, closing) select rework_id, case when cast(subject as int) % 2 = 0"
            " then 'claim_unmatched' else 'remittance_held' end, subject, payer_id, 'OPS',"
            " status, opened_at, '', '', '' from work_item"
        ))
        conn.execute(text("analyze exchange_item"))
        last = exchange.select(conn, kind="claim_unmatched", most=200)[-1].item_id
        for kind in ("", "claim_unmatched"):
            plan = bench.explained(
                conn, exchange.listing(state="open", kind=kind, after=last),
                {"state": "open", "kind": kind, "after": last, "most": 101},
            )
            assert bench.rows_read(plan, "exchange_item") <= 102
        conn.rollback()


def test_opened_records_are_counted_to_the_cap_and_listed_by_pages(many: Engine) -> None:
    person = bench.PEOPLE["supervisor"]
    with many.begin() as conn:
        conn.execute(text(
            "insert into break_glass (glass_id, who, role, patient, rework_id, facility_id, reason,"
            " at, until) select rework_id, 'anna', 'coder', 'p', rework_id, facility_id, 'because',"
            " opened_at, opened_at from work_item where cast(subject as int) % 10 = 0"
        ))
        conn.execute(text("analyze break_glass"))
        bench.enter(conn, person)
        first = disclosure.unreviewed(conn, person)
        second = disclosure.unreviewed(conn, person, first.next)
        assert disclosure.waiting(conn, person) == keyset.CAP + 1
        conn.rollback()
    shown = [one.glass_id for one in (*first.rows, *second.rows)]
    assert len(set(shown)) == 2 * keyset.PAGE
    assert [one.at for one in (*first.rows, *second.rows)] == sorted(
        (one.at for one in (*first.rows, *second.rows)), reverse=True)
