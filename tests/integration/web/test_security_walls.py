"""The second wall: what the database itself shows and lets the pages' role write."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from services.db import migrate, rls
from services.db.engine import connect
from services.db.rls import Subject
from services.phi import audit
from services.settings import Settings
from services.web import access, figures_shown
from services.worklist.item.scope import Person as Reader
from tests.integration.web import scene

MAIN = ("main",)
NO_WALL = {
    "code_paid": "counts and cents by payer, code and day: no claim, no visit, no patient",
    "exchange_item": "of a payer's file or remittance, of no visit",
    "inbound_file": "of a file of a payer its id and state, nothing else",
    "outbox": "written to, never read",
    "paid_history": "sums by payer and code",
    "release_approval": "who released a payer's file",
    "rule_in_force": "rules",
    "user_profile": "what people can",
}
"""What the pages' role may touch although no wall is before it: why."""


@pytest.fixture(scope="module")
def item(engine: Engine) -> str:
    """An item at the facility main, with a line of history."""
    with engine.begin() as conn:
        made = scene.play(conn, scene.denied(conn, "walled"))
        conn.execute(
            text(
                "insert into work_history (rework_id, at, who, role, action, before, after)"
                " values (cast(:id as uuid), now(), 'anna', 'coder', 'take', '{}', '{}')"
            ),
            {"id": made},
        )
    return made


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    """A transaction that leaves nothing behind."""
    with engine.connect() as made:
        yield made
        made.rollback()


def _count(conn: Connection, table: str) -> int:
    return int(conn.execute(text(f"select count(*) from {table}")).scalar_one())


def _tables(conn: Connection) -> dict[str, bool]:
    """Return the tables the pages' role may touch, each with whether a wall is before it."""
    rows = conn.execute(text(
        "select c.relname, c.relrowsecurity and c.relforcerowsecurity and exists ("
        "  select from pg_policy p join pg_roles r on r.oid = any(p.polroles)"
        "  where p.polrelid = c.oid and r.rolname = 'claimloop_web') as walled"
        " from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f')"
        " and c.relnamespace = 'public'::regnamespace"
        " and has_any_column_privilege('claimloop_web', c.oid, 'select, insert, update')"
    )).all()
    return {row.relname: row.walled for row in rows}


def test_whatever_the_pages_may_touch_has_row_level_security_forced_and_a_policy_of_theirs(
    conn: Connection,
) -> None:
    found = _tables(conn)
    assert {"work_item", "visit", "answer", "data_key", "gateway_claim"} <= set(found)
    bare = {name for name, walled in found.items() if not walled}
    assert bare == set(NO_WALL), "select claimloop_protect('<table>', 'facility'), or say why not"


def test_every_table_with_a_facility_an_item_or_a_visit_is_walled_or_shut(conn: Connection) -> None:
    rows = conn.execute(text(
        "select distinct c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relkind in ('r', 'p') and not a.attisdropped"
        " and a.attname in ('facility_id', 'encounter_id', 'rework_id', 'kid', 'patient')"
        " and c.relnamespace = 'public'::regnamespace"
    )).scalars()
    found = _tables(conn)
    assert [name for name in rows if not found.get(name, True)] == []


def test_a_table_made_later_is_not_the_pages_until_it_is_given_to_them(conn: Connection) -> None:
    conn.execute(text("create table made_later (encounter_id text)"))
    assert "made_later" not in _tables(conn)
    conn.execute(text("grant select on made_later to claimloop_web"))
    assert _tables(conn)["made_later"] is False
    conn.execute(text("select claimloop_protect('made_later', 'encounter')"))
    assert _tables(conn)["made_later"] is True


def test_what_stages_keep_of_an_item_or_patient_is_shown_where_the_item_or_patient_is(
    conn: Connection, item: str
) -> None:
    conn.execute(
        text(
            "insert into answer (rework_id, rank, paid_cents, decisions, came_back, came_back_id,"
            " at) values (cast(:id as uuid), 1, 5, 1, '', '', now())"
        ),
        {"id": item},
    )
    conn.execute(text(
        "insert into data_key (kid, wrapped) select patient, '' from visit on conflict do nothing"
    ))
    seen = {}
    for facility in ("main", "north"):
        rls.enter(conn, Subject("somebody", "biller", (facility,)))
        seen[facility] = [_count(conn, "answer") > 0, _count(conn, "data_key") > 0]
        conn.execute(text("reset role"))
    assert seen == {"main": [True, True], "north": [False, False]}


FIGURES = [
    ("facility", "main"), ("facility", "north"), ("payer", "BCBS"), ("service_line", "main"),
    ("coder", "C-MAIN"), ("coder_month", "C-MAIN"), ("coder", "C-NORTH"), ("coder", "C-BOTH"),
    ("coder", "C-TWICE"), ("coder", "C-EVERYWHERE"), ("coder", "C-NOWHERE"), ("coder", "C-GONE"),
]
CODERS = (
    ("C-MAIN", ["main"]), ("C-NORTH", ["north"]), ("C-BOTH", ["main", "north"]),
    ("C-TWICE", ["main"]), ("C-TWICE", ["north"]), ("C-EVERYWHERE", ["*"]), ("C-NOWHERE", []),
)
"""Accounts of coders; of C-GONE there is none."""
SUMMED_OVER_MAIN = {("facility", "main"), ("coder", "C-MAIN"), ("coder_month", "C-MAIN")}


@pytest.fixture
def figures(conn: Connection) -> None:
    """A figure of each kind, and the coders they are of."""
    for n, (coder, facilities) in enumerate(CODERS):
        conn.execute(
            text(
                "insert into user_account (user_id, name, role, coder_id, password_hash, disabled,"
                " facilities) values (gen_random_uuid(), :name, 'coder', :coder, '', false,"
                " to_jsonb(cast(:facilities as text[])))"
            ),
            {"name": f"{coder} {n}", "coder": coder, "facilities": facilities},
        )
    for dimension, subject in FIGURES:
        conn.execute(
            text(
                "insert into accuracy_figure (figure_id, metric, dimension, subject, \"window\","
                " as_of, numerator, denominator, exclusions, adjudicated, billed, lower, upper,"
                " minimum, revision) values (gen_random_uuid(), 'm', :dimension, :subject, '1h',"
                " now(), 1, 1, '[]', 1, 1, 0, 1, 1, 1)"
            ),
            {"dimension": dimension, "subject": subject},
        )


@pytest.mark.parametrize(
    ("role", "facilities", "sees"),
    [
        ("supervisor", MAIN, SUMMED_OVER_MAIN),
        ("supervisor", ("north", "main"), SUMMED_OVER_MAIN | {
            ("facility", "north"), ("coder", "C-NORTH"), ("coder", "C-BOTH"), ("coder", "C-TWICE"),
        }),
        ("supervisor", ("south",), set()), ("supervisor", (), set()),
        ("supervisor", ("*",), set(FIGURES)),
        ("coder", ("*",), set()), ("ops", ("*",), set()), ("auditor", ("*",), set()),
    ],
)
def test_no_figure_is_shown_that_sums_over_what_its_reader_does_not_see(
    conn: Connection, figures: None, role: str, facilities: tuple[str, ...],
    sees: set[tuple[str, str]],
) -> None:
    """By the query alone, as the owner asks it, and by the policy alone."""
    where, given = figures_shown.scoped(Reader("somebody", role, facilities=facilities))
    select = "select f.dimension, f.subject from accuracy_figure f"
    queried = conn.execute(text(f"{select} where {where}"), given).all()
    rls.enter(conn, Subject("somebody", role, facilities))
    walled = conn.execute(text(select)).all()
    assert (set(map(tuple, queried)), set(map(tuple, walled))) == (sees, sees)


def test_what_payers_paid_for_a_code_is_summed_over_facilities_and_names_no_claim(
    conn: Connection, item: str
) -> None:
    seen = {}
    for role, facility in (
        ("coder", "main"), ("coder", "north"), ("supervisor", "*"), ("ops", "*"),
    ):
        rls.enter(conn, Subject("somebody", role, (facility,)))
        seen[role, facility] = [_count(conn, "code_decided") > 0, _count(conn, "code_paid") > 0]
        conn.execute(text("reset role"))
    assert seen == {
        ("coder", "main"): [True, True], ("coder", "north"): [False, True],
        ("supervisor", "*"): [True, True], ("ops", "*"): [False, True],
    }
    columns = set(conn.execute(text("select * from code_paid limit 0")).keys())
    assert columns == {
        "payer_id", "kind", "code", "decided_on", "reasons", "lines", "paid", "denied",
        "paid_cents", "charge_cents",
    }


@pytest.mark.parametrize("table", [
    "work_item", "visit", "chart", "timeline", "coding", "work_history",
])
@pytest.mark.parametrize(
    ("role", "facilities", "sees"),
    [
        ("coder", MAIN, True), ("biller", ("*",), True), ("supervisor", ("north", "main"), True),
        ("coder", ("north",), False), ("supervisor", ("north",), False), ("biller", (), False),
        ("ops", ("*",), False), ("admin", ("*",), False), ("", ("*",), False),
    ],
)
def test_a_table_shows_the_rows_of_ones_facilities_to_roles_that_work_claims(
    conn: Connection, item: str, table: str, role: str, facilities: tuple[str, ...], sees: bool
) -> None:
    rls.enter(conn, Subject("somebody", role, facilities))
    assert (_count(conn, table) > 0) == sees


def test_a_transaction_that_says_nobody_sees_nothing(conn: Connection, item: str) -> None:
    conn.execute(text("set local role claimloop_web"))
    assert [_count(conn, t) for t in ("work_item", "visit", "timeline", "coding")] == [0, 0, 0, 0]


def test_what_is_set_ends_with_the_transaction(engine: Engine, item: str) -> None:
    one = engine.connect()
    with one.begin():
        rls.enter(one, Subject("somebody", "coder", ("north",)))
    with one.begin():
        told = one.execute(text(
            "select current_setting('app.facilities', true), current_user <> 'claimloop_web'"
        )).one()
        assert tuple(told) in ((None, True), ("", True))
        assert _count(one, "work_item") > 0
    one.close()


def test_a_row_cannot_be_written_into_or_moved_to_a_facility_that_is_not_ones(
    conn: Connection, item: str
) -> None:
    rls.enter(conn, Subject("somebody", "biller", MAIN))
    for facility, fits in (("main", True), ("north", False)):
        held = conn.begin_nested()
        try:
            conn.execute(
                text("update work_item set facility_id = :f where rework_id = cast(:id as uuid)"),
                {"f": facility, "id": item},
            )
            done = True
        except ProgrammingError:
            done = False
        assert done == fits, facility
        held.rollback()


def test_an_auditor_reads_and_never_writes(conn: Connection, item: str) -> None:
    rls.enter(conn, Subject("aude", "auditor", ("*",)))
    assert _count(conn, "work_item") > 0
    with pytest.raises(ProgrammingError):
        conn.execute(text("update work_item set tags = '[1]'"))


@pytest.mark.parametrize(
    "statement",
    [
        "select * from user_account", "select * from user_session",
        "update phi_access set actor = 'x'", "delete from phi_access",
        "insert into phi_access_chain values ('', 1, 1, '', '')",
        "select * from phi_access_pending",
        "delete from break_glass", "drop table work_item", "select * from denial_case",
        "select * from intake_refusal", "delete from inbox", "select * from outbox",
        "select content from inbound_file", "select * from interchange", "select * from claim_move",
        "select * from remittance_claim", "select * from rework_item", "select hash from intake",
        "insert into answer (rework_id) values (gen_random_uuid())", "delete from data_key",
        "update gateway_claim set state = 'sent'", "delete from visit", "delete from work_item",
        "update work_history set who = 'somebody'", "delete from work_history",
        "select * from shadow_claim",
        "alter table work_item disable row level security",
    ],
)
def test_the_pages_role_cannot_touch_accounts_the_audit_log_or_the_walls(
    conn: Connection, statement: str
) -> None:
    rls.enter(conn, Subject("somebody", "supervisor", ("*",)))
    with pytest.raises(SQLAlchemyError):
        conn.execute(text(statement))


def test_nobody_signs_an_audit_row_with_anothers_name(conn: Connection) -> None:
    rls.enter(conn, Subject("anna", "coder", ("*",)))
    audit.note(conn, "item.read", "item", "x")
    with pytest.raises(ProgrammingError):
        audit.note(conn, "item.read", "item", "x", actor="carl")


@pytest.mark.parametrize("statement", [
    "update phi_access set actor = 'x'", "delete from phi_access", "truncate phi_access",
    "update phi_access_chain set position = 9", "delete from phi_access_chain",
    "truncate phi_access_chain",
])
def test_rows_of_the_audit_log_are_not_changed_or_removed_even_by_the_owner(
    conn: Connection, statement: str
) -> None:
    conn.execute(text("set local session_replication_role = origin"))
    audit.note(conn, "test", actor="somebody")
    conn.execute(text(
        "insert into phi_access_chain select 'f', 1, max(seq), '', '' from phi_access"
    ))
    with pytest.raises(SQLAlchemyError, match="never changed and never removed"):
        conn.execute(text(statement))


def test_a_plain_owner_gets_through_by_the_policy_for_services(engine: Engine, item: str) -> None:
    """The processes work as the owner of the tables, who need be no superuser."""
    name = "plain_owner_of_a_test"
    with engine.connect() as conn:
        found = _as_owner(conn, name)
        conn.rollback()
    assert found == {"policies": True, "items": True, "web": 0}


def _as_owner(conn: Connection, name: str) -> dict[str, Any]:
    for statement in (
        f"create role {name} nologin", f"grant claimloop_web to {name}",
        f"alter table work_item owner to {name}", f"grant usage on schema public to {name}",
        f"alter policy service on work_item to {name}",
        f"set local role {name}",
    ):
        conn.execute(text(statement))
    owned = conn.execute(text("select row_security_active('work_item')")).scalar_one()
    seen = _count(conn, "work_item") > 0
    rls.enter(conn, Subject("somebody", "coder", ("north",)))
    return {"policies": owned, "items": seen, "web": _count(conn, "work_item")}


def test_a_database_of_a_plain_owner_is_migrated_and_has_the_same_walls(core: Settings) -> None:
    """No superuser, no right to make roles: the role of the pages is made and granted before."""
    import psycopg

    server = core.database_url.get_secret_value().rpartition("/")[0]
    host = server.rpartition("@")[2]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        for statement in _PLAIN:
            admin.execute(statement)
        try:
            url = f"postgresql://plain_owner:plain@{host}/plain_owned"
            migrate.upgrade(url)
            made = connect(url, pool=1)
            with made.begin() as conn:
                forced = conn.execute(text("select row_security_active('work_item')")).scalar_one()
                scene.play(conn, scene.denied(conn, "plain"))
                mine = _count(conn, "work_item")
            with made.begin() as conn:
                rls.enter(conn, Subject("anna", "coder", ("main",)))
                audit.note(conn, "test")
                seen = _count(conn, "work_item")
            with made.begin() as conn:
                rls.enter(conn, Subject("nora", "coder", ("north",)))
                unseen = _count(conn, "work_item")
            made.dispose()
        finally:
            admin.execute("drop database if exists plain_owned with (force)")
            admin.execute("drop role plain_owner")
    assert (forced, mine, seen, unseen) == (True, 1, 1, 0)


_PLAIN = (
    "drop database if exists plain_owned with (force)", "drop role if exists plain_owner",
    "create role plain_owner login password 'plain'", "grant claimloop_web to plain_owner",
    "create database plain_owned owner plain_owner",
)


def test_no_handler_of_the_pages_works_as_the_owner() -> None:
    """Only what signs people in, keeps accounts or works by itself does."""
    folder = Path(access.__file__).parent
    allowed = {
        "app.py", "signing.py", "admin.py", "start.py", "pages.py", "bulk.py", "news.py", "work.py",
    }
    found = {
        path.name for path in folder.glob("*.py")
        if re.search(r"web\.engine\b", path.read_text())
    }
    assert found <= allowed, "use web.begin(request.user)"
