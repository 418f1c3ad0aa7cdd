"""Delete any one table and its edits say `no_data`: never a pass."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.events import Institutional
from services.claims import edits
from services.claims.edits.adoption import SCOPE, Row
from services.claims.edits.own import EditSet
from services.claims.history import NOTHING
from services.codes.library import library
from services.codes.library.kinds import KINDS
from tests.builders import LIBRARY, TERMS, bill, coded, line, payer

ON = date(2026, 3, 2)
PACKAGED = {
    "icd10cm", "icd10pcs", "poa_exempt", "modifier", "place", "revenue", "bill_type",
    "patient_status", "taxonomy", "carc", "rarc",
}
"""Kinds a site may load, of which the program carries a list or the shape."""
STAY = Institutional(facility_type="11", admitted_at=datetime(2026, 2, 26, tzinfo=UTC))
CLAIMS = [
    coded(bill=bill(coverage=payer(payer_id))) for payer_id in ("MEDICARE", "MEDICAID", "BCBS")
] + [
    coded(bill=bill(
        claim_type="institutional", encounter_class="inpatient", coverage=payer(payer_id),
        institutional=replace(STAY, facility_type=facility_type),
        lines=(line(1, revenue_code="0510"),)))
    for payer_id in ("MEDICARE_A", "MEDICAID") for facility_type in ("11", "13")
]
RATED = replace(CLAIMS[-1], bill=replace(
    CLAIMS[-1].bill, lines=(line(1, code="A0101", revenue_code="0024"),)))
"""A claim with a HIPPS code, of whose list nothing is packaged: alone asked for it."""
USED = sorted({kind for edit in edits.EDITS for kind in edit.tables})


def without(kind, folder):
    """The tables at hand, less those of one kind."""
    return replace(TERMS, library=library.Library(
        folder, [version for version in LIBRARY.versions if version.kind != kind]))


def adopting(kind):
    """The edits, those adopted that are off until a site has its list."""
    everywhere = (("",) * len(SCOPE), (date.min, date.max), "hold")
    rows = tuple(Row(edit.id, *everywhere) for edit in edits.EDITS
                 if edit.tables == (kind,) and edit.id.endswith("_not_listed"))
    return EditSet(edits.EDITS, (*edits.STANDARD.rows, *rows), kind)


def no_data(terms, kind=""):
    return [f for claim in (*CLAIMS, *((RATED,) if kind == "hipps" else ()))
            for f in edits.check(claim, date(2026, 3, 9), terms, adopting(kind), NOTHING)
            if f.edit == "no_data"]


def missing(terms, kind=""):
    return {f.text.split()[1]: f.severity for f in no_data(terms, kind)}


def test_with_all_tables_nothing_is_missing():
    assert missing(TERMS) == {}


@pytest.mark.parametrize("kind", USED)
def test_without_its_table_an_edit_says_no_data(kind):
    told = missing(without(kind, LIBRARY._folder), kind)

    assert set(told) == {kind}
    assert set(told.values()) <= {"hold", "warn"}


@pytest.mark.parametrize("kind", USED)
def test_the_finding_names_the_edits_that_could_not_judge(kind):
    blind = {edit.id for edit in edits.EDITS if kind in edit.tables}
    texts = [f.text for f in no_data(without(kind, LIBRARY._folder), kind)]

    assert any(name in text for text in texts for name in blind)


def test_a_table_that_begins_later_is_missing_on_an_earlier_day():
    early = coded(bill=bill(coverage=payer("MEDICARE"), starts_on=date(2019, 12, 31),
                            ends_on=date(2019, 12, 31)))

    assert "no_data" in {f.edit for f in edits.check(early, ON, TERMS)}


def test_every_kind_is_used_by_an_edit_or_packaged():
    assert set(KINDS) == set(USED) | PACKAGED
    assert not set(USED) & PACKAGED
