"""Assignment: the coder who coded it, then skill, then load; never the absent, never too many."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.claims.assign import Colleague, Job, choose

ANNA = Colleague("anna", "CODING", "C-1", frozenset({"cardiology"}), most=10)
BEN = Colleague("ben", "CODING", "C-2", frozenset({"oncology", "inpatient"}), most=10)
CLEO = Colleague("cleo", "CODING", "C-3", most=10)
BILL = Colleague("bill", "BILLING")
AUTH = Colleague("ute", "AUTH_UM")
TEAM = (ANNA, BEN, CLEO, BILL)


def job(**over):
    return Job(**({"item_id": "i1", "team": "CODING", "coder_id": "C-1"} | over))


def away(one):
    return Colleague(one.name, one.team, one.coder_id, one.skills, one.most, absent=True)


def test_the_coder_who_coded_it_comes_first_whatever_the_skill():
    assert choose(job(wants=("oncology",)), TEAM, {"anna": 9}) == "anna"


def test_absent_or_at_the_limit_it_goes_to_who_knows_it():
    asked = job(wants=("oncology",))

    assert choose(asked, (away(ANNA), BEN, CLEO), {}) == "ben"
    assert choose(asked, TEAM, {"anna": 10}) == "ben"


def test_of_equal_skill_who_has_less():
    assert choose(job(coder_id="", wants=("x",)), TEAM, {"anna": 4, "ben": 3, "cleo": 5}) == "ben"


def test_load_is_a_share_of_the_limit():
    half_time = Colleague("half", "CODING", most=4)

    assert choose(job(coder_id=""), (half_time, CLEO), {"half": 2, "cleo": 4}) == "cleo"


def test_nobody_of_the_team_there_leaves_it_in_the_pool():
    assert choose(job(team="AUTH_UM"), TEAM, {}) == ""
    assert choose(job(team="AUTH_UM"), (*TEAM, AUTH), {}) == "ute"
    assert choose(job(), tuple(map(away, TEAM)), {}) == ""
    assert choose(job(), TEAM, {"anna": 10, "ben": 10, "cleo": 10}) == ""


def test_who_has_it_keeps_it_until_away_or_the_turn_is_anothers():
    assert choose(job(has="ben"), TEAM, {"ben": 50}) == "ben"
    assert choose(job(has="ben"), (ANNA, away(BEN)), {}) == "anna"
    assert choose(job(has="ben", team="BILLING"), TEAM, {}) == "bill"


def test_who_is_gone_keeps_nothing():
    assert choose(job(has="dora"), TEAM, {}) == "anna"


@given(st.integers(0, 200))
def test_equals_share_the_work_evenly(count):
    equals = tuple(Colleague(f"c{n}", "CODING") for n in range(4))
    load: Counter[str] = Counter()
    for n in range(count):
        load[choose(job(item_id=f"i{n}", coder_id=""), equals, load)] += 1

    assert "" not in load
    assert not count or max(load.values()) - min(load.get(e.name, 0) for e in equals) <= 1


@given(
    st.permutations(TEAM), st.dictionaries(st.sampled_from(["anna", "ben", "cleo"]),
                                           st.integers(0, 12)),
    st.sampled_from(["C-1", "C-2", ""]), st.sampled_from(["cardiology", "oncology", "x"]),
)
def test_the_order_of_people_makes_no_difference_and_no_limit_is_passed(
    people, load, coder, wants
):
    chosen = choose(job(coder_id=coder, wants=(wants,)), people, load)

    assert chosen == choose(job(coder_id=coder, wants=(wants,)), TEAM, load)
    assert chosen in ("", "anna", "ben", "cleo")
    assert load.get(chosen, 0) < 10


def test_nobody_gets_an_item_of_a_facility_he_does_not_work_at():
    north = Colleague("nora", "CODING", "C-1", frozenset({"x"}), facilities=("north",))
    asked = job(wants=("x",), facility="main")

    assert choose(asked, (north, CLEO), {"cleo": 9}) == "cleo"
    assert choose(asked, (north,), {}) == ""
    assert choose(job(facility="north"), (north, CLEO), {}) == "nora"
    assert choose(job(has="nora", facility="main"), (north, CLEO), {}) == "cleo"
    assert choose(job(), (north,), {}) == ""
