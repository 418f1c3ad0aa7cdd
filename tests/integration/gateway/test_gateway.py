"""The gateway on a real database and real folders, against answers made by hand."""

from pathlib import Path

import pytest

from schemas import events
from tests.integration.gateway import made
from tests.integration.gateway.made import Bench, send, states
from tests.unit.x12 import others


def file_state(bench: Bench) -> list[tuple[object, ...]]:
    return bench.rows(
        "select kind, state, copy, unmatched from inbound_file order by copy, state"
    )


def test_claims_that_are_ready_go_in_one_file_that_others_accept(bench: Bench) -> None:
    claims = send(bench, 3)
    (path,) = bench.sent("BCBS")
    assert [c.control_number for c in made.claims_in(path)]
    assert sorted(c.control_number for c in made.claims_in(path)) == sorted(
        c.control_number for c in claims
    )
    assert others.pyx12_errors(path.read_bytes()) == []
    assert others.x12sdk_sets(path.read_bytes()) == 1
    assert set(states(bench).values()) == {"sent"}
    said = bench.said("claims.acknowledged")
    assert [(e.hop, e.accepted) for e in said] == [("sent", True)] * 3  # type: ignore[attr-defined]
    assert {e.control_number: e.rework_id for e in said} == {  # type: ignore[attr-defined]
        c.control_number: c.rework_id for c in claims
    }
    assert not list((bench.root / "BCBS" / "spool").iterdir())


def test_files_are_split_at_the_partners_limits_with_control_numbers_of_their_own(
    bench: Bench,
) -> None:
    claims = [made.submitted(bench.engine, n, "MEDICAID") for n in range(520)]
    bench.take(*claims)
    assert [bench.sender.step() for _ in range(3)] == [500, 20, 0]
    first, second = bench.sent("MEDICAID")
    assert sorted(map(len, (made.claims_in(first), made.claims_in(second)))) == [20, 500]
    assert bench.rows("select control, claims from interchange order by 1") == [(1, 500), (2, 20)]
    assert first.name == "TCLAIM_SMCAID_837P_0701_000000001.dat"


def test_nothing_is_sent_while_the_gateway_is_closed(bench: Bench) -> None:
    bench.sender.closed.touch()
    bench.take(made.submitted(bench.engine, 1))
    assert bench.sender.step() == 0
    assert bench.sent("BCBS") == []
    bench.sender.closed.unlink()
    assert bench.sender.step() == 1


def test_a_claim_that_cannot_be_written_is_said_to_be_refused_and_the_others_go(
    bench: Bench,
) -> None:
    good = made.submitted(bench.engine, 1)
    bad = made.submitted(bench.engine, 2, payer_claim_number="X")
    bench.take(good, bad)
    bench.sender.step()
    assert states(bench) == {good.control_number: "sent", bad.control_number: "refused"}
    (refusal,) = (e for e in bench.said("claims.acknowledged") if not e.accepted)  # type: ignore[attr-defined]
    assert (refusal.control_number, refusal.hop) == (bad.control_number, "sent")  # type: ignore[attr-defined]
    assert refusal.statuses[0].code == "replacement_reference"  # type: ignore[attr-defined]


def test_a_second_outstanding_submission_of_an_encounter_becomes_a_dead_letter(
    bench: Bench,
) -> None:
    bench.take(made.submitted(bench.engine, 1, visit="V"))
    bench.take(made.submitted(bench.engine, 2, visit="V"))
    assert bench.one("select count(*) from gateway_claim") == 1
    assert bench.one("select count(*) from outbox where topic = 'claims.gateway.dead'") == 1


def test_a_999_moves_each_set_by_itself(bench: Bench) -> None:
    claims = send(bench, 120)
    bench.answer("BCBS", "a.999", made.ack999(1, {"0001": "A", "0002": "R"}))
    assert sorted(states(bench).values()).count("received") == 100
    assert sorted(states(bench).values()).count("rejected") == 20
    said = [e for e in bench.said("claims.acknowledged") if e.hop == "999"]  # type: ignore[attr-defined]
    assert len(said) == len(claims)
    refused = next(e for e in said if not e.accepted)  # type: ignore[attr-defined]
    assert refused.statuses == (events.Status(category="R", code="7", entity="CLM/5:3"),)  # type: ignore[attr-defined]


def test_a_277ca_accepts_and_rejects_claim_by_claim(bench: Bench) -> None:
    one, two = (c.control_number for c in send(bench, 2))
    bench.answer("BCBS", "a.277", made.status277({one: "ICN9", two: "", "NOTOURS": "X"}))
    assert states(bench) == {one: "pending", two: "rejected"}
    said = {e.control_number: e for e in bench.said("claims.acknowledged") if e.hop == "277CA"}  # type: ignore[attr-defined]
    assert said[one].payer_claim_number == "ICN9"  # type: ignore[attr-defined]
    assert said[two].statuses == (events.Status(category="A7", code="562", entity="85"),)  # type: ignore[attr-defined]
    assert said[two].occurred_at.isoformat() == "2026-07-01T12:00:00+00:00"  # type: ignore[attr-defined]
    assert file_state(bench) == [("277CA", "posted", 0, 1)]


def test_a_ta1_that_refuses_the_file_refuses_each_of_its_claims(bench: Bench) -> None:
    send(bench, 3)
    bench.answer("BCBS", "a.ta1", made.ta1(1, "R"))
    assert set(states(bench).values()) == {"rejected"}
    assert bench.one("select ta1 from interchange") == "R"


def test_a_late_acknowledgement_adds_a_fact_and_moves_nothing_back(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    number = claim.control_number
    bench.answer("BCBS", "a.835", made.remit835([made.paid_claim(number, "L1")], paid="100"))
    bench.answer("BCBS", "a.277", made.status277({number: ""}))
    assert states(bench) == {number: "adjudicated"}
    assert bench.one("select payer_claim_number from gateway_claim") == "ICN1"


def test_a_remittance_is_posted_to_the_cent_with_one_event_an_occurrence(bench: Bench) -> None:
    one, two = (c.control_number for c in send(bench, 2))
    content = made.remit835(
        [made.paid_claim(one, "L1"), made.denied_claim(two, "L2")], paid="90",
        plb=["PLB*2000000010*20261231*WO:OLD*10"],
    )
    bench.answer("BCBS", "a.835", content)
    paid, denied = bench.said("claims.adjudicated")
    assert (paid.ordinal, denied.ordinal, paid.count) == (1, 2, 2)  # type: ignore[attr-defined]
    assert (paid.charge_cents, paid.paid_cents, paid.patient_cents) == (15550, 10000, 1550)  # type: ignore[attr-defined]
    assert [line.line_id for line in paid.lines] == ["L1A", "L1B"]  # type: ignore[attr-defined]
    assert paid.lines[1].remarks == ("N130",)  # type: ignore[attr-defined]
    assert denied.lines[0].adjustments == (  # type: ignore[attr-defined]
        events.Adjustment(group="CO", carc="11", amount_cents=12550),
    )
    assert states(bench) == {one: "adjudicated", two: "adjudicated"}
    sums = (
        "select sum(amount_cents) filter (where debit = :a)"
        " - sum(amount_cents) filter (where credit = :a) from posting"
    )
    assert bench.one(sums, a="cash") == 9000
    credited = bench.rows(
        "select control_number, sum(amount_cents) from posting"
        " where credit = 'receivable' group by 1"
    )
    assert dict(credited) == {one: 15550, two: 15550}


@pytest.mark.parametrize("name", ["a.835", "another-name.txt"])
def test_the_same_file_again_is_a_recorded_duplicate(bench: Bench, name: str) -> None:
    (claim,) = send(bench, 1)
    content = made.remit835([made.paid_claim(claim.control_number, "L1")], paid="100")
    bench.answer("BCBS", "a.835", content)
    bench.answer("BCBS", name, content)
    assert file_state(bench) == [("835", "posted", 0, 0), ("835", "duplicate", 1, 0)]
    assert len(bench.said("claims.adjudicated")) == 1
    assert bench.one("select count(*) from remittance") == 1
    assert not list((bench.root / "BCBS" / "from_payer").iterdir())
    assert len(list((bench.root / "BCBS" / "archive").iterdir())) == 2


def test_the_same_remittance_in_another_envelope_is_a_duplicate(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    blocks = [made.paid_claim(claim.control_number, "L1")]
    bench.answer("BCBS", "a.835", made.remit835(blocks, paid="100", control=1))
    bench.answer("BCBS", "b.835", made.remit835(blocks, paid="100", control=2))
    assert {state for _, state, _, _ in file_state(bench)} == {"posted", "duplicate"}
    assert len(bench.said("claims.adjudicated")) == 1


def test_a_known_key_with_other_content_is_quarantined(bench: Bench) -> None:
    one, two = (c.control_number for c in send(bench, 2))
    bench.answer("BCBS", "a.835", made.remit835([made.paid_claim(one, "L1")], paid="100"))
    bench.answer("BCBS", "b.835", made.remit835([made.paid_claim(two, "L2")], paid="100"))
    assert {state for _, state, _, _ in file_state(bench)} == {"posted", "quarantined"}
    assert states(bench)[two] == "sent"
    assert len(list((bench.root / "BCBS" / "quarantine").iterdir())) == 1


def test_a_reused_trace_number_is_no_conflict_when_nothing_is_paid(bench: Bench) -> None:
    one, two = (c.control_number for c in send(bench, 2))
    bench.answer("BCBS", "a.835", made.remit835([made.denied_claim(one, "L1")], paid="0"))
    bench.answer("BCBS", "b.835", made.remit835([made.denied_claim(two, "L2")], paid="0"))
    assert set(states(bench).values()) == {"adjudicated"}


def test_an_835_that_does_not_balance_is_held_whole(bench: Bench) -> None:
    one, two = (c.control_number for c in send(bench, 2))
    blocks = [made.paid_claim(one, "L1"), made.denied_claim(two, "L2")]
    bench.answer("BCBS", "a.835", made.remit835(blocks, paid="100.01"))
    assert file_state(bench) == [("835", "held", 0, 0)]
    assert bench.one("select reason from inbound_file") == (
        "segment 4 BPR02: balance_transaction: the sum of CLP04 less the sum of PLB is BPR02"
    )
    assert set(states(bench).values()) == {"sent"}
    assert bench.said("claims.adjudicated") == []


def test_an_unmatched_claim_goes_to_suspense_without_an_event(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    blocks = [made.paid_claim(claim.control_number, "L1"), made.paid_claim("UNKNOWN", "LX")]
    bench.answer("BCBS", "a.835", made.remit835(blocks, paid="200"))
    assert len(bench.said("claims.adjudicated")) == 1
    assert bench.one("select suspense_cents from remittance") == 10000
    assert bench.one("select sum(amount_cents) from posting where debit = 'cash'") == 20000
    assert bench.one("select sum(amount_cents) from posting where credit = 'suspense'") == 10000


@pytest.mark.parametrize("payer", ["EMPLOYER"])
def test_a_claim_of_another_payer_or_payee_is_not_matched(bench: Bench, payer: str) -> None:
    (claim,) = send(bench, 1)
    blocks = [made.paid_claim(claim.control_number, "L1")]
    bench.answer(payer, "a.835", made.remit835(blocks, paid="100", sender="990000005"))
    bench.answer("BCBS", "b.835", made.remit835(blocks, paid="100", payee="9999999999"))
    assert bench.said("claims.adjudicated") == []
    assert bench.one("select sum(suspense_cents) from remittance") == 20000


def test_a_reversal_and_its_correction_are_two_events_and_exact_negations(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    number = claim.control_number
    bench.answer("BCBS", "a.835", made.remit835([made.paid_claim(number, "L1")], paid="100"))
    again = [
        made.paid_claim(number, "L1", sign="-", status="22"),
        made.paid_claim(number, "L1", icn="ICN5"),
    ]
    bench.answer("BCBS", "b.835", made.remit835(again, paid="0", trace="TRACE2"))
    assert [e.status for e in bench.said("claims.adjudicated")] == ["1", "22", "1"]  # type: ignore[attr-defined]
    undone = bench.rows(
        "select debit, credit, reason, line_id, sum(amount_cents) from posting"
        " where ordinal = 1 and credit = 'receivable'"
        " group by 1, 2, 3, 4 having sum(amount_cents) <> 0"
    )
    assert undone == []
    assert bench.one("select payer_claim_number from gateway_claim") == "ICN5"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"not x12", "not_x12"),
        (b"PK\x03\x04", "not_x12"),
        (made.remit835([made.paid_claim("X", "L1")], paid="100")[:-40], "truncated"),
        (made.remit835([made.paid_claim("X", "L1")], paid="1OO"), "bad_money"),
        (made.remit835([], paid="0", sender="SOMEBODY"), "ISA06"),
        (made.remit835([], paid="0", usage="P"), "ISA15"),
    ],
)
def test_what_cannot_be_read_or_is_foreign_is_quarantined_whole(
    bench: Bench, content: bytes, reason: str
) -> None:
    send(bench, 1)
    bench.answer("BCBS", "strange $name.835", content)
    ((state, why),) = bench.rows("select state, reason from inbound_file")
    assert state == "quarantined"
    assert reason in str(why)
    (kept,) = (bench.root / "BCBS" / "quarantine").iterdir()
    assert kept.read_bytes() == content


def test_an_837_in_the_answer_folder_is_quarantined(bench: Bench) -> None:
    send(bench, 1)
    ours = bench.sent("BCBS")[0].read_bytes()
    bench.answer("BCBS", "a.837", ours)
    assert bench.one("select reason from inbound_file") == "not an answer"


def test_links_and_devices_are_never_opened(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    folder = bench.root / "BCBS" / "from_payer"
    (folder / "link.835").symlink_to(secret)
    import os

    os.mkfifo(folder / "pipe.835")
    (folder / "folder.835").mkdir()
    bench.receiver.step()
    bench.receiver.step()
    assert bench.rows("select distinct state, reason from inbound_file") == [
        ("quarantined", "not_regular")
    ]
    assert secret.read_text() == "secret"


@pytest.mark.parametrize("name", [".a.835", "a.835.part", "a.tmp", "a.filepart"])
def test_unfinished_files_are_left_alone(bench: Bench, name: str) -> None:
    bench.answer("BCBS", name, b"half")
    assert file_state(bench) == []


def test_a_file_that_still_grows_is_left_alone(bench: Bench) -> None:
    path = bench.root / "BCBS" / "from_payer" / "a.835"
    for size in range(1, 4):
        path.write_bytes(b"x" * size)
        bench.receiver.step()
    assert file_state(bench) == []


def test_a_hostile_name_never_becomes_a_name_of_ours(bench: Bench) -> None:
    bench.answer("BCBS", "-rf \n;$(x) Müller.835", b"x")
    (kept,) = (bench.root / "BCBS" / "quarantine").iterdir()
    assert kept.name.startswith("unknown-")


def test_a_quarantined_file_is_read_anew_when_it_is_put_back(bench: Bench) -> None:
    one, two = (c.control_number for c in send(bench, 2))
    first = made.remit835([made.paid_claim(one, "L1")], paid="100")
    bench.answer("BCBS", "a.835", made.remit835([made.paid_claim(two, "L2")], paid="100"))
    bench.answer("BCBS", "b.835", first)
    with bench.engine.begin() as conn:  # somebody voids the first remittance
        for table in ("posting", "journal", "remittance_claim", "remittance"):
            conn.exec_driver_sql(f"delete from {table}")
    bench.answer("BCBS", "again.835", first)
    assert bench.rows(
        "select state, copy from inbound_file where reason = '' order by state, copy"
    ) == [("posted", 0), ("posted", 1)]
    assert states(bench)[one] == "adjudicated"


def test_what_the_database_refuses_is_quarantined_and_the_next_file_goes_on(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    large = 9 * 10**15
    blocks = [f"CLP*X{n}*1*{large}*{large}**BL*I{n}\nNM1*QC*1*A*B" for n in range(11)]
    content = made.remit835(
        blocks, paid=str(large), plb=[f"PLB*2000000010*20261231*WO:X*{large}"] * 10
    )
    bench.answer("BCBS", "a.835", content)
    assert bench.rows("select state, reason from inbound_file") == [
        ("quarantined", "refused by the database")
    ]
    good = made.remit835([made.paid_claim(claim.control_number, "L1")], paid="100")
    bench.answer("BCBS", "b.835", good)
    assert states(bench)[claim.control_number] == "adjudicated"


def test_a_bug_quarantines_a_file_and_five_in_a_row_stop_the_gateway(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.gateway import understand

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(understand, "gather", broken)
    send(bench, 1)
    for n in range(4):
        bench.answer("BCBS", f"{n}.835", made.remit835([], paid="0", trace=f"T{n}"))
    assert bench.rows("select distinct state, reason from inbound_file") == [
        ("quarantined", "bug: ZeroDivisionError")
    ]
    with pytest.raises(ZeroDivisionError):
        bench.answer("BCBS", "5.835", made.remit835([], paid="0", trace="T5"))
