"""Codes of a list the site loaded: HCPCS quarterly, CPT under its licence."""

from datetime import date

import pytest

from services.claims import edits
from services.claims.edits.adoption import SCOPE, Row
from services.claims.edits.own import EditSet
from services.claims.terms import Terms
from services.codes.library import library
from tests.builders import PARTIES, bill, coded, control_number, line

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
