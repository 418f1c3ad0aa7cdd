"""Modifiers: what a service needs, and what contradicts itself."""

from datetime import date

import pytest

from services.claims import edits
from tests.builders import TERMS, bill, coded, line

OURS = tuple(edit for edit in edits.EDITS if edit.family == "modifiers")


def found(*lines):
    made = tuple(line(number, code=code, modifiers=tuple(modifiers), pointers=(1,))
                 for number, (code, *modifiers) in enumerate(lines, 1))
    case = coded(bill=bill(lines=made))
    return [(f.edit, f.place) for f in edits.check(case, date(2026, 3, 10), TERMS, OURS)]


FAILING = {
    "a visit beside a procedure without 25":
        ((("99213",), ("29125", "LT")), "visit_beside_procedure", 1),
    "a joint without a side": ((("20610",),), "side_missing", 1),
    "left and right on one line": ((("20610", "LT", "RT"),), "modifiers_contradict", 1),
    "professional and technical component": ((("71045", "26", "TC"),), "modifiers_contradict", 1),
    "a notice that is and is not on file": ((("80061", "GA", "GZ"),), "modifiers_contradict", 1),
    "a department excepted and not": ((("99213", "PO", "PN"),), "modifiers_contradict", 1),
    "25 on a procedure": ((("20610", "RT", "25"),), "modifier_of_visits", 1),
}
PASSING = {
    "a visit beside a procedure with 25": (("99213", "25"), ("29125", "LT")),
    "a visit beside a test": (("99213",), ("80061",)),
    "a decision for surgery": (("99213", "57"), ("25605", "RT")),
    "a joint with its side": (("20610", "RT"),),
    "25 on a visit made with a G code": (("G0439", "25"),),
    "25 on a visit by video": (("98006", "25"),),
    "25 on a yearly examination of a plan's own code": (("S0610", "25"),),
    "an ear, of which one or both are one service": (("69210",),),
    "an image of a finger": (("73140", "F6"),),
    "an image of a toe": (("73660", "T5"),),
    "an image of both knees": (("73565",),),
    "an image of both shoulders": (("73050",),),
}


@pytest.mark.parametrize(("lines", "edit", "position"), FAILING.values(), ids=FAILING)
def test_it_is_found_on_its_line(lines, edit, position):
    assert found(*lines) == [(edit, f"line {position}")]


@pytest.mark.parametrize("lines", PASSING.values(), ids=PASSING)
def test_it_passes(lines):
    assert found(*lines) == []
