"""Seven things said wrongly on public pages, each held against what this program does.

Sources of the right side: X12 RFI 1423, 1942, 2110, 2601; CMS and X12 code lists; Medi-Cal's and
Stedi's pages on claim frequency.
"""

import pytest

from services.check import check
from services.claims import lifecycle
from services.codes import carc
from services.gateway import explain, postings
from services.x12 import document, remit835, status277
from services.x12.remit835 import Remittance
from services.x12.status277 import StatusInformation, StatusReport
from tests.unit.check import bases, faults


def changed(kind: str, *edits: faults.Edit) -> bytes:
    segments = bases.base(kind)
    for edit in edits:
        edit(segments)
    return bases.written(bases.recounted(segments))


def remittance(*edits: faults.Edit) -> Remittance:
    (one,) = document.read([changed("835", *edits)])
    assert isinstance(one.content, Remittance)
    return one.content


def test_7_replaces_and_8_voids_not_the_other_way_round() -> None:
    assert (lifecycle.REPLACEMENT, lifecycle.VOID) == ("7", "8")
    for frequency in ("7", "8"):
        content = changed("837I", faults.put("CLM", 5, f"11:A:{frequency}"))
        assert [one.rule for one in check([content])] == ["replacement_reference"]


def test_a_positive_plb_reduces_the_payment() -> None:
    assert remit835.balance(remittance()) == []  # 100 - 40 + 40 - (20 - 10) = 90
    more = remittance(faults.put("PLB", 4, "30"), faults.put("BPR", 2, "80"))
    assert remit835.balance(more) == []
    wrong = remittance(faults.put("PLB", 4, "30"), faults.put("BPR", 2, "100"))
    assert [error.rule for error in remit835.balance(wrong)] == ["balance_transaction"]


@pytest.mark.parametrize("category", ["A3", "A6"])
def test_a3_and_a6_say_that_the_claim_was_not_taken(category: str) -> None:
    content = changed("277CA", faults.put("STC*A7:562:85", 1, f"{category}:562:85"))
    assert list(check([content])) == []
    (one,) = document.read([content])
    assert isinstance(one.content, StatusReport)
    assert [claim.accepted for claim in one.content.claims] == [True, False]
    code = status277.StatusCode(category, "562", "85")
    assert StatusInformation((code,), None, "", 0).refused


@pytest.mark.parametrize("category", ["R0", "R3", "F2", "P1"])
def test_a_batch_277ca_has_no_category_but_a(category: str) -> None:
    content = changed("277CA", faults.put("STC*A2:20:PR", 1, f"{category}:20:PR"))
    assert "status_category" in {one.rule for one in check([content])}


def test_carc_109_is_the_wrong_payer_not_a_missing_authorisation() -> None:
    assert "payer" in carc.describe("109").lower()
    assert "authori" not in carc.describe("109").lower()


def test_carc_97_is_included_in_another_service_not_a_duplicate() -> None:
    assert "another service" in carc.describe("97")
    assert "uplicate" not in carc.describe("97")
    assert "uplicate" in carc.describe("18")


def test_clp02_4_is_an_unknown_patient_and_a_denial_comes_as_1_2_or_3() -> None:
    assert explain.STATUSES["4"] == "the payer does not know the patient"
    assert lifecycle.UNKNOWN_PATIENT == postings.UNKNOWN_PATIENT == "4"


def test_a_denied_claim_with_status_1_is_nothing_wrong() -> None:
    segments = bases.base("835")
    claim = faults.index(segments, "CLP*CTRL2*1")
    segments[claim][4] = "0"
    segments[claim + 1][1:4] = ["CO", "50", "60"]
    segments[faults.index(segments, "BPR")][2] = "50"
    assert list(check([bases.written(segments)])) == []
