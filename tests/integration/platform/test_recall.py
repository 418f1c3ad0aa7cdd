"""Recall: a rule took effect; what is coded and not sent is judged again, and only that."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from schemas import codec, topics
from schemas.events import Finding, Rule, RuleVersion
from services.claims import edits
from services.claims.impact import Side
from services.db import bulk
from services.db.engine import connect
from services.db.tables.assembly import CLAIM_VERSION
from services.db.tables.coding import CHART, CODING
from services.db.tables.worklist import TIMELINE
from services.worklist import recall
from tests.builders import AT, TERMS, bill, coded, line, validated

NOW = datetime(2026, 3, 12, tzinfo=UTC)
LONG = RuleVersion(
    version=1, kind="own", words="A long visit needs a note of time: add it.", severity="hold",
    each="line", expression='line.code == "99215"', source="Compliance committee",
    effective_on=date(2026, 3, 1),
)
RULES = (Rule(rule_id="long-visit", revision=1, timetable=(LONG,)),)
AFTER = Side(edits.STANDARD.with_rules(RULES, NOW.date()), TERMS)
BEFORE = Side(edits.STANDARD, TERMS)


@pytest.fixture
def engine(database):
    engine = connect(database.database_url.get_secret_value())
    with engine.begin() as conn:
        conn.execute(text("truncate chart, coding, timeline, claim_version, submission, outbox"))
    yield engine
    engine.dispose()


def visit(engine, encounter_id, code="99215", state="waiting", findings=()):
    content = bill(lines=(line(1, code=code),))
    one = coded(bill=content, encounter_id=encounter_id)
    told = validated(1, "held" if findings else "clean", bill=content, encounter_id=encounter_id,
                     findings=findings)
    with engine.begin() as conn:
        bulk.insert(conn, CHART, [{
            "encounter_id": encounter_id, "version": 1, "state": "coded", "facility_id": "main",
            "department": "internal_medicine", "payer_id": "BCBS", "event": b""}])
        bulk.insert(conn, CODING, [{
            "encounter_id": encounter_id, "version": 1, "event_id": one.event_id,
            "encounter_version": 1, "coder_id": "coder-1", "reason": "initial", "rework_id": "",
            "predecessor": "", "recorded_at": AT, "event": codec.encode(one)}])
        bulk.insert(conn, TIMELINE, [{
            "event_id": told.event_id, "encounter_id": encounter_id,
            "topic": topics.VALIDATED.name, "partition": 0, "offset": 0, "occurred_at": AT,
            "value": codec.encode(told)}])
        bulk.insert(conn, CLAIM_VERSION, [{
            "encounter_id": encounter_id, "version": 1, "payer_id": "BCBS", "state": state,
            "owner": "", "predecessor": "", "event": None}])
    return one


def changed(engine, side):
    with engine.connect() as conn:
        return [(c.encounter_id, c.effect, c.edit) for _, c in recall.changed(
            conn, NOW.date(), side)]


def told(engine):
    with engine.connect() as conn:
        rows = conn.execute(text("select value from outbox where topic = 'claims.coded'"))
        return [codec.decode("claims.coded", bytes(row.value)) for row in rows]


def test_what_would_be_held_comes_back_and_what_is_out_or_untouched_does_not(engine):
    visit(engine, "FAILS")
    visit(engine, "OTHER", code="99213")
    visit(engine, "IS-OUT", state="sent")

    assert changed(engine, AFTER) == [("FAILS", "would_fail", "own:long-visit")]


def test_what_a_retired_rule_held_goes_on(engine):
    held = (Finding(edit="own:long-visit", severity="hold", place="line 1"),)
    visit(engine, "PASSES", state="held", findings=held)

    assert changed(engine, BEFORE) == [("PASSES", "would_pass", "own:long-visit")]
    assert changed(engine, AFTER) == []


def test_a_recall_is_the_next_version_of_the_same_coding(engine):
    one = visit(engine, "FAILS")

    assert recall.recall(engine, one, NOW)

    [event] = told(engine)
    assert (event.version, event.reason, event.cause_id) == (2, "recheck", one.event_id)
    assert event.bill == one.bill
    assert changed(engine, AFTER) == []


def test_a_coding_that_moved_on_or_went_out_is_left_alone(engine):
    one = visit(engine, "FAILS")
    assert recall.recall(engine, one, NOW)
    assert not recall.recall(engine, one, NOW)
    out = visit(engine, "IS-OUT")
    with engine.begin() as conn:
        conn.execute(text(
            "insert into submission (control_number, encounter_id, payer_id, ordinal, version,"
            " frequency, predecessor, filing_deadline_on, charge_cents, secondary,"
            " next_payer_id, state, rejected, payer_claim_number, decisions, appeal)"
            " values ('X', 'IS-OUT', 'BCBS', 1, 1, '1', '', '2027-01-01', 21000, false, '', 'open',"
            " false, '', '', '')"))

    assert not recall.recall(engine, replace(out), NOW)
    assert len(told(engine)) == 1
