"""Authorisation on file: who wants to be asked before, and what needs no asking."""

from datetime import UTC, date, datetime

import pytest

from schemas.events import Institutional, Prior
from services.claims import edits
from tests.builders import TERMS, bill, coded, line, payer

OURS = tuple(edit for edit in edits.EDITS if edit.family == "authorization")


def stay(payer_id, kind="3", authorized=False, **over):
    held = Institutional(
        facility_type="11", admission_type=kind, admitted_at=datetime(2026, 3, 2, tzinfo=UTC))
    predecessor = over.pop("predecessor", "")
    content = bill(
        claim_type="institutional", encounter_class="inpatient", institutional=held,
        coverage=payer(payer_id), authorized=authorized,
        lines=(line(1, code="", revenue_code="0120"),), **over)
    return coded(bill=content, predecessor=predecessor)


def found(case):
    return [(f.edit, f.severity, f.place)
            for f in edits.check(case, date(2026, 3, 10), TERMS, OURS)]


FAILING = {
    f"{words} of {name} without authorisation": stay(name, kind)
    for kind, words in (("3", "an elective admission"), ("2", "an urgent admission"))
    for name in ("MA_PLAN", "MEDICAID", "BCBS", "EMPLOYER", "TRICARE")
}
PASSING = {
    "with an authorisation": stay("MA_PLAN", authorized=True),
    "an emergency": stay("MA_PLAN", "1"),
    "a newborn": stay("MEDICAID", "4"),
    "trauma": stay("BCBS", "5"),
    "Medicare asks for none": stay("MEDICARE_A"),
    "an office visit": coded(),
    "after another payer's decision": stay("BCBS", prior=(Prior(payer_id="MEDICARE_A"),)),
    "a correction of what the payer decided": stay("BCBS", predecessor="CCN1"),
}


@pytest.mark.parametrize("case", FAILING.values(), ids=FAILING)
def test_what_needs_an_authorisation_and_has_none_is_held(case):
    assert found(case) == [("authorization_missing", "hold", "claim")]


@pytest.mark.parametrize("case", PASSING.values(), ids=PASSING)
def test_it_passes(case):
    assert found(case) == []


def test_an_authorisation_is_asked_for_once_though_several_rows_want_it(monkeypatch):
    from services.claims.edits import authorization

    row = authorization._rows("MA_PLAN", "medicare_advantage")[0]
    monkeypatch.setattr(authorization, "_rows", lambda payer_id, plan: (row, row))

    assert len(found(stay("MA_PLAN"))) == 1
