"""Claims in parts, and the payers after the first: facts given by hand, in the orders that hurt."""

from dataclasses import replace
from datetime import date

from schemas.events import (
    Coverage,
)
from services.claims import accuracy, assembly, denials
from services.claims.chain import Claim
from tests.builders import (
    acknowledged,
    adjudicated,
    bill,
    denied,
    hospital,
    line,
    payer,
    reversal,
    validated,
)
from tests.unit.claims.lives import ASSEMBLY, DENIALS, TWO, measured, run, split


def test_a_claim_in_parts_is_decided_when_all_parts_are():
    claim, [first] = run(ASSEMBLY, Claim(), [validated()])
    one, two = split(first, first_denied=True)

    claim, out = run(ASSEMBLY, claim, [two, validated(2, predecessor=first.control_number)])
    assert (claim.state(claim.submissions[first.control_number]), out) == ("open", [])

    claim, [second] = run(ASSEMBLY, claim, [one])
    assert (second.frequency, second.payer_claim_number) == ("7", "A2")


def test_a_replaced_claim_in_parts_is_not_open_again_when_a_part_is_taken_back():
    claim, [first] = run(ASSEMBLY, Claim(), [validated()])
    one, two = split(first, first_denied=True)
    said = [one, two, validated(2, predecessor=first.control_number)]
    claim, [second] = run(ASSEMBLY, claim, said)

    claim, out = run(ASSEMBLY, claim, [reversal(one, 24)])

    states = [claim.state(s) for s in claim.sent()]
    assert (states, out) == (["adjudicated", "open"], [])
    assert second.frequency == "7"


def test_a_void_stays_done_when_the_payer_decides_anew_what_it_took_back():
    _, [first] = run(ASSEMBLY, Claim(), [validated()])
    pay = adjudicated(first, payer_claim_number="P1")
    facts = [validated(), pay,
             validated(2, reason="void", predecessor=first.control_number), reversal(pay, 24)]
    _, [*_, void] = run(ASSEMBLY, Claim(), facts)
    facts += [validated(3, predecessor=void.control_number),
              adjudicated(first, day=27, payer_claim_number="P1")]

    claim, out = run(ASSEMBLY, Claim(), facts)

    assert [one.frequency for one in out] == ["1", "8", "1"]
    assert [claim.state(one) for one in claim.sent()] == ["adjudicated", "adjudicated", "open"]


def test_the_item_of_a_claim_in_parts_has_the_reasons_of_all():
    _, [first] = run(ASSEMBLY, Claim(), [validated()])
    one, two = split(first, first_denied=True)
    two = replace(two, lines=denied(first, "197", lines=(2,))[1:], paid_cents=0)

    case, _ = run(DENIALS, denials.Case(), [two, one])

    [item] = case.items.values()
    assert [reason.carc for reason in item.draft.reasons] == ["11", "197"]
    assert item.draft.at_stake_cents == 19_000


def test_a_reversal_known_before_its_decision_takes_it_back_all_the_same():
    _, [first] = run(ASSEMBLY, Claim(), [validated()])
    deny = adjudicated(first, denied(first, "11"), payer_claim_number="P1")
    correct = adjudicated(first, day=26, payer_claim_number="P2")

    back = reversal(deny)
    for order in ((back, correct, deny), (correct, deny), (correct, deny, back)):
        case, _ = run(DENIALS, denials.Case(), order)
        assert {one.status for one in case.items.values()} <= {"closed"}
        claim, _ = run(ASSEMBLY, Claim(), [validated(), *order])
        assert claim.submissions[first.control_number].payer_claim_number == "P2"


def test_a_secondary_claim_follows_the_primary_and_is_restated():
    content = hospital(coverage=payer("MEDICARE_A"), others=TWO)
    claim, [first] = run(ASSEMBLY, Claim(), [validated(bill=content)])
    assert claim.turns == {"MEDICAID": "waiting"}
    pay = adjudicated(first, payer_claim_number="P1", patient_cents=3_000)

    claim, [second] = run(ASSEMBLY, claim, [pay])

    assert (second.payer_id, second.frequency, second.sequence) == ("MEDICAID", "1", "S")
    assert (second.bill.coverage, second.bill.others) == (TWO[0], ())
    [prior] = second.bill.prior
    assert (prior.payer_id, prior.payer_claim_number) == ("MEDICARE_A", "P1")
    assert (prior.paid_cents, prior.patient_cents) == (30_000, 3_000)
    assert prior.lines == pay.lines
    assert second.filing_deadline_on == date(2027, 3, 20)

    again = adjudicated(first, denied(first, "97"), day=26, payer_claim_number="P2")
    facts = [adjudicated(second, day=24, payer_claim_number="M1"), reversal(pay), again]
    claim, [third] = run(ASSEMBLY, claim, facts)
    assert (third.frequency, third.payer_claim_number, third.change_reason) == ("7", "M1", "D9")
    assert third.bill.prior[0].paid_cents == again.paid_cents


def test_no_secondary_claim_follows_what_the_primary_did_not_adjudicate():
    content = bill(others=TWO)
    _, [first] = run(ASSEMBLY, Claim(), [validated(bill=content)])
    for fact in (acknowledged(first, accepted=False),
                 adjudicated(first, denied(first, "16", "MA130"))):
        claim, out = run(ASSEMBLY, Claim(), [validated(bill=content), fact])
        assert (len(out), claim.turns) == (1, {"MEDICAID": "waiting"})


def test_a_claim_the_primary_passed_on_is_not_sent_again():
    content = bill(others=TWO)
    _, [first] = run(ASSEMBLY, Claim(), [validated(bill=content)])

    claim, out = run(
        ASSEMBLY, Claim(), [validated(bill=content), adjudicated(first, status="19")])

    assert (len(out), claim.turns) == (1, {"MEDICAID": "forwarded"})
    assert assembly.lifecycle.OWNERS["forwarded"] == "POSTING"


def test_a_secondary_claim_that_was_rejected_is_corrected_alone():
    content = bill(others=TWO)
    _, [first] = run(ASSEMBLY, Claim(), [validated(bill=content)])
    facts = [validated(bill=content), adjudicated(first)]
    _, [_, second] = run(ASSEMBLY, Claim(), facts)
    facts += [acknowledged(second, accepted=False)]

    registered = replace(content, referring_npi="2000001109")
    _, [*_, third] = run(ASSEMBLY, Claim(), [
        *facts, validated(2, bill=registered, predecessor=second.control_number)])
    assert (third.payer_id, third.frequency, third.sequence) == ("MEDICAID", "1", "S")
    assert (third.bill.referring_npi, third.bill.prior) == ("2000001109", second.bill.prior)

    recoded = replace(content, lines=(line(1, code="99214"), content.lines[1]))
    _, [*_, third] = run(ASSEMBLY, Claim(), [
        *facts, validated(2, bill=recoded, predecessor=second.control_number)])
    assert (third.payer_id, third.frequency) == ("BCBS", "7")


def test_secondary_claims_and_voids_are_no_originals():
    content = bill(others=TWO)
    _, [first] = run(ASSEMBLY, Claim(), [validated(bill=content)])
    _, [_, second] = run(ASSEMBLY, Claim(), [validated(bill=content), adjudicated(first)])
    void = replace(first, control_number="V", frequency="8")
    case = accuracy.Case()
    for event in (first, adjudicated(first), second, adjudicated(second, denied(second, "11")),
                  void, adjudicated(void, denied(void, "11"))):
        case = measured(case, event)

    originals = list(accuracy.originals(case))

    assert [account.payer_id for _, account, _, _ in originals] == ["BCBS"]


def test_an_item_is_closed_as_rebilled_when_another_payer_took_the_claim_in():
    _, [first] = run(ASSEMBLY, Claim(), [validated()])
    deny = adjudicated(first, denied(first, "27", lines=(1, 2)))
    moved = validated(2, bill=bill(coverage=payer("EMPLOYER")), predecessor=first.control_number)
    _, [_, second] = run(ASSEMBLY, Claim(), [validated(), deny, moved])

    case, _ = run(DENIALS, denials.Case(), [deny, acknowledged(second)])

    [item] = case.items.values()
    assert (item.status, item.resolution, item.draft.payer_id) == ("closed", "rebilled", "BCBS")


def test_an_item_of_a_secondary_claim_names_its_payer_and_closes_nothing_of_the_first():
    content = bill(others=TWO)
    _, [first] = run(ASSEMBLY, Claim(), [validated(bill=content)])
    deny = adjudicated(first, denied(first, "11"))
    _, [_, second] = run(ASSEMBLY, Claim(), [validated(bill=content), deny])

    case, _ = run(DENIALS, denials.Case(), [
        deny, acknowledged(second), adjudicated(second, denied(second, "197"))])

    assert {(one.draft.payer_id, one.status) for one in case.items.values()} == {
        ("BCBS", "open"), ("MEDICAID", "open")}


def test_a_third_payer_is_told_what_both_before_it_decided():
    content = bill(others=(*TWO, Coverage(payer_id="EMPLOYER", plan="commercial")))
    facts = [validated(bill=content)]
    for sequence in ("P", "S"):
        _, out = run(ASSEMBLY, Claim(), facts)
        assert out[-1].sequence == sequence
        facts.append(adjudicated(out[-1], day=20 + len(out)))

    claim, [*_, third] = run(ASSEMBLY, Claim(), facts)

    assert (third.payer_id, third.sequence, third.frequency) == ("EMPLOYER", "T", "1")
    assert [prior.payer_id for prior in third.bill.prior] == ["BCBS", "MEDICAID"]
    assert claim.turns == {"EMPLOYER": "settled", "MEDICAID": "settled"}


def test_a_stay_moved_to_another_payer_is_voided_for_the_wrong_payer():
    stay = hospital()
    _, [first] = run(ASSEMBLY, Claim(), [validated(bill=stay)])
    moved = validated(
        2, bill=replace(stay, coverage=payer("EMPLOYER")), predecessor=first.control_number)

    _, [_, second, void] = run(ASSEMBLY, Claim(), [
        validated(bill=stay), adjudicated(first), moved])

    assert (second.frequency, second.change_reason) == ("1", "")
    assert (void.payer_id, void.frequency, void.change_reason) == ("BCBS", "8", "D5")


def test_a_voided_primary_claim_takes_the_secondary_back_too():
    content = hospital(coverage=payer("MEDICARE_A"), others=TWO)
    _, [first] = run(ASSEMBLY, Claim(), [validated(bill=content)])
    pay = adjudicated(first, payer_claim_number="P1")
    facts = [validated(bill=content), pay]
    _, [_, second] = run(ASSEMBLY, Claim(), facts)
    facts += [adjudicated(second, day=22, payer_claim_number="M1"),
              validated(2, bill=content, reason="void", predecessor=first.control_number)]
    claim, [*_, void] = run(ASSEMBLY, Claim(), facts)
    assert (void.payer_id, void.frequency, claim.turns) == (
        "MEDICARE_A", "8", {"MEDICAID": "settled"})

    _, [*_, last] = run(ASSEMBLY, Claim(), [*facts, reversal(pay)])

    assert (last.payer_id, last.frequency) == ("MEDICAID", "8")
    assert (last.payer_claim_number, last.change_reason) == ("M1", "D6")
