"""Assembly: what goes out, when, as which frequency; in whatever order the facts come."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import (
    Submitted,
)
from services.claims import lifecycle
from services.claims.chain import Claim
from tests.builders import (
    SERVED_ON,
    acknowledged,
    adjudicated,
    bill,
    decided,
    denied,
    dx,
    hospital,
    line,
    paid,
    payer,
    policy,
    reversal,
    submitted,
    validated,
)
from tests.unit.claims import lives
from tests.unit.claims.lives import ASSEMBLY, step

MEDICARE = bill(coverage=payer("MEDICARE"))


def run(*events):
    return lives.run(ASSEMBLY, Claim(), events)


def states(claim):
    return {number: version.state for number, version in claim.versions.items()}


def answer(sent: Submitted, *args, **over):
    return adjudicated(sent, *args, **over)


def test_a_clean_version_goes_out_as_an_original():
    claim, [sent] = run(validated())

    assert (sent.control_number, sent.frequency, sent.predecessor) == ("ENC1.BCBS.1.1", "1", "")
    assert sent.payer_claim_number == ""
    assert sent.filing_deadline_on == SERVED_ON + timedelta(policy("BCBS").filing_days)
    assert sent.bill == bill()
    assert states(claim) == {1: "sent"}


def test_a_warned_version_goes_out_too():
    assert len(run(validated(verdict="warned"))[1]) == 1


def test_a_held_version_stays_until_a_later_one_is_clean():
    claim, out = run(validated(1, "held"))
    assert (states(claim), out) == ({1: "held"}, [])

    claim, [sent] = run(validated(1, "held"), validated(2))
    assert (states(claim), sent.version) == ({1: "superseded", 2: "sent"}, 2)


def test_a_correction_waits_while_the_first_claim_is_open():
    claim, [first] = run(validated(1), validated(2, predecessor="ENC1.BCBS.1.1"))

    assert first.version == 1
    assert states(claim) == {1: "sent", 2: "waiting"}


def test_after_a_denial_the_correction_replaces_the_claim_the_payer_holds():
    _, [first] = run(validated(1))
    decision = answer(first, denied(first, "11"), payer_claim_number="P1")

    _, [_, second] = run(validated(1), validated(2, predecessor=first.control_number), decision)

    assert (second.frequency, second.payer_claim_number) == ("7", "P1")
    assert second.predecessor == first.control_number
    assert second.filing_deadline_on == date(2026, 3, 20) + timedelta(policy("BCBS").corrected_days)


def test_a_paid_claim_that_gets_a_correction_is_replaced():
    _, [first] = run(validated(1))

    _, [_, second] = run(validated(1), answer(first), validated(2))

    assert second.frequency == "7"


def test_after_a_rejection_the_correction_is_an_original_again():
    _, [first] = run(validated(1))

    _, [_, second] = run(validated(1), acknowledged(first, accepted=False), validated(2))

    assert (second.frequency, second.payer_claim_number) == ("1", "")
    assert second.predecessor == first.control_number
    assert second.control_number != first.control_number


def test_acceptances_release_nothing():
    _, [first] = run(validated(1))
    hops = [acknowledged(first, hop) for hop in ("sent", "TA1", "999", "277CA")]

    claim, out = run(validated(1), validated(2), *hops)

    assert len(out) == 1
    assert states(claim)[2] == "waiting"


def test_what_the_payer_could_not_process_is_followed_by_an_original():
    _, [first] = run(validated(1))
    for decision in (
        answer(first, denied(first, "16", "M76", "MA130")),
        answer(first, denied(first, "16"), remarks=("MA130",)),
        answer(first, denied(first, "31"), status="4"),
    ):
        _, [_, second] = run(validated(1), decision, validated(2))
        assert second.frequency == "1"


def test_a_rejected_replacement_is_followed_by_another_replacement():
    _, [first] = run(validated(1))
    decision = answer(first, denied(first, "11"), payer_claim_number="P1")
    _, [_, second] = run(validated(1), decision, validated(2))

    _, out = run(
        validated(1), decision, validated(2), acknowledged(second, accepted=False), validated(3)
    )

    assert [(s.frequency, s.payer_claim_number) for s in out] == [
        ("1", ""), ("7", "P1"), ("7", "P1")
    ]
    assert out[2].predecessor == second.control_number


def test_a_payer_that_takes_no_replacement_needs_a_reopening():
    _, [first] = run(validated(1, bill=MEDICARE))

    claim, out = run(
        validated(1, bill=MEDICARE), answer(first, denied(first, "11")), validated(2, bill=MEDICARE)
    )

    assert len(out) == 1
    assert states(claim) == {1: "sent", 2: "needs_reopening"}
    assert lifecycle.OWNERS["needs_reopening"] == "BILLING"


def test_that_payer_takes_an_original_after_ma130():
    _, [first] = run(validated(1, bill=MEDICARE))

    _, out = run(
        validated(1, bill=MEDICARE),
        answer(first, denied(first, "16", "MA130")),
        validated(2, bill=MEDICARE),
    )

    assert [s.frequency for s in out] == ["1", "1"]


def test_a_newer_version_supersedes_one_that_waits():
    _, [first] = run(validated(1))

    claim, [_, second] = run(validated(1), validated(2), validated(3), answer(first))

    assert second.version == 3
    assert states(claim) == {1: "sent", 2: "superseded", 3: "sent"}


def test_a_newer_held_version_keeps_the_older_one_here():
    _, [first] = run(validated(1))

    claim, out = run(validated(1), validated(2), validated(3, "held"), answer(first))

    assert len(out) == 1
    assert states(claim) == {1: "sent", 2: "superseded", 3: "held"}


def test_the_latest_decision_names_the_claim_to_replace():
    _, [first] = run(validated(1))
    early = answer(first, denied(first, "11"), payer_claim_number="P1")
    late = answer(first, denied(first, "11"), day=26, payer_claim_number="P2")

    for decisions in ((early, reversal(early), late), (late, reversal(early), early)):
        _, [_, second] = run(validated(1), *decisions, validated(2))
        assert second.payer_claim_number == "P2"


def test_a_predetermination_or_a_lone_reversal_decides_nothing():
    _, [first] = run(validated(1))

    for event in (answer(first, status="25"), reversal(answer(first))):
        assert len(run(validated(1), event, validated(2))[1]) == 1


def test_an_institutional_claim_without_its_content_waits_in_a_state_of_its_own():
    claim, out = run(validated(bill=bill(claim_type="institutional")))

    assert (states(claim), out) == ({1: "awaiting_institutional"}, [])
    assert lifecycle.OWNERS["awaiting_institutional"] == "BILLING"


def test_an_institutional_claim_goes_out_and_is_replaced_with_its_reason():
    stay = hospital()
    recoded = replace(stay, diagnoses=(dx("E11.9"), dx("I50.9")))
    _, [first] = run(validated(1, bill=stay))

    _, [_, second] = run(
        validated(1, bill=stay), answer(first, payer_claim_number="P1"),
        validated(2, predecessor=first.control_number, bill=recoded),
    )

    assert (first.frequency, first.change_reason) == ("1", "")
    assert (second.frequency, second.change_reason) == ("7", "D4")


def test_a_void_cancels_the_latest_adjudicated_version_with_its_bill():
    stay, later = hospital(), hospital(lines=(line(1, revenue_code="0450"),))
    _, [first] = run(validated(1, bill=stay))
    facts = [validated(1, bill=stay), answer(first, payer_claim_number="P1"),
             validated(2, reason="void", predecessor=first.control_number, bill=later)]

    claim, [_, void] = run(*facts)

    assert (void.frequency, void.payer_claim_number, void.bill) == ("8", "P1", stay)
    assert (void.change_reason, void.version) == ("D6", 2)
    assert states(claim) == {1: "sent", 2: "sent"}
    facts += [reversal(answer(first, payer_claim_number="P1"))]
    claim, _ = run(*facts)
    assert claim.state(claim.submissions[void.control_number]) == "adjudicated"
    _, [*_, anew] = run(*facts, validated(3, predecessor=void.control_number, bill=stay))
    assert (anew.frequency, anew.payer_claim_number) == ("1", "")


def test_a_void_says_the_reason_that_a_person_gave():
    stay = hospital()
    _, [first] = run(validated(1, bill=stay))
    void = validated(2, reason="void", predecessor=first.control_number, bill=stay)
    known = (validated(1, bill=stay), answer(first, payer_claim_number="P1"))
    for said, told in (("", "D6"), ("D5", "D5")):
        _, [_, sent] = run(*known, replace(void, change_reason=said))
        assert (sent.frequency, sent.change_reason) == ("8", told)


def test_a_void_of_what_no_payer_holds_is_done():
    _, [first] = run(validated(1))

    claim, out = run(
        validated(1), acknowledged(first, accepted=False),
        validated(2, reason="void", predecessor=first.control_number),
    )

    assert (states(claim), len(out)) == ({1: "sent", 2: "nothing_to_void"}, 1)


def test_a_replacement_without_a_billed_line_needs_that_said():
    short = bill(lines=(line(1),))
    _, [first] = run(validated(1))
    before = (validated(1), answer(first, payer_claim_number="P1"))

    claim, out = run(*before, validated(2, predecessor=first.control_number, bill=short))
    assert (states(claim)[2], len(out)) == ("lines_missing", 1)

    said = validated(2, predecessor=first.control_number, bill=short, dropped=("L2",))
    _, [_, second] = run(*before, said)
    assert (second.frequency, second.dropped) == ("7", ("L2",))


def test_part_a_takes_only_an_appeal_of_a_medical_review():
    stay = hospital(coverage=payer("MEDICARE_A"))
    _, [first] = run(validated(1, bill=stay))

    claim, out = run(
        validated(1, bill=stay), answer(first, denied(first, "50")),
        validated(2, predecessor=first.control_number, bill=stay),
    )

    assert (states(claim)[2], len(out)) == ("needs_appeal", 1)


def test_a_correction_waits_for_the_end_of_an_appeal():
    _, [first] = run(validated(1))
    before = [validated(1), answer(first, denied(first, "11"), payer_claim_number="P1"),
              decided(first, "appeal"), validated(2, predecessor=first.control_number)]

    claim, out = run(*before)
    assert (states(claim)[2], len(out)) == ("under_appeal", 1)

    ended = decided(first, "appeal_upheld", hours=24 * 20)
    for facts in ([*before, ended], [ended, *before], [*before[:2], ended, *before[2:]]):
        assert [one.frequency for one in run(*facts)[1]] == ["1", "7"]


def test_another_payer_gets_an_original():
    _, [first] = run(validated(1))

    claim, [_, second] = run(
        validated(1), answer(first, denied(first, "27", lines=(1, 2))),
        validated(2, predecessor=first.control_number, bill=bill(coverage=payer("EMPLOYER"))),
    )

    assert (second.payer_id, second.frequency, second.predecessor) == ("EMPLOYER", "1", "")
    assert claim.turns == {"BCBS": "settled"}


def test_what_the_former_payer_paid_is_taken_back_with_a_void():
    _, [first] = run(validated(1))
    facts = (
        validated(1), answer(first, payer_claim_number="P1"),
        validated(2, predecessor=first.control_number, bill=bill(coverage=payer("EMPLOYER"))),
    )

    claim, [_, second, void] = run(*facts)

    assert (second.payer_id, second.frequency) == ("EMPLOYER", "1")
    assert (void.payer_id, void.frequency, void.payer_claim_number) == ("BCBS", "8", "P1")
    assert (void.predecessor, void.bill) == (first.control_number, first.bill)
    assert claim.turns == {"BCBS": "waiting"}
    claim, out = run(*facts, reversal(answer(first, payer_claim_number="P1")))
    assert (claim.turns, len(out)) == ({"BCBS": "voided"}, 3)


def test_a_payer_that_takes_no_void_is_left_to_billing():
    _, [first] = run(validated(1, bill=MEDICARE))

    claim, out = run(
        validated(1, bill=MEDICARE), answer(first),
        validated(2, predecessor=first.control_number, bill=bill(coverage=payer("MA_PLAN"))),
    )

    assert [one.payer_id for one in out] == ["MEDICARE", "MA_PLAN"]
    assert claim.turns == {"MEDICARE": "needs_void"}
    assert lifecycle.OWNERS["needs_void"] == "BILLING"


@st.composite
def races(draw):
    """Facts that race: versions without predecessor, answers to anything, several decisions."""
    versions = [
        validated(n, draw(st.sampled_from(("clean", "held"))),
                  reason=draw(st.sampled_from(("correction", "correction", "void"))),
                  bill=bill(coverage=payer(draw(st.sampled_from(("BCBS", "MEDICARE"))))))
        for n in range(1, draw(st.integers(1, 4)) + 1)
    ]
    facts = list(versions)
    for version in versions:
        for ordinal in (1, 2):
            one = submitted(version.version, ordinal, bill=version.bill)
            first = answer(one, denied(one, "11"))
            pool = [acknowledged(one, accepted=False), first, reversal(first),
                    answer(one, day=27), answer(one, denied(one, "16", "MA130"), day=21),
                    answer(one, paid(one)[:1], day=22), answer(one, paid(one)[1:], day=23)]
            pool += [reversal(pool[-1]), reversal(answer(one, day=27), 28)]
            facts += draw(st.lists(st.sampled_from(pool), max_size=4))
    return draw(st.permutations(facts))


@settings(max_examples=120, deadline=None)
@given(races())
def test_whatever_races_never_two_are_outstanding_and_the_chain_is_lawful(events):
    claim, out, before = Claim(), [], {}
    for event in events:
        before = claim.submissions
        claim, sent = step(ASSEMBLY, claim, event)
        out += sent
        for payer_id in ("BCBS", "MEDICARE"):
            chain = claim.sent(payer_id)
            assert sum(claim.state(s) == "open" for s in chain) <= 1
            assert [s.ordinal for s in chain] == list(range(1, len(chain) + 1))
            assert sorted(s.version for s in chain) == [s.version for s in chain]
        for one in sent:
            assert (one.frequency != "1") == bool(one.payer_claim_number)
            assert policy(one.payer_id).takes(one.frequency)
    assert before is not None
    assert len({s.control_number for s in out}) == len(out)
    assert {s.control_number for s in out} == {s.control_number for s in claim.sent()}


def test_every_state_with_an_owner_says_what_to_do():
    owned = {state for state, owner in lifecycle.OWNERS.items() if owner}

    assert set(lifecycle.TO_DO) == owned - {lifecycle.HELD}
