"""What an encounter counts for, restated when more becomes known, in any order."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Coded, Decided, Submitted
from services.claims import accuracy, figures
from services.claims.accuracy import Case, Known
from tests.builders import CODER, adjudicated, bill, coded, denied, dx, line, reversal, submitted

FIRST = submitted()
CHANGED = bill(diagnoses=(dx("E11.65"), dx("I10")))
AS_OF = datetime(2026, 3, 30, 23, 0, tzinfo=UTC)


def take(case, event):
    match event:
        case Coded():
            return accuracy.coded(case, event)
        case Submitted():
            return accuracy.submitted(case, event)
        case Decided():
            return accuracy.ruled(case, event)
    return accuracy.adjudicated(case, event)


def run(*events):
    case = Case()
    for event in events:
        case = take(case, event)
    return case


def tally(case, metric, dimension, grain="day"):
    """name -> count, over all buckets of one grain."""
    found = Counter()
    for bucket, count in figures.counts(case).items():
        if (bucket.metric, bucket.dimension, bucket.grain) == (metric, dimension, grain):
            found[bucket.name] += count
    return dict(found)


def first_pass(*events):
    return tally(run(*events), "first_pass_resolution", "payer")


def coding(*events):
    return tally(run(*events), "coding_denial_free", "coder")


def test_an_original_paid_at_once_is_resolved():
    assert first_pass(adjudicated(FIRST)) == {"adjudicated": 1, "resolved": 1}


@pytest.mark.parametrize("grain", ["minute", "hour", "day"])
def test_it_counts_for_payer_and_facility_in_every_grain(grain):
    case = run(adjudicated(FIRST))

    for dimension in ("payer", "facility"):
        assert tally(case, "first_pass_resolution", dimension, grain) == {
            "adjudicated": 1, "resolved": 1}


def test_an_original_denied_in_part_is_not_resolved():
    assert first_pass(adjudicated(FIRST, denied(FIRST, "11"))) == {"adjudicated": 1}


def test_the_first_decision_counts_even_when_it_is_overturned():
    decision = adjudicated(FIRST, denied(FIRST, "11"))
    overturned = (decision, reversal(decision), adjudicated(FIRST, day=25, ordinal=2))

    assert first_pass(*overturned) == {"adjudicated": 1}


def test_a_late_remittance_restates_which_decision_was_the_first():
    late = adjudicated(FIRST, denied(FIRST, "11"), day=18)

    assert first_pass(adjudicated(FIRST)) == {"adjudicated": 1, "resolved": 1}
    assert first_pass(adjudicated(FIRST), late) == {"adjudicated": 1}


def test_replacements_and_predeterminations_never_count():
    second = submitted(2, 2, frequency="7")

    assert first_pass(adjudicated(second)) == {}
    assert first_pass(adjudicated(FIRST, status="25")) == {}


def test_duplicates_reversals_and_the_unprocessable_are_left_out():
    paid = adjudicated(FIRST)

    assert first_pass(adjudicated(FIRST, denied(FIRST, "18", lines=(1, 2)))) == {"duplicate": 1}
    assert first_pass(paid, reversal(paid)) == {"reversed": 1}
    assert first_pass(adjudicated(FIRST, denied(FIRST, "16", "MA130"))) == {"unprocessable": 1}


def test_a_duplicate_line_beside_another_denial_is_a_denial():
    lines = denied(FIRST, "18")[:1] + denied(FIRST, "11", lines=(2,))[1:]

    assert first_pass(adjudicated(FIRST, lines)) == {"adjudicated": 1}


def test_a_claim_that_is_only_billed_has_not_been_adjudicated():
    assert first_pass(FIRST) == {}
    assert coding(FIRST) == {"billed": 2}


def test_every_line_a_coder_coded_counts_once_for_them():
    content = bill(
        diagnoses=(dx("E11.9"), dx("I10", "coder-2")),
        lines=(
            line(1, pointers=(1, 2)),
            line(2, code="85025", pointers=(2,), assigned_by="chargemaster", source="chargemaster"),
        ),
    )
    claim = submitted(bill=content)
    counts = figures.counts(run(adjudicated(claim)))
    lines = {
        b.subject: n for b, n in counts.items()
        if b.dimension == "coder" and b.name == "adjudicated"
    }

    assert lines == {CODER: 1, "coder-2": 2}


DENIAL = adjudicated(FIRST, denied(FIRST, "11"))


def test_a_coding_denial_is_pending_until_more_is_known():
    assert coding(FIRST, DENIAL) == {"billed": 2, "adjudicated": 2, "pending": 1}


def test_a_changed_code_confirms_it():
    assert coding(DENIAL, coded(2, bill=CHANGED)) == {"adjudicated": 2, "confirmed": 1}


def test_a_change_of_something_else_confirms_nothing():
    units = bill(lines=(line(1, units=2), line(2, code="85025", pointers=(2,))))

    assert coding(DENIAL, coded(2, bill=units)) == {"adjudicated": 2, "pending": 1}


def test_a_dropped_line_confirms_it():
    assert coding(DENIAL, coded(2, bill=bill(lines=(line(2),)))) == {
        "adjudicated": 2, "confirmed": 1}


def test_paid_after_all_without_a_change_refutes_it():
    overturned = (DENIAL, reversal(DENIAL), adjudicated(FIRST, day=25, ordinal=2))
    second = submitted(2, 2, frequency="7")

    assert coding(*overturned) == {"adjudicated": 2, "refuted": 1}
    assert coding(DENIAL, coded(2), adjudicated(second, day=28)) == {"adjudicated": 2, "refuted": 1}


def _ruling(decision):
    return Decided(
        event_id="r", encounter_id=FIRST.encounter_id, control_number=FIRST.control_number,
        decision=decision, coder_id=CODER,
    )


@pytest.mark.parametrize(("decision", "counts_as"), [
    ("fault_confirmed", "confirmed"), ("fault_refuted", "refuted"),
])
def test_what_a_supervisor_decides_of_a_fault_stands(decision, counts_as):
    denial = adjudicated(FIRST, denied(FIRST, "11"))

    for events in ((denial, _ruling(decision)), (_ruling(decision), denial)):
        found = coding(*events)
        assert found[counts_as]
        assert "pending" not in found


def test_a_ruling_stands_also_when_the_code_was_changed():
    denial = adjudicated(FIRST, denied(FIRST, "11"))

    assert "confirmed" not in coding(denial, coded(2, bill=CHANGED), _ruling("fault_refuted"))


def test_other_decisions_and_other_coders_move_no_fault():
    denial = adjudicated(FIRST, denied(FIRST, "11"))
    another = replace(_ruling("fault_refuted"), coder_id="somebody-else")

    assert coding(denial, _ruling("write_off"), another) == coding(denial)


def test_denied_again_without_a_change_stays_pending():
    second = submitted(2, 2, frequency="7")
    again = adjudicated(second, denied(second, "11"), day=28)

    assert coding(DENIAL, coded(2), again) == {"adjudicated": 2, "pending": 1}


@pytest.mark.parametrize("carc", ["197", "50", "16", "27", "252"])
def test_what_is_not_a_coding_reason_never_touches_the_coder(carc):
    assert coding(adjudicated(FIRST, denied(FIRST, carc))) == {"adjudicated": 2}


def test_what_another_assigned_never_touches_the_coder():
    content = bill(diagnoses=(dx("E11.9", "prov", "provider"), dx("I10")))
    claim = submitted(bill=content)

    assert coding(adjudicated(claim, denied(claim, "11"))) == {"adjudicated": 2}


def test_a_resend_after_a_rejection_is_billed_once():
    second = submitted(2, 2)

    assert coding(FIRST, second) == {"billed": 2}
    assert coding(FIRST, second, adjudicated(second)) == {"billed": 2, "adjudicated": 2}


def test_a_coding_month_is_that_of_the_version_billed():
    april = coded(occurred_at=datetime(2026, 4, 2, tzinfo=UTC))
    case = run(FIRST, DENIAL, april)
    months = {b.starts_at for b in figures.counts(case) if b.dimension == "coder_month"}

    assert months == {datetime(2026, 4, 1, tzinfo=UTC)}
    assert tally(run(FIRST, DENIAL), "coding_denial_free", "coder_month", "month") == {}


def total(known):
    return figures.change([Known(Case(), known)])


@st.composite
def facts(draw):
    first = adjudicated(FIRST, draw(st.sampled_from((
        denied(FIRST, "11"), denied(FIRST, "97"), denied(FIRST, "18", lines=(1, 2)),
        denied(FIRST, "16", "MA130"), denied(FIRST, "197"), None))))
    second = submitted(2, 2, frequency=draw(st.sampled_from(("1", "7"))))
    pool = [
        FIRST, first, reversal(first), adjudicated(FIRST, day=26, ordinal=2), second,
        adjudicated(second, day=27), adjudicated(second, denied(second, "11"), day=28, ordinal=3),
        coded(1), coded(2, bill=CHANGED), coded(3), adjudicated(FIRST, status="25", day=21),
        _ruling("fault_refuted"),
    ]
    return draw(st.lists(st.sampled_from(pool), min_size=1, max_size=10))


@settings(max_examples=150, deadline=None)
@given(facts(), st.data())
def test_any_order_with_duplicates_counts_the_same(events, data):
    shuffled = data.draw(st.permutations([*events, *events[:2]]))

    assert figures.counts(run(*shuffled)) == figures.counts(run(*events))


@settings(max_examples=150, deadline=None)
@given(facts(), st.integers(0, 10))
def test_differences_add_up_to_the_whole(events, cut):
    before, after = run(*events[:cut]), run(*events)

    whole = total(before)
    whole.update(figures.change([Known(before, after)]))

    assert {b: n for b, n in whole.items() if n} == dict(total(after))
    assert all(count > 0 for count in total(after).values())


@settings(max_examples=150, deadline=None)
@given(facts())
def test_a_numerator_never_exceeds_its_denominator(events):
    case = run(*events)
    for window in figures.touched(figures.counts(case)):
        first, last = window.span(AS_OF)
        summed = Counter()
        for bucket, count in figures.counts(case).items():
            same = (bucket.metric, bucket.dimension, bucket.subject, bucket.grain) == (
                window.metric, window.dimension, window.subject, window.grain)
            if same and first <= bucket.starts_at <= last:
                summed[bucket.name] += count

        told = figures.figure(window, summed, AS_OF, 1)

        assert 0 <= told.numerator <= told.denominator
        assert 0 <= told.lower <= told.upper <= 1


def test_a_window_is_whole_buckets_and_holds_its_last_instant():
    week = figures.Window("m", "payer", "P", "7d", "day", 7)
    hour = figures.Window("m", "payer", "P", "1h", "minute", 60)
    as_of = datetime(2026, 5, 8, 14, 10, 30, tzinfo=UTC)

    assert week.span(as_of) == (
        datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 8, tzinfo=UTC))
    assert hour.span(as_of) == (
        datetime(2026, 5, 8, 13, 11, tzinfo=UTC), datetime(2026, 5, 8, 14, 10, tzinfo=UTC))


def test_the_formulas_in_the_readme():
    rate = figures.Window("first_pass_resolution", "payer", "BCBS", "7d", "day", 7)
    free = figures.Window("coding_denial_free", "coder", CODER, "90d", "day", 90)

    told = figures.figure(rate, {"adjudicated": 50, "resolved": 45, "duplicate": 2}, AS_OF, 3)
    assert (told.numerator, told.denominator, told.revision) == (45, 50, 3)
    assert [(e.reason, e.count) for e in told.exclusions] == [
        ("unprocessable", 0), ("reversed", 0), ("duplicate", 2)]
    assert [round(told.lower, 3), round(told.upper, 3)] == [0.786, 0.957]

    told = figures.figure(
        free,
        {"billed": 120, "adjudicated": 100, "confirmed": 4, "pending": 3, "refuted": 2}, AS_OF, 1)
    assert (told.numerator, told.denominator) == (91, 95)
    assert (told.adjudicated, told.billed, told.minimum) == (100, 120, 30)


def test_a_duplicate_event_changes_nothing():
    case = run(FIRST, DENIAL)

    assert figures.change([Known(case, take(take(case, DENIAL), FIRST))]) == Counter()
    assert replace(case) == take(case, DENIAL)
