"""Every cent in the ledger: reversals, suspense, released files, deposits, any order of files."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from schemas import events
from services.gateway import deposits, exchange, explain, release, remits
from services.settings import Settings
from tests.integration.gateway import made
from tests.integration.gateway.made import SITE, Bench, send, states

AT = datetime(2026, 7, 2, tzinfo=UTC)


def items(bench: Bench) -> list[tuple[object, ...]]:
    return bench.rows("select kind, state, amount_cents from exchange_item order by kind, state")


def balance(bench: Bench) -> dict[object, tuple[object, ...]]:
    """Charge, paid, adjusted, patient, open of each claim; the identity holds at any time."""
    rows = bench.rows(
        "select control_number, charge_cents, paid_cents, adjusted_cents, patient_cents,"
        " open_cents from claim_balance"
    )
    for _, charge, *parts in rows:
        assert charge == sum(parts)  # type: ignore[arg-type]
    return {number: tuple(rest) for number, *rest in rows}


def cash(bench: Bench) -> object:
    return bench.one(
        "select sum(case when debit = 'cash' then amount_cents when credit = 'cash'"
        " then -amount_cents else 0 end) from posting"
    )


def block(claim: events.Submitted, **other: str) -> str:
    return made.paid_claim(claim.control_number, claim.bill.lines[0].line_id[:-1], **other)


def test_a_charge_is_opened_once_when_the_claim_is_sent(bench: Bench) -> None:
    claim = made.submitted(bench.engine, 1)
    bench.take(claim)
    assert balance(bench)[claim.control_number] == (0, 0, 0, 0, 0)
    bench.sender.step()
    assert balance(bench)[claim.control_number] == (15550, 0, 0, 0, 15550)
    bench.answer("BCBS", "a.835", made.remit835([block(claim)], paid="100"))
    assert balance(bench)[claim.control_number] == (15550, 10000, 4000, 1550, 0)


@pytest.mark.parametrize(
    "change",
    [
        "debit = credit", "amount_cents = 0",
        "debit = 'receivable', credit = 'cash'", "debit = 'suspense'",
    ],
)
def test_the_database_refuses_a_posting_that_is_none(bench: Bench, change: str) -> None:
    (claim,) = send(bench, 1)
    bench.answer("BCBS", "a.835", made.remit835([block(claim)], paid="100"))
    with pytest.raises(IntegrityError), bench.engine.begin() as conn:
        conn.execute(text(f"update posting set {change} where credit = 'receivable'"))


def test_a_reversal_before_its_payment_waits_in_suspense_and_comes_out_by_itself(
    bench: Bench,
) -> None:
    (claim,) = send(bench, 1)
    back = [block(claim, sign="-", status="22")]
    owed = ["PLB*2000000010*20261231*WO:X*-100"]
    bench.answer("BCBS", "b.835", made.remit835(back, paid="0", trace="T2", plb=owed))
    assert items(bench) == [("reversal_unmatched", "open", -10000)]
    assert bench.said("claims.adjudicated") == []
    bench.answer("BCBS", "a.835", made.remit835([block(claim)], paid="100", trace="T1"))
    assert items(bench) == [("reversal_unmatched", "closed", -10000)]
    assert [e.status for e in bench.said("claims.adjudicated")] == ["1", "22"]  # type: ignore[attr-defined]
    assert balance(bench)[claim.control_number] == (15550, 0, 0, 0, 15550)
    assert bench.one("select count(*) from remittance_claim where not matched") == 0
    assert cash(bench) == 10000


def test_a_reversal_of_something_else_stays_in_suspense(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    bench.answer("BCBS", "a.835", made.remit835([block(claim)], paid="100", trace="T1"))
    other = block(claim, sign="-", status="22").replace("CAS*CO*45*-30", "CAS*CO*97*-30")
    owed = ["PLB*2000000010*20261231*WO:X*-100"]
    bench.answer("BCBS", "b.835", made.remit835([other], paid="0", trace="T2", plb=owed))
    assert items(bench) == [("reversal_unmatched", "open", -10000)]
    assert balance(bench)[claim.control_number] == (15550, 10000, 4000, 1550, 0)


def test_an_overpayment_is_taken_back_over_two_remittances(bench: Bench) -> None:
    one, two = send(bench, 2)
    bench.answer("BCBS", "a.835", made.remit835([block(one)], paid="100", trace="T1"))
    back = [block(one, sign="-", status="22")]
    owed = ["PLB*2000000010*20261231*WO:TAKEBACK*-100"]
    bench.answer("BCBS", "b.835", made.remit835(back, paid="0", trace="T2", plb=owed))
    carried = "select account, reason, reference, amount_cents from provider_balance"
    assert bench.rows(carried) == [("recoupment", "WO", "TAKEBACK", -10000)]
    taken = ["PLB*2000000010*20261231*WO:TAKEBACK*100*L6:I*-1.5"]
    bench.answer("BCBS", "c.835", made.remit835([block(two)], paid="1.5", trace="T3", plb=taken))
    assert sorted(bench.rows(carried)) == [
        ("interest", "L6", "I", -150), ("recoupment", "WO", "TAKEBACK", 0),
    ]
    assert cash(bench) == 10150 == bench.one("select sum(paid_cents) from remittance")


def test_parts_of_a_split_claim_add_up_over_two_remittances(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    first, second = (
        f"CLP*{claim.control_number}*1*{charge}*{paid}**BL*{icn}*11*1\n"
        f"NM1*QC*1*MUSTER*MARIA\nSVC*HC:{code}*{charge}*{paid}**1\nCAS*CO*45*{kept}"
        for charge, paid, kept, icn, code in (
            ("125.5", "100", "25.5", "P1", "99213"), ("30", "20", "10", "P2", "G0008"),
        )
    )
    bench.answer("BCBS", "a.835", made.remit835([first], paid="100", trace="T1"))
    assert balance(bench)[claim.control_number] == (15550, 10000, 2550, 0, 3000)
    bench.answer("BCBS", "b.835", made.remit835([second], paid="20", trace="T2"))
    assert balance(bench)[claim.control_number] == (15550, 12000, 3550, 0, 0)


def test_a_payment_for_a_claim_that_becomes_known_comes_out_of_suspense(bench: Bench) -> None:
    later = made.submitted(bench.engine, 1)
    bench.answer("BCBS", "a.835", made.remit835([block(later)], paid="100"))
    assert items(bench) == [("claim_unmatched", "open", 10000)]
    assert release.sweep(bench.receiver) == 0
    bench.take(later)
    assert release.sweep(bench.receiver) == 1
    assert release.sweep(bench.receiver) == 0
    assert items(bench) == [("claim_unmatched", "closed", 10000)]
    assert states(bench) == {later.control_number: "adjudicated"}
    assert balance(bench)[later.control_number] == (15550, 10000, 4000, 1550, 0)
    assert len(bench.said("claims.adjudicated")) == 1
    assert bench.sender.step() == 0


def held(bench: Bench, content: bytes) -> str:
    bench.answer("BCBS", "a.835", content)
    ((file_id, state),) = bench.rows("select cast(file_id as text), state from inbound_file")
    assert state == "held"
    return str(file_id)


def approve(bench: Bench, file_id: str, *people: tuple[str, str]) -> None:
    for person, role in people:
        with bench.engine.begin() as conn:
            exchange.approve(conn, file_id, person, role, "the payer confirmed it", AT)


def test_a_held_file_is_released_by_two_people_one_of_them_a_supervisor(bench: Bench) -> None:
    one, two = send(bench, 2)
    wrong = block(two).replace("CAS*CO*45*10", "CAS*CO*45*9")
    file_id = held(bench, made.remit835([block(one), wrong], paid="205"))
    assert items(bench) == [("remittance_held", "open", 20500)]
    approve(bench, file_id, ("bert", "biller"), ("bert", "biller"), ("berta", "biller"))
    assert release.step(bench.receiver) == 0
    assert bench.rows("select * from remittance") == []
    approve(bench, file_id, ("sue", "supervisor"))
    assert release.step(bench.receiver) == 1
    assert release.step(bench.receiver) == 0
    assert states(bench) == {one.control_number: "adjudicated", two.control_number: "sent"}
    assert balance(bench)[one.control_number] == (15550, 10000, 4000, 1550, 0)
    assert balance(bench)[two.control_number] == (15550, 0, 0, 0, 15550)
    suspense = "select reason, sum(amount_cents) from posting where credit = 'suspense' group by 1"
    assert sorted(bench.rows(suspense)) == [("difference", 500), ("unbalanced", 10000)]
    assert cash(bench) == 20500 == bench.one("select sum(paid_cents) from remittance")
    assert items(bench) == [
        ("claim_unbalanced", "open", 10000), ("remittance_difference", "open", 500),
        ("remittance_held", "closed", 20500),
    ]
    assert bench.one("select state from inbound_file") == "released"
    assert not list((bench.root / "BCBS" / "quarantine").iterdir())
    (sealed,) = (bench.root / "BCBS" / "archive").iterdir()
    assert b"MUSTER" not in sealed.read_bytes()


def test_a_released_file_that_comes_again_is_a_duplicate(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    content = made.remit835([block(claim)], paid="101")
    approve(bench, held(bench, content), ("bert", "biller"), ("sue", "supervisor"))
    release.step(bench.receiver)
    bench.answer("BCBS", "again.835", content)
    assert [s for (s,) in bench.rows("select state from inbound_file order by copy")] == [
        "released", "duplicate"
    ]
    assert len(bench.said("claims.adjudicated")) == 1


def test_the_mended_remittance_closes_the_item_and_can_no_longer_be_released(
    bench: Bench,
) -> None:
    (claim,) = send(bench, 1)
    file_id = held(bench, made.remit835([block(claim)], paid="101"))
    bench.answer("BCBS", "b.835", made.remit835([block(claim)], paid="100"))
    assert items(bench) == [("remittance_held", "closed", 10100)]
    approve(bench, file_id, ("bert", "biller"), ("sue", "supervisor"))
    assert release.step(bench.receiver) == 1
    assert cash(bench) == 10000
    assert [s for (s,) in bench.rows("select state from inbound_file order by 1")] == [
        "posted", "quarantined"
    ]


@pytest.mark.parametrize("first", ["deposit", "remittance"])
def test_a_deposit_is_matched_by_trace_and_amount_whichever_comes_first(
    bench: Bench, first: str
) -> None:
    (claim,) = send(bench, 1)

    def bank(amount: str) -> None:
        with bench.engine.begin() as conn:
            deposits.note(conn, [deposits.typed("T1", amount, "2026-07-03")], "bank", AT, AT)

    def remit() -> None:
        bench.answer("BCBS", "a.835", made.remit835([block(claim)], paid="100", trace="T1"))

    if first == "deposit":
        bank("99")
    remit()
    if first == "remittance":
        bank("99")
    assert bench.rows("select state from deposit") == [("differs",)]
    assert items(bench) == [("deposit_differs", "open", -100)]
    bank("100")
    assert sorted(bench.rows("select state from deposit")) == [("differs",), ("matched",)]
    assert items(bench) == [("deposit_differs", "closed", -100)]


def test_what_pays_nothing_has_no_deposit(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    denied = made.denied_claim(claim.control_number, "L1")
    bench.answer("BCBS", "a.835", made.remit835([denied], paid="0", trace="T1"))
    with bench.engine.begin() as conn:
        deposits.note(conn, [deposits.typed("T1", "5", "2026-07-03")], "bank", AT, AT)
    assert bench.rows("select state from deposit") == [("unmatched",)]
    assert items(bench) == []


def test_a_remittance_is_explained_with_what_became_of_it(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    content = made.remit835(
        [block(claim), made.paid_claim("NOTOURS", "LX")], paid="190", trace="T1",
        plb=["PLB*2000000010*20261231*WO:OLD*10"],
    )
    bench.answer("BCBS", "a.835", content)
    file_id = str(bench.one("select cast(file_id as text) from inbound_file"))
    with bench.engine.connect() as conn:
        (one,) = remits.stored(conn, SITE, file_id)
        (archived,) = (bench.root / "BCBS" / "archive").glob("835-*.x12.sealed")
        assert remits.stored(conn, SITE, archived.name) == [one]
        told = explain.explain(one, remits.standing(conn, one))
    assert (told["paid_cents"], told["claims_cents"], told["plb_cents"]) == (19000, 20000, 1000)
    assert (told["state"], told["posted_cents"], told["suspense_cents"]) == ("posted", 10000, 10000)
    said = "\n".join(explain.lines(told))
    assert "paid 190.00 = claims 200.00 - PLB 10.00" in said
    assert "PLB WO takes 10.00: overpayment taken back, reference OLD" in said
    assert "charge 155.50 = paid 100.00 + adjusted 40.00 + patient 15.50" in said
    assert "CO-45 40.00: " in said
    assert "in suspense: no claim of ours has this number" in said
    assert "MUSTER" not in said


def test_each_kind_of_file_nobody_can_place_opens_one_item(bench: Bench) -> None:
    (claim,) = send(bench, 1)
    bench.answer("BCBS", "a.835", made.remit835([block(claim)], paid="100", payee="9999999999"))
    bench.answer("BCBS", "b.277", made.status277({"STRANGE": "X"}))
    for name in ("c", "d"):
        bench.answer("BCBS", f"{name}.x12", b"not x12")
    assert items(bench) == [
        ("answer_unmatched", "open", None), ("file_quarantined", "open", None),
        ("payee_unknown", "open", 10000),
    ]
    assert bench.rows("select distinct reason from posting where credit = 'suspense'") == [
        ("payee",)
    ]
    subjects = " ".join(str(s) for (s,) in bench.rows("select subject from exchange_item"))
    assert "STRANGE" not in subjects


def test_a_quarantined_file_that_is_put_back_and_taken_closes_its_item(bench: Bench) -> None:
    one, two = send(bench, 2)
    first = made.remit835([block(one)], paid="100")
    bench.answer("BCBS", "a.835", made.remit835([block(two)], paid="100"))
    bench.answer("BCBS", "b.835", first)
    assert items(bench) == [("file_quarantined", "open", None)]
    with bench.engine.begin() as conn:
        for table in ("posting", "journal", "remittance_claim", "remittance"):
            conn.execute(text(f"delete from {table}"))
    bench.answer("BCBS", "c.835", first)
    assert items(bench) == [("file_quarantined", "closed", None)]


def _story(bench: Bench) -> list[tuple[str, bytes]]:
    """Acknowledgements and remittances of three claims: paid, reversed, corrected, refused."""
    one, two, three = send(bench, 3)
    numbers = [c.control_number for c in (one, two, three)]
    return [
        ("a.999", made.ack999(1, {"0001": "A"})),
        ("b.277", made.status277({numbers[0]: "I1", numbers[1]: "I2", numbers[2]: ""})),
        ("c.835", made.remit835([block(one), block(two)], paid="200", trace="T1")),
        ("d.835", made.remit835(
            [block(one, sign="-", status="22"), block(one, icn="ICN9")], paid="0", trace="T2",
        )),
        ("e.835", made.remit835(
            [block(two, sign="-", status="22")], paid="0", trace="T3",
            plb=["PLB*2000000010*20261231*WO:T3*-100"],
        )),
        ("f.835", made.remit835(
            [made.denied_claim(numbers[1], "L2")], paid="-100", trace="T4",
            plb=["PLB*2000000010*20261231*WO:T3*100"],
        ).replace(b"BPR*I*-100*C", b"BPR*I*100*D")),
    ]


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_any_order_of_files_with_duplicates_gives_one_state_and_one_ledger(
    bench: Bench, database: Settings, tmp_path: Path, seed: int
) -> None:
    def outcome(one: Bench) -> tuple[object, ...]:
        ledger = one.rows(
            "select control_number, line_id, account, reason, sum(cents) from ("
            "select control_number, line_id, debit as account, reason, amount_cents as cents"
            " from posting union all select control_number, line_id, credit, reason,"
            " -amount_cents from posting) p group by 1, 2, 3, 4 having sum(cents) <> 0"
            " order by 1, 2, 3, 4"
        )
        said = sorted((e.event_id, e.status) for e in one.said("claims.adjudicated"))  # type: ignore[attr-defined]
        open_ = one.rows("select kind from exchange_item where state = 'open'")
        claims = one.rows("select control_number, state, payer_claim_number from gateway_claim"
                          " order by 1")
        return claims, ledger, said, open_, balance(one)

    story = _story(bench)
    for name, content in story:
        bench.answer("BCBS", name, content)
    straight = outcome(bench)
    assert straight[3] == []
    bench.engine.dispose()
    again = made.bench(database, tmp_path / "again")
    story = [*_story(again), *_story_again(story)]
    random.Random(seed).shuffle(story)
    for n, (name, content) in enumerate(story):
        again.answer("BCBS", f"{n}{name}", content)
    assert outcome(again) == straight
    again.engine.dispose()


def _story_again(story: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return [(f"again-{name}", content) for name, content in story]


