"""The coding file in the host's own columns."""

from datetime import date

import pytest

from services.shadow import codingfile
from services.shadow.codingfile import Coding, InvalidColumns, NotACodingFile, Refused

MAP = """
account = "HAR"
coder = "CODER_ID"
coded_on = "FINAL"
source = "BY"
code = "CPT"
date_format = "%m/%d/%Y"
delimiter = "|"
[sources]
"CDM" = "chargemaster"
"""


def test_our_own_names_need_no_map():
    content = b"account,coder,coded_on,source\nA1,amy,2026-03-01,coder\n"

    assert list(codingfile.read(content, codingfile.columns(None))) == [
        Coding("A1", "amy", date(2026, 3, 1), "coder")]


def test_a_map_names_columns_dates_and_sources(tmp_path):
    path = tmp_path / "columns.toml"
    path.write_text(MAP)
    content = "\ufeffHAR|CODER_ID|FINAL|BY|CPT|X\nA1|amy|03/01/2026|CDM|E11.9|y\n".encode()

    assert list(codingfile.read(content, codingfile.columns(path))) == [
        Coding("A1", "amy", date(2026, 3, 1), "chargemaster", "E119")]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (",amy,2026-03-01,coder", "account is empty"),
        ("A1,Amy Smith,2026-03-01,coder", "coder is no id of letters, digits, . _ @ -"),
        ("A1,amy,01.03.2026,coder", "coded_on is no date of the map's form"),
        ("A1,amy,2026-03-01,guess", "source is not coder, chargemaster, provider or suggestion"),
    ],
)
def test_a_row_that_cannot_be_taken_is_refused_with_its_line(row, rule):
    content = f"account,coder,coded_on,source\nA0,bob,2026-03-01,\n{row}\n".encode()

    good, bad = codingfile.read(content, codingfile.columns(None))

    assert good == Coding("A0", "bob", date(2026, 3, 1), "coder")
    assert bad == Refused(3, rule)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1,2\n", b'account,"x\n'])
def test_what_is_no_coding_file_is_said_to_be_none(content):
    with pytest.raises(NotACodingFile):
        list(codingfile.read(content, codingfile.columns(None)))


@pytest.mark.parametrize("content", ["account = ", 'patient = "X"', '[sources]\n"A" = "wizard"'])
def test_a_map_that_cannot_be_used_is_refused(tmp_path, content):
    path = tmp_path / "columns.toml"
    path.write_text(content)

    with pytest.raises(InvalidColumns):
        codingfile.columns(path)
