"""Any order and number of remittances gives one ledger; reversals undo what was posted, or wait."""

from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway import book, postings
from services.gateway.postings import Key, Row
from services.x12.loops import Party
from services.x12.remit835 import (
    Adjustment,
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    ServiceLine,
)

OURS = ("A", "B", "C")
CHARGE = 10_000


class Ledger:
    """The database's part, in memory: what is posted, what waits, which keys are known."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.known: set[str] = set()
        self.posted: dict[Key, book.Occurrence] = {}
        self.undone: dict[Key, Key] = {}
        self.waiting: dict[Key, tuple[Remittance, ClaimPayment, str]] = {}

    def post(self, remittance: Remittance) -> None:
        """Post a remittance as `services.gateway.post` does."""
        rid = postings.remittance_id(remittance)
        if rid in self.known:
            return
        self.known.add(rid)
        reversals, payments = book.split(remittance, OURS)
        reversals += [book.occurrence(key[0], p) for key, (_, p, _) in self.waiting.items()]
        undone = set(self.undone.values())
        payments += [o for key, o in self.posted.items() if key not in undone]
        paired = book.pair(reversals, payments)
        reasons = book.reasons(remittance, OURS, paired.keys())
        self.rows += postings.entries(remittance, reasons)
        for payment in remittance.claims:
            key = (rid, payment.ordinal)
            if payment.ordinal in reasons:
                self.waiting[key] = (remittance, payment, reasons[payment.ordinal])
            elif payment.status == "22":
                self.undone[key] = paired[key]
            else:
                self.posted[key] = book.occurrence(rid, payment)
        for key in [k for k in self.waiting if k in paired]:
            one, payment, reason = self.waiting.pop(key)
            self.rows += postings.settlement(postings.remittance_id(one), payment, reason, "J")
            self.undone[key] = paired[key]

    def balances(self) -> dict[tuple[str, ...], int]:
        """Return what each account holds, by claim, line and reason."""
        sums: Counter[tuple[str, ...]] = Counter()
        for row in self.rows:
            about = (row["control_number"], row["line_id"], row["reason"])
            sums[(row["debit"], *about)] += row["amount_cents"]
            sums[(row["credit"], *about)] -= row["amount_cents"]
        return {key: cents for key, cents in sums.items() if cents}


def payment(number: str, ordinal: int, paid: int, status: str = "1") -> ClaimPayment:
    sign = -1 if status == "22" else 1
    kept = CHARGE - paid
    line = ServiceLine(
        1, "HC", "99213", (), sign * CHARGE, sign * paid, "", Decimal(1), "", "L1",
        (Adjustment("CO", "45", sign * kept, None),) if kept else (), (), (),
    )
    return ClaimPayment(
        1, ordinal, "1", number, status, sign * CHARGE, sign * paid, 0, "", "ICN", "", "", "",
        (), (), (), (line,), (),
    )


def remittance(trace: str, claims: list[ClaimPayment], plb: int = 0) -> Remittance:
    pairs = (ProviderAdjustment(1, "N", date(2026, 12, 31), "WO", "REF", plb),) if plb else ()
    paid = sum(c.paid_cents for c in claims) - plb
    return Remittance(
        1, "0001", "I", paid, "ACH", date(2026, 7, 1), trace, "P", Party("PR", "P"),
        Party("PE", "E"), tuple(claims), pairs, (), trace,
    )


@st.composite
def stories(draw: st.DrawFn) -> list[Remittance]:
    """What a payer sends of some claims: payments, reversals and corrections, in any files."""
    rows: list[tuple[str, int, str]] = []
    for number in draw(st.lists(st.sampled_from((*OURS, "OTHER")), min_size=1, max_size=3)):
        first, second = draw(st.tuples(st.integers(0, CHARGE), st.integers(0, CHARGE)))
        rows.append((number, first, "1"))
        for _ in range(draw(st.integers(0, 2))):
            rows += [(number, first, "22"), (number, second, "1")]
            first = second
    files: list[list[tuple[str, int, str]]] = [[] for _ in range(draw(st.integers(1, 4)))]
    for row in rows:
        files[draw(st.integers(0, len(files) - 1))].append(row)
    carried = draw(st.integers(-500, 500))
    return [
        remittance(
            f"T{n}", [payment(*row[:1], at, *row[1:]) for at, row in enumerate(found, 1)],
            carried if n == 0 else -carried if n == 1 else 0,
        )
        for n, found in enumerate(files)
    ]


@settings(max_examples=300, deadline=None)
@given(stories(), st.randoms())
def test_any_order_with_duplicates_gives_one_ledger(
    story: list[Remittance], random: object
) -> None:
    straight, mixed = Ledger(), Ledger()
    for one in story:
        straight.post(one)
    again = [*story, *story]
    random.shuffle(again)  # type: ignore[attr-defined]
    for one in again:
        mixed.post(one)
    assert mixed.balances() == straight.balances()
    assert mixed.waiting.keys() == straight.waiting.keys()


@given(stories())
def test_cash_is_what_was_paid_and_a_claims_credits_are_what_its_occurrences_charge(
    story: list[Remittance],
) -> None:
    ledger = Ledger()
    for one in story:
        ledger.post(one)
    sums = ledger.balances()
    cash = sum(cents for key, cents in sums.items() if key[0] == "cash")
    posted = {postings.remittance_id(one): one for one in story}
    assert cash == sum(one.paid_cents for one in posted.values())
    charged: Counter[str] = Counter()
    for rid, one in posted.items():
        for claim in one.claims:
            if (rid, claim.ordinal) not in ledger.waiting:
                charged[claim.control_number] += claim.charge_cents
    for number in OURS:
        credited = -sum(c for k, c in sums.items() if k[:2] == ("receivable", number))
        assert credited == charged[number]
    assert sum(sums.values()) == 0


def test_a_reversal_before_its_payment_waits_and_both_undo_each_other() -> None:
    ledger = Ledger()
    ledger.post(remittance("T2", [payment("A", 1, 6000, "22")]))
    suspended = [("suspense", "A", "", "reversal"), ("cash", "A", "", "reversal")]
    assert set(ledger.balances()) == set(suspended)
    ledger.post(remittance("T1", [payment("A", 1, 6000)]))
    assert ledger.balances() == {}


def test_a_reversal_of_other_amounts_undoes_nothing() -> None:
    ledger = Ledger()
    ledger.post(remittance("T1", [payment("A", 1, 6000)]))
    ledger.post(remittance("T2", [payment("A", 1, 6001, "22")]))
    assert len(ledger.waiting) == 1
    assert ledger.balances()["suspense", "A", "", "reversal"] == 6001


def test_a_payment_is_undone_once() -> None:
    ledger = Ledger()
    ledger.post(remittance("T1", [payment("A", 1, 6000)]))
    ledger.post(remittance("T2", [payment("A", 1, 6000, "22"), payment("A", 2, 6000, "22")]))
    assert len(ledger.undone) == len(ledger.waiting) == 1


def test_parts_of_a_split_claim_add_up() -> None:
    ledger = Ledger()
    ledger.post(remittance("T1", [payment("A", 1, 4000)]))
    ledger.post(remittance("T2", [payment("A", 1, 9000)]))
    assert ledger.balances()["receivable", "A", "", ""] == -13_000


def test_what_is_carried_to_another_remittance_comes_back_to_nothing() -> None:
    ledger = Ledger()
    ledger.post(remittance("T1", [payment("A", 1, 6000)]))
    back = [payment("A", 1, 6000, "22"), payment("A", 2, 5000)]
    ledger.post(remittance("T2", back, plb=-1000))  # taken back later
    assert ledger.balances()["recoupment", "", "", "WO"] == -1000
    ledger.post(remittance("T3", [payment("B", 1, 8000)], plb=1000))
    assert ("recoupment", "", "", "WO") not in ledger.balances()


def test_a_predetermination_posts_nothing() -> None:
    assert postings.claim_moves(payment("A", 1, 0, "25")) == ()
