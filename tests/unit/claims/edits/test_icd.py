"""ICD-10-CM conventions: examples of the official guidelines and of the tabular list's notes."""

from datetime import date

import pytest

from services.claims import edits
from services.claims.edits.adoption import SCOPE, Row
from services.claims.edits.own import EditSet
from tests.builders import TERMS, bill, coded, dx

OURS = tuple(edit for edit in edits.EDITS if edit.family in ("icd", "codes"))


def found(*codes, severities=("hold", "warn")):
    case = coded(bill=bill(diagnoses=tuple(map(dx, codes))))
    return [(f.edit, f.place) for f in edits.check(case, date(2026, 3, 10), TERMS, OURS)
            if f.severity in severities]


FAILING = {
    "type 1 beside type 2 diabetes (Excludes1)": (("E10.9", "E11.9"), "excludes1", 2),
    "the note may stand at either code": (("E11.9", "E10.9"), "excludes1", 2),
    "a manifestation first": (("H42", "E85.4"), "manifestation_first", 1),
    "a manifestation after something else": (("I10", "H42"), "underlying_missing", 2),
    "heart failure ahead of hypertensive heart disease":
        (("I50.9", "I11.0"), "code_first_order", 1),
    "a missing placeholder": (("T79.0A",), "placeholder_missing", 1),
    "a missing placeholder inside": (("T36.01A",), "placeholder_missing", 1),
    "a missing 7th character": (("S52.501",), "seventh_character_missing", 1),
    "an open side": (("M17.10",), "side_unspecified", 1),
    "two sides of a condition that has a bilateral code": (("H25.11", "H25.12"), "both_sides", 2),
    "an external cause first": (("W19.XXXA", "S52.501A"), "external_cause_first", 1),
}
PASSING = {
    "Excludes2 allows both": ("I10", "I60.9"),
    "unrelated codes": ("E11.9", "I10"),
    "a manifestation after its disease": ("E85.4", "H42"),
    "hypertensive heart disease ahead of heart failure": ("I11.0", "I50.9"),
    "a whole injury code": ("S52.501A", "W19.XXXA"),
    "a side": ("M17.11",),
    "both knees": ("M17.0",),
}


@pytest.mark.parametrize(("codes", "edit", "position"), FAILING.values(), ids=FAILING)
def test_it_is_found_where_it_stands_and_once(codes, edit, position):
    assert found(*codes) == [(edit, f"diagnosis {position}")]


@pytest.mark.parametrize("codes", PASSING.values(), ids=PASSING)
def test_it_passes(codes):
    assert found(*codes) == []


def test_an_unspecified_code_beside_a_specific_one_is_only_told():
    told = ("unspecified_beside_specific", "diagnosis 2")

    assert told in found("J45.41", "J45.909", severities=("info",))
    assert told not in found("J45.909", severities=("info",))
    assert found("J45.41", "J45.909") == []


@pytest.mark.parametrize(("codes", "place"), [
    (("I12.9",), "diagnosis 1"), (("I10", "E11.621"), "diagnosis 2"), (("I11.0",), "diagnosis 1"),
])
def test_a_code_that_says_a_second_condition_needs_its_code(codes, place):
    assert found(*codes) == [("additional_missing", place)]


@pytest.mark.parametrize("codes", [
    ("I12.9", "N18.30"), ("E11.22", "N18.9"), ("E11.621", "L97.411"), ("I11.0", "I50.9"),
    ("I25.10",), ("J44.9",), ("E11.9",),
])
def test_a_second_condition_is_not_asked_for_where_it_is_coded_or_may_not_be_there(codes):
    assert "additional_missing" not in [edit for edit, _ in found(*codes)]


def test_who_adopts_it_hears_of_every_note_that_names_a_condition():
    everywhere = Row("additional_possible", ("",) * len(SCOPE), (date.min, date.max), "info")
    adopted = EditSet(edits.EDITS, (everywhere,), "adopted")

    def told(*codes):
        case = coded(bill=bill(diagnoses=tuple(map(dx, codes))))
        found = edits.check(case, date(2026, 3, 10), TERMS, adopted)
        return [f.place for f in found if f.edit == "additional_possible"]

    assert told("C61") == ["diagnosis 1"]
    assert told("C61", "R97.21") == []
    assert told("E11.9") == [], "Z79.4 only if the patient takes insulin"
    assert told("I12.9") == [], "it is told once"
