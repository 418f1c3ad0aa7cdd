"""What the payer decides, and what it does when a claim comes again."""

from dataclasses import replace
from functools import cache

import pytest

from services.payer.adjudicate import History
from services.payer.tables import load
from tests.unit.payer import remits
from tests.unit.payer.conftest import Office
from tests.unit.payer.lots import RECEIVED, decide, member, parsed
from tests.unit.payer.made import Made, Service, interchange
from tests.unit.payer.measure import Count, made, measure

NEW_PATIENT = [Service("99203", "300")]
INFUSION = Service("96360", "185", line_id="L2")


def paid_member(lines: list[Service], payer: str = "BCBS") -> str:
    return member(Made(lines=lines), "paid", payer)


SUPPORTED = {"29075": ("S52501A",), "96415": ("C189",)}


@pytest.mark.parametrize(
    ("claim", "rule", "carc"),
    [
        (Made(lines=NEW_PATIENT), "new_patient", "B16"),
        (Made(lines=[Service(units="2")]), "units", "151"),
        (Made(lines=[Service(place="23")]), "place", "5"),
        (Made(lines=[Service(), INFUSION]), "modifier_25", "97"),
        (Made(lines=[Service("29075")]), "side", "4"),
        (Made(lines=[Service("96415")]), "add_on", "107"),
        (Made(lines=[Service("99201")]), "deleted_code", "181"),
        (Made(lines=[Service("93000")], diagnoses=("S93401A",)), "linkage", "11"),
        (Made(lines=[Service("77067")], sex="M"), "sex", "7"),
        (Made(lines=[Service("99396")], born="20100101"), "age", "6"),
        (Made(diagnoses=("C61",), sex="F"), "diagnosis_sex", "10"),
        (Made(diagnoses=("O0900",), sex="F", born="20250101"), "diagnosis_age", "9"),
    ],
)
def test_a_coding_error_is_denied_by_its_rule(claim: Made, rule: str, carc: str) -> None:
    claim.member = member(claim, f"coding/{rule}")
    decision = decide(parsed(claim))
    assert carc in {a.carc for line in decision.lines for a in line.adjustments}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ([Service("99203")], [Service("99213")]),
        ([Service(), INFUSION], [Service(modifiers="25"), INFUSION]),
        ([Service("29075")], [Service("29075", modifiers="RT")]),
        ([Service(units="2")], [Service(units="1")]),
        ([Service("96415")], [Service("96413", "465", line_id="L2"), Service("96415")]),
    ],
)
def test_the_corrected_coding_is_paid(wrong: list[Service], right: list[Service]) -> None:
    codes = SUPPORTED.get(wrong[0].code, ("E119",))
    who = member(Made(lines=right, diagnoses=codes), "paid")
    denied = decide(parsed(Made(lines=wrong, diagnoses=codes, member=who)))
    assert denied.reason.startswith("coding/")


def test_a_denied_line_leaves_the_others_paid() -> None:
    claim = Made(lines=[Service(units="2"), Service("36415", "18", line_id="L2")])
    claim.member = member(claim, "coding/units")
    first, second = decide(parsed(claim)).lines
    assert (first.paid_cents, first.remarks) == (0, ("N362",))
    assert second.paid_cents > 0


def test_half_of_medicares_coding_denials_are_unprocessable_and_pay_nothing() -> None:
    claim = parsed(Made(lines=[Service("29075"), Service("36415", "18", line_id="L2")]))
    decisions = [decide(replace(claim, member_id=f"{n:011d}"), "MEDICARE") for n in range(400)]
    coding = [d for d in decisions if d.reason == "coding/side"]
    unprocessable = [d for d in coding if d.unprocessable]
    assert 0.4 < len(unprocessable) / len(coding) < 0.6
    assert all(d.remarks == ("MA130",) and d.paid_cents == 0 for d in unprocessable)
    assert all(d.lines[1].allowed_cents > 0 for d in coding if not d.unprocessable)


def test_a_missing_authorization_is_denied_until_the_number_is_there() -> None:
    claim = Made()
    claim.member = member(claim, "authorization")
    again = History(attempt=1, reason="authorization", received_on=RECEIVED)
    assert decide(parsed(claim)).lines[0].adjustments[0].carc == "197"
    assert decide(parsed(claim), history=again).reason == "authorization"
    claim.g1 = "AUTH1"
    assert decide(parsed(claim), history=again).reason == "paid"


def test_requested_documents_are_denied_until_an_attachment_is_announced() -> None:
    claim = Made()
    claim.member = member(claim, "documentation")
    assert decide(parsed(claim)).lines[0].adjustments[0].carc == "252"
    claim.pwk = True
    assert decide(parsed(claim)).reason == "paid"


def test_the_payer_is_now_and_then_wrong_and_mostly_stays_wrong() -> None:
    claim = parsed(Made())
    mistakes = put_right = 0
    for n in range(12_000):
        one = replace(claim, member_id=f"{n:011d}")
        if decide(one).reason == "coding/wrong_linkage":
            mistakes += 1
            again = History(attempt=1, reason="coding/wrong_linkage", received_on=RECEIVED)
            put_right += decide(one, history=again).reason == "paid"
    assert 0.003 < mistakes / 12_000 < 0.012
    assert 0 < put_right < mistakes / 2


def test_a_corrected_claim_is_now_and_then_denied_again() -> None:
    claim = parsed(Made(frequency="7", f8="N"))
    history = History(attempt=1, reason="coding/units", received_on=RECEIVED)
    reasons = [
        decide(replace(claim, member_id=f"{n:011d}"), history=history).reason for n in range(2_000)
    ]
    upheld = reasons.count("coding/units") / len(reasons)
    another = reasons.count("coding/wrong_linkage") / len(reasons)
    assert 0.04 < upheld < 0.14
    assert 0.03 < another < 0.12


def test_a_second_original_is_a_duplicate_whatever_its_control_number(office: Office) -> None:
    claim = Made("FIRST", member=paid_member([Service()]))
    office.drop(interchange([claim], isa13=1))
    office.drop(interchange([replace(claim, control="SECOND")], isa13=2), name="b.837")
    office.days(14)
    paid = {c.control: c for text in office.answers("-835") for c in remits.read(text).claims}
    assert paid["FIRST"].paid > 0
    assert (paid["SECOND"].paid, paid["SECOND"].carcs) == (0, {"18"})


def test_two_visits_of_a_day_are_no_duplicates(office: Office) -> None:
    who = paid_member([Service()])
    first, second = Made("A", member=who), Made("B", member=who, lines=[Service(line_id="L9")])
    office.drop(interchange([first, second]))
    office.days(14)
    claims = [c for text in office.answers("-835") for c in remits.read(text).claims]
    assert [c.paid > 0 for c in claims] == [True, True]


def test_an_unprocessable_claim_may_come_again_as_an_original(office: Office) -> None:
    wrong = Made("W", lines=[Service("29075")], diagnoses=SUPPORTED["29075"])
    for after in range(0, 400, 7):
        wrong.member = member(wrong, "coding/side", "MEDICARE", after)
        if decide(parsed(wrong, "MEDICARE"), "MEDICARE").unprocessable:
            break
    right = replace(wrong, control="R", lines=[Service("29075", modifiers="LT")])
    office.drop(interchange([wrong], "MEDICARE", 1), "MEDICARE")
    office.days(14)
    office.drop(interchange([right], "MEDICARE", 2), "MEDICARE", "b.837")
    office.days(14)
    texts = office.answers("-835", "MEDICARE")
    before, after_fix = (remits.read(text).claims[0] for text in texts)
    assert before.remarks == ["MA130"]
    assert before.paid == 0
    assert after_fix.carcs.isdisjoint({"18", "4"})
    assert after_fix.paid > 0


def replaced(office: Office) -> tuple[remits.Remit, Made]:
    """Send a claim with one denied line, then its correction; return the last remittance."""
    lab = Service("36415", "18", line_id="L2")
    claim = Made("OLD", lines=[Service(units="2"), lab])
    fixed = [Service(units="1", charge="200"), lab]
    claim.member = member(Made(lines=fixed), "paid")
    office.drop(interchange([claim], isa13=1))
    office.days(14)
    (old,) = remits.read(office.answers("-835")[-1]).claims
    assert old.paid > 0
    assert "151" in old.carcs
    new = replace(claim, control="NEW", frequency="7", f8=old.number, lines=fixed)
    office.drop(interchange([new], isa13=2), name="b.837")
    office.days(14)
    return remits.read(office.answers("-835")[-1]), new


def test_a_replacement_takes_the_old_decision_back_then_gives_the_new_one(office: Office) -> None:
    remit, _ = replaced(office)
    back, decided = remit.claims
    first = remits.read(office.answers("-835")[0]).claims[0]
    assert (back.control, back.status, back.number) == ("OLD", "22", first.number)
    assert (back.charge, back.paid, back.patient) == (-first.charge, -first.paid, -first.patient)
    assert [[(g, c, -a) for g, c, a in line.adjustments] for line in back.lines] == [
        line.adjustments for line in first.lines
    ]
    assert (decided.control, decided.status) == ("NEW", "1")
    assert decided.number != first.number
    assert remits.unbalanced(remit) == []


def test_only_the_latest_version_can_be_replaced(office: Office) -> None:
    _, new = replaced(office)
    stale = replace(new, control="STALE")
    office.drop(interchange([stale], isa13=3), name="c.837")
    office.days(3)
    assert "STC*A7:464*" in office.answers("-277CA")[-1]


def test_a_void_takes_back_and_what_is_owed_is_carried_to_the_next_remittance(
    office: Office,
) -> None:
    claim = Made("C1", member=paid_member([Service()]))
    office.drop(interchange([claim], isa13=1))
    office.days(14)
    (first,) = remits.read(office.answers("-835")[-1]).claims
    void = replace(claim, control="V1", frequency="8", f8=first.number)
    office.drop(interchange([void], isa13=2), name="b.837")
    office.days(14)
    taken = remits.read(office.answers("-835")[-1])
    assert [(c.control, c.status, c.paid) for c in taken.claims] == [("C1", "22", -first.paid)]
    assert (taken.paid, taken.provider) == (0, -first.paid)
    other = Made("C2", place="23", lines=[Service("99285", "1250", line_id="L7")])
    other.member = member(other, "paid")
    office.drop(interchange([other], isa13=3), name="c.837")
    office.days(14)
    last = remits.read(office.answers("-835")[-1])
    assert last.provider == first.paid
    assert last.paid == last.claims[0].paid - first.paid
    assert remits.unbalanced(taken) == remits.unbalanced(last) == []


def test_decisions_depend_neither_on_company_nor_on_order_nor_on_time(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.unit.payer.conftest import SetClock, open_partner

    claims = [
        Made(f"C{n}", member=f"{n:011d}", lines=[Service(line_id=f"L{n}")]) for n in range(40)
    ]
    office.drop(interchange(claims))
    root, clock = tmp_path_factory.mktemp("other"), SetClock()
    other = Office(root, clock, open_partner(root, clock))
    for n, claim in enumerate(reversed(claims)):
        other.drop(interchange([claim], isa13=n + 1), name=f"{n}.837")
        other.days(1)
    columns = "control_number, payer_claim_number, outcome, reason, paid_cents, decision"
    assert sorted(office.claims(columns)) == sorted(other.claims(columns))
    other.partner.close()


PUBLISHED = {  # initial denials by kind of payer; none is published for TRICARE
    "MEDICARE": 8.4, "MEDICARE_A": 8.4, "MA_PLAN": 15.7, "MEDICAID": 16.7, "BCBS": 13.9,
    "EMPLOYER": 13.9, "TRICARE": 11.1,
}  # fmt: skip
EVERY = [(plan.payer_id, kind) for plan in load().plans.values() for kind in plan.claims]


@cache
def measured(payer: str, kind: str) -> Count:
    return measure(load().plans[payer], 2_000, kind)


@pytest.mark.parametrize(("payer", "kind"), EVERY)
def test_first_denials_are_as_many_as_published_for_the_kind(payer: str, kind: str) -> None:
    count = measured(payer, kind)
    assert abs(100 * count.share - PUBLISHED[payer]) < 1.6
    assert 0.005 < count.rejected / count.claims < 0.03


@pytest.mark.parametrize(("payer", "kind"), EVERY)
def test_what_is_not_coding_is_mixed_as_published(payer: str, kind: str) -> None:
    mix = measured(payer, kind).categories
    shares = {name: n / mix.total() for name, n in mix.items()}
    assert 0.20 < shares["registration, eligibility"] < 0.36
    assert 0.09 < shares["claim data"] < 0.26
    assert 0.04 < shares["documentation"] < 0.17
    assert 0.04 < shares["not_covered"] < 0.17
    medicare = payer.startswith("MEDICARE")
    assert (0 if medicare else 0.07) <= shares.get("authorization", 0) < 0.24


@pytest.mark.parametrize(("payer", "kind"), EVERY)
def test_most_denials_are_not_the_coders(payer: str, kind: str) -> None:
    count = measured(payer, kind)
    assert count.coding < count.denied * 0.48


def test_at_least_five_coding_reasons_reach_the_coders() -> None:
    count = measured("BCBS", "P")
    assert len(set(count.carcs) & {"4", "5", "11", "50", "97", "107", "151", "181", "B16"}) >= 5


def test_the_same_claims_are_generated_each_time() -> None:
    plan = load().plans["BCBS"]
    for kind in plan.claims:
        assert made(plan, 7, kind) == made(plan, 7, kind) != made(plan, 8, kind)
