"""What a payer does beside deciding: in parts, twice, late, by mistake; always the same way."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from services.payer.habits import Habits
from services.payer.partner import Partner
from services.payer.tables import Tables, Way, load
from tests.unit.payer import remits
from tests.unit.payer.conftest import Office, SetClock
from tests.unit.payer.judged import accepted_by_pyx12
from tests.unit.payer.lots import SEED, decide, member, parsed
from tests.unit.payer.made import Made, Service, interchange
from tests.unit.payer.mixed import mixed, mixed_hospital

TWO_LINES = [Service(line_id="L1"), Service("36415", "18.05", line_id="L2")]


def with_habits(**shares: int) -> Tables:
    """Return the packaged tables in which payers have these habits only, as `demo`."""
    ways = {
        at: replace(way, shares={"calm": 0, "demo": shares.get(at[0], 0)})
        for at, way in load().ways.items()
    }
    return replace(load(), ways=ways)


Behaving = Callable[..., Office]


@pytest.fixture
def behaving(tmp_path: Path) -> Iterator[Behaving]:
    """Start a payer that has the named habits, of 10,000."""
    opened: list[Office] = []

    def start(**shares: int) -> Office:
        clock, root = SetClock(), tmp_path / str(len(opened))
        partner = Partner(
            root / "exchange", root / "home", clock, 1,  # type: ignore[arg-type]
            tables=with_habits(**shares), habits="demo",
        )  # fmt: skip
        opened.append(Office(root, clock, partner))
        return opened[-1]

    yield start
    for office in opened:
        office.partner.close()


def paid(made: Made, payer: str = "BCBS") -> Made:
    """Return the claim of a member for whom it is paid."""
    made.member = member(made, "paid", payer)
    return made


def remittances(office: Office, payer: str = "BCBS") -> list[remits.Remit]:
    """Return the remittances in their order."""
    return [remits.read(text) for text in office.answers("-835", payer)]


def test_a_calm_payer_has_no_habits() -> None:
    tables, plan = load(), load().plans["BCBS"]
    for habit, _ in tables.ways:
        assert not Habits(tables, SEED, "calm").has(habit, plan, "anything")


def test_the_demo_has_no_habit_that_moves_money_after_everything_is_answered() -> None:
    for habit in ("takeback", "takeback_late", "stray", "split", "unbalanced"):
        assert all(w.shares["demo"] == 0 for (h, _), w in load().ways.items() if h == habit)
        assert any(w.shares["all"] > 0 for (h, _), w in load().ways.items() if h == habit)


def test_a_split_claim_has_two_numbers_and_two_payments_that_add_up(behaving: Behaving) -> None:
    office = behaving(split=10_000)
    office.drop(interchange([paid(Made(lines=TWO_LINES))]))
    office.days(20)
    (status,) = office.answers("-277CA")
    assert status.count("STC*A5:20*") == status.count("TRN*2*C1~") == 2
    assert accepted_by_pyx12(status)
    parts = [claim for remit in remittances(office) for claim in remit.claims]
    assert {claim.control for claim in parts} == {"C1"}
    assert len({claim.number for claim in parts}) == 2
    whole = decide(parsed(paid(Made(lines=TWO_LINES))))
    assert sum(int(100 * claim.charge) for claim in parts) == whole.charge_cents
    assert sum(int(100 * claim.paid) for claim in parts) == whole.paid_cents


def test_a_split_claim_is_replaced_by_either_of_its_numbers(behaving: Behaving) -> None:
    office = behaving(split=10_000)
    claim = paid(Made("OLD", lines=TWO_LINES))
    office.drop(interchange([claim]))
    office.days(20)
    parts = [one for remit in remittances(office) for one in remit.claims]
    again = replace(claim, control="NEW", frequency="7", f8=parts[-1].number)
    office.drop(interchange([again], isa13=2), name="b.837")
    office.days(20)
    (remit,) = remittances(office)[len({p.number for p in parts}) :] or remittances(office)[-1:]
    back = [one for one in remit.claims if one.status == "22"]
    assert {one.number for one in back} == {one.number for one in parts}
    assert sum(one.paid for one in back) == -sum(one.paid for one in parts)


def test_reversal_and_correction_in_two_files_are_bridged(behaving: Behaving) -> None:
    office = behaving(two_files=10_000)
    claim = paid(Made("OLD"))
    office.drop(interchange([claim]))
    office.days(14)
    (old,) = remittances(office)[-1].claims
    again = replace(claim, control="NEW", frequency="7", f8=old.number)
    office.drop(interchange([again], isa13=2), name="b.837")
    office.days(30)
    first, second = remittances(office)[-2:]
    assert [(c.control, c.status) for c in first.claims] == [("OLD", "22")]
    assert first.bridges == {f"WO:{old.number}": -old.paid}
    assert first.paid == 0
    assert [c.control for c in second.claims] == ["NEW"]
    assert second.bridges[f"WO:{old.number}"] == old.paid
    assert second.paid - second.claims[0].paid == -old.paid or second.paid == 0


def test_a_takeback_reverses_what_was_paid_and_pays_less(behaving: Behaving) -> None:
    office = behaving(takeback=10_000)
    claims = [paid(Made(f"C{n}", lines=[Service(line_id=f"L{n}")])) for n in range(1)]
    office.drop(interchange(claims))
    office.days(45)
    found = [c for remit in remittances(office) for c in remit.claims]
    given, back, less = found
    assert (back.status, back.paid, back.number) == ("22", -given.paid, given.number)
    assert less.number == given.number
    assert less.paid < given.paid
    assert [remits.unbalanced(one) for one in remittances(office)] == [[]] * 2


def test_what_is_put_off_is_collected_with_a_later_payment(behaving: Behaving) -> None:
    office = behaving(takeback=10_000, takeback_late=10_000)
    office.drop(interchange([paid(Made("C1"))]))
    office.days(40)
    taken = remittances(office)[-1]
    gone = -sum(claim.paid for claim in taken.claims)
    ((name, put_off),) = taken.bridges.items()
    assert name.startswith("WO:")
    assert (put_off, taken.paid) == (-gone, 0)
    dear = Made("C2", lines=[Service("99285", "900", place="23", line_id="L8")])
    office.drop(interchange([paid(dear)], isa13=2), name="b.837")
    office.days(14)
    assert any(remit.bridges.get(name) == gone for remit in remittances(office))


def test_a_correction_gives_up_a_takeback_that_was_still_to_come(behaving: Behaving) -> None:
    office = behaving(takeback=10_000)
    claim = paid(Made("OLD"))
    office.drop(interchange([claim]))
    office.days(9)
    (old,) = remittances(office)[-1].claims
    office.drop(
        interchange([replace(claim, control="NEW", frequency="8", f8=old.number)], isa13=2),
        name="b.837",
    )
    office.days(60)
    balance = sum(c.paid for remit in remittances(office) for c in remit.claims)
    assert balance == 0
    assert Counter(c.status for r in remittances(office) for c in r.claims) == {"1": 1, "22": 1}


def test_interest_is_paid_beside_the_claim(behaving: Behaving) -> None:
    office = behaving(interest=10_000)
    office.drop(interchange([paid(Made())]))
    office.days(14)
    (remit,) = remittances(office)
    (claim,) = remit.claims
    assert claim.interest > 0
    assert remit.provider == -claim.interest
    assert remit.paid == claim.paid + claim.interest
    assert remits.unbalanced(remit) == []


def test_what_pays_nothing_may_come_apart_and_always_under_one_trace(behaving: Behaving) -> None:
    office = behaving(zero_apart=10_000, zero_trace=10_000)
    zero = Made("Z", lines=[Service(units="2")])
    zero.member = member(zero, "coding/units")
    second = replace(zero, control="Z2", lines=[Service(units="3", line_id="X")])
    for n, claim in enumerate((zero, second)):
        good = paid(Made(f"P{n}", lines=[Service(line_id=f"P{n}")]))
        office.drop(interchange([claim, good], isa13=n + 1), name=f"{n}.837")
        office.days(14)
    zeros = [remit for remit in remittances(office) if remit.paid == 0]
    assert len(zeros) == 2
    assert {remit.trace for remit in zeros} == {"BCBSNOPAY"}


def test_a_stranger_in_a_remittance_is_taken_back_later(behaving: Behaving) -> None:
    office = behaving(stray=10_000)
    office.drop(interchange([paid(Made())]))
    office.days(40)
    found = [c for remit in remittances(office) for c in remit.claims]
    strangers = [c for c in found if c.control != "C1"]
    assert [c.status for c in strangers] == ["1", "22"]
    assert sum(c.paid for c in strangers) == 0
    assert len({c.control for c in strangers}) == 1


def test_a_slip_is_put_right_some_days_later_under_the_same_trace(behaving: Behaving) -> None:
    office = behaving(unbalanced=10_000)
    office.drop(interchange([paid(Made())]))
    office.days(20)
    wrong, right = remittances(office)
    assert remits.unbalanced(wrong)
    assert remits.unbalanced(right) == []
    assert (wrong.trace, wrong.paid) == (right.trace, right.paid)


def test_an_answer_that_comes_twice_says_the_same(behaving: Behaving) -> None:
    office = behaving(copy_same=10_000, copy_other=10_000)
    office.drop(interchange([paid(Made())]))
    office.days(20)
    for kind in ("-999", "-277CA", "-835"):
        first, same, other = office.answers(kind)
        assert first == same
        assert other != first
        body = slice(first.index("ST*"), first.index("GE*"))
        assert other[other.index("ST*") : other.index("GE*")] == first[body]


def test_a_999_may_be_late_or_never_come_and_the_claim_is_paid_all_the_same(
    behaving: Behaving,
) -> None:
    late, never = behaving(late_999=10_000), behaving(missing_999=10_000)
    for office in (late, never):
        office.drop(interchange([paid(Made())]))
        office.clock.at += timedelta(hours=2)
        office.partner.step()
        assert office.answers("-999") == []
        office.days(20)
        assert remittances(office)[0].claims[0].paid > 0
    assert len(late.answers("-999")) == 1
    assert never.answers("-999") == []


def test_a_refusal_never_stays_away(behaving: Behaving) -> None:
    office = behaving(missing_999=10_000)
    office.drop(interchange([Made()]).replace(b"SE*25*", b"SE*99*"))
    office.days(3)
    assert len(office.answers("-999")) == 1


def test_nothing_moves_on_a_down_day(behaving: Behaving) -> None:
    office = behaving(down_day=10_000)
    office.drop(interchange([Made()]))
    office.days(20)
    assert office.answers() == []
    assert (office.root / "exchange" / "BCBS" / "to_payer" / "a.837").exists()


def test_units_beyond_the_limit_may_be_taken_off_and_the_rest_paid(behaving: Behaving) -> None:
    office = behaving(partial_units=10_000)
    claim = Made(lines=[Service(units="2", charge="400")])
    claim.member = member(claim, "coding/units")
    office.drop(interchange([claim]))
    office.days(14)
    (line,) = remittances(office)[0].claims[0].lines
    assert line.paid > 0
    assert ("CO", "151", Decimal(200)) in line.adjustments
    assert line.remarks == ["N362"]


@pytest.mark.parametrize("habits", ["demo", "all"])
def test_what_is_decided_and_paid_in_the_end_depends_neither_on_company_nor_on_time(
    office: Office, tmp_path_factory: pytest.TempPathFactory, habits: str
) -> None:
    from tests.unit.payer.conftest import open_partner

    office.behave(habits)
    made = mixed(40)
    office.drop(interchange(made, "MEDICAID"), "MEDICAID")
    office.drop(interchange(mixed_hospital(40), "MEDICAID", 2), "MEDICAID", "b.837")
    office.days(90)
    root, clock = tmp_path_factory.mktemp("other"), SetClock()
    other = Office(root, clock, open_partner(root, clock, habits))
    every = [*reversed(mixed_hospital(40)), *reversed(made)]
    for n, claim in enumerate(every):
        other.drop(interchange([claim], "MEDICAID", n + 1), "MEDICAID", f"{n:03d}.837")
        other.days(n % 3)
    other.days(90)
    columns = "control_number, payer_claim_number, outcome, reason, paid_cents, decision"
    assert sorted(office.claims(columns)) == sorted(other.claims(columns))
    assert in_the_end(office) == in_the_end(other)
    other.partner.close()


def in_the_end(office: Office) -> dict[str, Decimal]:
    """Return what each claim was paid in all, each remittance counted once."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    rows = office.partner.journal.rows(
        "select content from answer where kind = '835' and habit in ('', 'slow_day', 'corrected')"
    )
    for row in rows:
        for claim in remits.read(row["content"].decode()).claims:
            sums[claim.control] += claim.paid
    return {control: cents for control, cents in sums.items() if cents}


def test_a_journal_of_before_goes_on_where_it_stood(tmp_path: Path) -> None:
    from tests.unit.payer.conftest import open_partner

    clock = SetClock()
    office = Office(tmp_path, clock, open_partner(tmp_path, clock))
    claim = paid(Made("OLD"))
    office.drop(interchange([claim]))
    office.days(9)
    (old,) = remittances(office)[-1].claims
    office.drop(
        interchange([replace(claim, control="NEW", frequency="7", f8=old.number)], isa13=2),
        name="b.837",
    )
    office.partner.close()
    with sqlite3.connect(tmp_path / "home" / "payer" / "journal.sqlite") as journal:
        journal.execute("drop table due")
        journal.execute("alter table answer drop column habit")
        journal.execute("alter table answer drop column instead_of")
        journal.execute("pragma user_version = 0")
    office.partner = open_partner(tmp_path, clock)
    office.days(14)
    found = [(c.control, c.status) for c in remittances(office)[-1].claims]
    assert found == [("OLD", "22"), ("NEW", "1")]
    office.partner.close()


def test_every_habit_is_known_for_every_payer() -> None:
    tables = load()
    for habit in {habit for habit, _ in tables.ways}:
        for payer in tables.plans:
            way = tables.way(habit, payer)
            assert isinstance(way, Way)
            assert 0 <= way.shares["demo"] <= way.shares["all"] <= 10_000
            assert 0 <= way.days_from <= way.days_to
