"""Whatever comes when and however often: one state of assembly, of the items, of what counts."""


from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import (
    Validated,
)
from services.claims import accuracy, denials, figures, turns
from services.claims.chain import Claim
from tests.builders import (
    policy,
)
from tests.unit.claims.lives import ASSEMBLY, DENIALS, EVER, TWO, lives, measured, run, step


def shuffled(life, data):
    again = data.draw(st.lists(st.sampled_from(life.events), max_size=6))
    return data.draw(st.permutations([*life.events, *again]))


def by_number(sent):
    return sorted(sent, key=lambda one: one.control_number)


@settings(max_examples=100, deadline=None)
@given(lives(answers=EVER), st.data())
def test_with_one_payer_any_order_gives_one_state_and_the_same_claims(life, data):
    claim, out = run(ASSEMBLY, Claim(), shuffled(life, data))

    assert claim == run(ASSEMBLY, Claim(), life.events)[0]
    assert by_number(out) == by_number(life.sent)


@settings(max_examples=100, deadline=None)
@given(st.one_of(lives(others=TWO), lives(others=TWO, institutional=True)), st.data())
def test_the_next_payer_ends_up_with_what_stands_whatever_the_order(life, data):
    claim, out = Claim(), []
    for event in shuffled(life, data):
        claim, sent = step(ASSEMBLY, claim, event)
        out += sent
        for payer_id in {one.payer_id for one in out}:
            chain = claim.sent(payer_id)
            assert sum(claim.state(one) == "open" for one in chain) <= 1
            assert [one.ordinal for one in chain] == list(range(1, len(chain) + 1))
    for one in out:
        kind = one.bill.claim_type
        assert policy(one.payer_id, kind).takes(one.frequency)
        assert (one.frequency == "1") == (not one.payer_claim_number)
        assert bool(one.change_reason) == (kind == "institutional" and one.frequency != "1")
        assert one.sequence == ("S" if one.payer_id == "MEDICAID" else "P")
    _agrees(claim)


def _agrees(claim):
    """What Medicaid was last told is what stands with the payer before it."""
    first = [one for one in claim.sent() if not one.secondary]
    chain = claim.sent("MEDICAID")
    if claim.turns.get("MEDICAID") != "settled" or not chain or first[-1].frequency == "8":
        return
    last = chain[-1].content()
    if chain[-1].frequency == "8":
        return
    assert last
    assert last.bill.prior == (turns.decided(first[-1]),)


def items(case):
    return {key: (one.status, one.resolution, one.follows, one.draft)
            for key, one in case.items.items()}


@settings(max_examples=100, deadline=None)
@given(st.one_of(lives(), lives(others=TWO)), st.data())
def test_any_order_gives_the_same_items(life, data):
    expected, _ = run(DENIALS, denials.Case(), life.events)

    case, out = run(DENIALS, denials.Case(), shuffled(life, data))

    assert items(case) == items(expected)
    last = {one.rework_id: one for one in out}
    assert {key: (one.status, one.resolution) for key, one in last.items()} == {
        key: (one.status, one.resolution) for key, one in expected.items.items()}


@settings(max_examples=100, deadline=None)
@given(st.one_of(lives(), lives(others=TWO)), st.data())
def test_any_order_gives_the_same_counts(life, data):
    def counted(events):
        case = accuracy.Case()
        for event in events:
            case = measured(case, event)
        return figures.counts(case)

    assert counted(shuffled(life, data)) == counted(life.events)


@settings(max_examples=60, deadline=None)
@given(lives())
def test_what_goes_out_charges_what_was_validated(life):
    charged = {e.version: e.bill.charge_cents for e in life.events if isinstance(e, Validated)}

    for sent in life.sent:
        assert sent.bill.charge_cents == charged[sent.version]
