"""Outpatient hospital claims (IOCE, OPPS) and coverage policies with their notices (ABN)."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.events import Institutional
from services.claims import edits
from services.codes.library.articles import HEADER
from services.codes.library.library import Library, build, version_of
from tests.builders import TERMS, bill, coded, dx, line, payer

OURS = tuple(edit for edit in edits.EDITS if edit.family in ("outpatient", "coverage"))
TODAY = date(2026, 3, 10)


def visit(*lines, facility_type="13", conditions=(), status="01", on=date(2026, 3, 2), **over):
    """A hospital's claim with lines given as (revenue code, HCPCS, modifiers ...)."""
    return coded(bill=bill(
        claim_type="institutional", encounter_class="emergency", coverage=payer("MEDICARE_A"),
        institutional=Institutional(
            facility_type=facility_type, conditions=conditions, patient_status=status),
        starts_on=on, ends_on=on, lines=tuple(
            line(n, code=code, revenue_code=revenue, modifiers=tuple(modifiers), pointers=(),
                 served_on=on)
            for n, (revenue, code, *modifiers) in enumerate(lines, 1)), **over,
    ))


def found(case):
    return [(f.edit, f.place) for f in edits.check(case, TODAY, TERMS, OURS)]


FAILING = {
    "an inpatient-only procedure": (visit(("0360", "G0412")), "inpatient_only", "line 1"),
    "an inpatient-only procedure of who lived": (
        visit(("0360", "G0412", "CA")), "inpatient_only", "line 1"),
    "a code that is not billable to this payer": (
        visit(("0510", "G0180")), "not_paid_outpatient", "line 1"),
    "a code that is not covered": (visit(("0270", "A9270")), "not_paid_outpatient", "line 1"),
    "equipment of another contractor": (
        visit(("0270", "E0114")), "not_paid_outpatient", "line 1"),
    "a clinic visit beside a procedure": (
        visit(("0510", "G0463"), ("0500", "Q0091")), "visit_beside_outpatient_procedure",
        "line 1"),
    "packaged services alone": (visit(("0636", "J1885")), "only_packaged", "claim"),
    "two visits of a day under one revenue code": (
        visit(("0510", "G0463", "25"), ("0510", "G0463", "25")), "visits_apart_untold", "line 2"),
    "one service off campus and one not": (
        visit(("0510", "G0463", "PO"), ("0636", "J1885")), "off_campus_in_part", "line 2"),
    "27 does not stand for 25": (
        visit(("0510", "G0463", "27"), ("0500", "Q0091")), "visit_beside_outpatient_procedure",
        "line 1"),
    "a drug that says nothing of waste": (visit(("0636", "J9271")), "waste_untold", "line 1"),
    "observation under another revenue code": (
        visit(("0450", "G0378"), ("0510", "G0463")), "observation_revenue", "line 1"),
    "observation hours without their code": (
        visit(("0762", "")), "observation_revenue", "line 1"),
    "another service under the revenue code of observation": (
        visit(("0762", "99283")), "observation_revenue", "line 1"),
    "condition 44 on a stay": (
        visit(("0250", ""), facility_type="11", conditions=("44",)), "changed_status", "claim"),
    "a bed on an outpatient claim": (visit(("0120", "")), "bed_of_an_outpatient", "line 1"),
}
PASSING = {
    "an inpatient-only procedure of an inpatient": visit(("0360", "G0412"), facility_type="11"),
    "an inpatient-only procedure of who died": visit(("0360", "G0412", "CA"), status="20"),
    "an excluded code that says so": visit(("0270", "A9270", "GY")),
    "a yearly wellness visit, paid by another fee schedule": visit(("0510", "G0439")),
    "two visits that say they were apart": visit(
        ("0510", "G0463", "25"), ("0510", "G0463", "25"), conditions=("G0",)),
    "two visits under two revenue codes": visit(("0510", "G0463"), ("0519", "G0463")),
    "a day off campus": visit(("0510", "G0463", "PO"), ("0636", "J1885", "PO")),
    "what is packaged beside what the table does not know": visit(
        ("0636", "J1885"), ("0450", "99283")),
    "a clinic visit of its own": visit(("0510", "G0463", "25"), ("0500", "Q0091")),
    "a clinic visit beside what is packaged": visit(("0510", "G0463"), ("0636", "J1885")),
    "a drug of which none was discarded": visit(("0636", "J9271", "JZ")),
    "a drug before JZ began": visit(("0636", "J9271"), on=date(2023, 6, 30)),
    "observation as it stands": visit(("0762", "G0378"), ("0510", "G0463")),
    "hours before a stay was changed to observation": visit(
        ("0762", ""), ("0762", "G0378"), ("0510", "G0463"), conditions=("44",)),
    "hours of observation on the claim of the stay": visit(("0762", ""), facility_type="11"),
    "condition 44 on an outpatient claim": visit(("0250", ""), conditions=("44",)),
    "condition 44 at a critical access hospital": visit(
        ("0250", ""), facility_type="85", conditions=("44",)),
}


@pytest.mark.parametrize(("case", "edit", "place"), FAILING.values(), ids=FAILING)
def test_it_is_found_at_its_place(case, edit, place):
    assert found(case) == [(edit, place)]


@pytest.mark.parametrize("case", PASSING.values(), ids=PASSING)
def test_it_passes(case):
    assert found(case) == []


def screening(*modifiers, diagnosis="I10"):
    return coded(bill=bill(
        coverage=payer("MEDICARE"), diagnoses=(dx(diagnosis),),
        lines=(line(1, code="G0121", modifiers=modifiers),)))


def test_a_service_under_a_policy_needs_a_diagnosis_that_the_policy_covers():
    assert found(screening()) == [("not_covered", "line 1")]
    assert found(screening(diagnosis="Z12.11")) == []


def test_a_signed_notice_lets_the_claim_go_and_gz_warns_that_the_hospital_pays():
    assert found(screening("GA")) == []
    assert found(screening("GY")) == []
    assert found(screening("GZ")) == [("denial_expected", "line 1")]


def test_a_notice_on_a_covered_service_moves_cost_to_the_patient_for_nothing():
    assert found(screening("GA", diagnosis="Z12.11")) == [("notice_without_need", "line 1")]


@pytest.fixture(scope="module")
def unpaired(tmp_path_factory):
    """The terms with an article whose groups are not paired: Z12.11 and Z80.0 for G0121."""
    content = "\n".join((
        ",".join(HEADER), "A200,LCD,*,G0121,Z12.11,yes,,,unpaired",
        "A200,LCD,*,G0121,Z80.0,yes,,,unpaired", "A300,LCD,*,G0105,I10,no,,,unpaired",
        "210.3,NCD,*,G0106,I10,yes,,,", "A400,LCD,*,G0106,Z12.11,yes,,,",
    )).encode()
    version = version_of("coverage", date(2026, 1, 1), content)
    folder = tmp_path_factory.mktemp("tables")
    build(folder, version, content)
    return replace(TERMS, library=Library(folder, [version]))


def of_coverage(case, terms):
    ours = tuple(edit for edit in OURS if edit.family == "coverage")
    return {(f.edit, f.place, f.severity): f.text
            for f in edits.check(case, TODAY, terms, ours)}


@pytest.mark.parametrize("diagnosis", ["Z12.11", "Z80.0"])
def test_a_diagnosis_of_any_group_supports_a_service_whose_groups_are_not_paired(
        unpaired, diagnosis):
    assert of_coverage(screening(diagnosis=diagnosis), unpaired) == {}


def test_a_service_that_no_group_supports_is_warned_where_the_groups_are_not_paired(unpaired):
    (found, text), = of_coverage(screening(), unpaired).items()

    assert found == ("perhaps_not_covered", "line 1", "warn")
    assert "LCD A200 has several groups of codes that are not paired" in text


def test_a_service_whose_diagnosis_is_barred_is_warned_where_the_groups_are_not_paired(unpaired):
    other = replace(screening(), bill=replace(screening().bill, lines=(line(1, code="G0105"),)))

    assert list(of_coverage(other, unpaired)) == [("perhaps_not_covered", "line 1", "warn")]


def test_of_two_policies_the_one_that_supports_nothing_is_named(unpaired):
    other = replace(screening(), bill=replace(screening().bill, lines=(line(1, code="G0106"),)))
    (found, text), = of_coverage(other, unpaired).items()

    assert found == ("not_covered", "line 1", "hold")
    assert "under LCD A400" in text


def test_where_groups_are_not_paired_a_notice_is_neither_asked_for_nor_without_need(unpaired):
    assert of_coverage(screening("GA"), unpaired) == {}
    assert of_coverage(screening("GA", diagnosis="Z12.11"), unpaired) == {}
    (found, text), = of_coverage(screening("GZ"), unpaired).items()
    assert found == ("denial_expected", "line 1", "warn")
    assert "may be denied under LCD A200" in text


def test_a_policy_on_a_service_says_nothing_of_a_stay():
    screened = ("0750", "G0121")

    assert ("not_covered", "line 1") in found(visit(screened))
    assert found(visit(screened, facility_type="11")) == []


def test_no_policy_is_not_non_coverage():
    other = replace(screening(), bill=replace(screening().bill, lines=(line(1, code="99213"),)))

    assert found(other) == []
