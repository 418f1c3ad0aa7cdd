"""Partner settings are data, and wrong data stops the start in one line."""

from pathlib import Path

import pytest

from services.codes import reference
from services.gateway import partners
from services.gateway.partners import InvalidPartners


def test_every_payer_of_the_reference_has_a_partner() -> None:
    found = partners.load()
    assert set(reference.load().payers) <= set(found)
    assert found["BCBS"].file_name.format(control=7) == "CLAIMLOOP1.000000007.837P"


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (",T,1000", ",X,1000", "usage"),
        (",1000,", ",many,", "claims_per_file"),
        (",1000,100,", ",1000,0,", "claims_per_set"),
        ("MEDICARE,ZZ,", "MEDICARE,*,", "sender_qualifier"),
        (",CLAIMLOOP1,", ",A*B,", "sender"),
        ("P{control:09d}.837", "../P{control:09d}", "file_name"),
        ("P{control:09d}.837", "P{other}.837", "file_name"),
        (",CLAIMLOOP1,", ",A-SENDER-ID-TOO-LONG,", "sender"),
    ],
)
def test_a_wrong_value_is_named_by_line_and_column(
    tmp_path: Path, old: str, new: str, column: str
) -> None:
    path = tmp_path / "partners.csv"
    path.write_text(partners.PACKAGED.read_text().replace(old, new))
    with pytest.raises(InvalidPartners, match=f"line 2, {column}: cannot be used"):
        partners.load(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidPartners, match="cannot be read"):
        partners.load(tmp_path / "none.csv")
