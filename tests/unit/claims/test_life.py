"""The life of a claim: one table, every fact answered, order of what files say without effect."""

import re
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims import life

ROOT = Path(__file__).parents[3]
FILED = (life.DELIVERED, life.TAKEN, life.ADMITTED, life.RETURNED, life.DECIDED, life.REPLACED,
         life.WITHDRAWN)


def test_every_row_names_states_and_facts_there_are_and_no_pair_twice() -> None:
    rows = life.transitions()
    assert {row.state for row in rows} | {row.next for row in rows} == set(life.STATES)
    assert len({(row.state, row.fact) for row in rows}) == len(rows)
    assert all(row.evidence and row.owner for row in rows)


def test_the_readme_shows_the_table() -> None:
    text = (ROOT / "services" / "gateway" / "README.md").read_text()
    (shown,) = re.findall(r"```mermaid\n(.*?)\n```", text, re.DOTALL)
    assert shown == life.diagram()


@given(st.lists(st.sampled_from(FILED), min_size=1, max_size=7), st.randoms())
def test_facts_of_files_give_one_state_in_any_order_and_number(
    facts: list[str], random: object
) -> None:
    again = [*facts, *facts]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert life.through(life.SENT, again) == life.through(life.SENT, facts)


def test_no_fact_of_a_file_moves_a_claim_back() -> None:
    for state in life.STATES:
        for fact in FILED:
            after = life.after(state, fact)
            if after is None or (state, fact) == (life.UNKNOWN, life.DELIVERED):
                continue
            assert after == state or _rank(after) > _rank(state)


def _rank(state: str) -> int:
    if state == life.REFUSED:
        return life.STATES.index(life.REJECTED)
    ladder = [s for s in life.STATES if s != life.REFUSED]
    return ladder.index(state)


@pytest.mark.parametrize(
    ("state", "fact"),
    [
        (life.READY, life.DELIVERED), (life.READY, life.APPEAL), (life.PENDING, life.APPEAL),
        (life.REJECTED, life.APPEAL), (life.REFUSED, life.TAKEN), (life.SENT, life.SETTLED),
        (life.ADJUDICATED, life.BOUND), (life.SENT, life.BOUND), (life.VOIDED, life.APPEAL),
    ],
)
def test_what_must_not_happen_has_no_row(state: str, fact: str) -> None:
    assert life.after(state, fact) is None


@pytest.mark.parametrize(
    ("hop", "accepted", "categories", "fact"),
    [
        ("TA1", True, ["A"], life.TAKEN), ("TA1", False, ["R"], life.RETURNED),
        ("999", True, ["E"], life.TAKEN), ("277CA", True, ["A0"], life.TAKEN),
        ("277CA", True, ["A1"], life.TAKEN), ("277CA", True, ["A2"], life.ADMITTED),
        ("277CA", True, ["A5"], life.ADMITTED), ("277CA", True, ["A1", "A2"], life.ADMITTED),
        ("277CA", True, ["P1"], life.ADMITTED), ("277CA", True, ["A4"], None),
        ("277CA", False, ["A3"], life.RETURNED), ("277CA", False, ["A6"], life.RETURNED),
    ],
)
def test_an_acknowledgement_is_the_fact_its_codes_say(
    hop: str, accepted: bool, categories: list[str], fact: str | None
) -> None:
    assert life.said(hop, accepted, categories) == fact


def test_a_rejection_after_an_acceptance_and_the_other_way_round_is_a_rejection() -> None:
    for order in permutations((life.TAKEN, life.ADMITTED, life.RETURNED)):
        assert life.through(life.SENT, order) == life.REJECTED
