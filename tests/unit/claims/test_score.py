"""The score: money first where time allows, time first where it does not; small numbers lean."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.claims import score
from services.claims.clocks import Clock
from services.claims.score import History, Paid, Stake, Won

TODAY = date(2026, 7, 1)
HISTORY = History(
    codes={("BCBS", "99213"): Paid(60_000, 100_000, 40), ("BCBS", "20610"): Paid(500, 1_000, 1)},
    paid={"BCBS": Paid(100_000, 200_000, 80), "EMPLOYER": Paid(90_000, 100_000, 50)},
    reasons={("BCBS", "denial", "CO-11"): Won(30, 40), ("BCBS", "denial", "CO-97"): Won(0, 10)},
    won={("BCBS", "denial"): Won(30, 50), ("EMPLOYER", "denial"): Won(5, 10)},
    plans={"BCBS": "commercial", "EMPLOYER": "commercial", "MEDICARE": "medicare"},
)


def due(days, kind="appeal_1"):
    on = TODAY + timedelta(days=days)
    return Clock(kind, "appeal", TODAY, on, on, "a source", "A note.")


def stake(**over):
    given = {"kind": "denial", "payer_id": "BCBS", "reason": "CO-11", "at_stake_cents": 20_000,
             "lines": (("99213", 20_000),), "due": due(30)}
    return Stake(**(given | over))


def scored(**over):
    return score.score(stake(**over), HISTORY, TODAY)


def test_the_sum_is_the_parts():
    found = scored()
    parts = found.parts

    assert parts["paid_rate"] == [60_000, 100_000, 40, "code"]
    assert parts["overturn"] == [30, 40, "reason"]
    assert (parts["days_left"], parts["due_rule"]) == (30, "appeal")
    assert parts["expected_cents"] == round(20_000 * parts["rate"])
    assert found.score == round(parts["expected_cents"] * parts["chance"] / 30)


def test_a_code_seen_once_leans_on_its_payer_and_one_never_seen_takes_the_payers():
    often, once = scored(), scored(lines=(("20610", 20_000),))
    never = scored(lines=(("99999", 20_000),))

    assert abs(often.parts["rate"] - 0.6) < 0.05
    assert once.parts["paid_rate"] == [500, 1_000, 1, "code"]
    assert abs(once.parts["rate"] - never.parts["rate"]) < 0.05
    assert never.parts["paid_rate"] == [100_000, 200_000, 80, "payer"]


def test_a_payer_without_history_takes_its_plans_then_everybodys_then_one_half():
    new = History(codes={}, paid={"EMPLOYER": Paid(90, 100, 50)}, plans=HISTORY.plans)
    at = {
        payer: score.score(stake(payer_id=payer), new, TODAY).parts["paid_rate"][3]
        for payer in ("BCBS", "MEDICARE")
    }

    assert at == {"BCBS": "plan", "MEDICARE": "all"}
    nothing = score.score(stake(), History(), TODAY)
    assert (nothing.parts["rate"], nothing.parts["paid_rate"][3]) == (0.5, "none")
    assert (nothing.parts["chance"], nothing.parts["overturn"][2]) == (0.5, "none")


def test_what_is_hardly_ever_overturned_comes_later():
    assert scored(reason="CO-97").score < scored(reason="CO-1234").score < scored().score


def test_what_was_never_refused_has_no_chance_to_lose():
    assert scored(kind="coding").parts["chance"] == 1.0
    held = scored(kind="held").parts
    assert held["chance"] == 1.0
    assert "100 % (not billed yet)" in score.words(held)
    assert scored(kind="remittance").parts["expected_cents"] == 20_000


def test_a_deadline_within_a_week_or_past_goes_first_and_the_nearest_of_these():
    cheap = {"at_stake_cents": 100, "lines": (("99213", 100),)}
    items = {
        "far": scored(), "near": scored(due=due(7), **cheap), "past": scored(due=due(-3), **cheap),
        "eight": scored(due=due(8)),
    }
    dues = {"far": 30, "near": 7, "past": -3, "eight": 8}
    ordered = sorted(items, key=lambda name: score.order(
        items[name].band, TODAY + timedelta(days=dues[name]), items[name].score, name))

    assert ordered == ["past", "near", "eight", "far"]


def test_the_houses_own_clock_puts_nothing_first():
    assert scored(due=due(1, "internal")).band == 1


def test_codes_weigh_by_their_charges():
    mixed = scored(lines=(("99213", 15_000), ("99999", 5_000)))

    assert mixed.parts["paid_rate"][3] == "payer"
    assert abs(mixed.parts["rate"] - (0.75 * scored().parts["rate"] + 0.25 * scored(
        lines=(("99999", 1),)).parts["rate"])) < 0.001


def test_the_words_show_the_sum():
    assert score.words(scored().parts) == (
        "$200.00 x 58 % paid (this code, this payer, n 40) x 73 % won (30 of 40,"
        " shrunk towards the next wider rate) / 30 days (appeal)")
    assert score.words({}) == ""


@given(st.integers(0, 10**9), st.integers(-400, 400), st.integers(0, 500), st.integers(0, 500))
def test_a_score_is_never_below_zero_nor_above_what_is_at_stake(cents, days, won, lost):
    history = History(
        reasons={("BCBS", "denial", "CO-11"): Won(won, won + lost)},
        won={("BCBS", "denial"): Won(won, won + lost)}, plans=HISTORY.plans,
    )
    found = score.score(stake(at_stake_cents=cents, due=due(days)), history, TODAY)

    assert 0 <= found.score <= cents


@given(st.integers(1, 10**7))
def test_less_time_never_lowers_the_score(cents):
    scores = [scored(at_stake_cents=cents, due=due(days)).score for days in (90, 30, 10, 2, -1)]

    assert all(earlier <= later for earlier, later in pairwise(scores))
