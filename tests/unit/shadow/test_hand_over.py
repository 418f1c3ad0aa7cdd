"""Corrections for the host: the CSV runs in no spreadsheet, the 837 carries all of the claim."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Coded, Diagnosis, Submitted
from services.shadow import corrections, handover, patch
from services.shadow.corrections import Correction
from services.x12 import document
from tests.unit.shadow.host import Claim
from tests.unit.shadow.represented import AMY, SITE, built, host
from tests.unit.x12 import others

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
FULL = ("REF*G1*AUTH77", "REF*EA*MRN1", "NTE*DCP*AS IT WAS")


def correction(claim: Claim, frequency: str = corrections.REPLACEMENT, **changes) -> Correction:
    """Return a correction of a claim; without changes it corrects nothing."""
    bill = built(claim, AMY).bill
    submitted = Submitted(control_number="OURS", payer_id="MEDICAID", bill=bill)
    changed = replace(bill, **changes)
    coded = Coded(occurred_at=NOW, coder_id="amy", reason="correction", bill=changed)
    return Correction(
        coded, host(claim), submitted, "ICN1", frequency, "CODING", coded.bill.lines, ())


@pytest.mark.parametrize("institutional", [False, True])
def test_only_what_was_corrected_differs_from_the_hosts_claim(institutional):
    claim = Claim(institutional=institutional, extra=FULL)
    one = correction(claim)

    done = patch.patched(one, claim.number, SITE)

    before, after = list(one.claim.claim), list(done.claim)
    assert after.pop(after.index(("REF", "F8", "ICN1")))
    assert after[0][5] == before[0][5][:-1] + "7"
    assert after[1:] == before[1:]
    assert done.lines == one.claim.lines


@pytest.mark.parametrize("institutional", [False, True])
def test_two_validators_and_our_reader_accept_what_the_host_is_given(institutional):
    claim = Claim(institutional=institutional, extra=FULL)
    wanted = tuple(Diagnosis(code=code) for code in ("E11.65", "I10", "N18.30"))
    one = correction(claim, diagnoses=wanted)

    written = handover.as_x12([one, correction(replace(claim, number="HAR-2"))], SITE, "", NOW)

    [content] = written.files.values()
    assert document.check([content]) == []
    assert others.pyx12_errors(content) == []
    assert others.x12sdk_sets(content) == 1
    assert b"E1165" in content
    assert (len(written.done), written.refused) == (2, [])


def test_a_hipps_code_that_a_coder_entered_is_handed_over_with_its_qualifier():
    claim = Claim(institutional=True, extra=FULL)
    one = correction(claim)
    old = one.coded.bill.lines[0]
    line = replace(old, revenue_code="0024", code="A0101", modifiers=())
    given = patch._service(("SV2", "0024", "HC:99213", "1.00", "UN", "1"), line, old, one)

    assert given[2] == "HP:A0101"


def test_a_claim_that_was_never_adjudicated_goes_as_a_new_one():
    one = correction(replace(Claim(), extra=("REF*F8*OLD",)), corrections.NEW)

    done = patch.patched(one, "HAR-0001", SITE)

    assert done.claim[0][5].endswith(":1")
    assert not [raw for raw in done.claim if raw[:2] == ("REF", "F8")]


def test_a_removed_line_is_left_out_and_the_total_follows():
    bill = built(Claim(), AMY).bill

    done = patch.patched(correction(Claim(), lines=bill.lines[1:]), "HAR-0001", SITE)

    assert done.claim[0][2] == "100"
    assert [line[0] for line in done.lines] == [("LX", "1")]
    assert done.lines[0][1][1] == "HC:85025"


def test_what_cannot_become_a_claim_is_refused_with_the_reason():
    one = replace(correction(Claim()), refusals=("this payer takes no replacement",))
    long = correction(Claim("HAR-01234567890123"))

    written = handover.as_x12([one, long], SITE, "-LATER", NOW)

    assert written.files == {}
    assert [why for _, why in written.refused] == [
        "this payer takes no replacement", "CLM01 with the suffix is longer than 20"]


@given(st.text(max_size=20))
def test_no_cell_is_a_formula(text):
    assert not handover.harmless(text).startswith(handover.DANGEROUS)


def test_an_account_that_looks_like_a_formula_is_shown_and_not_run():
    number = "=1+1"
    wanted = (Diagnosis(code="E11.65"),)

    rows = handover.as_csv([correction(Claim(number), diagnoses=wanted)]).decode().splitlines()

    assert all(row.startswith("'=1+1,") for row in rows[1:])
    assert len(rows) == 3
