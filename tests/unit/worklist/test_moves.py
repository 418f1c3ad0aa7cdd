"""The table of moves, tried over every role, kind, state and place."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import NO_DAY
from services.claims.routing import TEAMS
from services.worklist.decisions import acts, reasons
from services.worklist.item import moves
from services.worklist.item.moves import Standing
from services.worklist.shown import wording

ROLES = (*moves.ROLES, "physician", "ops", "admin", "auditor")
PLACES = ("CODING", "BILLING", "AUTH_UM", "PATIENT_ACCESS")
WHO = [(role, team) for role in ROLES for team in (PLACES if role == "specialist" else ("",))]
ITEMS = [
    Standing(kind, status, state, team, proposed, sendable, adjudicated, waits_for)
    for kind, status, state, team, proposed, sendable, adjudicated, waits_for in itertools.product(
        moves.KINDS, ("open", "closed"), moves.STATES, PLACES, (True, False), (True, False),
        (True, False), ("", *moves.WAITS_FOR),
    )
    if bool(waits_for) == (state == moves.WAITING)
]
EVERY = [(*who, item) for who in WHO for item in ITEMS]


def _legal(role: str, team: str, item: Standing) -> tuple[moves.Move, ...]:
    return moves.legal(role, item, team)


def _names(role: str, team: str, item: Standing) -> set[str]:
    return {move.name for move in _legal(role, team, item)}


def test_nothing_can_be_done_with_what_is_closed_released_or_decided() -> None:
    done = [one for one in EVERY if one[2].status == "closed" or one[2].state in moves.STATES[3:]]
    assert done
    assert not any(_names(*one) for one in done)


def test_only_the_roles_that_work_move_items() -> None:
    assert {role for role, team, item in EVERY if _names(role, team, item)} == set(moves.ROLES)


def test_a_coder_works_only_what_is_in_codings_place_and_not_yet_handed_on() -> None:
    for role, team, item in EVERY:
        if role == "coder" and _names(role, team, item):
            assert (item.team, item.state) == ("CODING", "todo")


def test_another_team_works_only_what_is_in_its_own_place() -> None:
    for role, team, item in EVERY:
        if role == "specialist" and _names(role, team, item):
            assert item.team == team
            assert item.state in (moves.TODO, moves.WAITING)


def test_a_biller_leaves_alone_what_a_coder_has_to_do() -> None:
    for role, team, item in EVERY:
        if role == "biller" and item.state == moves.TODO and item.team == "CODING":
            assert not _names(role, team, item)


def test_only_a_correction_that_was_handed_on_can_be_released() -> None:
    for role, team, item in EVERY:
        if "release" in _names(role, team, item):
            assert (role, item.state, item.proposed) == ("biller", "handed_on", True)


def test_a_claim_that_was_billed_leaves_only_by_a_biller() -> None:
    for role, team, item in EVERY:
        for move in _legal(role, team, item):
            if move.to == moves.RELEASED and role != "biller":
                assert item.kind in (moves.HELD, moves.UNCODED)


def test_what_was_never_adjudicated_is_never_appealed_replaced_taken_back_or_reopened() -> None:
    for role, team, item in EVERY:
        if not item.adjudicated:
            asked = {"appeal", "replace", "void", "reopening"}
            assert not _names(role, team, item) & asked


def test_a_payer_that_takes_no_replacement_is_asked_for_a_reopening_and_gets_none() -> None:
    for role, team, item in EVERY:
        if role == "biller" and item.adjudicated:
            names = _names(role, team, item)
            assert not {"reopening", "replace"} <= names
            if not item.sendable:
                assert not {"release", "replace"} & names


def test_an_approval_is_asked_only_of_a_biller_or_a_supervisor() -> None:
    for role, team, item in EVERY:
        if _names(role, team, item) & {"approve", "refuse"}:
            assert role in ("biller", "supervisor")
            assert (item.state, item.waits_for) == (moves.WAITING, moves.APPROVAL)


def test_what_waits_for_a_physician_is_taken_up_again_by_the_answer_alone() -> None:
    for role, team, item in EVERY:
        if item.waits_for == moves.QUERY:
            assert _names(role, team, item) <= {"assign"}


def test_nothing_of_a_remittance_or_of_silence_is_coded_or_sent() -> None:
    for role, team, item in EVERY:
        if item.kind in moves.ASIDE:
            assert _names(role, team, item) <= {"route", "resume", "no_action", "assign"}


FRAME = frozenset("gjku/?,tBEn")
"""Keys of every item's page: going, stepping, taking, the EHR, notes."""


def test_every_move_of_a_role_has_a_key_of_its_own() -> None:
    for role, team, item in EVERY:
        keys = [move.key for move in _legal(role, team, item)]
        assert len(keys) == len(set(keys))
        assert not FRAME & set(keys)


def test_every_move_has_its_words_its_kinds_and_what_it_does() -> None:
    for move in moves.MOVES:
        assert move.name in wording.MOVED
        assert set(move.kinds) <= set(moves.KINDS)
        assert set(move.roles) <= set(moves.ROLES)
        assert move.name in acts.DOES or move.name == "code"
    assert set(reasons.LISTS) <= {move.name for move in moves.MOVES}


def test_an_item_goes_from_team_to_team_and_nothing_leaves_before_all_have_acted() -> None:
    item = Standing("denial", "open", "todo", "CODING", False, needs=("CODING", "AUTH_UM"))
    assert moves.missing(item, "CODING") == ("AUTH_UM",)
    assert moves.following(item.needs, ["CODING"]) == "AUTH_UM"
    assert moves.following(item.needs, ["CODING", "AUTH_UM"]) == ""


@pytest.mark.parametrize("team", sorted(TEAMS - {"CODING", "BILLING", "POSTING"}))
def test_billing_is_no_team_that_others_wait_for(team: str) -> None:
    item = Standing("denial", "open", "todo", team, False, needs=(team, "BILLING"))
    assert moves.missing(item, team) == ()


@given(st.text(alphabet="abc .;:\n\t1)A%", max_size=200))
def test_the_passages_of_a_note_stand_where_they_say_and_leave_nothing_out(text: str) -> None:
    passages = wording.sentences(text)
    assert all(text[p.start:p.end] == p.text for p in passages)
    assert all(a.end <= b.start for a, b in itertools.pairwise(passages))
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())


@pytest.mark.parametrize(
    ("status", "state", "waits_for", "why"),
    [
        ("open", moves.WAITING, moves.PAYER, "It waits for the payer."),
        ("open", moves.WAITING, moves.APPROVAL, "It waits for a second person"),
        ("open", moves.RELEASED, "", "It was released"),
        ("closed", moves.TODO, "", "It is closed."),
    ],
)
def test_a_refusal_says_where_the_item_stands(
    status: str, state: str, waits_for: str, why: str
) -> None:
    item = Standing(moves.DENIAL, status, state, "BILLING", False, waits_for=waits_for)
    with pytest.raises(moves.Refused, match=why):
        moves.find("biller", "write_off", item)


@pytest.mark.parametrize(
    ("carc", "edit", "due_on", "offered"),
    [
        ("29", "", date(2026, 8, 1), True), ("", reasons.TIMELY_EDIT, date(2026, 8, 1), True),
        ("97", "", date(2026, 6, 30), True), ("97", "", date(2026, 7, 1), False),
        ("97", "", NO_DAY, False),
    ],
)
def test_a_filing_limit_is_a_reason_only_where_one_has_passed_or_is_denied_for(
    carc: str, edit: str, due_on: date, offered: bool
) -> None:
    told = [{"carc": carc, "edit": edit}]
    fit = reasons.fitting("write_off", told, due_on, date(2026, 7, 1))
    assert ("filing_limit" in fit) is offered
    assert set(reasons.WRITE_OFF) - set(fit) <= {"filing_limit"}
