"""A rule of the hospital's own: what it may say, and what it is refused for when it is drafted."""

from dataclasses import replace

import pytest

from services.claims.edits import expression
from services.claims.edits.expression import CannotJudge, InvalidExpression, compiled
from tests.builders import bill, line


def places(source, each="claim", **over):
    return list(compiled(source, each).broken(bill(**over)))


def test_a_rule_of_the_claim_is_asked_once_and_names_the_claim():
    assert places('plan == "commercial" && age >= 18 && "E11.9" in diagnoses') == ["claim"]
    assert places('plan == "medicare"') == []


def test_a_rule_of_each_line_names_the_lines_that_break_it():
    assert places('line.code == "85025"', "line") == ["line 2"]
    assert places('line.units > 0 && lines.exists(l, l.code == "99213")', "line") == [
        "line 1", "line 2"]


def test_a_line_knows_the_diagnoses_it_points_to():
    assert places('line.diagnoses == ["I10"]', "line") == ["line 2"]


def test_a_rule_of_each_diagnosis_names_them():
    assert places('diagnosis.startsWith("I1")', "diagnosis") == ["diagnosis 2"]


@pytest.mark.parametrize(("source", "each", "says"), [
    ("line.color == 1", "line", "line 1, column 5: undefined field 'color' not found in struct"),
    ("nobody == 1", "claim", "column 1: undeclared reference to 'nobody'"),
    ("line.units == 1", "claim", "column 5: undeclared reference to 'line.units'"),
    ('age < "x"', "claim", "column 5: found no matching overload for '_<_'"),
    ('lines.exists(l, l.units == "x")', "claim", "column 25: found no matching overload"),
    ("age", "claim", "must say yes or no, this one gives int"),
    ("age >", "claim", "Syntax error"),
    ("", "claim", "empty"),
    ("age > 1 || " * 400 + "true", "claim", "characters"),
    ("(" * 200 + "true" + ")" * 200, "claim", "recursion limit"),
    ("true", "page", "each must be one of"),
])
def test_what_cannot_be_a_rule_is_refused_in_one_line_with_its_place(source, each, says):
    with pytest.raises(InvalidExpression) as refused:
        compiled(source, each)

    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_rule_that_errs_on_a_claim_has_no_answer():
    with pytest.raises(CannotJudge):
        places("lines[7].units == 1")
    with pytest.raises(CannotJudge):
        places("charge_cents / (age - 54) > 1")


def test_a_rule_beyond_its_steps_has_no_answer_rather_than_a_late_one():
    many = tuple(line(n) for n in range(1, 150))
    source = "lines.all(a, lines.all(b, a.units == b.units))"

    assert places(source) == ["claim"]
    with pytest.raises(CannotJudge):
        places(source, lines=many)


def test_every_field_of_the_view_is_there_with_its_type():
    seen = expression.view(bill())

    assert set(seen) == {*expression.FIELDS, "lines"}
    kinds = {"text": str, "whole number": int, "yes or no": bool, "list of texts": list}
    for name, (kind, _) in expression.FIELDS.items():
        assert type(seen[name]) is kinds[kind], name
    for name, (kind, _) in expression.LINE.items():
        assert hasattr(seen["lines"][0], name), (name, kind)


def test_what_a_rule_says_of_a_claim_is_no_part_of_its_error():
    secret = replace(bill(), department="SECRET")
    with pytest.raises(CannotJudge) as told:
        list(compiled('lines[7].code == department', "claim").broken(secret))

    assert "SECRET" not in str(told.value)
