"""A database of an earlier landing comes along: nothing is lost, everything old is still read."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Engine, text

from schemas import codec, topics
from services.db import migrate
from services.db.engine import connect
from services.db.tables import META
from services.local import postgres

LANDINGS = Path(__file__).with_name("landings")
KEPT = (
    "intake", "coding", "outbox", "inbox", "offset_range", "submission", "claim_version",
    "gateway_claim", "interchange", "inbound_file", "remittance", "remittance_claim", "posting",
    "denial_case", "rework_item", "work_item", "timeline", "accuracy_case",
)


def _counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as conn:
        return {name: conn.execute(text(f"select count(*) from {name}")).scalar_one()
                for name in KEPT}


@pytest.fixture(scope="module", params=sorted(p.name for p in LANDINGS.glob("*.dump")))
def landed(core, request) -> Iterator[tuple[Engine, dict[str, int]]]:
    """A restored database after its migration, and what each table held before it."""
    server = core.database_url.get_secret_value().rpartition("/")[0]
    name = sql.Identifier("test_upgrade")
    with psycopg.connect(server + "/postgres", autocommit=True) as conn:
        conn.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        conn.execute(sql.SQL("create database {} template template0").format(name))
    url = server + "/test_upgrade"
    subprocess.run(
        (postgres.binary("pg_restore"), "--no-owner", "-d", url, LANDINGS / request.param),
        check=True, env={**os.environ, "PGOPTIONS": "-c client_min_messages=error"},
    )
    engine = connect(url)
    before = _counts(engine)
    engine.dispose()
    migrate.upgrade(url)
    yield engine, before
    engine.dispose()


def test_the_old_database_becomes_exactly_the_tables_of_today(landed):
    engine, _ = landed
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, META) == []


def test_no_row_is_lost_on_the_way(landed):
    engine, before = landed
    after = _counts(engine)

    assert before["gateway_claim"] > 50
    assert {name: n for name, n in after.items() if n < before[name]} == {}


def test_every_event_of_the_old_database_is_read_by_todays_codec(landed):
    engine, _ = landed
    with engine.connect() as conn:
        rows = conn.execute(text("select topic, value from outbox where topic like 'claims.%'"))
        seen = set()
        for row in rows:
            if row.topic in topics.BY_NAME and topics.BY_NAME[row.topic].event:
                seen.add(type(codec.decode(row.topic, bytes(row.value))).__name__)

    assert {"Encounter", "Coded", "Submitted", "Adjudicated", "Rework"} <= seen
