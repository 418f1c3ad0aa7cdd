"""What was sent, answered and posted passes; each wrong planted in it is found."""

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import text

from schemas import events
from services.audit import claimfile, facts, partner, waiting
from services.audit.acks import Heard
from services.audit.cut import Cut
from services.audit.facts import Facts
from services.audit.money import Money
from services.audit.result import Result
from services.audit.transitions import Transitions
from services.payer.journal import Journal
from services.settings import Settings
from tests.integration.gateway import made
from tests.integration.gateway.made import Bench

STRANGER = "CLP*STRANGER*1*90*90**BL*ICN9*11*1\nNM1*QC*1*OTHER*ANNA****MI*1"
UNDONE = "CLP*{}*22*-155.5*-99**BL*ICN8*11*1\nNM1*QC*1*MUSTER*MARIA****MI*1\nCAS*CO*45*-56.5"
PLB = "PLB*2000000010*20261231*WO:ICN1*25*L6*-1.5"


@dataclass(frozen=True, slots=True)
class Rested(Cut):
    """A view of a gateway that has nothing on its way."""

    @property
    def idle(self) -> bool:
        return True


@pytest.fixture(scope="module")
def bench(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A gateway that has lived: paid, denied, reversed, corrected, suspense, held, quarantined."""
    one = made.bench(database, tmp_path_factory.mktemp("home"))
    claims = [made.submitted(one.engine, n) for n in range(1, 6)]
    one.take(*claims)
    one.sender.step()
    (path,) = one.sent("BCBS")
    numbers = [c.control_number for c in claims]
    _journal(one.root.parent, path)
    path.unlink()  # the payer took it
    one.answer("BCBS", "a.999", made.ack999(1, {"0001": "A"}, control=1))
    one.answer("BCBS", "a.277", made.status277({n: f"ICN{n}" for n in numbers}, control=2))
    first = [
        made.paid_claim(numbers[0], "L1"), made.denied_claim(numbers[1], "L2"),
        made.paid_claim(numbers[2], "L3"), STRANGER,
    ]  # fmt: skip
    one.answer("BCBS", "a.835", made.remit835(first, paid="266.5", control=3, plb=[PLB]))
    second = [
        made.paid_claim(numbers[0], "L1", sign="-", status="22"),
        made.denied_claim(numbers[0], "L1"), made.paid_claim(numbers[3], "L4"),
        UNDONE.format(numbers[4]),
    ]  # fmt: skip
    content = made.remit835(
        second, paid="0", control=4, trace="TRACE2", plb=["PLB*2000000010*20261231*FB:1*-99"]
    )
    one.answer("BCBS", "b.835", content)
    one.answer("BCBS", "again.835", content)
    wrong = made.remit835(
        [made.paid_claim(numbers[4], "L5")], paid="101", control=5, trace="TRACE3"
    )
    one.answer("BCBS", "held.835", wrong)
    one.answer("BCBS", "garbage.835", b"ISA*garbage")
    yield one
    one.engine.dispose()


def _journal(home: Path, path: Path) -> None:
    """Note at the payer what it received, in its own words."""
    content = path.read_bytes()
    sha = hashlib.sha256(content).hexdigest()
    journal = Journal(home / "payer" / "journal.sqlite")
    file_id = journal.add(
        "file", payer_id="BCBS", file_name=path.name, stored_as=path.name, sha256=sha,
        size=len(content), isa06="CLAIMLOOP1", isa13="000000001", route="", received_at="",
        outcome="accepted", note="",
    )  # fmt: skip
    for ordinal, one in enumerate(claimfile.read(content), 1):
        journal.add(
            "claim", file_id=file_id, payer_id="BCBS", file_name=path.name, sha256=sha,
            isa06="CLAIMLOOP1", isa13="000000001", gs06=one.group, st02=one.set_control,
            set_sha256=one.set_sha256, ordinal=ordinal, control_number=one.control_number,
            frequency=one.frequency, payer_claim_number_f8="", total_cents=one.charge,
            received_at="", outcome="accepted", statuses="", payer_claim_number="",
            claim_key=one.control_number, line_ids="", content=b"", payee="", reason="",
            standing="live",
        )  # fmt: skip
    journal.close()


@contextmanager
def view(bench: Bench, home: Path) -> Iterator[Cut]:
    settings = Settings(home=home, exchange=bench.root)
    with bench.engine.connect() as conn:
        yield Rested(settings, conn, {}, {}, {}, {}, {})
        conn.rollback()


Change = Callable[[list[events.Acknowledged]], object]


def _heard(bench: Bench, cut: Cut, change: Change) -> Heard:
    """What was told of acknowledgements, as the topics would have it, changed."""
    told = [replace(e) for e in bench.said("claims.acknowledged")]  # type: ignore[type-var]
    change(told)
    known: dict[str, Facts] = defaultdict(Facts)
    for event in told:
        facts._acknowledged(known[event.encounter_id], event, lambda _: False)
    heard = Heard(cut, made.SITE)
    heard.visit(known)
    return heard


def results(
    bench: Bench, home: Path | None = None, change: Change = lambda told: None
) -> dict[str, Result]:
    """What the checks of the exchange say."""
    home = home or bench.root.parent
    payees = bench.receiver.payees
    with view(bench, home) as cut:
        money = Money(cut, made.SITE, payees)
        money._events = {}  # the topics are not looked at here
        found = [
            *money.results(), Transitions(cut).result(),
            waiting.check(cut, None, _heard(bench, cut, change)),
            partner.check(cut, made.SITE, home / "payer" / "journal.sqlite", bench.root),
        ]  # fmt: skip
    return {one.invariant: one for one in found}


def violations(bench: Bench) -> dict[str, list[str]]:
    return {
        name: [v.text for v in one.violations]
        for name, one in results(bench).items()
        if one.violations
    }


def test_what_is_right_passes_with_every_cent(bench: Bench) -> None:
    assert violations(bench) == {}
    found = results(bench)
    money = found["I9"].checked
    assert money["bpr02_cents"] == money["cash_cents"] == 26650
    assert money["suspense_cents"] == 9000 - 9900  # a stranger's, and a reversal of nothing
    assert money["reversals"] == 1
    assert money["charged_cents"] == 5 * 15550
    assert found["I6"].checked["claims_received"] == 5
    assert found["I7"].checked["open"] >= 4


CLAIM = "(select control_number from gateway_claim where state = 'adjudicated' limit 1)"
PLANTED = {
    "a posting of another amount": (
        "update posting set amount_cents = amount_cents + 1 where debit = 'adjustment'"
        " and credit = 'receivable' and entry = 2",
        "I9", "the postings of a claim are not what the 835 says",
    ),
    "a posting under another reason": (
        "update posting set reason = 'CO-97' where reason = 'CO-45'",
        "I9", "the postings of a claim are not what the 835 says",
    ),
    "a PLB under another kind": (
        "update posting set debit = 'provider' where reason = 'WO'",
        "I9", "the postings of provider level are not what the 835 says",
    ),
    "cash nobody paid": (
        "update posting set debit = 'cash', reason = '' where debit = 'revenue' or"
        " (debit = 'patient' and entry = (select max(entry) from posting where debit = 'patient'))",
        "I9", "the cash of the ledger is not the sum of BPR02 of the files",
    ),
    "a charge that is not the claim's": (
        "update posting set amount_cents = amount_cents + 100 where debit = 'receivable'",
        "I9", "paid, adjusted, patient share and open balance of a claim are not its charge",
    ),
    "a charge forgotten": (
        f"delete from posting where debit = 'receivable' and control_number = {CLAIM}",
        "I9", "paid, adjusted, patient share and open balance of a claim are not its charge",
    ),
    "a reversal that undoes another amount": (
        "update posting p set amount_cents = amount_cents - 1 from remittance_claim c"
        " where c.reverses_id is not null and p.remittance_id = c.remittance_id"
        " and p.ordinal = c.ordinal and p.reason like 'PR%'",
        "I9", "a reversal is not the exact negation of what it undoes",
    ),
    "a reversal posted that undoes nothing": (
        "update remittance_claim set reverses_id = null, reverses_ordinal = null"
        " where reverses_id is not null",
        "I9", "a reversal was posted that undoes nothing",
    ),
    "money in suspense that is a claim's": (
        "update remittance_claim set matched = false, reason = 'unmatched' where status = '1'"
        " and matched",
        "I9", "an occurrence is in suspense without its reason",
    ),
    "a stranger's money posted to a claim": (
        "update remittance_claim set matched = true, reason = '' where not matched"
        " and status = '1'",
        "I9", "an occurrence was posted to a claim though it belongs in suspense",
    ),
    "a remittance with other money": (
        "update remittance_claim set paid_cents = paid_cents + 1 where ordinal = 1",
        "I9", "a remittance was posted with other claims or money",
    ),
    "a remittance no file holds": (
        "update inbound_file set state = 'quarantined' where state = 'posted' and name = 'a.835'",
        "I10", "a remittance was posted that no stored file holds",
    ),
    "a held file posted by one person": (
        "update inbound_file set state = 'released' where state = 'held'",
        "I8", "a file was released without the word of two people, one a supervisor",
    ),
    "a file posted that does not balance": (
        "update inbound_file set state = 'posted' where state = 'held'",
        "I8", "a posted 835 does not balance by remittance",
    ),
    "other bytes than were received": (
        "update inbound_file set content = content || '\\x00' where name = 'a.835'",
        "I8", "a posted file cannot be read again",
    ),
    "a claim moved by hand": (
        f"delete from claim_move where control_number = {CLAIM}",
        "I16", "a claim stands where no move led",
    ),
    "a move back": (
        "insert into claim_move (control_number, before, fact, after, evidence, at)"
        f" select {CLAIM}, 'adjudicated', 'taken', 'received', 'x', now()",
        "I16", "a claim moved where it may not",
    ),
    "a transition that may not be": (
        "update claim_transition set next = 'ready' where state = 'adjudicated'"
        " and fact = 'settled'",
        "I16", "the database allows a move that may not be",
    ),
    "an acknowledgement that never came and nobody looks for": (
        "update interchange set ack999 = null, status_at = null, sent_at = '2026-01-01'",
        "I7", "an acknowledgement is overdue and has no item",
    ),
    "suspense nobody looks at": (
        "delete from exchange_item where kind = 'claim_unmatched'",
        "I7", "an occurrence in suspense has no item",
    ),
    "a held file nobody looks at": (
        "delete from exchange_item where kind = 'remittance_held'",
        "I7", "a held file has no item",
    ),
    "an item for what has come": (
        "update exchange_item set kind = 'acknowledgement_overdue', subject ="
        " (select interchange_id || '/999' from interchange) where kind = 'claim_unmatched'",
        "I7", "an item waits for an acknowledgement that has come",
    ),
    "a file of ours with other bytes": (
        "update interchange set content = content || '\\x00'",
        "I6", "a file of ours cannot be read again",
    ),
    "a claim bound to a file that does not hold it": (
        "update gateway_claim set interchange_id = null, set_control = null"
        f" where control_number = {CLAIM}",
        "I6", "a file holds a claim that is not bound to it",
    ),
    "a claim written with another charge": (
        "update gateway_claim set charge_cents = charge_cents + 1",
        "I6", "a claim was written with another frequency, charge or set than is noted",
    ),
    "a file the payer never saw": (
        "update interchange set sha256 = sha256(sha256)",
        "I6", "a sent file never reached the payer",
    ),
}  # fmt: skip


TABLES = (
    "interchange", "gateway_claim", "claim_transition", "claim_move", "inbound_file", "remittance",
    "remittance_claim", "journal", "posting", "exchange_item",
)  # fmt: skip


@pytest.fixture
def undo(bench: Bench) -> Iterator[None]:
    """Put back what a test changed."""
    unseen = text("set local session_replication_role = replica")  # no trigger may stop a fraud
    with bench.engine.begin() as conn:
        for table in TABLES:
            conn.execute(text(f"create table saved_{table} as select * from {table}"))
    yield
    with bench.engine.begin() as conn:
        conn.execute(unseen)
        for table in TABLES:
            conn.execute(text(f"delete from {table}"))
            conn.execute(
                text(f"insert into {table} overriding system value select * from saved_{table}")
            )
            conn.execute(text(f"drop table saved_{table}"))


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_wrong_is_found(bench: Bench, undo: None, what: str) -> None:
    statement, invariant, sentence = PLANTED[what]
    with bench.engine.begin() as conn:
        conn.execute(text("set local session_replication_role = replica"))
        assert conn.execute(text(statement)).rowcount, "nothing was planted"
    assert sentence in violations(bench).get(invariant, [])


def refuse(told: list[events.Acknowledged]) -> None:
    told[-1] = replace(told[-1], accepted=False)


def move(told: list[events.Acknowledged]) -> None:
    told[-1] = replace(told[-1], file_id="another")


TOLD = {
    "told otherwise": (refuse, "an acknowledgement was told otherwise than its file says"),
    "not told": (list.pop, "an acknowledgement of a claim was not told"),
    "of no file": (move, "an acknowledgement was told that no stored file holds"),
}


@pytest.mark.parametrize("what", TOLD)
def test_an_acknowledgement_that_is_not_what_its_file_says_is_found(
    bench: Bench, what: str
) -> None:
    change, sentence = TOLD[what]
    assert sentence in [v.text for v in results(bench, change=change)["I7"].violations]


AT_THE_PAYER = {
    "a file received twice": (
        "insert into file select null, payer_id, file_name, stored_as, sha256, size, isa06, isa13,"
        " route, received_at, 'duplicate', note from file limit 1",
        "a file was delivered more than once",
    ),
    "a claim with another charge": (
        "update claim set total_cents = total_cents + 1 where ordinal = 1",
        "a payer received a claim otherwise than it was written",
    ),
    "other bytes in the set": (
        "update claim set set_sha256 = 'x' where ordinal = 1",
        "a claim of a received file is not in the payer's journal",
    ),
    "a claim lost": (
        "delete from claim where ordinal = 1",
        "a claim of a received file is not in the payer's journal",
    ),
    "a file nobody made": (
        "update file set sha256 = 'x'", "a payer received a file that was never made",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", AT_THE_PAYER)
def test_what_the_payer_says_otherwise_is_found(bench: Bench, tmp_path: Path, what: str) -> None:
    statement, sentence = AT_THE_PAYER[what]
    (tmp_path / "payer").mkdir()
    here = tmp_path / "payer" / "journal.sqlite"
    with (
        closing(sqlite3.connect(bench.root.parent / "payer" / "journal.sqlite")) as db,
        closing(sqlite3.connect(here)) as copy,
    ):
        db.backup(copy)
        copy.execute(statement)
        copy.commit()
    found = results(bench, tmp_path)
    assert sentence in [v.text for v in found["I6"].violations]
