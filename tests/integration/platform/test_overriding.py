"""An override: a person, a finding, a reason, a passage; everything else is refused and counted."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from schemas import codec, topics
from schemas.events import Encounter, Evidence, Note
from services.claims import edits
from services.claims.overrides import Refusal
from services.db import bulk
from services.db.engine import connect
from services.db.tables.coding import CHART, CODING
from services.db.tables.worklist import TIMELINE
from services.phi import keys, vault
from services.web import accounts
from services.worklist.bill import overriding
from services.worklist.bill.overriding import Asked, By
from tests.builders import AT, TERMS, bill, coded, dx, validated

SITE = keys.SiteKey(bytes(range(32)))
NOTE = "Type 1 diabetes since childhood. Also steroid-induced diabetes, a second disease."
PASSAGE = Evidence(note_id="N1", start=0, end=31)
SUE = By("sue-opaque", "supervisor")
LATER = AT + timedelta(days=1)


@pytest.fixture
def engine(database):
    engine = connect(database.database_url.get_secret_value())
    content = bill(diagnoses=(dx("E11.9"), dx("E10.9")))
    one = coded(bill=content)
    found = edits.check(one, AT.date(), TERMS)
    told = validated(1, "held", bill=content, findings=found)
    with engine.begin() as conn:
        conn.execute(text("truncate chart, coding, timeline, outbox, override_attempt, work_item"
                          " cascade"))
        kid = vault.data_key_id(SITE, "patient")
        key = vault.ensure_keys(conn, SITE, [kid])[kid]
        sealed = vault.seal(key, kid, one.encounter_id, "note", {"text": NOTE})
        record = Encounter(
            event_id=one.cause_id, encounter_id=one.encounter_id, occurred_at=AT, recorded_at=AT,
            version=1, bill=content, notes=(Note(note_id="N1", title="Note", text=sealed),))
        bulk.insert(conn, CHART, [{
            "encounter_id": one.encounter_id, "version": 1, "state": "coded",
            "facility_id": "main", "department": "internal_medicine", "payer_id": "BCBS",
            "event": codec.encode(record)}])
        bulk.insert(conn, CODING, [{
            "encounter_id": one.encounter_id, "version": 1, "event_id": one.event_id,
            "encounter_version": 1, "coder_id": "coder-1", "reason": "initial", "rework_id": "",
            "predecessor": "", "recorded_at": AT, "event": codec.encode(one)}])
        bulk.insert(conn, TIMELINE, [{
            "event_id": told.event_id, "encounter_id": one.encounter_id,
            "topic": topics.VALIDATED.name, "partition": 0, "offset": 0, "occurred_at": AT,
            "value": codec.encode(told)}])
    yield engine
    engine.dispose()


ASKED = Asked("ENC1", "excludes1", "diagnosis 2", "documented", (PASSAGE,))


def override(engine, asked=ASKED, by=SUE):
    with engine.begin() as conn:
        return overriding.override(conn, SITE, by, asked, LATER)


def refused(engine):
    with engine.connect() as conn:
        return conn.execute(text("select why from override_attempt order by seq")).scalars().all()


def test_a_granted_override_is_the_next_version_and_validation_lets_it_through(engine):
    following = override(engine)

    assert (following.version, following.reason) == (2, "correction")
    assert following.overrides[0].by == "sue-opaque"
    judged = edits.judge(following, LATER.date(), TERMS)
    [finding] = [one for one in judged.findings if one.edit == "excludes1"]
    assert (finding.severity, finding.overridden) == ("info", "documented")
    with engine.connect() as conn:
        rows = conn.execute(text("select value from outbox where topic = 'claims.coded'"))
        assert [codec.decode("claims.coded", bytes(row.value)) for row in rows] == [following]
    assert refused(engine) == []


@pytest.mark.parametrize(("change", "by", "why"), [
    ({}, By("anna", "coder"), "role"),
    ({"reason": "because"}, SUE, "reason"),
    ({"evidence": ()}, SUE, "evidence"),
    ({"evidence": (replace(PASSAGE, end=9_999),)}, SUE, "evidence"),
    ({"evidence": (replace(PASSAGE, note_id="N2"),)}, SUE, "evidence"),
    ({"place": "diagnosis 1"}, SUE, "no_finding"),
    ({"edit": "edit_failed"}, SUE, "guardrail"),
    ({"edit": "ptp_medicare_practitioner_never"}, SUE, "guardrail"),
])
def test_what_may_not_be_overridden_changes_nothing_and_is_counted(engine, change, by, why):
    done = override(engine, replace(ASKED, **change), by)

    assert isinstance(done, Refusal)
    assert refused(engine) == [done.why] == [why]
    with engine.connect() as conn:
        assert conn.execute(text("select count(*) from coding")).scalar_one() == 1


def test_the_command_writes_the_override_or_says_in_one_line_why_not(engine, database, tmp_path):
    keys.create(tmp_path / "site.key", bytes(range(32)))
    for name, role in (("sue", "supervisor"), ("anna", "coder")):
        accounts.add(engine, accounts.Account(name=name, role=role), "a long enough password")

    def run(*words):
        env = dict(os.environ) | {
            "CLAIMLOOP_HOME": str(tmp_path),
            "DATABASE_URL": database.database_url.get_secret_value(),
            "KAFKA_BOOTSTRAP_SERVERS": database.kafka_bootstrap_servers,
        }
        done = subprocess.run((sys.executable, "-m", "services.cli", "edits", "override", *words),
                              env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    what = ("ENC1", "excludes1", "diagnosis 2", "--reason", "documented")
    assert run(*what, "--evidence", "N1:0:31", "--as", "anna") == (
        1, "", "claimloop: Only supervisor may override a finding.")
    assert run(*what, "--evidence", "N1-0-31", "--as", "sue")[0] == 2
    assert run(*what, "--evidence", "N1:0:31", "--as", "sue") == (
        0, "ENC1: version 2 overrides excludes1 at diagnosis 2", "")
    assert run(*what, "--evidence", "N1:0:31", "--as", "sue")[0] == 1
    assert refused(engine) == ["role", "no_finding"]
