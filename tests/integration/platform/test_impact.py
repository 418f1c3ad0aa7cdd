"""`codes load --dry-run`: which unpaid claims a table would hold or let go, in dollars."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import text

from schemas import codec
from services.db import bulk
from services.db.engine import connect
from services.db.stores import billed
from services.db.tables.assembly import CLAIM_VERSION
from services.db.tables.coding import CODING
from services.phi import keys
from tests.builders import AT, bill, coded, line

TABLE = """Ours
HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator,MUE Rationale
J1885,4,3 Date of Service Edit: Clinical,own
G0447,3,3 Date of Service Edit: Clinical,own
"""


@pytest.fixture
def engine(database, tmp_path):
    engine = connect(database.database_url.get_secret_value())
    keys.create(tmp_path / "site.key", bytes(32))
    with engine.begin() as conn:
        conn.execute(text("truncate coding, claim_version, submission, billed_encounter"))
    yield engine
    engine.dispose()


def visit(engine, encounter_id, code, units, state="waiting", kid=""):
    """One coded visit with some units of a code, in a state of its version; of a patient."""
    content = bill(lines=(line(1), line(2, code=code, units=units, charge_cents=6_000)))
    content = replace(content, demographics=replace(content.demographics, kid=kid))
    one = coded(bill=content, encounter_id=encounter_id)
    with engine.begin() as conn:
        bulk.insert(conn, CODING, [{
            "encounter_id": encounter_id, "version": 1, "event_id": one.event_id,
            "encounter_version": 1, "coder_id": "coder-1", "reason": "initial", "rework_id": "",
            "predecessor": "", "recorded_at": AT, "event": codec.encode(one)}])
        bulk.insert(conn, CLAIM_VERSION, [{
            "encounter_id": encounter_id, "version": 1, "payer_id": "BCBS", "state": state,
            "owner": "denials" if state == "held" else "", "predecessor": "", "event": None}])
        if state == "sent":
            conn.execute(text(
                "insert into submission (control_number, encounter_id, payer_id, ordinal, version,"
                " frequency, predecessor, filing_deadline_on, charge_cents, secondary,"
                " next_payer_id, state, rejected, payer_claim_number, decisions, appeal)"
                " values (:id, :id, 'BCBS', 1, 1, '1', '', '2027-01-01', 21000, false, '', 'open',"
                " false, '', '', '')"), {"id": encounter_id})
    return one


def held_by_another_visit(engine, encounter_id, code, units):
    """One coded visit of a patient for whom another visit bills the same: held as it is."""
    one = visit(engine, encounter_id, code, units, "held", kid="twice")
    other = replace(one, encounter_id="FIRST")
    with engine.begin() as conn:
        billed.save(conn, {billed.patient(other): billed.NONE.after(other, held=False)})


def test_a_dry_run_says_what_would_fail_pass_or_is_out_and_loads_nothing(
    engine, database, tmp_path
):
    visit(engine, "FAILS", "J1885", 6)
    visit(engine, "PASSES", "G0447", 2, "held")
    visit(engine, "IS-OUT", "J1885", 6, "sent")
    visit(engine, "SAME", "J1885", 2)
    visit(engine, "OLD", "J1885", 6, "superseded")
    held_by_another_visit(engine, "AGAIN", "J1885", 6)
    (tmp_path / "mue.csv").write_text(TABLE)
    env = dict(os.environ) | {
        "CLAIMLOOP_HOME": str(tmp_path), "DATABASE_URL": database.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": database.kafka_bootstrap_servers,
    }
    done = subprocess.run(
        (sys.executable, "-m", "services.cli", "codes", "load", "mue_medicare_practitioner",
         str(tmp_path / "mue.csv"), "--effective", "2026-01-01", "--dry-run", "--json"),
        env=env, capture_output=True, text=True, check=False,
    )
    rows = [json.loads(row) for row in done.stdout.splitlines()]

    assert (done.returncode, done.stderr) == (0, "")
    assert [(r["encounter_id"], r["effect"], r["cents"]) for r in rows[:-1]] == [
        ("FAILS", "would_fail", 21_000), ("IS-OUT", "sent", 21_000),
        ("PASSES", "would_pass", 21_000)]
    assert rows[-1]["totals"]["would_fail"] == [1, 21_000]
    with engine.connect() as conn:
        assert conn.execute(text("select count(*) from code_table")).scalar_one() == 0
    assert not list((tmp_path / "codes").glob("mue_medicare_practitioner@2026*"))
