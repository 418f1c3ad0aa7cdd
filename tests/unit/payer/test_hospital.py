"""Hospital claims: stays paid as a whole, outpatient lines priced or packaged."""

from dataclasses import replace

import pytest

from services.payer.adjudicate import History
from services.payer.claim import Claim
from services.payer.decision import Decision
from services.payer.frontdoor import Known, refuse
from services.payer.tables import load
from tests.unit.payer import remits
from tests.unit.payer.conftest import Office
from tests.unit.payer.lots import RECEIVED, SEED, decide, member, parsed
from tests.unit.payer.made import Hospital, Made, Service, inpatient, interchange, outpatient

PAYER = "MEDICARE_A"


def paid(claim: Made, payer: str = PAYER) -> Made:
    """Return the claim of a member for whom it is paid."""
    claim.member = member(claim, "paid", payer)
    return claim


def carcs(decision: Decision) -> set[str]:
    every = [*decision.adjustments, *(a for line in decision.lines for a in line.adjustments)]
    return {one.carc for one in every}


def statuses(claim: Claim, payer: str = PAYER, known: Known | None = None) -> set[str]:
    found = refuse(claim, load().plans[payer], known or Known(number_known=True), load(), SEED)
    return {
        f"{one.category}:{one.code}" + (f":{one.entity}" if one.entity else "") for one in found
    }


def test_a_stay_is_read_with_what_only_a_hospital_says() -> None:
    made = inpatient(frequency="7", f8="N1", hospital=Hospital(conditions=("D4",)))
    claim = parsed(made, PAYER)
    facility = claim.facility
    assert facility is not None
    assert (claim.place, claim.frequency, claim.inpatient) == ("11", "7", True)
    assert (facility.starts_on, facility.ends_on, facility.admitted) == (
        "20260608",
        "20260610",
        "202606081015",
    )
    assert (facility.admission_type, facility.patient_status) == ("1", "01")
    assert (facility.admitting, facility.present, facility.conditions) == (
        "R079",
        ("Y", "Y"),
        ("D4",),
    )
    assert [(line.revenue, line.code, line.units) for line in claim.lines] == [
        ("0120", "", 2),
        ("0250", "", 4),
        ("0320", "71045", 1),
    ]
    assert claim.total_cents == sum(line.charge_cents for line in claim.lines) == 724_050


def test_a_stay_is_paid_as_a_whole_by_its_diagnosis() -> None:
    claim = paid(inpatient(lines=[Service("", "25000", units="2", revenue="0120")]))
    decision = decide(parsed(claim, PAYER), PAYER)
    assert decision.lines == ()
    assert {(a.group, a.carc): a.cents for a in decision.adjustments} == {
        ("CO", "45"): 1_623_700,
        ("PR", "1"): 167_600,
        ("CO", "253"): 14_174,
    }
    assert (decision.paid_cents, decision.drg, decision.days) == (694_526, "291", 2)


def test_the_835_of_a_stay_adjusts_the_claim_and_has_no_lines(office: Office) -> None:
    office.drop(interchange([paid(inpatient())], PAYER), PAYER)
    office.days(16)
    (text,) = office.answers("-835", PAYER)
    (claim,) = remits.read(text).claims
    assert (claim.status, claim.place, claim.drg, claim.lines) == ("1", "11", "291", [])
    assert claim.paid > 0
    assert claim.carcs == {"1", "253"}
    assert "MIA*0****MA01~" in text.replace("8763", "")
    assert "QTY*CA*2~" in text


def test_a_price_above_the_charge_is_a_negative_co_94_where_the_payer_does_so() -> None:
    claim = parsed(paid(inpatient()), PAYER)
    calm, generous = decide(claim, PAYER), decide(claim, PAYER, habits="all")
    (more,) = (a for a in generous.adjustments if a.carc == "94")
    assert more.cents == 724_050 - 876_300
    assert generous.paid_cents > calm.paid_cents


def test_outpatient_lines_are_priced_and_some_are_packaged_into_a_paid_claim() -> None:
    visit, blood, drugs = decide(parsed(paid(outpatient()), PAYER), PAYER).lines
    assert visit.paid_cents > 0
    for line in (blood, drugs):
        assert line.paid_cents == 0
        assert [(a.group, a.carc) for a in line.adjustments] == [("CO", "97")]
    other = decide(parsed(paid(outpatient(), "BCBS"), "BCBS"))
    assert [carcs(replace(other, lines=(line,))) for line in other.lines[1:]] == [{"234"}, {"234"}]


def test_nothing_is_packaged_into_lines_that_are_not_paid() -> None:
    lab = [Service("36415", "18.05", revenue="0300"), Service("", "95", revenue="0250")]
    decision = decide(parsed(paid(outpatient(lines=lab)), PAYER), PAYER)
    assert all(line.allowed_cents > 0 for line in decision.lines)


def test_the_835_of_an_outpatient_claim_names_revenue_codes(office: Office) -> None:
    office.drop(interchange([paid(outpatient())], PAYER), PAYER)
    office.days(16)
    (text,) = office.answers("-835", PAYER)
    assert "SVC*HC:99284*860*" in text
    assert "*0450*1~" in text
    assert "SVC*NU:0250*95*0**3~" in text
    assert remits.unbalanced(remits.read(text)) == []


@pytest.mark.parametrize(
    ("claim", "rule", "carc", "remark"),
    [
        (inpatient(hospital=Hospital(present=("", "Y"))), "present", "16", "N434"),
        (inpatient(diagnoses=("Z9911", "E119")), "principal", "16", "MA63"),
        (inpatient(diagnoses=("I5021", "C61"), sex="F"), "diagnosis_sex", "10", "M76"),
        (outpatient(lines=[Service("", "860", revenue="0450")]), "hcpcs", "16", "M20"),
        (outpatient(lines=[Service("29075", "90", revenue="0700")]), "side", "4", "N822"),
    ],
)
def test_a_coding_error_of_a_hospital_claim_is_denied_by_its_rule(
    claim: Made, rule: str, carc: str, remark: str
) -> None:
    claim.member = member(claim, f"coding/{rule}", PAYER)
    decision = decide(parsed(claim, PAYER), PAYER)
    remarks = {*decision.remarks, *(r for line in decision.lines for r in line.remarks)}
    assert carc in carcs(decision)
    assert remark in remarks
    assert decision.paid_cents == 0
    assert not decision.unprocessable


def test_an_exempt_diagnosis_needs_no_word_on_admission() -> None:
    claim = inpatient(diagnoses=("I5021", "Z7901"), hospital=Hospital(present=("Y", "")))
    assert decide(parsed(paid(claim), PAYER), PAYER).reason == "paid"


STAY = Hospital()


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        (inpatient(hospital=replace(STAY, status="30")), "A8:234"),
        (inpatient(hospital=replace(STAY, admitting="")), "A6:232"),
        (inpatient(hospital=replace(STAY, admitted="")), "A6:189"),
        (inpatient(hospital=replace(STAY, admission_type="")), "A6:231"),
        (inpatient(hospital=replace(STAY, starts="20260611")), "A7:188"),
        (inpatient(hospital=replace(STAY, place="99")), "A7:228"),
        (inpatient(hospital=replace(STAY, attending="")), "A6:562:71"),
        (inpatient(hospital=replace(STAY, attending="1234567890")), "A7:562:71"),
        (outpatient(lines=[Service("99284", "860", revenue="45")]), "A7:455"),
        (inpatient(frequency="7", f8="N"), "A6:460"),
        (
            inpatient(frequency="7", f8="N", hospital=replace(STAY, conditions=("D4", "D9"))),
            "A7:460",
        ),
        (inpatient(frequency="3"), "A7:535"),
    ],
)
def test_the_front_door_refuses_a_hospital_claim(claim: Made, status: str) -> None:
    assert status in statuses(parsed(claim, PAYER))


def test_a_hospital_claim_still_open_may_say_that_the_patient_is_there() -> None:
    claim = parsed(inpatient(hospital=replace(STAY, status="30")), PAYER)
    assert "A8:234" not in statuses(replace(claim, frequency="2"))


def test_medicare_wants_an_appeal_not_a_correction_after_a_medical_review() -> None:
    made = inpatient(frequency="7", f8="N", hospital=replace(STAY, conditions=("D4",)))
    claim, known = parsed(made, PAYER), Known(number_known=True, reviewed=True)
    assert statuses(claim, PAYER, known) == {"A7:535"}
    assert statuses(claim, "MEDICAID", known) == set()


def test_a_replaced_stay_is_taken_back_as_it_was_given(office: Office) -> None:
    claim = paid(inpatient("OLD"))
    office.drop(interchange([claim], PAYER, 1), PAYER)
    office.days(16)
    (old,) = remits.read(office.answers("-835", PAYER)[-1]).claims
    hospital = replace(STAY, conditions=("D9",))
    again = replace(claim, control="NEW", frequency="7", f8=old.number, hospital=hospital)
    office.drop(interchange([again], PAYER, 2), PAYER, "b.837")
    office.days(16)
    remit = remits.read(office.answers("-835", PAYER)[-1])
    back, _ = remit.claims
    assert (back.control, back.status, back.paid) == ("OLD", "22", -old.paid)
    assert [(g, c, -a) for g, c, a in back.adjustments] == old.adjustments
    assert remits.unbalanced(remit) == []


def test_the_limit_counts_from_the_last_day_of_a_stay() -> None:
    claim = parsed(paid(inpatient(), "BCBS"))
    assert claim.facility is not None
    long = replace(claim, facility=replace(claim.facility, starts_on="20250501"))
    assert decide(long, "BCBS", History(received_on=RECEIVED)).reason != "timely"
