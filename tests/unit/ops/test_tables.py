"""A code table past its expected update is an alarm that names the kind and the days."""

from datetime import date

from services.codes.library.library import Version, overdue
from services.ops import tables

TODAY = date(2026, 11, 22)


def version(kind, first):
    return Version(kind, first, "0" * 12)


def test_only_the_latest_table_of_a_kind_decides():
    kept = [version("hcpcs", date(2026, 1, 1)), version("hcpcs", date(2026, 10, 1))]

    assert overdue(kept, TODAY) == []
    assert [(one.kind, one.days) for one in overdue(kept[:1], TODAY)] == [("hcpcs", 205)]


def test_a_kind_that_is_published_as_needed_is_never_late():
    assert overdue([version("place", date(2015, 1, 1))], TODAY) == []


def test_thirty_days_of_grace_are_given():
    april = [version("hcpcs", date(2026, 4, 1))]

    assert overdue(april, date(2026, 7, 31)) == []
    assert overdue(april, date(2026, 8, 1))[0].days == 1


def test_the_sentence_names_kinds_and_days_the_longest_first():
    late = overdue([version(kind, date(year, 1, 1)) for kind, year in (
        ("hcpcs", 2026), ("opps", 2025), ("add_on", 2024), ("modifier", 2026))], TODAY)

    assert tables.sentence(late) == (
        "4 code tables are past their expected update: add_on by 935 days, opps by 570 days, "
        "hcpcs by 205 days and 1 more.")
    assert tables.sentence([]) == ""
