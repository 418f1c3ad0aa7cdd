"""CMS's quarterly HCPCS file is read as it is published; a plain list is read as before."""

from datetime import date

import pytest

from services.codes.library import library as tables
from services.codes.library.layout import Malformed
from services.codes.library.library import holds


def record(code, kind="3", words="own words", added="20200101", ended=""):
    """One record of 293 columns."""
    text = f"{code:>5}00100{kind}{'long own words':80}{words:28}"
    return f"{text:268}{added:8}{added:8}{ended:8}N\n"


FILE = (record("A0425") + record("A0425", "4", added="") + record("G0001", ended="20251231")
        + record("RT", "7") + record("RT", "8", added=""))


def parsed(kind, content):
    return tables.parse(kind, content.encode())


def test_procedures_and_modifiers_come_out_of_one_file_with_their_days():
    assert parsed("hcpcs", FILE) == [
        ("A0425", ("2020-01-01", "", "own words")),
        ("G0001", ("2020-01-01", "2025-12-31", "own words"))]
    assert parsed("modifier", FILE) == [("RT", ("2020-01-01", "", "own words"))]


def test_the_day_a_code_is_terminated_is_its_last():
    _, (starts, ends, _) = parsed("hcpcs", FILE)[1]

    assert holds(starts, ends, date(2025, 12, 31))
    assert not holds(starts, ends, date(2026, 1, 1))


def test_a_plain_list_is_read_too():
    assert parsed("hcpcs", "code,starts_on,ends_on,words\nG0001,,,ours\n") == [
        ("G0001", ("", "", "ours"))]


@pytest.mark.parametrize(("content", "says"), [
    (FILE + "A0427001009" + "\n", "line 6, record: column 11"),
    (FILE + record("99213"), "line 6, code: must be a Level II"),
    (FILE + record("A0427", ended="2025AB01"), "line 6, terminated: must be a date"),
    (record("RT", "7"), "holds no row"),
])
def test_what_breaks_the_layout_is_refused_with_line_and_column(content, says):
    with pytest.raises(Malformed, match=says):
        parsed("hcpcs", content)
