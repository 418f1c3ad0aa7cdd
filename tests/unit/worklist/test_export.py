"""What a spreadsheet would run is shown, never run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.worklist.lists import export


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\0=1", "=cmd|' /C calc'!A0", "%x"],
)
def test_what_begins_like_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert export.safe(cell).startswith("'")


@pytest.mark.parametrize("cell", ["CO-11", "99213", "", "Demo Blue Plan", "2026-07-01", "a=b"])
def test_what_does_not_stays_as_it_is(cell: str) -> None:
    assert export.safe(cell) == cell


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_what_is_read_again_is_what_was_written_and_no_cell_begins_a_formula(
    cells: list[str],
) -> None:
    packed = export._packed([cells]).decode()
    (read,) = csv.reader(io.StringIO(packed, newline=""))
    assert read == [export.safe(cell) for cell in cells]
    assert not any(cell.startswith(export.FORMULA) for cell in read)
