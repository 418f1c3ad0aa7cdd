"""Assembly on a real PostgreSQL: state survives, and the database forbids two outstanding."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from schemas import ids
from schemas.events import Coverage, Decided
from services.claims.chain import Claim, Submission
from services.db.stores import assembly as store
from services.db.stores.assembly import Owned
from tests.builders import (
    AT,
    acknowledged,
    adjudicated,
    bill,
    denied,
    reversal,
    submitted,
    validated,
)


def rows(engine, query):
    with engine.begin() as conn:
        return [tuple(row) for row in conn.execute(text(query))]


def test_a_life_in_batches_of_one_and_in_one_batch_is_the_same(run, engine: Engine):
    lives = {}
    for encounter in ("A", "B"):
        first = submitted(encounter_id=encounter)
        lives[encounter] = [
            validated(1, encounter_id=encounter),
            acknowledged(first),
            validated(2, encounter_id=encounter, predecessor=first.control_number),
            adjudicated(first, denied(first, "11")),
        ]

    one_by_one = [out for event in lives["A"] for out in run("assembly", [event])]
    at_once = run("assembly", lives["B"])

    assert [(s.frequency, s.version) for s in one_by_one] == [("1", 1), ("7", 2)]
    assert [(s.frequency, s.version) for s in at_once] == [("1", 1), ("7", 2)]
    states = "select version, state, event from claim_version where encounter_id = '{}' order by 1"
    assert rows(engine, states.format("A")) == [(1, "sent", None), (2, "sent", None)]
    assert rows(engine, states.format("A")) == rows(engine, states.format("B"))


def test_what_is_saved_is_loaded_again(run, engine: Engine):
    first = submitted()
    run("assembly", [validated(1), validated(2, predecessor=first.control_number)])

    with engine.begin() as conn:
        before = store.load(conn, [validated(3)])["ENC1"]
        store.save(conn, {"ENC1": before})
        after = store.load(conn, [validated(3)])["ENC1"]

    assert before == after
    assert before.versions[2].event == validated(2, predecessor=first.control_number)
    assert before.state(before.submissions[first.control_number]) == "open"


def test_the_chains_with_two_payers_survive_between_batches(run, engine: Engine):
    content = bill(others=(Coverage(payer_id="MEDICAID", plan="medicaid"),))
    [first] = run("assembly", [validated(bill=content)])
    pay = adjudicated(first, payer_claim_number="P1", patient_cents=3_000)
    [second] = run("assembly", [pay])
    appeal = Decided(event_id=ids.derive("decided", 1), encounter_id="ENC1", decision="appeal",
                     control_number=second.control_number, payer_id="MEDICAID",
                     occurred_at=AT + timedelta(days=15))
    run("assembly", [adjudicated(second, day=22, payer_claim_number="M1"), appeal])
    again = adjudicated(first, denied(first, "197"), day=26, payer_claim_number="P2")

    told = run("assembly", [reversal(pay), again])

    turns = "select payer_id, state, owner from claim_turn"
    assert rows(engine, turns) == [("MEDICAID", "under_appeal", "BILLING")]
    with engine.connect() as conn:
        assert store.owned(conn) == [Owned("ENC1", 0, "MEDICAID", "under_appeal", "BILLING")]
    assert told == []
    [third] = run("assembly", [replace(
        appeal, event_id=ids.derive("decided", 2), decision="appeal_upheld",
        occurred_at=AT + timedelta(days=30))])
    assert (third.frequency, third.payer_claim_number) == ("7", "M1")
    assert third.bill.prior[0].payer_claim_number == "P2"
    assert rows(engine, turns) == [("MEDICAID", "settled", "")]


def test_a_replayed_batch_publishes_the_same_bytes_and_changes_nothing(run, engine: Engine):
    assert run("assembly", [validated(1)]) == run("assembly", [validated(1)])
    assert rows(engine, "select count(*) from submission") == [(1,)]


def test_the_database_refuses_a_second_outstanding_claim(engine: Engine):
    one = Submission("S1", "BCBS", 1, 1, "1")

    with pytest.raises(IntegrityError), engine.begin() as conn:
        store.save(conn, {"ENC1": Claim(submissions={"S1": one, "S2": replace(
            one, control_number="S2", ordinal=2)})})
    with pytest.raises(IntegrityError), engine.begin() as conn:
        store.save(conn, {"ENC1": Claim(submissions={"S1": one, "S2": replace(
            one, control_number="S2", rejected=True)})})
