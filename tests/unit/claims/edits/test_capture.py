"""Charge capture, both ways and in dollars: what is left behind and what is not owed."""

from datetime import UTC, date, datetime

import pytest

from schemas.events import Institutional, Procedure
from services.claims import edits
from services.claims.edits import capture
from services.codes import chargemaster
from tests.builders import SERVED_ON, TERMS, bill, coded, line, payer

OURS = tuple(edit for edit in edits.EDITS if edit.family == "capture")
MISSING, UNDOCUMENTED = "charge_missing", "charge_undocumented"


def stay(procedures=(), revenues=("0120",), charge_cents=148_000):
    held = Institutional(
        facility_type="11", admitted_at=datetime(2026, 3, 1, tzinfo=UTC),
        procedures=tuple(Procedure(code=code, performed_on=SERVED_ON) for code in procedures))
    return bill(
        claim_type="institutional", encounter_class="inpatient", institutional=held,
        coverage=payer("MEDICARE_A"),
        lines=tuple(line(at, code="", revenue_code=code, charge_cents=charge_cents)
                    for at, code in enumerate(revenues, 1)))


def visit(*codes):
    return bill(lines=tuple(line(at, code=code) for at, code in enumerate(codes, 1)))


def findings(content):
    return edits.check(coded(bill=content), date(2026, 3, 20), TERMS, OURS)


FAILING = {
    "dialysis without its charge": (stay(("5A1D70Z",)), MISSING, "procedure 1"),
    "a transfusion without blood or its giving": (stay(("30233N1",)), MISSING, "procedure 1"),
    "a vessel of the heart widened in no room": (stay(("02703ZZ",)), MISSING, "procedure 1"),
    "a test of blood without the draw": (visit("99213", "80048"), MISSING, "line 2"),
    "a drug that nobody gave": (visit("99213", "J1885"), MISSING, "line 2"),
    "a charge for dialysis and no dialysis": (stay((), ("0120", "0801")), UNDOCUMENTED, "line 2"),
    "an operating room and no procedure": (stay((), ("0120", "0360")), UNDOCUMENTED, "line 2"),
    "a charge for blood and no transfusion":
        (stay(("5A1D70Z",), ("0801", "0391")), UNDOCUMENTED, "line 2"),
    "a draw of blood and nothing tested": (visit("99213", "36415"), UNDOCUMENTED, "line 2"),
    "a drug's giving and no drug": (visit("96401"), UNDOCUMENTED, "line 1"),
}
PASSING = {
    "dialysis with its charge": stay(("5A1D70Z",), ("0120", "0801")),
    "a transfusion with the blood alone": stay(("30233N1",), ("0120", "0390")),
    "a vessel of the heart widened in the catheter laboratory": stay(("02703ZZ",), ("0481",)),
    "a bladder catheter has no charge of its own": stay(("0T9B70Z",)),
    "a test of blood with the draw": visit("99213", "80048", "36415"),
    "three tests and one draw": visit("80048", "85027", "80061", "36415"),
    "a culture of urine needs no draw": visit("99213", "87086"),
    "a drug and its giving": visit("J1885", "96372"),
    "a visit alone": visit("99213"),
}


@pytest.mark.parametrize(("content", "edit", "place"), FAILING.values(), ids=FAILING)
def test_it_is_found_at_its_place_and_warns(content, edit, place):
    assert [(f.edit, f.severity, f.place) for f in findings(content)] == [(edit, "warn", place)]


@pytest.mark.parametrize("content", PASSING.values(), ids=PASSING)
def test_it_passes(content):
    assert findings(content) == ()


def test_both_directions_say_their_dollars():
    (left_behind,) = findings(stay(("5A1D70Z",)))
    (not_owed,) = findings(stay((), ("0801",), charge_cents=148_000))
    (draw,) = findings(visit("80048"))

    assert "worth $1,480.00" in left_behind.text
    assert "worth $1,480.00" in not_owed.text
    assert f"worth ${chargemaster.load().price('36415') / 100:.2f}" in draw.text


def test_several_tests_without_a_draw_are_one_mistake():
    assert len(findings(visit("80048", "85027", "80061"))) == 1


def test_every_row_names_what_it_is_about_in_one_of_three_places():
    rows = [row for rule in ("missing", "undocumented") for inpatient in (True, False)
            for row in capture._rows(rule, inpatient)]

    assert {row.seen_in for row in rows} | {row.partner_in for row in rows} == {
        "hcpcs", "revenue", "pcs"}
    assert all(row.partners and row.words and row.why for row in rows)
