"""Recall: a rule took effect; what is coded and not sent is judged again, and only that."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from schemas import codec, topics
from schemas.events import Finding, Rule, RuleVersion
from services.claims import edits
from services.claims.impact import Side
from services.db import bulk
from services.db.engine import connect
from services.db.stores import billed, recalls, validation
from services.db.stores.codes import File, at_hand
from services.db.tables.assembly import CLAIM_VERSION
from services.db.tables.coding import CHART, CODING
from services.db.tables.worklist import TIMELINE
from services.worklist.rulebook import recall, tables
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
        conn.execute(text(
            "truncate chart, coding, timeline, claim_version, submission, outbox, code_table,"
            " rule_in_force, recall, recall_claim, billed_encounter"))
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


class Day:
    """A clock that a test sets."""

    def __init__(self, now=NOW):
        self.at = now

    def now(self):
        return self.at


def in_force(engine, *rules):
    """Validation has heard of rules."""
    with engine.begin() as conn:
        none = validation.Rules()
        validation.save(conn, {one.rule_id: validation.State(none, rule=one) for one in rules})


def out(engine, encounter_id):
    with engine.begin() as conn:
        conn.execute(text(
            "insert into submission (control_number, encounter_id, payer_id, ordinal, version,"
            " frequency, predecessor, filing_deadline_on, charge_cents, secondary,"
            " next_payer_id, state, rejected, payer_claim_number, decisions, appeal)"
            " values (:id, :id, 'BCBS', 1, 1, '1', '', '2027-01-01', 21000, false, '', 'open',"
            " false, '', '', '')"), {"id": encounter_id})


def listed(engine):
    with engine.connect() as conn:
        return [(one.rule_id, one.revision, one.done, one.change.encounter_id, one.change.effect)
                for one in recalls.told(conn)]


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
    sent = visit(engine, "IS-OUT")
    out(engine, "IS-OUT")

    assert not recall.recall(engine, replace(sent), NOW)
    assert len(told(engine)) == 1


def test_the_worklist_recalls_by_itself_once_and_lists_what_is_out(engine):
    visit(engine, "FAILS")
    visit(engine, "OTHER", code="99213")
    visit(engine, "IS-OUT", state="sent")
    out(engine, "IS-OUT")
    in_force(engine, *RULES)
    timer = recall.Recalls(engine, TERMS, Day())

    assert (timer.look(), timer.look()) == (1, 0)
    assert recall.Recalls(engine, TERMS, Day()).look() == 0

    assert [(event.encounter_id, event.reason) for event in told(engine)] == [("FAILS", "recheck")]
    assert listed(engine) == [
        ("long-visit", 1, True, "IS-OUT", "sent"), ("long-visit", 1, True, "FAILS", "would_fail")]


def test_a_rule_of_a_later_day_recalls_when_its_day_has_come(engine):
    visit(engine, "FAILS")
    tomorrow = replace(LONG, effective_on=NOW.date() + timedelta(1))
    in_force(engine, Rule(rule_id="long-visit", revision=1, timetable=(tomorrow,)))
    day = Day()
    timer = recall.Recalls(engine, TERMS, day)

    assert timer.look() == 0
    day.at += timedelta(1)
    assert timer.look() == 1


def test_each_revision_is_dealt_with_so_a_retired_rule_lets_go_what_it_held(engine):
    in_force(engine, *RULES)
    timer = recall.Recalls(engine, TERMS, Day())
    assert timer.look() == 0
    held = (Finding(edit="own:long-visit", severity="hold", place="line 1"),)
    visit(engine, "PASSES", state="held", findings=held)

    gone = replace(LONG, retired=True, effective_on=NOW.date())
    in_force(engine, Rule(rule_id="long-visit", revision=2, timetable=(LONG, gone)))

    assert timer.look() == 1
    assert listed(engine) == [("long-visit", 2, True, "PASSES", "would_pass")]


def test_a_recall_stays_open_until_what_was_under_way_is_judged(engine):
    visit(engine, "FAILS")
    late = visit(engine, "LATE")
    with engine.begin() as conn:
        conn.execute(text("delete from claim_version where encounter_id = 'LATE'"))
    in_force(engine, *RULES)
    timer = recall.Recalls(engine, TERMS, Day())

    assert (timer.look(), timer.look()) == (1, 0)
    assert listed(engine) == [("long-visit", 1, False, "FAILS", "would_fail")]
    with engine.begin() as conn:
        bulk.insert(conn, CLAIM_VERSION, [{
            "encounter_id": "LATE", "version": late.version, "payer_id": "BCBS",
            "state": "waiting", "owner": "", "predecessor": "", "event": None},
            {"encounter_id": "FAILS", "version": 2, "payer_id": "BCBS", "state": "held",
             "owner": "denials", "predecessor": "", "event": None}])

    assert timer.look() == 1
    assert [one[2:4] for one in listed(engine)] == [(True, "FAILS"), (True, "LATE")]


def test_a_recall_that_waits_for_what_never_comes_is_closed_after_a_while(engine):
    visit(engine, "DEAD")
    with engine.begin() as conn:
        conn.execute(text("delete from claim_version"))
    in_force(engine, *RULES)
    timer = recall.Recalls(engine, TERMS, Day(), give_up_s=-1.0)

    assert timer.look() == 0
    with engine.connect() as conn:
        assert conn.execute(text("select done_at is not null from recall")).scalar_one()


def test_what_another_visit_of_the_patient_holds_stays_held(engine):
    """A recall judges with what validation knows of the patient's other visits."""
    twice = (Finding(edit="billed_in_another_encounter", severity="hold", place="line 1"),)
    one = visit(engine, "AGAIN", code="99213", state="held", findings=twice)
    other = replace(one, encounter_id="FIRST", event_id=one.event_id.replace("0", "1", 1))
    known = billed.NONE.after(other, held=False)
    with engine.begin() as conn:
        billed.save(conn, {billed.patient(other): known})

    assert changed(engine, BEFORE) == []
    with engine.begin() as conn:
        conn.execute(text("truncate billed_encounter"))
    assert changed(engine, BEFORE) == [("AGAIN", "would_pass", "billed_in_another_encounter")]


TABLE = b"""Ours
HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator,MUE Rationale
99215,1,2 Date of Service Edit: Policy,own
"""


def test_a_table_that_is_loaded_is_told_and_recalls_what_it_would_hold(engine, tmp_path):
    first = visit(engine, "FAILS")
    twice = replace(first.bill.lines[0], units=2)
    with engine.begin() as conn:
        conn.execute(text("update coding set event = :event"), {
            "event": codec.encode(replace(first, bill=replace(first.bill, lines=(twice,))))})
    terms = replace(TERMS, tables=lambda: at_hand(engine, tmp_path))
    timer = recall.Recalls(engine, terms, Day())
    file = File("mue_medicare_practitioner", TABLE, date(2026, 1, 1), "ours.csv")

    assert tables.load(engine, file, NOW) == 1
    assert tables.load(engine, file, NOW) == 0
    with engine.connect() as conn:
        rows = conn.execute(text("select value from outbox where topic = 'claims.rule'"))
        [event] = [codec.decode("claims.rule", bytes(row.value)) for row in rows]
    assert (event.rule_id, event.revision) == ("table:mue_medicare_practitioner", 1)
    assert event.timetable[0].about == file.version.name
    assert timer.look() == 0  # validation has not heard of it
    in_force(engine, event)

    assert timer.look() == 1
    assert listed(engine) == [
        ("table:mue_medicare_practitioner", 1, True, "FAILS", "would_fail")]
