"""Each edit: a case just inside that passes, a case just outside with exactly one finding."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from schemas.events import NO_DAY, Patient, Sealed
from services.claims import data, edits
from services.claims.edits import EDITS
from services.claims.edits.edit import Fault, edit
from services.claims.history import NOTHING
from tests.builders import SERVED_ON, TERMS, bill, coded, dx, line, payer, policy

TODAY = date(2026, 3, 10)
TWELVE = tuple(dx(f"E11.{n}") for n in (21, 29, 618, 36, 41, 42, 43, 44, 49, 51, 52, 59))


def found(case, today=TODAY):
    return [(f.edit, f.severity, f.place)
            for f in edits.check(case, today, TERMS, history=NOTHING)
            if f.severity != "info"]


def aged(age, *codes, sex="F", payer_id="BCBS", **over):
    return coded(
        bill=bill(
            patient=Patient(age_years=age, sex=sex), diagnoses=tuple(map(dx, codes)),
            lines=(line(1, **over),), coverage=payer(payer_id),
        )
    )


def one_line(**over):
    return coded(bill=bill(lines=(line(1, **over),)))


def two_lines(**over):
    return coded(bill=bill(lines=(line(1), line(2, **over))))


INSIDE = {
    "a whole visit": coded(),
    "twelve diagnoses": coded(bill=bill(diagnoses=TWELVE)),
    "service today": coded(
        bill=bill(starts_on=TODAY, ends_on=TODAY, lines=(line(served_on=TODAY),))
    ),
    "unknown sex is a registered answer": aged(54, "E11.9", sex="U"),
    "four pointers": coded(bill=bill(diagnoses=TWELVE, lines=(line(pointers=(1, 2, 11, 12)),))),
    "four modifiers": one_line(modifiers=("25", "59", "KX", "GA")),
    "a cent": one_line(charge_cents=1),
    "9,999 units": one_line(code="J7050", units=9_999),
    "a delivery at 64": aged(64, "O80"),
    "a delivery at 9": aged(9, "O80"),
    "a low birth weight at 0": aged(0, "P07.10"),
    "a low birth weight that lasts": aged(1, "P07.10"),
    "a liveborn at 0": aged(0, "Z38.00"),
    "a report that costs nothing": two_lines(code="2022F", charge_cents=0),
    "a quality code that costs nothing": two_lines(code="G8427", charge_cents=0),
    "a vaccine of the state": two_lines(code="90707", modifiers=("SL",), charge_cents=0),
    "a sex conflict marked KX": aged(60, "C61", modifiers=("KX",)),
    "a sex conflict after Medicare's edit ended": aged(70, "C61", payer_id="MEDICARE"),
    "a laboratory test repeated with 91": two_lines(modifiers=("91",)),
    "an old correction of a claim that was sent": coded(predecessor="CCN1"),
}

OUTSIDE = {
    "no coder": (coded(coder_id=""), "coder_missing", "claim"),
    "a payer nobody knows": (
        coded(bill=bill(coverage=replace(payer("BCBS"), payer_id="NOBODY"))),
        "payer_unknown", "claim",
    ),
    "no demographics": (coded(bill=bill(demographics=Sealed())), "demographics_missing", "claim"),
    "no sex": (aged(54, "E11.9", sex=""), "sex_missing", "claim"),
    "ends before it starts": (
        coded(bill=bill(starts_on=SERVED_ON + timedelta(1), lines=(
            line(served_on=SERVED_ON),))), "dates_wrong", "claim"
    ),
    "no line": (coded(bill=bill(lines=())), "line_missing", "claim"),
    "thirteen diagnoses": (
        coded(bill=bill(diagnoses=(*TWELVE, dx("I10")))), "diagnoses_too_many", "diagnosis 13"
    ),
    "a line the day after": (
        one_line(served_on=SERVED_ON + timedelta(1)), "line_date_outside", "line 1"
    ),
    "a line without control number": (one_line(line_id=""), "line_id_repeated", "line 1"),
    "a place of service of one digit": (
        coded(bill=bill(place_of_service="1")), "place_of_service_wrong", "claim"
    ),
    "a procedure of four digits": (one_line(code="9921"), "procedure_malformed", "line 1"),
    "a modifier of one character": (one_line(modifiers=("2",)), "modifier_malformed", "line 1"),
    "five modifiers": (
        one_line(modifiers=("25", "59", "KX", "GA", "91")), "modifiers_repeated", "line 1"
    ),
    "a modifier twice": (one_line(modifiers=("25", "25")), "modifiers_repeated", "line 1"),
    "a transposed billing NPI": (
        coded(bill=bill(billing_npi="2000000100")), "billing_npi_wrong", "claim"
    ),
    "a rendering NPI with another check digit": (
        coded(bill=bill(rendering_npi="2000001209")), "rendering_npi_wrong", "claim"
    ),
    "a category": (aged(54, "E11"), "diagnosis_incomplete", "diagnosis 1"),
    "no such code": (aged(54, "E11.99"), "diagnosis_unknown", "diagnosis 1"),
    "an empty code": (aged(54, ""), "diagnosis_unknown", "diagnosis 1"),
    "a code twice": (aged(54, "I10", "I10"), "diagnosis_repeated", "diagnosis 2"),
    "no pointer": (one_line(pointers=()), "pointer_missing", "line 1"),
    "a pointer past the diagnoses": (one_line(pointers=(3,)), "pointer_dangling", "line 1"),
    "pointer zero": (one_line(pointers=(0,)), "pointer_dangling", "line 1"),
    "five pointers": (
        coded(bill=bill(diagnoses=TWELVE, lines=(line(pointers=(1, 2, 3, 4, 5)),))),
        "pointers_repeated", "line 1",
    ),
    "no units": (one_line(units=0), "units_wrong", "line 1"),
    "10,000 units": (one_line(code="J7050", units=10_000), "units_wrong", "line 1"),
    "a delivery at 65": (aged(65, "O80"), "age_conflict", "diagnosis 1"),
    "a delivery at 8": (aged(8, "O80"), "age_conflict", "diagnosis 1"),
    "a liveborn at 1": (aged(1, "Z38.00"), "age_conflict", "diagnosis 1"),
    "a charge below zero": (two_lines(code="2022F", charge_cents=-1), "charge_not_positive",
                            "line 2"),
    "service that ends tomorrow": (
        coded(bill=bill(ends_on=TODAY + timedelta(1))), "dates_wrong", "claim"
    ),
    "a man's disease of a woman": (aged(60, "C61"), "sex_conflict", "diagnosis 1"),
    "the same line twice": (two_lines(), "line_repeated", "line 2"),
}


@pytest.mark.parametrize("case", INSIDE.values(), ids=INSIDE)
def test_just_inside_there_is_no_finding(case):
    assert found(case) == []


@pytest.mark.parametrize(("case", "edit", "place"), OUTSIDE.values(), ids=OUTSIDE)
def test_just_outside_there_is_exactly_this_finding(case, edit, place):
    severity = "warn" if edit == "diagnosis_repeated" else "hold"

    assert found(case) == [(edit, severity, place)]


def test_a_free_line_leaves_the_claim_without_a_total():
    case = one_line(charge_cents=0)

    assert found(case) == [
        ("charge_not_positive", "hold", "line 1"), ("total_wrong", "hold", "claim")
    ]


def test_without_diagnoses_every_pointer_dangles():
    case = coded(bill=bill(diagnoses=(), lines=(line(),)))

    assert found(case) == [
        ("diagnosis_missing", "hold", "claim"), ("pointer_dangling", "hold", "line 1")
    ]


def test_the_filing_limit_includes_its_last_day():
    last = SERVED_ON + timedelta(days=policy("BCBS").filing_days)

    assert found(coded(), last) == []
    assert found(coded(), last + timedelta(1)) == [("filing_limit_passed", "hold", "claim")]
    assert found(coded(predecessor="CCN1"), last + timedelta(1)) == []


def test_a_service_tomorrow_is_not_billed_today():
    assert found(coded(), SERVED_ON - timedelta(1)) == [("dates_wrong", "hold", "claim")]


def test_medicare_took_sex_conflicts_until_the_end_of_september_2024():
    day = date(2024, 9, 30)
    case = aged(70, "C61", payer_id="MEDICARE")
    last = replace(case, predecessor="CCN1", bill=replace(
        case.bill, starts_on=day, ends_on=day, lines=(line(served_on=day),)))
    after = replace(last, bill=replace(
        last.bill, starts_on=date(2024, 10, 1), ends_on=date(2024, 10, 1),
        lines=(line(served_on=date(2024, 10, 1)),)))

    assert found(last) == [("sex_conflict", "hold", "diagnosis 1")]
    assert found(after) == []


def test_an_edit_that_fails_holds_the_claim():
    @edit("engine", snip=1, source="a test")
    def broken(case):
        raise KeyError("patient data that must not be told")
        yield

    findings = edits.check(coded(), TODAY, TERMS, (broken, *EDITS), NOTHING)

    assert [(f.edit, f.severity, f.snip) for f in findings] == [("edit_failed", "hold", 0)]
    assert "must not be told" not in findings[0].text
    assert edits.verdict(findings) == "held"


def test_a_nonsense_event_is_held_and_nothing_is_raised():
    empty = coded(coder_id="", bill=type(bill())())

    findings = edits.check(empty, TODAY, TERMS)

    assert edits.verdict(findings) == "held"
    assert "edit_failed" not in {f.edit for f in findings}
    assert empty.bill.starts_on == NO_DAY


def test_the_verdict_is_that_of_the_worst_finding():
    held = edits.check(coded(coder_id=""), TODAY, TERMS)
    warned = edits.check(aged(54, "I10", "I10"), TODAY, TERMS)

    assert edits.verdict(()) == "clean"
    assert edits.verdict(warned) == "warned"
    assert edits.verdict((*warned, *held)) == "held"


@pytest.mark.parametrize(("case", "edit", "place"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_finding_says_what_is_wrong_and_what_would_fix_it(case, edit, place):
    finding = edits.check(case, TODAY, TERMS, history=NOTHING)[0]

    assert finding.text.endswith(".")
    assert ":" in finding.text, "what is wrong: what would fix it"
    assert finding.source
    assert 1 <= finding.snip <= 7


def test_the_edit_set_is_named_by_its_content():
    assert len(edits.EDIT_SET) == 12


def test_a_missing_table_is_told_and_is_no_pass():
    @edit("engine", snip=5, source="a test", tables=("hcpcs",))
    def needs_a_table(case):
        yield from ()

    findings = edits.check(coded(), TODAY, TERMS, (needs_a_table,))

    assert [(f.edit, f.severity) for f in findings] == [("no_data", "warn")]
    assert "hcpcs" in findings[0].text


def test_one_mistake_is_told_once():
    @edit("engine", snip=5, source="a test", silenced_by=("pointer_missing",))
    def says_it_again(case):
        yield Fault("line 1", "The same mistake: in other words.")

    case = one_line(pointers=())
    with_both = edits.check(case, TODAY, TERMS, (*EDITS, says_it_again), NOTHING)
    alone = edits.check(coded(), TODAY, TERMS, (says_it_again,))

    assert [f.edit for f in with_both] == ["pointer_missing"]
    assert [f.edit for f in alone] == ["says_it_again"]


def test_no_filing_clock_is_shorter_than_the_policy_the_edit_asks_first():
    rows = [row for row in data.rows("clocks.csv") if row["kind"] == "filing"]

    assert rows
    assert all(row["start"] == "policy" and not row["days"] for row in rows)
