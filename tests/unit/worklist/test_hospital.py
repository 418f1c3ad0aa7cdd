"""How bills of the hospital are coded, and what of them a coder may correct."""

from dataclasses import replace
from datetime import date

from schemas.events import Bill, Diagnosis, Encounter, Evidence, Institutional, Line, Procedure
from services.worklist.bill import corrections, encoder, hospital
from services.worklist.bill.typed import Change, LineChange, Problem

ON = date(2026, 3, 2)
HELD = Institutional(
    facility_type="11", admission_type="2", patient_status="01", admitting="J44.1",
    procedures=(Procedure(code="02703ZZ", performed_on=ON, source="provider"),),
)
NOTES = {"N": "COPD, present on admission; hypertension since. Catheter on day 1."}


def dx(*codes: str, present: str = "") -> tuple[Diagnosis, ...]:
    return tuple(Diagnosis(code=c, assigned_by="DR", source="provider", present=present)
                 for c in codes)


def stay(*codes: str, held: Institutional = HELD, present: str = "Y") -> Bill:
    return Bill(
        claim_type="institutional", encounter_class="inpatient", department="cardiology",
        starts_on=ON, ends_on=date(2026, 3, 6), diagnoses=dx(*codes, present=present),
        institutional=held, lines=(
            Line(line_id="R", revenue_code="0120", units=4, charge_cents=400, served_on=ON,
                 assigned_by="chargemaster", source="chargemaster"),
        ),
    )


def coded(bill: Bill) -> Bill:
    found = encoder.encode(Encounter(encounter_id="E", bill=bill), 1)
    assert found is not None
    return found


def emergency(*codes: str) -> Bill:
    held = Institutional(facility_type="13", admission_type="1", visit_reasons=codes[:1])
    lines = (
        Line(line_id="V", revenue_code="0450", code="99283", units=1, served_on=ON),
        Line(line_id="C", revenue_code="0700", code="29075", modifiers=("LT",), units=1,
             served_on=ON),
    )
    return replace(
        stay(*codes, held=held, present=""), encounter_class="emergency", lines=lines
    )


def test_the_admission_diagnosis_is_principal_where_it_says_more_of_the_same_category() -> None:
    assert [d.code for d in coded(stay("J44.9", "I10", "J44.1")).diagnoses] == ["J44.1", "I10"]
    kept = coded(stay("N39.0", "I10", "N10", held=replace(HELD, admitting="N10")))
    assert [d.code for d in kept.diagnoses] == ["N39.0", "I10", "N10"]


def test_every_code_and_procedure_of_a_stay_is_the_coders() -> None:
    bill = coded(stay("J44.1", "I10"))
    assert bill.institutional is not None
    named = (*bill.diagnoses, *bill.institutional.procedures)
    assert {one.source for one in named} == {"coder"}


def test_what_is_exempt_has_no_indicator_and_what_is_undocumented_counts_as_present() -> None:
    bill = coded(stay("J44.1", "Z87.891", present=""))
    assert [d.present for d in bill.diagnoses] == ["Y", ""]
    assert [d.present for d in coded(stay("J44.1", present="N")).diagnoses] == ["N"]


def test_a_category_beside_its_own_code_is_left_out_and_one_alone_waits_for_a_person() -> None:
    assert [d.code for d in coded(stay("S72.009A", "S72.0")).diagnoses] == ["S72.009A"]
    assert encoder.encode(Encounter(encounter_id="E", bill=stay("S72.0")), 1) is None


def test_an_external_cause_stands_apart_and_an_injury_before_what_else_is_documented() -> None:
    bill = coded(emergency("W19.XXXA", "I10"))
    held = bill.institutional
    assert held is not None
    assert [d.code for d in bill.diagnoses] == ["T14.90XA", "I10"]
    assert [d.code for d in held.external_causes] == ["W19.XXXA"]
    assert held.visit_reasons == ("T14.90XA",)


def test_lines_of_the_hospital_have_modifiers_and_no_pointers() -> None:
    visit, cast = coded(emergency("S93.409A")).lines
    assert (visit.modifiers, visit.source) == (("25",), "coder")
    assert (cast.modifiers, cast.source) == (("LT",), "coder")
    assert {visit.pointers, cast.pointers} == {()}


def test_a_stay_is_grouped_and_again_when_corrected() -> None:
    known = replace(stay("J44.1"), patient=replace(Bill().patient, age_years=70, sex="M"))
    held = coded(replace(known, institutional=replace(HELD, procedures=()))).institutional
    assert held is not None
    assert held.drg == "192"


SUPPORTED = (
    "present J44.1", "present I10", "procedure 0T9B70Z", "line R units", "line R code",
)


def correct(bill: Bill, **over: object) -> Bill | list[Problem]:
    line = LineChange(line_id="R", code="", modifiers=(), units=4, pointers=(),
                      place_of_service="")
    given: dict[str, object] = {
        "diagnoses": tuple(d.code for d in bill.diagnoses), "lines": (line,),
        "evidence": (Evidence(note_id="N", start=0, end=26), *(
            Evidence(note_id="N", start=0, end=60, about=about) for about in SUPPORTED
        )),
        "present": tuple(d.present for d in bill.diagnoses),
    }
    change = Change(**(given | over))  # type: ignore[arg-type]
    return corrections.corrected(bill, change, "coder-9", NOTES, lambda code: None)


def fields(found: Bill | list[Problem]) -> list[str]:
    assert isinstance(found, list)
    return [problem.field for problem in found]


def test_a_correction_of_a_stay_takes_presence_and_procedures() -> None:
    found = correct(
        stay("J44.1", "I10", present=""), present=("Y", "N"), procedures=(("0T9B70Z", ON),)
    )
    assert isinstance(found, Bill)
    assert found.institutional is not None
    assert [d.present for d in found.diagnoses] == ["Y", "N"]
    (done,) = found.institutional.procedures
    assert (done.code, done.assigned_by, done.source) == ("0T9B70Z", "coder-9", "coder")


def test_a_procedure_that_stays_keeps_who_assigned_it() -> None:
    found = correct(stay("J44.1"), present=("N",), procedures=(("02703ZZ", None),))
    assert isinstance(found, Bill)
    assert found.institutional == replace(HELD, drg=found.institutional.drg)  # type: ignore[union-attr]


def test_a_correction_of_a_stay_is_refused_with_every_reason() -> None:
    bill = stay("J44.1", "I10")
    assert fields(correct(bill, present=("Y", ""))) == ["diagnosis 2"]
    assert fields(correct(bill, present=("Y", "X"))) == ["diagnosis 2"]
    wrong = (("02703Z", ON), ("0T9B70Z", None), ("0T9B70Z", date(2026, 4, 1)))
    assert fields(correct(bill, procedures=wrong)) == [
        "procedure 1", "procedure 2", "procedure 3", "procedures"
    ]


def test_a_revenue_line_needs_no_code_and_takes_none_without_a_price() -> None:
    bill = stay("J44.1")
    more = replace(LineChange("R", "", (), 5, (), ""), units=5)
    found = correct(bill, lines=(more,))
    assert isinstance(found, Bill)
    assert found.lines[0].charge_cents == 500
    coded_line = LineChange("R", "99999", (), 4, (), "")
    assert fields(correct(bill, lines=(coded_line,))) == ["line 1 code"]


def test_a_line_of_a_rate_takes_another_hipps_code_of_its_system_and_keeps_its_charge() -> None:
    bill = stay("J44.1")
    bill = replace(bill, lines=(replace(
        bill.lines[0], revenue_code="0024", code="A0101", units=1, charge_cents=300),))
    found = correct(bill, lines=(LineChange("R", "B0102", (), 1, (), ""),))
    assert isinstance(found, Bill)
    assert (found.lines[0].code, found.lines[0].charge_cents) == ("B0102", 300)
    other = LineChange("R", "1AA11", (), 1, (), "")
    assert fields(correct(bill, lines=(other,))) == ["line 1 code"]


def test_what_is_external_is_known_by_its_chapter() -> None:
    assert [hospital.is_external(c) for c in ("V89.2XXA", "Y92.0", "U07.1", "Z23")] == [
        True, True, False, False
    ]
