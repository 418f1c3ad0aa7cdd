"""A database that cannot be used is told for what it is, in one line without its password."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from services import cli
from services.db import migrate
from services.db.engine import Unusable
from services.local import instance
from services.local.errors import StartError
from services.settings import Settings

ROOT = Path(__file__).parents[3]
SECRET = "not-for-anybodys-eyes"
ROLES = ("refused_sleeper", "refused_crowd", "refused_guest")
EMPTY = "test_refusals_empty"


@pytest.fixture(scope="module")
def server(database: Settings) -> Iterator[psycopg.Connection]:
    """The tests' server, with three roles that are refused each in a way of its own."""
    address = database.database_url.get_secret_value()

    def run(form: str, name: str) -> None:
        conn.execute(sql.SQL(form).format(sql.Identifier(name)))

    def clear() -> None:
        run("drop database if exists {} with (force)", EMPTY)
        for name in ROLES:
            run("drop role if exists {}", name)

    with psycopg.connect(address, autocommit=True) as conn:
        clear()
        run("create database {}", EMPTY)
        for name, may in zip(ROLES, ("nologin", "login connection limit 0", "login"), strict=True):
            run(f"create role {{}} {may} password '{SECRET}'", name)
        yield conn
        clear()


@pytest.fixture
def why(database: Settings, server: psycopg.Connection) -> Callable[..., str]:
    """Return why a command cannot use the database under another user, password or name."""
    url = make_url(database.database_url.get_secret_value())

    def refused(**parts: str) -> str:
        address = SecretStr(url.set(**parts).render_as_string(hide_password=False))
        with pytest.raises(cli.CannotRun) as refusal:
            cli.database(database.model_copy(update={"database_url": address}), "test")
        said = str(refusal.value)
        assert SECRET not in said
        assert str(url.password) not in said
        assert "\n" not in said
        return said.replace(f"{url.host}:{url.port}", "HERE")

    return refused


def test_the_right_address_is_let_in(database: Settings) -> None:
    cli.database(database, "test").dispose()


@pytest.mark.parametrize("user", ["claimloop", "nobody_at_all"])
def test_a_refused_password_is_told_as_one(why: Callable[..., str], user: str) -> None:
    assert why(username=user, password=SECRET) == (
        f'the database at HERE refuses us: password authentication failed for user "{user}"'
        " (no such role, or another password: see DATABASE_URL)"
    )


def test_a_role_that_may_not_sign_in_is_told_as_one(why: Callable[..., str]) -> None:
    assert why(username=ROLES[0], password=SECRET) == (
        'the database at HERE refuses us: role "refused_sleeper" is not permitted to log in'
    )


def test_a_database_that_is_missing_is_told_by_its_name(why: Callable[..., str]) -> None:
    assert why(database="claims_of_1999") == (
        'the database at HERE refuses us: database "claims_of_1999" does not exist'
        " (make it, or name another in DATABASE_URL)"
    )


def test_a_server_with_no_room_is_running_and_says_so(why: Callable[..., str]) -> None:
    assert why(username=ROLES[1], password=SECRET) == (
        'the database at HERE refuses us: too many connections for role "refused_crowd"'
    )


def test_a_database_without_our_tables_says_what_makes_them(why: Callable[..., str]) -> None:
    assert why(database=EMPTY) == (
        f"the database {EMPTY} at HERE has no schema of ours:"
        " `claimloop up` or `claimloop prepare` brings it"
    )


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        ("0001", "has schema 0001 of {now}: `claimloop up` or `claimloop prepare` brings it"),
        ("9999", "has schema 9999, of a later release: this one is {now}"),
    ],
    ids=["earlier", "later"],
)
def test_another_schema_is_told_by_its_number(
    why: Callable[..., str], server: psycopg.Connection, revision: str, says: str
) -> None:
    now = server.execute("select version_num from alembic_version").fetchone()[0]  # type: ignore[index]
    server.execute("update alembic_version set version_num = %s", [revision])
    try:
        said = why()
    finally:
        server.execute("update alembic_version set version_num = %s", [now])

    assert said.partition(" at HERE ")[2] == says.format(now=now)


def test_a_database_of_a_later_release_is_not_migrated(
    database: Settings, server: psycopg.Connection
) -> None:
    now = server.execute("select version_num from alembic_version").fetchone()[0]  # type: ignore[index]
    server.execute("update alembic_version set version_num = '9999'")
    try:
        with pytest.raises(Unusable, match=r"of a later release.*9999"):
            migrate.upgrade(database.database_url.get_secret_value())
    finally:
        server.execute("update alembic_version set version_num = %s", [now])


def test_a_role_that_owns_nothing_is_told_so(why: Callable[..., str]) -> None:
    said = why(username=ROLES[2], password=SECRET)

    assert said.startswith("the role refused_guest may not read the tables of the database ")


def test_a_database_that_gives_up_under_a_command_is_one_line(
    database: Settings, server: psycopg.Connection, tmp_path: Path
) -> None:
    url = make_url(database.database_url.get_secret_value())
    impatient = url.update_query_dict({"options": "-c lock_timeout=1ms"})
    env = {
        **os.environ, "CLAIMLOOP_HOME": str(tmp_path), "PYTHONPATH": str(ROOT),
        "DATABASE_URL": impatient.render_as_string(hide_password=False),
    }

    with server.transaction():
        server.execute("lock table user_account")
        done = subprocess.run(
            (sys.executable, "-m", "services.cli", "user", "list"), env=env, capture_output=True,
            text=True, check=False,
        )

    assert (done.returncode, done.stdout, done.stderr) == (
        2, "", "claimloop: the database gave up: canceling statement due to lock timeout\n"
    )


def test_a_start_tells_a_refused_password_too(database: Settings, tmp_path: Path) -> None:
    url = make_url(database.database_url.get_secret_value()).set(password=SECRET)
    told = database.model_copy(update={
        "home": tmp_path, "supervised": False,
        "database_url": SecretStr(url.render_as_string(hide_password=False)),
    })

    with pytest.raises(StartError, match="refuses us: password authentication failed") as why:
        instance.start(told)

    assert SECRET not in str(why.value)
