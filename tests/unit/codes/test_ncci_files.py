"""NCCI's files in the layouts that CMS publishes."""

import pytest

from services.codes.library import ncci
from services.codes.library.layout import Malformed

HEADER = ("AOC_Edit_Type,Add-On_Code,AOC_DelDT,Primary_Code,Primary_Code_DelDT,AOC_Edit_EffDT,"
          "AOC_Edit_DelDT,Special_Instruction_Notes")
NOTICE = '"A notice above the header, as CMS writes it",,,,,,,'


def read(*rows):
    return list(ncci.add_ons([NOTICE, HEADER, *rows]))


def test_cms_workbook_of_add_on_codes_is_read_with_its_days_of_the_year():
    assert read(
        "1,G0500,,G0105,,2017001,,",
        "1,G0500,,G0121,2024366,2017001,2025365,",
        "2,G0501,,CCCCC,,2017032,,(Contractor Defined Primary Codes)",
        "3,G0502,2026059,G0105,,2020091,,",
    ) == [
        ("G0500", ("G0105", "1", "2017-01-01", "")),
        ("G0500", ("G0121", "1", "2017-01-01", "2024-12-31")),
        ("G0501", ("*", "2", "2017-02-01", "")),
        ("G0502", ("G0105", "3", "2020-03-31", "2026-02-28")),
    ]


def test_a_list_of_the_sites_is_read_too():
    rows = ["Add-on Code,Type,Primary Code,Effective,Deletion", "G0500,1,G0105,20170101,"]

    assert list(ncci.add_ons(rows)) == [("G0500", ("G0105", "1", "2017-01-01", ""))]


@pytest.mark.parametrize(("row", "says"), [
    ("4,G0500,,G0105,,2017001,,", "line 3, type: must be 1, 2 or 3"),
    ("1,G0500,,CCCCC,,2017001,,", "line 3, primary code: must be a procedure code"),
    ("1,G0500,,G0105,,20170101,,", "line 3, effective date: must be a year and a day"),
    ("1,G0500,,G0105,,,,", "line 3, effective date: is missing"),
    ("1,G0500,,G0105,2025366,2017001,,", "line 3, deletion date: must be a year and a day"),
    ("1,G0500,,G0105,9999366,2017001,,", "line 3, deletion date: must be a year and a day"),
    ("1,G0500,,G0105,2017367,2017001,,", "line 3, deletion date: must be a year and a day"),
])
def test_what_breaks_the_layout_is_refused_with_line_and_column(row, says):
    with pytest.raises(Malformed, match=says):
        read(row)
