"""What PostgreSQL enforces of a claim's life, and what leaves a trace."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from schemas import codec, events
from schemas.ids import derive
from services.claims import life
from services.clock import Clock
from services.delivery.dead import Record
from services.delivery.runner import Runner
from services.gateway import process, watch
from tests.integration.gateway import made
from tests.integration.gateway.made import CLOCK, SITE, Bench, send, states


def decide(bench: Bench, claim: events.Submitted, decision: str) -> None:
    """Consume what a person decided."""
    event = events.Decided(
        event_id=derive("decided", claim.control_number, decision), occurred_at=CLOCK.base,
        recorded_at=CLOCK.base, encounter_id=claim.encounter_id,
        control_number=claim.control_number, payer_id=claim.payer_id, decision=decision,
        decided_by="p1",
    )
    Bench.offset += 1  # type: ignore[attr-defined]
    value = codec.encode(event)
    Runner(process.processor(), bench.engine, CLOCK, SITE).commit(
        [Record("claims.decided", 0, Bench.offset, event.encounter_id.encode(), value)]  # type: ignore[attr-defined]
    )


def paid(bench: Bench, claim: events.Submitted, trace: str = "T1", **other: str) -> None:
    number = claim.control_number
    prefix = claim.bill.lines[0].line_id[:-1]
    blocks = [made.paid_claim(number, prefix, **other)]
    bench.answer("BCBS", f"{trace}.835", made.remit835(blocks, paid="100", trace=trace))


def test_the_table_of_the_database_is_the_table_of_the_code(bench: Bench) -> None:
    rows = bench.rows("select state, fact, next from claim_transition order by 1, 2")
    assert rows == sorted((t.state, t.fact, t.next) for t in life.transitions())


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ("sent", "state = 'ready'"), ("sent", "state = 'closed', fact = 'settled'"),
        ("sent", "state = 'adjudicated'"), ("ready", "state = 'sent', fact = 'delivered'"),
    ],
)
def test_the_database_refuses_a_move_that_is_not_in_the_table(
    bench: Bench, before: str, change: str
) -> None:
    claim = made.submitted(bench.engine, 1)
    bench.take(claim)
    if before == "sent":
        bench.sender.step()
    with pytest.raises(IntegrityError, match="claim_transition"), bench.engine.begin() as conn:
        conn.execute(text(f"update gateway_claim set {change}"))
    assert states(bench) == {claim.control_number: before}


def test_the_database_refuses_a_claim_that_is_not_taken_in_as_ready(bench: Bench) -> None:
    bench.take(made.submitted(bench.engine, 1))
    with pytest.raises(IntegrityError, match="taken in as ready"), bench.engine.begin() as conn:
        conn.execute(
            text(
                "insert into gateway_claim select 'OTHER', 'e', payer_id, event_id, event,"
                " frequency, charge_cents, 'sent', null, null, null, null, fact, evidence, moved_at"
                " from gateway_claim"
            )
        )


def test_each_move_is_in_the_history_with_its_fact_and_evidence(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    bench.answer("BCBS", "a.999", made.ack999(1, {"0001": "A"}))
    bench.answer("BCBS", "b.277", made.status277({claim.control_number: "ICN1"}))
    paid(bench, claim)
    bench.answer("BCBS", "c.277", made.status277({claim.control_number: "ICN1"}, control=2))
    rows = bench.rows("select before, fact, after, evidence from claim_move order by seq")
    assert [(b, f, a) for b, f, a, _ in rows] == [
        ("ready", "bound", "intent"), ("intent", "delivered", "sent"),
        ("sent", "taken", "received"), ("received", "admitted", "pending"),
        ("pending", "decided", "adjudicated"),
    ]
    files = {str(f) for (f,) in bench.rows("select file_id from inbound_file")}
    files |= {str(i) for (i,) in bench.rows("select interchange_id from interchange")}
    assert {evidence for *_, evidence in rows} <= files
    assert bench.rows("select * from claim_refusal") == []


def test_a_person_appeals_closes_and_the_ledger_says_why(bench: Bench) -> None:
    one, two = send(bench, 2)
    for claim, trace in ((one, "T1"), (two, "T2")):
        paid(bench, claim, trace)
    decide(bench, one, "appeal")
    decide(bench, two, "other_team")
    assert states(bench) == {one.control_number: "appealed", two.control_number: "adjudicated"}
    decide(bench, one, "appeal_upheld")
    decide(bench, one, "write_off")
    assert states(bench)[one.control_number] == "closed"
    paid(bench, one, "T3")
    assert states(bench)[one.control_number] == "closed"


def test_an_appeal_of_what_was_never_adjudicated_is_refused_and_leaves_a_trace(
    bench: Bench,
) -> None:
    sent, never = send(bench, 2)
    block = made.denied_claim(never.control_number, "L2").replace("CO*11", "CO*16")
    block = f"{block}\nLQ*HE*MA130"
    bench.answer("BCBS", "a.835", made.remit835([block], paid="0"))
    decide(bench, sent, "appeal")
    decide(bench, never, "appeal")
    unknown = replace(sent, control_number="NOTOURS", event_id=derive("x"))
    decide(bench, unknown, "appeal")
    assert states(bench) == {
        sent.control_number: "sent", never.control_number: "adjudicated"
    }
    refused = bench.rows("select control_number, state, fact, rule from claim_refusal")
    assert sorted(refused) == sorted([
        (sent.control_number, "sent", "appealed", "illegal_move"),
        (never.control_number, "adjudicated", "appealed", "never_adjudicated"),
        ("NOTOURS", "", "appealed", "unknown_claim"),
    ])


def test_an_answer_about_a_claim_that_was_refused_here_leaves_a_trace(bench: Bench) -> None:
    bad = made.submitted(bench.engine, 1, payer_claim_number="X")
    bench.take(bad)
    bench.sender.step()
    bench.answer("BCBS", "a.277", made.status277({bad.control_number: ""}))
    assert states(bench) == {bad.control_number: "refused"}
    assert bench.rows("select state, fact, rule from claim_refusal") == [
        ("refused", "returned", "illegal_move")
    ]


def corrected(bench: Bench, claim: events.Submitted, **changes: object) -> events.Submitted:
    """Return a claim that follows another."""
    number = claim.bill.lines[0].line_id[1:-1]
    content: dict[str, object] = {
        "visit": number, "frequency": "7", "payer_claim_number": "ICN1",
        "predecessor": claim.control_number, "version": 2, "bill": claim.bill,
    }
    return made.submitted(bench.engine, 100 + int(number), **{**content, **changes})


def test_a_replacement_that_is_decided_corrects_the_claim_before_it(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    paid(bench, claim)
    after = corrected(bench, claim)
    bench.take(after)
    assert bench.sender.step() == 1
    back = made.paid_claim(claim.control_number, "L1", sign="-", status="22")
    again = made.paid_claim(after.control_number, "L1", icn="ICN7")
    bench.answer("BCBS", "b.835", made.remit835([back, again], paid="0", trace="T2"))
    assert states(bench) == {
        claim.control_number: "corrected", after.control_number: "adjudicated"
    }
    balances = bench.rows(
        "select control_number, charge_cents, paid_cents, adjusted_cents, patient_cents,"
        " open_cents from claim_balance"
    )
    assert sorted(balances) == sorted([
        (claim.control_number, 15550, 0, 15550, 0, 0),
        (after.control_number, 15550, 10000, 4000, 1550, 0),
    ])


def test_a_void_is_answered_by_the_reversal_of_what_it_voids(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    paid(bench, claim)
    after = corrected(bench, claim, frequency="8")
    bench.take(after)
    assert bench.sender.step() == 1
    back = made.paid_claim(claim.control_number, "L1", sign="-", status="22")
    owed = ["PLB*2000000010*20261231*WO:OLD*-100"]
    bench.answer("BCBS", "b.835", made.remit835([back], paid="0", trace="T2", plb=owed))
    assert states(bench) == {claim.control_number: "voided", after.control_number: "adjudicated"}
    assert bench.rows("select distinct open_cents from claim_balance") == [(0,)]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"payer_claim_number": "OLD"}, "payer_claim_number"),
        ({"frequency": "1", "payer_claim_number": ""}, "already_adjudicated"),
    ],
)
def test_what_breaks_a_guard_does_not_leave(
    bench: Bench, changes: dict[str, object], rule: str
) -> None:
    (claim,) = send(bench, 1)
    paid(bench, claim)
    after = corrected(bench, claim, **changes)
    bench.take(after)
    assert bench.sender.step() == 0
    assert len(bench.sent("BCBS")) == 1
    assert states(bench)[after.control_number] == "refused"
    assert bench.rows("select fact, rule from claim_refusal") == [("barred", rule)]
    said = bench.said("claims.acknowledged")[-1]
    assert (said.hop, said.accepted) == ("sent", False)  # type: ignore[attr-defined]
    assert said.statuses == (events.Status(category="GUARD", code=rule),)  # type: ignore[attr-defined]


def test_a_replacement_of_what_was_never_adjudicated_does_not_leave(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    block = made.denied_claim(claim.control_number, "L1").replace("CO*11", "CO*16")
    bench.answer("BCBS", "a.835", made.remit835([f"{block}\nLQ*HE*MA130"], paid="0"))
    bench.take(corrected(bench, claim))
    assert bench.sender.step() == 0
    assert bench.rows("select fact, rule from claim_refusal") == [
        ("barred", "nothing_adjudicated")
    ]
    bench.take(made.submitted(
        bench.engine, 200, visit="1", predecessor=claim.control_number, version=3))
    assert bench.sender.step() == 1


def test_a_replacement_without_a_line_that_was_billed_does_not_leave(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    paid(bench, claim)
    fewer = replace(claim.bill, lines=claim.bill.lines[:1])
    after = corrected(bench, claim, bill=fewer)
    bench.take(after)
    assert bench.sender.step() == 0
    assert bench.rows("select rule from claim_refusal") == [("lines_missing",)]


def test_an_overdue_acknowledgement_is_one_item_until_the_answer_comes(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    later = Clock(CLOCK.base + timedelta(days=2), CLOCK.started, 0.0)
    partners = bench.sender.partners
    for _ in range(2):
        assert watch.overdue(bench.engine, later, partners) == {("BCBS", "999"): 1}
    opened = bench.rows("select kind, team, state, reason from exchange_item")
    assert opened == [("acknowledgement_overdue", "OPS", "open", "no 999")]
    assert states(bench) == {claim.control_number: "unknown"}
    assert bench.sender.step() == 0
    assert len(bench.sent("BCBS")) == 1
    bench.answer("BCBS", "a.999", made.ack999(1, {"0001": "A"}))
    assert states(bench) == {claim.control_number: "received"}
    assert bench.rows("select state, closing from exchange_item") == [("closed", "the answer came")]
    assert watch.overdue(bench.engine, later, partners) == {}


def test_the_payers_number_is_that_of_the_latest_decision_in_any_order(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    number = claim.control_number
    old = made.remit835([made.paid_claim(number, "L1", icn="OLD")], paid="100", trace="T1")
    new = made.remit835([made.paid_claim(number, "L1", icn="NEW")], paid="100", trace="T2")
    new = new.replace(b"*20260702~\nTRN", b"*20260703~\nTRN")
    for name, content in (("b", new), ("a", old)):
        bench.answer("BCBS", f"{name}.835", content)
    bench.answer("BCBS", "c.277", made.status277({number: "ACK"}))
    assert bench.one("select payer_claim_number from gateway_claim") == "NEW"
    assert date(2026, 7, 3) in {d for (d,) in bench.rows("select paid_on from remittance")}
