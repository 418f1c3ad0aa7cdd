"""Denied or not, what is denied, and what becomes of the item, in any order of the facts."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import ids
from schemas.events import Acknowledged, Adjudicated, Adjustment, Finding, PaidLine, Validated
from services.claims import adjustments, data, denials
from services.claims.denials import Case
from tests.builders import (
    CODER,
    TERMS,
    acknowledged,
    adjudicated,
    bill,
    denied,
    line,
    reversal,
    submitted,
    validated,
)

FIRST = submitted()


def take(case, event):
    match event:
        case Validated():
            return denials.validated(case, event, TERMS)
        case Acknowledged():
            return denials.acknowledged(case, event, TERMS)
        case Adjudicated():
            return denials.adjudicated(case, event, TERMS)


def run(*events):
    case, out = Case(), []
    for event in events:
        case, told = take(case, event)
        out += told
    return case, out


def held(version=1, *edits, **over):
    findings = tuple(
        Finding(edit=e, severity="hold", place="diagnosis 1", text="Wrong: fix it.") for e in edits
    ) or (Finding(edit="diagnosis_unknown", severity="hold", place="diagnosis 1", text="x"),)
    return validated(version, "held", findings=findings, **over)


def priced(charge, paid, *cas, claim_type="professional", other_paid=0):
    """One line of this charge and payment with these adjustments (group, carc, amount)."""
    one = PaidLine(
        line_id="L1", code="99213", charge_cents=charge, paid_cents=paid,
        adjustments=tuple(Adjustment(group=g, carc=c, amount_cents=a) for g, c, a in cas),
    )
    event = adjudicated(
        submitted(bill=bill(claim_type=claim_type, lines=(line(1, charge_cents=charge),))), (one,)
    )
    return replace(event, paid_cents=paid + other_paid)


DENIED = {
    "all that the contract leaves": (priced(150, 0, ("CO", "45", 40), ("CO", "11", 110)), 150),
    "everything": (priced(150, 0, ("CO", "11", 150)), 150),
    "nearly all": (priced(100, 0, ("CO", "11", 95), ("PR", "1", 5)), 100),
    "a part, beside a payment": (priced(150, 60, ("CO", "45", 40), ("CO", "151", 50)), 50),
    "a part, beside a deductible": (priced(100, 0, ("CO", "11", 94), ("PR", "1", 6)), 94),
    "under group PR": (priced(150, 0, ("PR", "27", 150)), 150),
    "for a reason nobody knows": (priced(150, 0, ("CO", "999", 150)), 150),
    "a duplicate": (priced(150, 0, ("CO", "18", 150)), 150),
    "packaged on a professional claim": (priced(150, 0, ("CO", "97", 150), other_paid=50), 150),
    "packaged on an unpaid hospital claim": (
        priced(150, 0, ("CO", "97", 150), claim_type="institutional"), 150),
    "a multiple procedure that was not paid at all": (priced(150, 0, ("CO", "59", 150)), 150),
}
NOT_DENIED = {
    "paid in full": priced(150, 150),
    "contractual only": priced(150, 90, ("CO", "45", 60)),
    "all deductible": priced(150, 0, ("PR", "1", 150)),
    "contract, coinsurance and copay": priced(
        150, 60, ("CO", "45", 40), ("PR", "2", 20), ("PR", "3", 30)),
    "sequestration": priced(150, 147, ("CO", "253", 3)),
    "packaged on a paid hospital claim": priced(
        150, 0, ("CO", "97", 150), claim_type="institutional", other_paid=50),
    "reduced as a second procedure": priced(150, 75, ("CO", "59", 75)),
    "an amount in our favour": priced(150, 160, ("CO", "11", -10)),
    "forwarded to the right payer": priced(150, 0, ("OA", "B11", 150)),
    "packaged while the patient owes the rest": priced(
        150, 0, ("CO", "97", 100), ("PR", "1", 50), claim_type="institutional"),
    "what the payer before paid": priced(150, 20, ("OA", "23", 130)),
    "prompt payment": priced(150, 147, ("CO", "44", 3)),
}
PRICING = (
    "1", "2", "3", "23", "44", "45", "66", "94", "100", "104", "105", "121", "122", "131", "143",
    "144", "161", "187", "223", "225", "237", "246", "253",
)


@pytest.mark.parametrize(("event", "cents"), DENIED.values(), ids=DENIED)
def test_it_is_denied(event, cents):
    assert adjustments.denied_cents(adjustments.denials(event)) == cents


@pytest.mark.parametrize("event", NOT_DENIED.values(), ids=NOT_DENIED)
def test_it_is_not_denied(event):
    assert adjustments.denials(event) == ()
    assert run(event)[1] == []


@pytest.mark.parametrize("carc", PRICING)
def test_a_code_that_only_prices_never_denies(carc):
    assert adjustments.denials(priced(150, 0, ("CO", carc, 150))) == ()


def test_money_of_a_stay_at_claim_level_leaves_its_lines_undenied():
    stay = priced(150, 0, claim_type="institutional", other_paid=90)
    stay = replace(stay, adjustments=(Adjustment(group="CO", carc="45", amount_cents=60),))
    assert adjustments.denials(stay) == ()


def test_a_payer_prices_with_a_code_that_denies_elsewhere(monkeypatch):
    rows = data.rows("carc_routing.csv")
    own = next(r for r in rows if r["carc"] == "24") | {"payer_id": "MA_PLAN", "denial": "no"}
    monkeypatch.setattr(data, "rows", lambda name: (*rows, own))
    adjustments.row.cache_clear()
    try:
        capitated = priced(150, 0, ("CO", "24", 150))
        assert adjustments.denials(replace(capitated, payer_id="MA_PLAN")) == ()
        assert adjustments.denied_cents(adjustments.denials(capitated)) == 150
    finally:
        adjustments.row.cache_clear()


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "19", "23"])
def test_clp02_never_decides(status):
    assert run(adjudicated(FIRST, status=status))[1] == []
    assert len(run(adjudicated(FIRST, denied(FIRST, "11"), status=status))[1]) == 1


def test_a_denial_gives_one_open_item_with_all_its_reasons():
    lines = denied(FIRST, "11", "M76", lines=(1,))[:1] + denied(FIRST, "97", lines=(2,))[1:]

    _, [item] = run(adjudicated(FIRST, lines))

    assert (item.kind, item.status, item.revision, item.subject) == (
        "denial", "open", 1, FIRST.control_number)
    assert [(r.carc, r.line_id) for r in item.reasons] == [("11", "L1"), ("97", "L2")]
    assert item.at_stake_cents == 19_000
    assert (item.team, item.coder_id, item.action) == ("CODING", CODER, "FIX_REPLACE")
    assert item.rework_id == ids.derive(FIRST.control_number, "denial")


def test_a_claim_level_denial_is_worth_the_whole_claim():
    cas = (Adjustment(group="CO", carc="197", amount_cents=19_000),)

    _, [item] = run(adjudicated(FIRST, (), adjustments=cas, charge_cents=19_000, paid_cents=0))

    assert (item.team, item.at_stake_cents) == ("AUTH_UM", 19_000)
    assert item.reasons[0].place == "claim"


def test_a_line_without_control_number_is_found_by_its_place():
    lines = tuple(replace(one, line_id="") for one in denied(FIRST, "11", lines=(2,)))

    _, [item] = run(adjudicated(FIRST, lines))

    assert item.reasons[0].line_id == "L2"


def test_the_same_decision_twice_says_nothing_more():
    decision = adjudicated(FIRST, denied(FIRST, "11"))

    assert len(run(decision, decision)[1]) == 1


def test_an_overturned_denial_closes_its_item():
    decision = adjudicated(FIRST, denied(FIRST, "11"))
    correction = adjudicated(FIRST, day=25, ordinal=2)

    _, out = run(decision, reversal(decision), correction)

    assert [(r.status, r.revision) for r in out] == [("open", 1), ("closed", 2)]
    assert {r.rework_id for r in out} == {out[0].rework_id}


def test_a_payment_taken_back_and_denied_opens_an_item():
    payment = adjudicated(FIRST)
    denial = adjudicated(FIRST, denied(FIRST, "50"), day=25, ordinal=2)

    _, out = run(payment, reversal(payment), denial)

    assert [r.status for r in out] == ["open"]


def test_a_denial_that_returns_reopens_the_item():
    first = adjudicated(FIRST, denied(FIRST, "11"))
    paid = adjudicated(FIRST, day=25, ordinal=2)
    again = adjudicated(FIRST, denied(FIRST, "50"), day=28, ordinal=3)

    _, out = run(first, reversal(first), paid, reversal(paid, day=28), again)

    assert [r.status for r in out] == ["open", "closed", "open"]
    assert out[-1].reasons[0].carc == "50"


def test_the_denial_of_a_replacement_is_a_new_linked_item():
    first = run(adjudicated(FIRST, denied(FIRST, "11")))[1][0]
    second = submitted(2, 2, frequency="7", rework_id=first.rework_id)

    _, out = run(
        adjudicated(FIRST, denied(FIRST, "11")), adjudicated(second, denied(second, "50"), day=28)
    )

    assert [(r.subject, r.status, r.follows) for r in out[1:]] == [
        (FIRST.control_number, "closed", ""),
        (second.control_number, "open", first.rework_id),
    ]


def test_payment_of_the_replacement_closes_the_chain():
    second = submitted(2, 2, frequency="7")

    case, out = run(adjudicated(FIRST, denied(FIRST, "11")), adjudicated(second, day=28))

    assert [r.status for r in out] == ["open", "closed"]
    assert {item.status for item in case.items.values()} == {"closed"}


def test_a_held_version_goes_back_until_there_is_a_later_one():
    _, [item] = run(held(1))
    assert (item.kind, item.team, item.coder_id, item.subject) == (
        "held", "CODING", CODER, held(1).cause_id)
    assert item.at_stake_cents == bill().charge_cents

    _, out = run(held(1), validated(2, rework_id=item.rework_id))
    assert [r.status for r in out] == ["open", "closed"]


def test_a_correction_that_is_held_again_follows_the_item_it_answered():
    _, [first] = run(held(1))

    _, out = run(held(1), held(2, rework_id=first.rework_id))

    assert [(r.status, r.version, r.follows) for r in out] == [
        ("open", 1, ""), ("closed", 1, ""), ("open", 2, first.rework_id)]


def test_a_rejection_is_open_until_a_later_claim_has_got_further():
    refused, second = acknowledged(FIRST, accepted=False), submitted(2, 2)
    _, [item] = run(refused)
    assert (item.kind, item.action, item.appealable) == ("rejection", "FIX_NEW", False)
    assert item.at_stake_cents == bill().charge_cents

    for progress in (acknowledged(second), adjudicated(second)):
        assert [r.status for r in run(refused, progress)[1]] == ["open", "closed"]
    assert len(run(refused, acknowledged(second, "999"))[1]) == 1


def test_nothing_is_kept_while_all_is_well():
    case, out = run(
        validated(), *(acknowledged(FIRST, hop) for hop in ("sent", "TA1", "999", "277CA"))
    )

    assert (case, out) == (Case(), [])


@dataclass(frozen=True)
class Told:
    """An item without what order may decide: its revision and its last cause."""

    status: str
    follows: str
    draft: object


def final(case):
    return {key: Told(i.status, i.follows, i.draft) for key, i in case.items.items()}


@st.composite
def facts(draw):
    """What may be known of one encounter: holds, refusals, decisions, reversals, corrections."""
    events = []
    for version in range(1, draw(st.integers(1, 4)) + 1):
        claim = submitted(version, version, frequency="1" if version == 1 else "7")
        first = adjudicated(claim, denied(claim, draw(st.sampled_from(("11", "97", "50")))),
                            remittance_id=f"A{version}")
        paid = adjudicated(claim, day=22, remittance_id=f"B{version}", ordinal=2)
        events += draw(st.sampled_from((
            [held(version)],
            [validated(version)],
            [validated(version), acknowledged(claim, accepted=False)],
            [validated(version), acknowledged(claim), first],
            [validated(version), acknowledged(claim), paid],
            [validated(version), first, reversal(first, 22, remittance_id=f"B{version}"), paid],
            [validated(version), first, reversal(first, 22, remittance_id=f"B{version}")],
        )))
    return tuple(events)


@settings(max_examples=120, deadline=None)
@given(facts(), st.data())
def test_any_order_with_duplicates_gives_the_same_items(events, data):
    again = data.draw(st.lists(st.sampled_from(events), max_size=4))
    shuffled = data.draw(st.permutations([*events, *again]))

    assert final(run(*shuffled)[0]) == final(run(*events)[0])


@settings(max_examples=80, deadline=None)
@given(facts())
def test_at_most_one_denial_or_rejection_of_an_encounter_is_open(events):
    case, _ = run(*events)

    open_items = [i for i in case.items.values() if i.status == "open" and i.draft.kind != "held"]
    assert len(open_items) <= 1


@settings(max_examples=80, deadline=None)
@given(facts(), st.data())
def test_revisions_of_an_item_grow_by_one(events, data):
    _, out = run(*data.draw(st.permutations(events)))

    for item in {r.rework_id for r in out}:
        told = [r.revision for r in out if r.rework_id == item]
        assert told == list(range(1, len(told) + 1))


CHARGE = st.integers(1, 20_000)
CAS = st.tuples(
    st.sampled_from(("CO", "PR", "OA")),
    st.sampled_from(("45", "1", "2", "11", "97", "151", "253", "50", "999")),
    st.integers(-500, 20_000),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(CHARGE, st.lists(CAS, max_size=4)), min_size=1, max_size=4))
def test_never_more_is_denied_than_was_charged(lines):
    """Balanced lines: paid = charge - adjustments, no payment below zero."""
    paid = []
    for number, (charge, cas) in enumerate(lines, 1):
        adjustments_, left = [], charge
        for group, carc, amount in cas:
            amount = min(amount, left)
            left -= amount
            adjustments_.append(Adjustment(group=group, carc=carc, amount_cents=amount))
        paid.append(PaidLine(line_id=f"L{number}", charge_cents=charge, paid_cents=left,
                             adjustments=tuple(adjustments_)))
    billed = tuple(line(n, charge_cents=c) for n, (c, _) in enumerate(lines, 1))
    event = adjudicated(submitted(bill=bill(lines=billed)), tuple(paid))

    found = adjustments.denials(event)

    assert adjustments.denied_cents(found) >= 0
    for number, (charge, cas) in enumerate(lines, 1):
        of_line = [d for d in found if d.position == number]
        in_favour = -sum(min(0, amount) for _, _, amount in cas)
        assert all(d.charge_cents <= charge + in_favour for d in of_line)
