"""A coder hears what changed in the codes he used: gone, subdivided, changed."""

from datetime import date

import pytest

from services.claims import code_changes
from services.claims.code_changes import Use
from services.codes.library import library as tables
from services.codes.library.library import Library, version_of
from tests.builders import LIBRARY

BEFORE, AFTER = date(2025, 9, 30), date(2025, 10, 1)
LIST = "code,starts_on,ends_on,words\n"
UNITS = "ours\nHCPCS/CPT Code,MUE Values,MUE Adjudication Indicator,MUE Rationale\n"


def use(code, system="diagnosis"):
    return Use(system, code, 3, date(2025, 9, 1))


def told(*used, library=LIBRARY, old=BEFORE, new=AFTER):
    return [(one.use.code, one.what, one.kind)
            for one in code_changes.changes(used, library, old, new)]


@pytest.fixture
def site(tmp_path):
    """Tables that a site loaded: kind, first day, content."""

    def load(*files):
        versions = []
        for kind, first, content in files:
            version = version_of(kind, first, content.encode())
            tables.build(tmp_path, version, content.encode())
            versions.append(version)
        return Library(tmp_path, versions)

    return load


def test_a_code_with_longer_ones_in_the_next_edition_is_subdivided_and_they_are_named():
    [one] = code_changes.changes([use("G35")], LIBRARY, BEFORE, AFTER)

    assert (one.what, one.kind) == ("subdivided", "icd10cm")
    assert one.below[0].startswith("G35.")


def test_a_code_without_successor_is_gone_and_what_stays_or_never_was_is_not_told():
    used = (use("S23.420A"), use("I10"), use("X99.999"))

    assert told(*used, new=date(2026, 10, 1)) == [("S23.420A", "gone", "icd10cm")]


def test_between_two_days_of_one_edition_nothing_changed():
    assert told(use("G35"), old=date(2025, 4, 1)) == [("G35", "subdivided", "icd10cm")]
    assert told(use("G35"), old=date(2025, 4, 1), new=BEFORE) == []


def test_a_service_that_left_the_list_is_gone_and_another_status_or_most_units_is_a_change(site):
    library = site(
        ("hcpcs", date(2025, 7, 1), LIST + "G0001,,,ours\nG0002,,,ours\n"),
        ("hcpcs", AFTER, LIST + "G0001,,,otherwise\n"),
        ("opps", date(2025, 7, 1), "HCPCS,words,SI\nG0001,,S\n"),
        ("opps", AFTER, "HCPCS,words,SI\nG0001,,N\n"),
        ("mue_medicare_practitioner", date(2025, 7, 1), UNITS + "G0001,4,3 Date of Service,own\n"),
        ("mue_medicare_practitioner", AFTER, UNITS + "G0001,2,3 Date of Service,own\n"),
    )

    assert told(use("G0001", "service"), use("G0002", "service"), library=library) == [
        ("G0001", "changed", "hcpcs"), ("G0001", "changed", "opps"),
        ("G0001", "changed", "mue_medicare_practitioner"), ("G0002", "gone", "hcpcs")]
    says = [one.says for one in code_changes.changes(
        [use("G0001", "service")], library, BEFORE, AFTER)]
    assert says[-1].endswith(
        "said most units 4, indicator 3, and since 2025-10-01 most units 2, indicator 3.")


def test_of_a_table_that_is_missing_nothing_is_told(site):
    assert told(use("G0001", "service"), use("25", "modifier"), library=site()) == []


def test_in_the_list_a_site_loaded_words_are_compared_and_its_own_subdivision_counts(site):
    def row(code, billable, words):
        return f"{'':6}{code:7} {billable} {words:60} {words}\n"

    library = site(
        ("icd10cm", date(2027, 4, 1), row("G350", 1, "one") + row("I10", 1, "pressure")),
        ("icd10cm", date(2027, 10, 1), row("G350", 0, "one") + row("G3501", 1, "left")
         + row("I10", 1, "high pressure")),
    )
    found = list(code_changes.changes(
        [use("G35.0"), use("I10")], library, date(2027, 9, 1), date(2027, 10, 1)))

    assert [(one.what, one.below) for one in found] == [
        ("subdivided", ("G35.01",)), ("changed", ())]
