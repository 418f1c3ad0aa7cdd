"""Claim change reasons: exactly one, from the old bill and the new one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.events import Prior, Procedure
from services.claims import changes
from tests.builders import SERVED_ON, bill, dx, hospital, line, payer

STAY = hospital()
FIRST, SECOND = STAY.lines
PRIOR = Prior(payer_id="BCBS", paid_cents=1)
LATER = SERVED_ON + timedelta(days=1)


def told(**over):
    return replace(STAY.institutional, **over)


@pytest.mark.parametrize(("change", "reason"), [
    ({"ends_on": LATER}, "D0"),
    ({"lines": (replace(FIRST, served_on=LATER), SECOND)}, "D0"),
    ({"lines": (replace(FIRST, charge_cents=1), SECOND)}, "D1"),
    ({"lines": (replace(FIRST, units=2, charge_cents=30_000), SECOND)}, "D1"),
    ({"lines": (replace(FIRST, modifiers=("25",)), SECOND)}, "D2"),
    ({"lines": (replace(FIRST, code="99284", charge_cents=1), SECOND)}, "D2"),
    ({"lines": (replace(FIRST, revenue_code="0250"), SECOND)}, "D2"),
    ({"lines": (FIRST,)}, "D2"),
    ({"diagnoses": (dx("I10"), dx("E11.9"))}, "D4"),
    ({"diagnoses": (replace(dx("E11.9"), present="Y"), dx("I10"))}, "D4"),
    ({"institutional": told(procedures=(Procedure(code="0DTJ4ZZ"),), drg="343")}, "D4"),
    ({"institutional": told(patient_status="03")}, "E0"),
    ({"institutional": told(attending_npi="2000001109")}, "D9"),
    ({"diagnoses": (dx("I10"),), "lines": (FIRST,)}, "D9"),
    ({}, "D9"),
])
def test_a_replacement_says_what_changed(change, reason):
    assert changes.reason(STAY, replace(STAY, **change), "7") == reason


def test_who_coded_it_is_no_change_of_its_own():
    recoded = replace(STAY, diagnoses=(dx("I10", "coder-2"),))
    assert changes.reason(STAY, recoded, "7") == "D4"


def test_a_void_says_whether_the_payer_was_wrong_or_nothing_is_owed():
    assert changes.reason(STAY, STAY, "8") == "D6"
    assert changes.reason(STAY, replace(STAY, coverage=payer("EMPLOYER")), "8") == "D5"


def test_medicare_is_told_when_it_pays_after_or_first():
    first = hospital(coverage=payer("MEDICARE_A"))
    second = replace(first, prior=(PRIOR,))
    assert changes.reason(first, second, "7") == "D7"
    assert changes.reason(second, first, "7") == "D8"
    other = hospital(coverage=payer("MEDICAID"))
    assert changes.reason(other, replace(other, prior=(PRIOR,)), "7") == "D9"


def test_neither_an_original_nor_a_professional_claim_has_a_reason():
    assert changes.reason(STAY, STAY, "1") == ""
    office = bill()
    assert changes.reason(office, replace(office, lines=(line(1),)), "7") == ""
