"""What a coder may change from the record, after a query, or never."""

from dataclasses import replace

import pytest

from schemas.events import Bill, Diagnosis, Line
from services.claims import coder_changes, steps
from services.claims.coder_changes import ADDENDUM, Passage
from services.claims.steps import Step

BILL = Bill(
    diagnoses=(Diagnosis(code="M17.10"), Diagnosis(code="I10")),
    lines=(Line(line_id="L1", code="99213", units=1, pointers=(1, 2), place_of_service="11"),),
)


def changed(*codes: str, **line: object) -> tuple[Step, ...]:
    """Return the steps to other diagnoses, or another line."""
    diagnoses = tuple(Diagnosis(code=code) for code in codes) or BILL.diagnoses
    lines = (replace(BILL.lines[0], **line),)  # type: ignore[arg-type]
    return steps.steps(BILL, replace(BILL, diagnoses=diagnoses, lines=lines))


def refused(step: Step, text: str, *, reason: str = "", kind: str = "", record: str = "") -> str:
    """Return why a step is refused with one passage."""
    reason = reason or coder_changes.suggested(step)
    passages = [Passage(text, kind)] if text else []
    return coder_changes.refusal(step, reason, passages, [Passage(record or text, kind)])


def test_a_code_in_the_place_of_another_is_one_change() -> None:
    (step,) = changed("M17.11", "I10")
    assert (step.key, step.kind, step.was, step.is_) == (
        "diagnosis M17.11", "diagnosis", "M17.10", "M17.11"
    )


def test_pointers_that_follow_a_moved_diagnosis_are_no_change_of_their_own() -> None:
    found = changed("I10", "M17.10", pointers=(2, 1))
    assert [one.kind for one in found] == ["order"]


def test_each_field_of_a_line_is_a_change_of_its_own() -> None:
    found = changed(modifiers=("25",), units=2, pointers=(2,), place_of_service="22")
    assert [one.kind for one in found] == ["modifiers", "units", "pointers", "place"]


def test_a_line_that_comes_and_one_that_goes_are_told() -> None:
    other = replace(BILL.lines[0], line_id="V2N1", code="93000")
    found = steps.steps(BILL, replace(BILL, lines=(other,)))
    assert [(one.kind, one.key) for one in found] == [
        ("line_added", "line V2N1 added"), ("line_off", "line L1 off")
    ]


@pytest.mark.parametrize(
    ("code", "text", "word"),
    [
        ("M17.11", "osteoarthritis of the right knee", ""),
        ("M17.11", "osteoarthritis of the knee", "ask the physician"),
        ("M17.0", "Bilateral knee osteoarthritis", ""),
        ("E11.9", "osteoarthritis of the right knee", "because another one is covered"),
        ("E11.9", "2. Essential hypertension: fair control", "because another one is covered"),
        ("J44.1", "COPD with exacerbation", ""),
        ("D63.1", "anemia; CKD stage 4", ""),
        ("J18.9", "", "Mark the passage"),
    ],
)
def test_a_diagnosis_says_no_more_than_the_marked_passage(code: str, text: str, word: str) -> None:
    said = refused(changed(code, "I10")[0], text)
    assert (word in said) if word else not said


def test_a_diagnosis_of_a_report_alone_waits_for_the_physician() -> None:
    step = changed("M17.10", "I10", "J18.9")[0]
    assert "laboratory or imaging" in refused(step, "Pneumonia, right base", kind="18748-4")
    assert not refused(step, "Pneumonia, right base", kind="11506-3")


def test_cause_and_effect_is_the_physicians_to_say() -> None:
    step = changed("M17.10", "I10", "D50.0")[0]
    assert "causes another" in refused(step, "iron deficiency anemia; chronic blood loss")
    assert not refused(step, "iron deficiency anemia from chronic blood loss")


def test_a_documented_diagnosis_is_taken_off_after_a_query_only() -> None:
    (step,) = [one for one in changed("M17.10") if one.kind == "diagnosis_off"]
    note = "Assessment: Essential (primary) hypertension, stable"
    assert "clinically valid" in refused(step, "stable", record=note)
    assert not refused(step, "no hypertension found", record="no hypertension found")


def test_with_the_physicians_answer_what_was_open_may_be_coded() -> None:
    step = changed("M17.11", "I10")[0]
    answer = "Addendum: osteoarthritis of the knee, right side"
    assert not refused(step, answer, reason="specificity_answered", kind=ADDENDUM)
    assert refused(step, answer, reason="specificity_answered", kind="11506-3")


@pytest.mark.parametrize(("code", "answer", "word"), [
    ("M17.11", "Answered: right.", ""),
    ("M17.11", "Answered: Unable to determine.", "ask the physician"),
    ("M17.12", "About osteoarthritis of the knee. Answered: right.", "ask the physician"),
    ("E11.9", "About osteoarthritis of the knee. Answered: right.", "because another one"),
    ("D63.1", "About anemia. Answered: anemia in chronic kidney disease.", ""),
    ("E08.9", "About diabetes. Answered: diabetes mellitus.", "causes another"),
])
def test_an_answer_supports_what_it_says_and_nothing_else(
    code: str, answer: str, word: str
) -> None:
    said = refused(changed(code, "I10")[0], answer, reason="specificity_answered", kind=ADDENDUM)
    assert (word in said) if word else not said


def test_a_modifier_needs_its_passage_and_a_side_has_to_stand_in_it() -> None:
    (step,) = changed(modifiers=("RT",))
    assert "modifier needs the passage" in refused(step, "")
    assert refused(step, "injection of the knee")
    assert not refused(step, "injection of the right knee")


def test_a_reason_is_one_of_the_list_for_that_kind_of_change() -> None:
    (step,) = changed(units=3)
    assert not refused(step, "three units given")
    assert "reason of the list" in refused(step, "three units given", reason="omitted")


def test_demographics_coverage_and_authorisation_are_never_a_coders() -> None:
    never = coder_changes.forbidden()
    assert {"birth_date", "payer_id", "authorization", "charge"} <= never.keys()
    assert all(sentence.endswith(".") for sentence in never.values())


def test_every_kind_of_change_has_a_reason_from_the_record_alone() -> None:
    for kind in ("diagnosis", "diagnosis_added", "diagnosis_off", "order", "present", "procedure",
                 "procedure_added", "procedure_off", "procedure_day", "service", "modifiers",
                 "units", "pointers", "place", "line_off", "line_added"):
        assert coder_changes.reasons(kind)[0].when == "record", kind
