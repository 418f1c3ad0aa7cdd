"""A host's claim: kept whole, represented with opaque numbers, or refused with place and rule."""

from dataclasses import fields

import pytest

from services.codes import reference
from services.shadow import events, hostclaim, payers, read
from services.shadow.codingfile import Coding, Columns
from services.shadow.shapes import Unfit
from services.x12 import envelope
from tests.unit.shadow.host import DAY, Claim, Line, claims_file, replacement
from tests.unit.shadow.represented import AMY, built, host


@pytest.mark.parametrize("institutional", [False, True])
def test_a_claim_keeps_every_segment_of_its_file_in_order(institutional):
    content = claims_file(Claim(institutional=institutional))
    [transaction] = envelope.read([content])
    [one] = hostclaim.claims(transaction)

    lines = (segment for line in one.lines for segment in line)
    kept = [*one.header, *one.billing, *one.subscriber, *one.claim, *lines]

    inside = [tuple(s.elements) for s in transaction.segments[1:-1] if s.id != "HL"]
    assert kept == inside
    assert hostclaim.loads(one.dumps()) == one


def test_a_claim_is_the_same_claim_in_whatever_file_it_comes():
    first, again = claims_file(Claim(), n=1), claims_file(Claim("HAR-7"), Claim(), n=99)
    found = []
    for content in (first, again):
        [transaction] = envelope.read([content])
        found += [c.content() for c in hostclaim.claims(transaction)]

    assert found[0] == found[2] != found[1]


def test_what_is_in_clear_has_no_number_of_the_host():
    one = built(Claim(extra=("REF*EA*MRN-77", "NTE*ADD*TALKED TO JANE")), AMY)

    clear = str([getattr(one.bill, f.name) for f in fields(one.bill)]) + one.kid
    for secret in ("HAR-0001", "MRN-77", "M0001", "DOE", "JANE", "1960"):
        assert secret not in clear
    assert one.demographics.encounter_source_id == "HAR-0001"
    assert one.demographics.record_number == "MRN-77"


def test_a_professional_claim_is_represented():
    one = built(Claim(), AMY)

    assert [d.code for d in one.bill.diagnoses] == ["E11.9", "I10"]
    assert [(x.code, x.charge_cents, x.pointers) for x in one.bill.lines] == [
        ("99213", 15000, (1,)), ("85025", 10000, (1,))]
    assert (one.bill.claim_type, one.bill.coverage.payer_id, one.known_payer) == (
        "professional", "MEDICAID", True)
    assert (one.bill.patient.age_years, one.bill.patient.sex) == (66, "F")
    assert one.coder_id == "amy"


def test_an_institutional_claim_is_represented():
    one = built(Claim(institutional=True), AMY)

    assert one.bill.claim_type == "institutional"
    assert one.bill.institutional.facility_type == "13"
    assert one.bill.institutional.patient_status == "01"
    assert one.bill.institutional.attending_npi == "1245319599"
    assert [(x.revenue_code, x.code) for x in one.bill.lines] == [
        ("0510", "99213"), ("0510", "85025")]


def test_each_code_has_the_author_that_its_own_row_names():
    rows = (AMY, Coding("HAR-0001", "x", DAY, "chargemaster", "85025"),
            Coding("HAR-0001", "dr-1", DAY, "provider", "I10"))

    one = built(Claim(), *rows)

    assert [(x.assigned_by, x.source) for x in one.bill.lines] == [
        ("amy", "coder"), ("chargemaster", "chargemaster")]
    assert [(d.assigned_by, d.source) for d in one.bill.diagnoses] == [
        ("amy", "coder"), ("dr-1", "provider")]


def test_without_a_coder_nobody_is_blamed():
    one = built(Claim())

    assert one.coder_id == ""
    assert {x.source for x in one.bill.lines} == {"unknown"}


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (Claim(lines=(Line("JOHN SMITH"),)), ("SV1", "code", "has not its shape")),
        (Claim(lines=(Line(units="1.5"),)), ("SV1", "units", "are not whole")),
        (Claim(diagnoses=("NAME",)), ("HI", "diagnosis", "has not its shape")),
    ],
)
def test_what_has_not_its_shape_is_refused_and_never_in_clear(claim, why):
    with pytest.raises(Unfit) as refused:
        built(claim)

    assert refused.value.args == why


def test_an_unknown_payer_is_told_as_one_of_its_kind():
    one = built(Claim(payer="CLEARING-77", filing="CI"))

    assert (one.bill.coverage.plan, one.known_payer) == ("commercial", False)


def test_a_hosts_list_says_who_its_payers_are(tmp_path):
    path = tmp_path / "payers.csv"
    path.write_text("number,payer_id\nCLEARING-77,BCBS\n")
    known = payers.load(path, reference.load())

    assert known.of_claim("CLEARING-77", "CI", "professional")[0].payer_id == "BCBS"
    path.write_text("number,payer_id\nCLEARING-77,NOBODY\n")
    with pytest.raises(payers.InvalidPayers, match="line 2"):
        payers.load(path, reference.load())


def test_a_later_claim_has_a_higher_version_whichever_is_read_first():
    first, later = host(Claim()), host(replacement(Claim(), "ICN1"))

    assert events.version(first.at) < events.version(later.at) < 2**31


def test_a_file_is_read_by_what_is_in_it_not_by_its_name(tmp_path):
    path = tmp_path / "nightly.csv"
    path.write_bytes(claims_file(Claim()))

    assert read.read(path, Columns()).kind == "837P"
    path.write_bytes(b"\x00\x01")
    with pytest.raises(read.Refused, match="neither X12 nor a coding file"):
        read.read(path, Columns())
