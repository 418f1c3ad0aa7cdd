"""Partner settings are data, and wrong data stops the start in one line."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.codes import reference
from services.gateway import partners
from services.gateway.partners import InvalidPartners
from services.x12.segments import STANDARD

AT = datetime(2026, 7, 9, tzinfo=UTC)
SFTP = {
    "transport": "sftp", "host": "edi.example.org", "port": "22", "user": "claimloop",
    "host_key": "SHA256:" + "a" * 43, "key": "bcbs", "to_folder": "inbound",
    "from_folder": "outbound", "done_folder": "outbound/done",
}


def table(path: Path, **changes: str) -> Path:
    """The packaged table with some values of its first row changed."""
    with partners.PACKAGED.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= changes
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_every_payer_of_the_reference_has_a_partner() -> None:
    found = partners.load()
    assert set(reference.load().payers) <= set(found)
    assert found["BCBS"].batches["professional"].name(7, AT) == "CLAIMLOOP1.000000007.837P"


def test_a_partner_says_which_claim_types_it_takes() -> None:
    found = partners.load()
    assert found["MEDICARE"].takes("professional")
    assert not found["MEDICARE"].takes("institutional")
    assert found["MEDICARE_A"].takes("institutional")
    assert not found["MEDICARE_A"].takes("professional")


def test_the_demo_exercises_other_separators_and_dated_names() -> None:
    found = partners.load().values()
    assert sum(one.delimiters != STANDARD for one in found) >= 2
    medicaid = partners.load()["MEDICAID"].batches["institutional"]
    assert medicaid.name(7, AT) == "TCLAIM_SMCAID_837I_0709_000000007.dat"


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("payer_id", "../MEDICARE", "capital letters"),
        ("payer_id", "BCBS", "one row a payer"),
        ("usage", "X", "T (test) or P"),
        ("sender_qualifier", "*", "two capital letters"),
        ("sender", "A*B", "1 to 15"),
        ("sender", "ASENDERIDTOOLONG", "1 to 15"),
        ("receiver", "MAPLAN", "share control numbers"),
        ("receiver_name", "", "1 to 60"),
        ("element", "A", "one of"),
        ("element", "\n", "one of"),
        ("element", "", "one of"),
        ("component", "*", "four different"),
        ("professional_per_file", "many", "1 to 5000"),
        ("professional_per_set", "0", "1 to 5000"),
        ("professional_per_set", "5001", "1 to 5000"),
        ("professional_per_set", "", "needed for a claim type that is taken"),
        ("institutional_per_set", "5", "not taken"),
        ("professional_name", "../P{control:09d}", "letters, digits"),
        ("professional_name", ".P{control:09d}", "letters, digits"),
        ("professional_name", "P{control:09d}.part", "letters, digits"),
        ("professional_name", "P{other}.837", "letters, digits"),
        ("professional_name", "P{control.nothing}", "letters, digits"),
        ("professional_name", "ALWAYS.837", "letters, digits"),
        ("file_bytes", "1e9", "100000 to"),
        ("ack999_days", "-1", "1 to 366"),
        ("ack999_days", "١٢", "1 to 366"),
        ("transport", "ftp", "folder or sftp"),
        ("host", "edi.example.org", "only with transport sftp"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_by_line_column_and_rule(
    tmp_path: Path, column: str, value: str, rule: str
) -> None:
    path = table(tmp_path / "partners.csv", **{column: value})
    with pytest.raises(InvalidPartners) as refused:
        partners.load(path)
    told = str(refused.value)
    assert told.startswith(f"{path}, line ")
    assert f", {column}: " in told
    assert rule in told


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("host", ""), ("host", "-oProxyCommand=x"), ("port", "0"), ("port", "65536"),
        ("user", ""), ("user", "a b"), ("host_key", "MD5:00"), ("host_key", ""),
        ("key", "../id_rsa"), ("key", "/etc/key"), ("key", ""),
        ("to_folder", "in/../.."), ("to_folder", ""), ("done_folder", "/outbound/"),
        ("done_folder", "outbound"),
    ],
)  # fmt: skip
def test_an_sftp_account_is_complete_and_plain(tmp_path: Path, column: str, value: str) -> None:
    path = table(tmp_path / "partners.csv", **SFTP | {column: value})
    with pytest.raises(InvalidPartners, match=f"line 2, {column}: "):
        partners.load(path)


def test_an_sftp_account_is_read(tmp_path: Path) -> None:
    account = partners.load(table(tmp_path / "partners.csv", **SFTP))["MEDICARE"].sftp
    assert account is not None
    assert (account.host, account.port, account.done_folder) == (
        "edi.example.org", 22, "outbound/done",
    )  # fmt: skip


def test_a_missing_and_a_foreign_column_are_named(tmp_path: Path) -> None:
    path = tmp_path / "partners.csv"
    content = partners.PACKAGED.read_text()
    path.write_text(content.replace(",usage,", ",use,"))
    with pytest.raises(InvalidPartners, match="line 1, usage: the column is missing"):
        partners.load(path)
    other = tmp_path / "other.csv"
    first, rest = content.split("\n", 1)
    other.write_text(f"{first},password\n{rest}")
    with pytest.raises(InvalidPartners, match="line 2, password: there is no such column"):
        partners.load(other)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidPartners, match="cannot be read"):
        partners.load(tmp_path / "none.csv")
