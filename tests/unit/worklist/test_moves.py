"""The table of moves, tried over every role, kind, state and owner."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from services.worklist import moves, wording
from services.worklist.moves import Standing

ROLES = ("coder", "biller", "supervisor", "ops")
STATES = ("todo", "handed_on", "released", "decided")
EVERY = [
    (role, Standing(kind, status, state, team, proposed))
    for role, kind, status, state, team, proposed in itertools.product(
        ROLES, moves.ANY, ("open", "closed"), STATES, ("CODING", "AUTH_UM"), (True, False)
    )
]


def _names(role: str, item: Standing) -> set[str]:
    return {move.name for move in moves.legal(role, item)}


def test_nothing_can_be_done_with_what_is_closed_released_or_decided() -> None:
    done = [one for one in EVERY if one[1].status == "closed" or one[1].state in STATES[2:]]
    assert all(not _names(*one) for one in done)


def test_only_coders_and_billers_move_items_and_never_the_same_item_at_once() -> None:
    for role, item in EVERY:
        if _names(role, item):
            assert role in ("coder", "biller")
        assert not (_names("coder", item) and _names("biller", item))


def test_a_coder_works_only_what_is_a_coders_and_not_yet_handed_on() -> None:
    for role, item in EVERY:
        if role == "coder" and _names(role, item):
            assert (item.team, item.state) == ("CODING", "todo")


def test_only_a_correction_that_was_handed_on_can_be_released() -> None:
    for role, item in EVERY:
        if "release" in _names(role, item):
            assert (role, item.state, item.proposed) == ("biller", "handed_on", True)


def test_a_held_claim_goes_out_by_its_coder_and_a_denied_one_only_by_a_biller() -> None:
    for role, item in EVERY:
        for move in moves.legal(role, item):
            if move.to == "released" and role == "coder":
                assert item.kind == "held"


def test_every_move_of_a_role_has_a_key_of_its_own() -> None:
    for role, item in EVERY:
        keys = [move.key for move in moves.legal(role, item)]
        assert len(keys) == len(set(keys))


@given(st.text(alphabet="abc .;:\n\t1)A%", max_size=200))
def test_the_passages_of_a_note_stand_where_they_say_and_leave_nothing_out(text: str) -> None:
    passages = wording.sentences(text)
    assert all(text[p.start:p.end] == p.text for p in passages)
    assert all(a.end <= b.start for a, b in itertools.pairwise(passages))
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())
