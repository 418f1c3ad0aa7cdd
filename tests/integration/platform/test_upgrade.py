"""A database of an earlier landing comes along: nothing is lost, everything old is still read."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Engine, text

from schemas import codec, ids, topics
from services.clock import Clock
from services.db import migrate
from services.db.engine import connect
from services.db.tables import META
from services.delivery.dead import Record
from services.delivery.runner import Runner
from services.local import postgres
from services.phi.keys import SiteKey
from streams import TOPOLOGY
from tests.builders import TERMS

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


def test_the_processors_work_on_with_the_old_rows(landed):
    """A denial of the old database is taken back: its item closes, its claim remembers both."""
    engine, _ = landed
    with engine.connect() as conn:
        values = conn.execute(text("select value from outbox where topic = :topic"),
                              {"topic": topics.ADJUDICATED.name}).scalars()
        decisions = [codec.decode(topics.ADJUDICATED.name, bytes(value)) for value in values]
        items = {row.control_number: str(row.rework_id) for row in conn.execute(text(
            "select control_number, rework_id from work_item"
            " where kind = 'denial' and status = 'open'"))}
    denied = next(one for one in decisions if one.control_number in items)
    taken_back = replace(
        denied, event_id=ids.derive("adjudicated", "late", 1), remittance_id="late", ordinal=1,
        status="22", decided_on=denied.decided_on + timedelta(days=30),
        charge_cents=-denied.charge_cents, paid_cents=-denied.paid_cents,
        patient_cents=-denied.patient_cents, adjustments=_negated(denied.adjustments),
        lines=tuple(replace(line, charge_cents=-line.charge_cents, paid_cents=-line.paid_cents,
                            adjustments=_negated(line.adjustments)) for line in denied.lines),
    )
    record = Record(topics.ADJUDICATED.name, 0, 1_000_000, denied.encounter_id.encode(),
                    codec.encode(taken_back))
    clock = Clock(taken_back.occurred_at + timedelta(days=40), taken_back.occurred_at, 0.0)
    told = {}
    for name in ("assembly", "denials", "accuracy"):
        runner = Runner(TOPOLOGY[name](TERMS), engine, clock, SiteKey(bytes(32)))
        told[name] = [codec.decode(o.topic, o.value) for o in runner.commit([record])]

    closed = [one for one in told["denials"] if one.status == "closed"]
    assert [one.rework_id for one in closed] == [items[denied.control_number]]
    with engine.connect() as conn:
        dead = text("select count(*) from offset_range where outcome = 'dead' and first = 1000000")
        assert conn.execute(dead).scalar_one() == 0
        known = text("select decisions from submission where control_number = :number")
        decisions = conn.execute(known, {"number": denied.control_number}).scalar_one()
    assert [one["reversal"] for one in json.loads(bytes(decisions))] == [False, True]
    assert told["accuracy"], "the figures that counted it are told again"


def _negated(adjustments):
    return tuple(replace(one, amount_cents=-one.amount_cents) for one in adjustments)
