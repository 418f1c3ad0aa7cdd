"""Code sets: which codes exist, what they mean, how to look further."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest

from services.codes import (
    carc,
    chargemaster,
    data,
    hcpcs,
    icd10cm,
    modifiers,
    npi,
    pos,
    rarc,
    reference,
    supports,
    unspecified,
)

ON = date(2026, 3, 1)
DATA = Path(icd10cm.__file__).with_name("data")


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("1234567893", True), ("1234567890", False), ("123456789", False), ("", False),
        ("0234567893", False), ("12345678\uff193", False), ("123456789X", False),
    ],
)
def test_an_npi_needs_ten_digits_and_its_check_digit(number: str, valid: bool) -> None:
    assert npi.is_valid(number) is valid


def test_changing_any_digit_of_an_npi_breaks_it() -> None:
    good = "2000000010"
    for place in range(10):
        for digit in "0123456789":
            other = good[:place] + digit + good[place + 1:]
            assert npi.is_valid(other) is (other == good)


def test_a_category_is_not_billable_and_its_children_are_the_next_rung() -> None:
    assert not icd10cm.is_valid("E78.0", ON)
    assert icd10cm.exists("E78.0")
    assert [c.code for c in icd10cm.children("E78.0")] == ["E78.00", "E78.01"]
    assert icd10cm.children("I10") == ()


@pytest.mark.parametrize(
    "code", ["", "E", "E1", "e78.5x", "E78.55", "ZZZ", "12345", "A" * 9, "I10\n", "i10"]
)
def test_what_is_no_code_is_not_valid(code: str) -> None:
    assert not icd10cm.is_valid(code, ON)


def test_a_code_is_found_with_and_without_its_dot() -> None:
    assert icd10cm.validate("s93409a", ON) == "S93.409A"
    with pytest.raises(ValueError, match="category"):
        icd10cm.validate("S93.409", ON)


def test_every_line_of_the_list_is_found_by_its_code() -> None:
    lines = gzip.decompress(icd10cm.FILE.read_bytes()).decode().splitlines()
    assert len(lines) > 90_000
    for line in lines[::97] + lines[-1:]:
        code, billable, words = line.split("\t")
        assert icd10cm.entry(code) == (icd10cm.dotted(code), billable == "1", words)


def test_the_words_of_a_note_find_its_code() -> None:
    assert icd10cm.search("Malignant neoplasm of prostate")[0].code == "C61"
    assert icd10cm.search("essential hypertension")[0].code == "I10"
    assert icd10cm.search("...") == ()
    assert icd10cm.search("zzzz") == ()


def test_chapter_and_wording_tell_a_codes_sex() -> None:
    codes = ("N40.0", "C50.919", "C50.929", "I10")
    assert [icd10cm.sex_of(code) for code in codes] == ["M", "F", "M", ""]


def test_procedure_codes_have_their_shape() -> None:
    assert all(map(hcpcs.is_valid, ("99213", "G0439", "0001U", "J1885")))
    assert not any(map(hcpcs.is_valid, ("9921", "M001-2", "99213 ", "W0000", "")))


def test_every_code_we_charge_has_words_a_price_and_a_shape() -> None:
    with chargemaster.FILE.open() as file:
        codes = {row["code"] for row in csv.DictReader(file) if row["code"]}
    for code in codes:
        assert hcpcs.is_valid(code)
        assert hcpcs.describe(code)
        assert chargemaster.load().price(code)


def test_the_unspecified_code_of_a_category_is_billable_and_below_it() -> None:
    for row in data.rows("unspecified.csv"):
        assert not icd10cm.is_valid(row["category"], ON)
        assert icd10cm.is_valid(row["code"], ON)
        assert row["code"].startswith(row["category"])


def test_a_category_that_leaves_a_choice_open_has_no_unspecified_code() -> None:
    assert unspecified.default("S72.0", "F", 80) is None


def test_a_line_points_to_the_diagnosis_that_supports_it() -> None:
    assert supports.best("96413", ["I10", "C61"]) == 2
    assert supports.best("96413", ["I10"]) is None
    assert supports.is_procedure("96413")
    assert not supports.is_procedure("80076")


def test_parties_of_the_demo_are_whole() -> None:
    parties = reference.load()
    assert set(parties.payers) == {
        "MEDICARE", "MEDICARE_A", "MA_PLAN", "MEDICAID", "BCBS", "EMPLOYER", "TRICARE"
    }
    assert set(parties.payers) == {payer_id for payer_id, _ in parties.policies}
    numbers = [p.npi for p in parties.providers.values()] + [
        f.npi for f in parties.facilities.values()
    ]
    assert len(numbers) == len(set(numbers))
    assert all(map(npi.is_valid, numbers))


def test_a_bad_reference_file_is_refused_with_line_and_column(tmp_path: Path) -> None:
    for file in reference.PACKAGED.glob("*.csv"):
        (tmp_path / file.name).write_text(file.read_text())
    facilities = tmp_path / "facilities.csv"
    facilities.write_text(facilities.read_text().replace("2000000010", "2000000011"))
    place = r"facilities.csv, line 2, npi: not an NPI"
    with pytest.raises(reference.InvalidReference, match=place):
        reference.load(tmp_path)


def test_reason_codes_have_our_words() -> None:
    assert carc.describe("11") == "Diagnosis does not support the procedure"
    assert rarc.describe("MA130")
    assert carc.describe("9999") == ""
    assert pos.is_valid("22")
    assert not pos.is_valid("00")
    assert modifiers.is_valid("25")


def test_reason_codes_exist_on_the_published_list(shared: Path) -> None:
    with (shared / "data" / "codes" / "carc.csv").open() as file:
        published = {next(iter(row.values())) for row in csv.DictReader(file)}
    with (DATA / "carc.csv").open() as file:
        ours = {row["code"] for row in csv.DictReader(file)}
    assert ours <= published


def test_who_pays_depends_on_the_type_of_claim() -> None:
    parties = reference.load()
    medicare = [
        payer.payer_id
        for kind in reference.CLAIM_TYPES
        for payer in parties.payers_of("CMS-MEDICARE", kind)
    ]
    assert medicare == ["MEDICARE", "MEDICARE_A"]
    dual = [p.payer_id for p in parties.payers_of("CMS-DUAL", "institutional")]
    assert dual == ["MEDICARE_A", "MEDICAID"]
    assert parties.payers_of("UNHEARD-OF", "professional") == ()


def test_a_payer_takes_frequencies_by_type_of_claim() -> None:
    parties, on = reference.load(), date(2026, 3, 2)
    part_b = parties.policy("MEDICARE", "professional", on)
    part_a = parties.policy("MEDICARE_A", "institutional", on)
    assert part_b is not None
    assert part_a is not None
    assert (part_b.takes("1"), part_b.takes("7"), part_a.takes("8")) == (True, False, True)
    assert parties.policy("MEDICARE", "institutional", on) is None


def test_a_stay_is_filed_from_its_last_day_and_a_visit_from_its_first() -> None:
    parties, first, last = reference.load(), date(2026, 3, 2), date(2026, 3, 9)
    ends = [
        policy.files_until(first, last)
        for kind in reference.CLAIM_TYPES
        if (policy := parties.policy("BCBS", kind, first))
    ]
    assert ends == [date(2027, 3, 2), date(2027, 3, 9)]


def test_a_policy_holds_from_its_first_to_its_last_day(tmp_path: Path) -> None:
    for file in reference.PACKAGED.glob("*.csv"):
        (tmp_path / file.name).write_text(file.read_text())
    policies = tmp_path / "policies.csv"
    head, *rows = policies.read_text().splitlines()
    old = [row.replace(",yes,no,,,", ",yes,no,,2026-06-30,").replace("1 7 8", "1") for row in rows]
    new = [row.replace(",yes,no,,,", ",yes,no,2026-07-01,,") for row in rows]
    policies.write_text("\n".join([head, *old, *new]))
    parties = reference.load(tmp_path)
    for day, takes in ((date(2026, 6, 30), False), (date(2026, 7, 1), True)):
        found = parties.policy("BCBS", "professional", day)
        assert found is not None
        assert found.takes("7") is takes
