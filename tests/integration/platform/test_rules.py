"""`claimloop rules`: a rule from its draft to the claims it holds, and back again."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import text

from schemas import codec, topics
from services.db import bulk
from services.db.engine import connect
from services.db.tables.assembly import CLAIM_VERSION
from services.db.tables.coding import CODING
from services.db.tables.worklist import TIMELINE
from services.phi import keys
from services.web import accounts
from tests.builders import AT, adjudicated, bill, coded, denied, line, paid, submitted, validated

RULE = """
id = "long-visit"
kind = "own"
words = "A long visit needs a note of time: add it."
severity = "{severity}"
each = "line"
expression = '{expression}'
source = "Compliance committee, 3 March"
plan = "commercial"
"""


@pytest.fixture(scope="module")
def engine(database):
    engine = connect(database.database_url.get_secret_value())
    for name, role in (("ann", "coder"), ("bob", "supervisor"), ("cas", "supervisor")):
        accounts.add(engine, accounts.Account(name=name, role=role), "a long enough password")
    yield engine
    engine.dispose()


@pytest.fixture
def claimloop(engine, database, tmp_path):
    def run(*words):
        env = dict(os.environ) | {
            "CLAIMLOOP_HOME": str(tmp_path),
            "DATABASE_URL": database.database_url.get_secret_value(),
            "KAFKA_BOOTSTRAP_SERVERS": database.kafka_bootstrap_servers,
        }
        done = subprocess.run(
            (sys.executable, "-m", "services.cli", *words), env=env, capture_output=True, text=True,
            check=False,
        )
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    return run


def file(tmp_path, severity="hold", expression='line.code == "99215"'):
    path = tmp_path / "rule.toml"
    path.write_text(RULE.format(severity=severity, expression=expression))
    return str(path)


def told(engine):
    with engine.connect() as conn:
        rows = conn.execute(text(
            "select value from outbox where topic = 'claims.rule' and pending order by seq"))
        return [codec.decode("claims.rule", bytes(row.value)) for row in rows]


def test_a_rule_lives_by_commands_and_each_publication_is_an_event(claimloop, engine, tmp_path):
    assert claimloop("rules", "draft", file(tmp_path), "--as", "ann") == (
        0, "long-visit: version 1 drafted", "")
    assert claimloop("rules", "publish", "long-visit", "--as", "bob")[0] == 1
    assert claimloop("rules", "review", "long-visit", "--as", "ann")[0] == 1
    assert claimloop("rules", "review", "long-visit", "--as", "bob")[0] == 0
    assert told(engine) == []
    assert claimloop("rules", "publish", "long-visit", "--as", "cas")[0] == 0
    assert claimloop("rules", "draft", file(tmp_path, "warn"), "--as", "bob")[0] == 0
    assert claimloop("rules", "review", "long-visit", "--as", "bob")[2].startswith(
        "claimloop: long-visit: who drafted version 2 cannot review it")
    assert claimloop("rules", "review", "long-visit", "--as", "cas")[0] == 0
    later = ("publish", "long-visit", "--as", "cas", "--from", "2099-01-01")
    assert claimloop("rules", *later)[0] == 0
    assert claimloop("rules", "diff", "long-visit@1", "long-visit@2") == (
        1, "severity: 'hold' -> 'warn'", "")
    listed = claimloop("rules", "list", "--json")[1]
    [row] = [json.loads(one) for one in listed.splitlines()]
    assert (row["version"], row["state"], row["judges"]) == (2, "scheduled", 1)
    assert "v1 judges, v2 from 2099-01-01" in claimloop("rules", "list")[1]
    said = claimloop("rules", "rollback", "long-visit", "--as", "bob")[1].splitlines()
    assert said[0].startswith("would_fail: 0 claims, $0.00")
    assert said[-1].startswith("long-visit: version 1 rolled back from")
    assert claimloop("rules", "retire", "long-visit", "--as", "bob")[0] == 0
    assert [event.revision for event in told(engine)] == [1, 2, 3, 4]
    assert [entry.retired for entry in told(engine)[-1].timetable] == [False, False, False, True]


@pytest.mark.slow
def test_what_may_not_be_is_one_line(claimloop, tmp_path):
    (tmp_path / "other.toml").write_text('id = "x-rule"\ncolor = 1')
    wrong = file(tmp_path, expression="line.color == 1")
    for words, status, says in (
        (("draft", wrong, "--as", "ann"), 1, "line 1, column 5: undefined field 'color'"),
        (("draft", str(tmp_path / "other.toml"), "--as", "ann"), 1, "has no field color"),
        (("draft", str(tmp_path / "none.toml"), "--as", "ann"), 2, "No such file"),
        (("draft", wrong, "--as", "zoe"), 2, "nobody who may sign in is called zoe"),
        (("review", "nothing", "--as", "bob"), 1, "no rule is called nothing"),
        (("diff", "nothing", "nothing"), 2, "no version of a rule"),
    ):
        done = claimloop("rules", *words)

        assert done[0] == status, done
        assert says in done[2]
        assert len(done[2].splitlines()) == 1


def history(engine, encounter_id, lines):
    """One coded, validated and decided visit with a long visit on line 1."""
    visit = bill(lines=(line(1, code="99215"), line(2, code="85025", charge_cents=4_000)))
    claim = submitted(bill=visit, encounter_id=encounter_id)
    first = coded(bill=visit, encounter_id=encounter_id)
    told = (validated(bill=visit, encounter_id=encounter_id),
            adjudicated(claim, lines(claim), remittance_id=f"R-{encounter_id}"))
    with engine.begin() as conn:
        bulk.insert(conn, CODING, [{
            "encounter_id": encounter_id, "version": 1, "event_id": first.event_id,
            "encounter_version": 1, "coder_id": "coder-1", "reason": "initial", "rework_id": "",
            "predecessor": "", "recorded_at": AT, "event": codec.encode(first)}])
        bulk.insert(conn, TIMELINE, [{
            "event_id": event.event_id, "encounter_id": encounter_id,
            "topic": topics.holding(event).name, "partition": 0, "offset": 0, "occurred_at": AT,
            "value": codec.encode(event)} for event in told])


def test_a_draft_is_replayed_over_what_was_coded_and_decided(claimloop, engine, tmp_path):
    history(engine, "ENC-D", lambda claim: denied(claim, "151"))
    history(engine, "ENC-P", paid)
    keys.create(tmp_path / "site.key", bytes(32))
    path = tmp_path / "draft.toml"
    path.write_text(RULE.format(severity="hold", expression='line.code == "99215"').replace(
        "long-visit", "replayed"))
    assert claimloop("rules", "draft", str(path), "--as", "ann")[0] == 0

    status, said, wrong = claimloop("rules", "replay", "replayed")
    rows = [json.loads(row) for row in
            claimloop("rules", "replay", "replayed@1", "--json")[1].splitlines()]

    assert (status, wrong) == (0, "")
    assert "would have held 2 claims" in said
    assert [(r["encounter_id"], r["effect"], r["cents"]) for r in rows[:-1]] == [
        ("ENC-D", "caught", 15_000), ("ENC-P", "stopped", 19_000)]
    assert rows[-1]["totals"]["caught"] == [1, 15_000]


def test_publishing_says_first_which_claims_that_fails_and_a_dry_run_publishes_nothing(
    claimloop, engine, tmp_path
):
    visit = bill(lines=(line(1, code="99215"),))
    one = coded(bill=visit, encounter_id="ENC-U")
    with engine.begin() as conn:
        bulk.insert(conn, CODING, [{
            "encounter_id": "ENC-U", "version": 1, "event_id": one.event_id,
            "encounter_version": 1, "coder_id": "coder-1", "reason": "initial", "rework_id": "",
            "predecessor": "", "recorded_at": AT, "event": codec.encode(one)}])
        bulk.insert(conn, CLAIM_VERSION, [{
            "encounter_id": "ENC-U", "version": 1, "payer_id": "BCBS", "state": "waiting",
            "owner": "", "predecessor": "", "event": None}])
    path = tmp_path / "dry.toml"
    path.write_text(RULE.format(severity="hold", expression='line.code == "99215"').replace(
        "long-visit", "dry-rule"))
    assert claimloop("rules", "draft", str(path), "--as", "ann")[0] == 0
    assert claimloop("rules", "review", "dry-rule", "--as", "bob")[0] == 0
    before = len(told(engine))

    status, said, wrong = claimloop("rules", "publish", "dry-rule", "--as", "bob", "--dry-run")

    assert (status, wrong) == (0, "")
    assert said.splitlines()[0].split()[:4] == ["would_fail", "$150.00", "ENC-U", "v1"]
    assert said.splitlines()[1].startswith("would_fail: 1 claim, $150.00")
    assert len(told(engine)) == before
