"""A query to a physician asks, names indicators, and speaks neither of money nor of the answer."""

import pytest

from services.claims import data, queries
from services.claims.queries import Draft, lint, may_ask, worded

ASKED = "The record describes swelling of the knee without a side. Which side was concerned?"


def _draft(**over: object) -> Draft:
    fields: dict[str, object] = {
        "template": "side", "condition": "swelling of the knee", "question": ASKED,
        "options": ("right", "left"), "indicators": 1,
    }
    return Draft(**(fields | over))  # type: ignore[arg-type]


def test_a_query_with_indicators_an_open_question_and_two_choices_may_go():
    assert lint(_draft()) == []


@pytest.mark.parametrize("template", list(queries.templates().values()), ids=lambda t: t.name)
def test_every_template_filled_in_passes_its_own_lint(template):
    options = template.options or (("one", "two") if template.kind == queries.CHOICE else ())
    draft = Draft(template.name, "chest pain",
                  template.question.replace("{condition}", "chest pain"), options, 1)

    assert lint(draft) == []


@pytest.mark.parametrize(("edit", "template"), [
    ("side_missing", "side"), ("poa_missing", "presence"), ("diagnosis_incomplete", "specificity"),
])
def test_a_finding_suggests_what_to_ask(edit, template):
    assert queries.suggested(("never_heard_of", edit)) == template


def test_every_finding_that_suggests_a_query_is_an_edit_and_suggests_one():
    named = [edit for one in queries.templates().values() for edit in one.edits]
    known = {row["edit"] for row in data.rows("edit_routing.csv")}

    assert len(named) == len(set(named))
    assert set(named) <= known
    assert queries.suggested(("line_repeated",)) == ""


@pytest.mark.parametrize(("codes", "template"), [
    (("M81", "16"), "specificity"), (("151",), "service"), (("97",), "procedure"),
    (("N386", "50"), "finding"), (("197",), ""),
])
def test_a_denial_suggests_what_to_ask_where_no_edit_found_anything(codes, template):
    assert queries.suggested(("never_heard_of",), codes) == template


def test_what_an_edit_found_is_asked_before_what_a_denial_suggests():
    assert queries.suggested(("side_missing",), ("151",)) == "side"


def test_every_denial_that_suggests_a_query_is_work_of_those_who_ask_and_suggests_one():
    named = [code for one in queries.templates().values() for code in one.denials]
    routed = [
        (row[of], f"{row['team']} {row.get('then', '')}".split())
        for of in ("carc", "rarc") for row in data.rows(f"{of}_routing.csv")
    ]
    coders = {code for code, teams in routed if {"CODING", "CDI"} & set(teams)}

    assert len(named) == len(set(named))
    assert set(named) <= coders


@pytest.mark.parametrize(("question", "word"), [
    ("The payer denied this stay. Was the pneumonia present on admission?", "payer"),
    ("Could this be coded with a higher DRG if the sepsis were stated?", "DRG"),
    ("Please document that the patient had acute respiratory failure.", "Please document that"),
    ("Would you agree that this is severe malnutrition at this visit?", "Would you agree"),
    ("Clearly this was acute on chronic heart failure; is that so?", "Clearly"),
    ("Which reimbursement applies to the wound of the left hand?", "reimbursement"),
    ("An addendum is needed in order to support the level of service.", "in order to support"),
])
def test_money_and_leading_words_keep_a_query_back_and_are_named(question, word):
    assert word in {found for found, _, _ in worded(question)}
    assert any(problem.field == "question" for problem in lint(_draft(question=question)))


def test_what_is_called_unclear_is_read_for_such_words_too_and_told_once():
    draft = _draft(condition="the claim for the knee", question="Which side was concerned then?")
    assert [problem.field for problem in lint(draft)] == ["condition"]
    within = _draft(condition="cerebrovascular accident", question="Is it a CC of this stay then?")
    assert [problem.field for problem in lint(within)] == ["question"]
    filled = _draft(condition="a denied knee", question="The record describes a denied knee.")
    assert [problem.field for problem in lint(filled)] == ["condition"]


@pytest.mark.parametrize("question", [
    "The capital of his company does not matter here; which hand was hurt?",
    "Repayment of attention: is the rightward deviation new at this visit?",
])
def test_words_that_only_look_like_money_or_leading_are_let_through(question):
    assert worded(question) == []


def test_without_a_passage_of_the_record_nothing_is_asked():
    assert [p.field for p in lint(_draft(indicators=0))] == ["indicators"]


@pytest.mark.parametrize("options", [(), ("right",), ("right", "Right")])
def test_a_choice_that_leaves_no_choice_leads(options):
    assert [p.field for p in lint(_draft(options=options))] == ["options"]


def test_an_open_question_offers_nothing():
    assert [p.field for p in lint(_draft(template="finding", options=("sepsis", "none")))] == [
        "options"
    ]


def test_a_question_with_its_blank_left_open_is_not_sent():
    assert [p.field for p in lint(_draft(question="The record describes {condition}: which?"))]


def test_after_a_denial_a_query_needs_the_hospitals_own_policy():
    assert may_ask(denied=False, retrospective=False)
    assert not may_ask(denied=True, retrospective=False)
    assert may_ask(denied=True, retrospective=True)
