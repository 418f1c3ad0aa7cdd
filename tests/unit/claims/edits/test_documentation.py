"""No code without documentation."""

from schemas.events import Evidence, Institutional, Override, Procedure
from services.claims import edits
from services.claims.history import History, Own
from tests.builders import TERMS, bill, coded, dx, line
from tests.unit.claims.edits.past import TODAY

FIRST = coded(bill=bill())
KNOWN = Own().after(FIRST, held=True)
MORE = bill(diagnoses=(dx("E11.9"), dx("I10"), dx("N18.30")),
            lines=(line(1), line(2, code="85025"), line(3, code="36415")))
PASSAGE = (Evidence(note_id="n1", start=0, end=9),)


def found(content, own=KNOWN, reason="correction", **over):
    version = coded(2, reason=reason, bill=content, **over)
    return [f.place for f in edits.check(version, TODAY, TERMS, history=History((), own))
            if f.edit == "code_undocumented" and f.severity == "hold"]


def test_a_correction_that_adds_codes_without_a_passage_is_held():
    assert found(MORE) == ["diagnosis 3", "line 3"]


def test_a_correction_with_a_passage_or_without_a_new_code_passes():
    assert found(MORE, evidence=PASSAGE) == []
    assert found(FIRST.bill) == []
    assert found(bill(diagnoses=(dx("I10"),))) == []


def test_a_passage_for_one_change_supports_no_other():
    about = Evidence(note_id="n1", start=0, end=9, about="diagnosis N18.30")
    line_3 = Evidence(note_id="n1", start=0, end=9, about="line L3 added")

    assert found(MORE, evidence=(about,)) == ["line 3"]
    assert found(MORE, evidence=(about, line_3)) == []
    after = KNOWN.after(
        coded(2, reason="correction", bill=MORE, evidence=(about,)), held=True)
    assert found(MORE, own=after) == ["line 3"]


def test_a_procedure_of_a_stay_needs_its_passage():
    def stay(*done):
        return bill(claim_type="institutional", institutional=Institutional(
            facility_type="11", procedures=tuple(Procedure(code=one) for one in done)))

    own = Own().after(coded(bill=stay("0DTJ4ZZ")), held=False)
    named = Evidence(note_id="n1", start=0, end=9, about="procedure 0FT44ZZ")

    assert found(stay("0DTJ4ZZ", "0FT44ZZ"), own=own) == ["procedure 2"]
    assert found(stay("0DTJ4ZZ", "0FT44ZZ"), own=own, evidence=(named,)) == []


def test_what_is_no_correction_passes():
    assert found(MORE, reason="charge_change") == []
    assert found(MORE, own=None) == []


def test_judged_again_it_is_held_again():
    after = KNOWN.after(coded(2, reason="correction", bill=MORE), held=True)

    assert found(MORE, own=after, reason="recheck") == ["diagnosis 3", "line 3"]


def test_what_came_with_a_passage_may_come_again_without():
    after = KNOWN.after(coded(2, reason="correction", bill=MORE, evidence=PASSAGE), held=False)

    assert found(MORE, own=after) == []


def test_nobody_overrides_it_and_the_refusal_is_told():
    asked = Override(edit="code_undocumented", place="diagnosis 3", reason="documented", by="u1",
                     role="supervisor", evidence=PASSAGE)
    version = coded(2, reason="correction", bill=MORE, overrides=(asked,))

    judged = edits.judge(version, TODAY, TERMS, history=History((), KNOWN))

    assert [one.why for one in judged.refused] == ["guardrail"]
    assert edits.verdict(judged.findings) == "held"
