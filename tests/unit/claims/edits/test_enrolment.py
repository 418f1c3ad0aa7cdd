"""Provider enrolment: the site's own dated list of who is enrolled with whom."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.claims import edits
from services.codes.library import library
from services.codes.library.layout import Malformed
from tests.builders import SERVED_ON, TERMS, bill, coded, payer

OURS = tuple(edit for edit in edits.EDITS if edit.family == "enrolment")
HOSPITAL, RENDERING, LOCUM = "2000000010", "2000001208", "2000001372"
LAST = SERVED_ON.isoformat()
FIRST = (SERVED_ON + timedelta(1)).isoformat()
LIST = """A notice above the header
npi,payer,starts_on,ends_on
{biller}
{renderer}
"""


@pytest.fixture
def terms(tmp_path):
    def make(biller="2000000010,*,,", renderer="2000001208,BCBS,,"):
        content = LIST.format(biller=biller, renderer=renderer).encode()
        version = library.version_of("enrolment", date(2015, 1, 1), content)
        library.build(tmp_path, version, content)
        return replace(TERMS, library=library.Library(tmp_path, [version]))

    return make


def found(terms, **over):
    case = coded(bill=bill(**over))
    return [(f.edit, f.place) for f in edits.check(case, date(2026, 3, 10), terms, OURS)]


def test_who_is_enrolled_with_the_payer_passes(terms):
    assert found(terms()) == []


def test_who_is_enrolled_with_another_payer_only_is_held(terms):
    assert found(terms(), coverage=payer("EMPLOYER")) == [("renderer_not_enrolled", "claim")]
    assert found(terms(biller=f"{HOSPITAL},BCBS,,"), coverage=payer("EMPLOYER")) == [
        ("biller_not_enrolled", "claim"), ("renderer_not_enrolled", "claim")]


def test_an_enrolment_holds_from_its_first_to_its_last_day(terms):
    late = [("renderer_not_enrolled", "claim")]

    assert found(terms(renderer=f"{RENDERING},BCBS,{LAST},")) == []
    assert found(terms(renderer=f"{RENDERING},BCBS,{FIRST},")) == late
    assert found(terms(renderer=f"{RENDERING},BCBS,,{LAST}")) == []
    before = (SERVED_ON - timedelta(1)).isoformat()
    assert found(terms(renderer=f"{RENDERING},BCBS,,{before}")) == late


def test_every_payer_is_a_star(terms):
    assert found(terms(renderer=f"{RENDERING},*,,"), coverage=payer("MEDICAID")) == []


def test_of_whom_the_list_says_nothing_nothing_is_found(terms):
    assert found(terms(), rendering_npi=LOCUM, coverage=payer("EMPLOYER")) == []


def test_without_a_list_there_is_no_data_and_no_pass():
    bare = replace(TERMS, library=library.NOTHING)

    assert found(bare) == [("no_data", "claim")]


def test_the_packaged_list_knows_a_colleague_who_is_enrolled_with_two_payers():
    assert found(TERMS, rendering_npi=LOCUM) == []
    assert found(TERMS, rendering_npi=LOCUM, coverage=payer("MEDICAID")) == [
        ("renderer_not_enrolled", "claim")]


@pytest.mark.parametrize(("row", "rule"), [
    ("2000001209,BCBS,,", "line 2, npi: must be an NPI with its check digit"),
    ("2000001208,,,", "line 2, payer: is missing"),
    ("2000001208,BCBS,soon,", "line 2, starts_on: must be a date as YYYYMMDD"),
])
def test_a_list_that_breaks_its_layout_is_refused_with_line_and_column(row, rule):
    with pytest.raises(Malformed, match=rule):
        library.parse("enrolment", f"npi,payer,starts_on,ends_on\n{row}\n".encode())
