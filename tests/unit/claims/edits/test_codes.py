"""Codes of a list the site loaded: it decides; without it the packaged list or shape does."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.events import Institutional
from services.claims import edits
from services.claims.edits.adoption import SCOPE, Row
from services.claims.edits.own import EditSet
from services.claims.terms import Terms
from services.codes.library import library
from tests.builders import PARTIES, TERMS, bill, coded, control_number, line

LISTS = {
    "hcpcs": b"code,starts_on,ends_on,words\n"
             b"G0439,2026-03-02,,own\nG0438,2011-01-01,2026-03-01,own\n",
    "cpt": b"code,starts_on,ends_on,words\n99213,1992-01-01,,own\n",
}
ADOPTED = EditSet(edits.EDITS, tuple(
    Row(f"{kind}_not_listed", ("",) * len(SCOPE), (date.min, date.max), "hold") for kind in LISTS
), "adopted")


@pytest.fixture(scope="module")
def terms(tmp_path_factory):
    folder, versions = tmp_path_factory.mktemp("lists"), []
    for kind, content in LISTS.items():
        versions.append(library.version_of(kind, date(2010, 1, 1), content))
        library.build(folder, versions[-1], content)
    return Terms(PARTIES.payers, PARTIES.policies, control_number,
                 library.Library(folder, versions))


def found(terms, code, on, adopted=ADOPTED):
    case = coded(bill=bill(starts_on=on, ends_on=on, lines=(line(1, code=code, served_on=on),)))
    return [f.edit for f in edits.check(case, date(2026, 4, 1), terms, adopted)
            if f.edit.endswith("_not_listed")]


@pytest.mark.parametrize(("code", "on", "said"), [
    ("G0439", date(2026, 3, 2), []), ("G0439", date(2026, 3, 1), ["hcpcs_not_listed"]),
    ("G0438", date(2026, 3, 1), []), ("G0438", date(2026, 3, 2), ["hcpcs_not_listed"]),
    ("G0999", date(2026, 3, 2), ["hcpcs_not_listed"]),
    ("99213", date(2026, 3, 2), []), ("99299", date(2026, 3, 2), ["cpt_not_listed"]),
])
def test_a_code_counts_on_the_days_of_its_list(terms, code, on, said):
    assert found(terms, code, on) == said


def test_who_adopts_nothing_is_not_asked_for_a_list(terms):
    assert found(terms, "99299", date(2026, 3, 2), edits.STANDARD) == []


def professional(**line_of):
    return bill(lines=(line(1, **line_of),))


def hospital(facility_type="13", status="01", revenue="0450"):
    held = Institutional(facility_type=facility_type, patient_status=status)
    return bill(claim_type="institutional", institutional=held,
                lines=(line(1, revenue_code=revenue),))


SITES_OWN = {
    "place": (professional(place_of_service="28"), professional(place_of_service="12"),
              "place_of_service_wrong", "11", "28"),
    "modifier": (professional(modifiers=("QQ", "25", "P3")), professional(modifiers=("XS",)),
                 "modifier_malformed", "QQ"),
    "bill_type": (hospital("90"), hospital("13"), "bill_type_wrong", "90"),
    "patient_status": (hospital(status="96"), hospital(status="01"), "patient_status_wrong", "96"),
    "revenue": (hospital(revenue="0450"), hospital(revenue="0999"), "revenue_code_wrong", "0450"),
}


@pytest.mark.parametrize("kind", SITES_OWN)
def test_a_list_of_the_site_stands_for_the_packaged_one(kind, tmp_path):
    right, wrong, edit, *codes = SITES_OWN[kind]
    rows = "".join(f"{code},2020-01-01,,own\n" for code in codes)
    content = f"code,starts_on,ends_on,words\n{rows}".encode()
    version = library.version_of(kind, date(2020, 1, 1), content)
    library.build(tmp_path, version, content)
    ours = replace(TERMS, library=library.Library(tmp_path, [version]))

    def said(content):
        told = edits.check(coded(bill=content), date(2026, 4, 1), ours)
        return edit in {finding.edit for finding in told}

    assert not said(right)
    assert said(wrong)
