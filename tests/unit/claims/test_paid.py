"""What a payer paid of what was charged: denied lines left out, reversals taken back, any order."""

from dataclasses import replace
from datetime import date
from itertools import permutations

from schemas.events import Institutional, Prior
from services.claims import paid, standing
from services.claims.score import Paid
from tests.builders import adjudicated, bill, denied, line, reversal, submitted
from tests.builders import paid as in_full

TWO = bill(lines=(line(1), line(2)))
CLAIM = submitted(bill=TWO)
BILLED = TWO.charge_cents


def told(*events):
    rulings = ()
    for event in events:
        one = paid.ruling(event)
        rulings = standing.add(rulings, one) if one else rulings
    return rulings


def by_code(lines):
    found = {}
    for one in lines:
        was = found.get(one.code, Paid())
        found[one.code] = paid.plus(was, Paid(one.charge_cents, one.charge_cents, 1))
    return found


def test_every_line_that_was_not_denied_counts_under_its_code():
    rulings = told(adjudicated(CLAIM, denied(CLAIM, "11", lines=(2,))))

    assert paid.totals(rulings, BILLED) == by_code(TWO.lines[:1])
    assert paid.denied_on(rulings, BILLED) == date(2026, 3, 20)


def test_a_reversal_takes_its_lines_out_and_the_correction_puts_its_own_in_in_any_order():
    first = adjudicated(CLAIM, denied(CLAIM, "11", lines=(1, 2)))
    events = (first, reversal(first), adjudicated(CLAIM, in_full(CLAIM), day=25, ordinal=2,
                                                  remittance_id="R25"))

    for order in permutations(events):
        rulings = told(*order, *order)
        assert paid.totals(rulings, BILLED) == by_code(TWO.lines)
        assert paid.denied_on(rulings, BILLED) is None


def test_what_is_added_is_the_difference():
    before, after = by_code(TWO.lines[:1]), by_code(TWO.lines)
    changed = paid.difference(before, after)

    assert paid.difference(after, after) == {}
    for code, one in after.items():
        assert paid.plus(before.get(code, Paid()), changed.get(code, Paid())) == one


def test_a_stay_counts_as_its_drg():
    stay = bill(
        claim_type="institutional", encounter_class="inpatient",
        institutional=Institutional(facility_type="11", drg="470"),
    )
    claim = submitted(bill=stay)

    assert [code for _, code, _ in paid.lines(stay)] == ["DRG 470"]
    assert paid.totals(told(adjudicated(claim)), stay.charge_cents) == {
        "DRG 470": Paid(stay.charge_cents, stay.charge_cents, 1)}


def test_voids_predeterminations_and_what_a_later_payer_paid_are_left_out():
    void = submitted(bill=TWO, frequency="8")
    later = submitted(bill=replace(TWO, prior=(Prior(payer_id="BCBS"),)))

    assert paid.totals(told(adjudicated(void)), BILLED) == {}
    assert paid.totals(told(adjudicated(later)), BILLED) == {}
    assert paid.ruling(adjudicated(CLAIM, status="25")) is None
