"""We are the second payer: the first one's decision stands, we pay of what it left."""

from dataclasses import replace

from services.payer.adjudicate import History
from services.payer.frontdoor import Known, refuse
from services.payer.tables import load
from tests.unit.payer import remits
from tests.unit.payer.conftest import Office
from tests.unit.payer.lots import RECEIVED, SEED, decide, member, parsed
from tests.unit.payer.made import Made, Other, Service, inpatient, interchange

LEFT = ["CO*45*110", "PR*2*18"]


def visit(**values: object) -> Made:
    """Return a visit on which Medicare paid 72 of 200 and left 18 to the patient."""
    line = Service(verdict="72", adjusted=LEFT)
    return Made(sequence="S", others=[Other(paid="72")], lines=[line], **values)  # type: ignore[arg-type]


def test_the_first_payers_decision_is_read_line_by_line() -> None:
    claim = parsed(visit(), "MEDICAID")
    prior = claim.decided
    assert prior is not None
    assert (claim.sequence, prior.sequence, prior.paid_cents) == ("S", "P", 7_200)
    (verdict,) = prior.lines
    assert (verdict.line, verdict.paid_cents) == (1, 7_200)
    assert [(a.group, a.carc, a.cents) for a in verdict.adjustments] == [
        ("CO", "45", 11_000),
        ("PR", "2", 1_800),
    ]


def test_the_patients_share_is_paid_and_the_rest_is_the_first_payers() -> None:
    claim = visit()
    claim.member = member(claim, "paid", "MEDICAID")
    decision = decide(parsed(claim, "MEDICAID"), "MEDICAID")
    (line,) = decision.lines
    assert decision.status == "2"
    assert [(a.group, a.carc, a.cents) for a in line.adjustments] == [("OA", "23", 18_200)]
    assert (decision.paid_cents, decision.patient_cents) == (1_800, 0)


def test_a_plan_with_a_copay_leaves_it_to_the_patient() -> None:
    claim = visit()
    claim.member = member(claim, "paid", "EMPLOYER")
    decision = decide(parsed(claim, "EMPLOYER"), "EMPLOYER")
    assert (decision.paid_cents, decision.patient_cents) == (0, 1_800)


def test_no_more_is_paid_than_we_would_allow_ourselves() -> None:
    claim = visit()
    claim.lines[0].verdict, claim.lines[0].adjusted = "0", ["PR*204*200"]
    claim.others = [Other(paid="0")]
    claim.member = member(claim, "paid", "MEDICAID")
    decision = decide(parsed(claim, "MEDICAID"), "MEDICAID")
    assert decision.paid_cents == 9_000 * 72 // 100
    assert {a.carc for a in decision.lines[0].adjustments} == {"45"}


def test_a_decision_on_the_whole_claim_is_answered_on_the_whole_claim(office: Office) -> None:
    claim = inpatient(
        sequence="S", others=[Other(paid="4000", adjusted=["CO*45*1564.5", "PR*1*1676"])]
    )
    claim.member = member(claim, "paid", "MEDICAID")
    office.drop(interchange([claim], "MEDICAID"), "MEDICAID")
    office.days(16)
    remit = remits.read(office.answers("-835", "MEDICAID")[-1])
    (paid,) = remit.claims
    assert (paid.status, float(paid.paid), paid.lines) == ("2", 1676.0, [])
    assert [(g, c, float(a)) for g, c, a in paid.adjustments] == [("OA", "23", 5564.5)]
    assert remits.unbalanced(remit) == []


def test_a_second_claim_without_the_first_payers_decision_is_refused() -> None:
    plan, known = load().plans["MEDICAID"], Known()
    silent = parsed(Made(sequence="S", others=[Other()]), "MEDICAID")
    wrong = visit()
    wrong.others = [Other(paid="99")]
    for claim, category in ((silent, "A6"), (parsed(wrong, "MEDICAID"), "A7")):
        found = refuse(claim, plan, known, load(), SEED)
        assert [(s.category, s.code) for s in found] == [(category, "286")]


def test_a_claim_to_us_first_though_another_payer_is_first_is_denied_until_it_comes_as_second() -> (
    None
):
    claim = Made(others=[Other(sequence="S")])
    claim.member = member(claim, "coordination", "MEDICAID")
    decision = decide(parsed(claim, "MEDICAID"), "MEDICAID")
    assert {a.carc for line in decision.lines for a in line.adjustments} == {"22"}
    second = replace(visit(), member=claim.member)
    again = History(attempt=1, reason="coordination", received_on=RECEIVED)
    assert decide(parsed(second, "MEDICAID"), "MEDICAID", again).reason != "coordination"


def test_a_second_claim_is_no_duplicate_of_a_first_one(office: Office) -> None:
    first = Made("FIRST", others=[Other(sequence="S")])
    first.member = member(first, "coordination", "MEDICAID")
    second = replace(visit(), control="SECOND", member=first.member)
    office.drop(interchange([first], "MEDICAID", 1), "MEDICAID")
    office.days(14)
    office.drop(interchange([second], "MEDICAID", 2), "MEDICAID", "b.837")
    office.days(14)
    decided = [c for text in office.answers("-835", "MEDICAID") for c in remits.read(text).claims]
    assert "18" not in decided[-1].carcs
