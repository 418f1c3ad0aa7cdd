"""A submission and its opened demographics become a claim, or a reason why not."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from schemas import events
from services.codes import reference
from services.gateway import claims, partners
from services.phi.vault import Demographics
from services.x12 import claim837, document, write837
from services.x12.errors import X12Error
from tests.unit.x12 import made

PERSON = asdict(
    Demographics(
        family="Muster", given="Maria", birth_date="1950-02-03", sex="F",
        address="12 Main Street", city="Springfield", state="MA", zip="01101",
        member_id="12345678901", record_number="R1", patient_source_id="P1",
        encounter_source_id="E1",
    )
)
EVENT = events.Submitted(
    control_number="C" * 20, payer_id="BCBS", frequency="7", payer_claim_number="ICN1",
    bill=events.Bill(
        facility_id="main", place_of_service="11", billing_npi="2000000010",
        rendering_npi="2000001307", diagnoses=(events.Diagnosis(code="E11.9"),),
        lines=(
            events.Line(
                line_id="L1", code="99213", units=1, charge_cents=12550, pointers=(1,),
                place_of_service="11", served_on=date(2026, 5, 4),
            ),
        ),
    ),
)
PARTIES = reference.load()
BCBS = partners.load()["BCBS"]
PROVIDERS = {provider.npi: provider for provider in PARTIES.providers.values()}


def build(event: events.Submitted = EVENT, **person: Any) -> claim837.Claim:
    return claims.claim(event, PERSON | person, PARTIES, PROVIDERS)


def test_a_submission_becomes_a_claim_with_its_parties() -> None:
    claim = build()
    assert (claim.control_number, claim.frequency, claim.payer_claim_number) == (
        "C" * 20, "7", "ICN1",
    )
    assert (claim.subscriber.family, claim.subscriber.birth_date) == ("Muster", date(1950, 2, 3))
    assert (claim.payer.number, claim.payer.filing) == ("99004", "BL")
    assert claim.billing.tax_id == PARTIES.facilities["main"].tax_id
    envelope = claims.submission(BCBS, "professional", PARTIES, 7, made.SUBMISSION.at)
    assert write837.write(envelope, [claim]).refused == {}


@pytest.mark.parametrize(
    ("changes", "person", "place"),
    [
        ({"payer_id": "NOBODY"}, {}, ("SBR", 9)),
        ({"bill": replace(EVENT.bill, facility_id="none")}, {}, ("NM1", 3)),
        ({"bill": replace(EVENT.bill, rendering_npi="1234567893")}, {}, ("PRV", 3)),
        ({}, {"birth_date": "1950-02-30"}, ("DMG", 2)),
        ({}, {"birth_date": ""}, ("DMG", 2)),
        ({}, {"family": None}, ("NM1", 3)),
    ],
)
def test_what_is_missing_is_named(
    changes: dict[str, Any], person: dict[str, Any], place: tuple[str, int]
) -> None:
    with pytest.raises(X12Error) as refused:
        build(replace(EVENT, **changes), **person)
    assert (refused.value.segment_id, refused.value.element) == place


@pytest.mark.parametrize("sex", ["U", "", "other", "X"])
def test_any_other_sex_is_written_as_unknown(sex: str) -> None:
    assert build(sex=sex).subscriber.sex == "U"


STAY = events.Institutional(
    facility_type="11", admitted_at=datetime(2026, 5, 1, 7, 30, tzinfo=UTC), admission_type="1",
    admission_source="1", discharged_at=datetime(2026, 5, 4, 11, 5, tzinfo=UTC),
    patient_status="01", drg="470", attending_npi="2000001109", operating_npi="2000001117",
    admitting="M17.11",
    external_causes=(events.Diagnosis(code="W19.XXXA", present="Y"),),
    procedures=(events.Procedure(code="0SRC0J9", performed_on=date(2026, 5, 1)),),
    occurrences=(
        events.Occurrence(code="11", starts_on=date(2026, 4, 2)),
        events.Occurrence(code="74", starts_on=date(2026, 5, 2), ends_on=date(2026, 5, 3)),
    ),
    values=(events.Value(code="80", amount_cents=300),), conditions=("39",),
)
HOSPITAL = replace(
    EVENT, payer_id="MEDICARE_A", change_reason="D4",
    bill=replace(
        EVENT.bill, claim_type="institutional", place_of_service="", starts_on=date(2026, 5, 1),
        ends_on=date(2026, 5, 4), rendering_npi="2000001109", institutional=STAY,
        coverage=events.Coverage(payer_id="MEDICARE_A"),
        diagnoses=(
            events.Diagnosis(code="M17.11", present="Y"), events.Diagnosis(code="Z79.4"),
        ),
        lines=(
            events.Line(line_id="L1", revenue_code="0120", units=3, charge_cents=600000,
                        served_on=date(2026, 5, 1)),
            events.Line(line_id="L2", revenue_code="0360", code="27447", units=1,
                        charge_cents=1250000, served_on=date(2026, 5, 1)),
        ),
    ),
)  # fmt: skip
DUAL = events.Coverage(payer_id="MEDICAID")
PAID = events.Prior(
    payer_id="MEDICARE", control_number="C0", payer_claim_number="ICN7",
    decided_on=date(2026, 6, 1), paid_cents=8000, patient_cents=2000,
    lines=(
        events.PaidLine(
            line_id="L1", code="99213", charge_cents=12550, paid_cents=8000, units=1,
            adjustments=(
                events.Adjustment(group="CO", carc="45", amount_cents=2550),
                events.Adjustment(group="PR", carc="2", amount_cents=2000),
            ),
        ),
    ),
)  # fmt: skip
SECOND = replace(
    EVENT, payer_id="MEDICAID", frequency="1", payer_claim_number="", sequence="S",
    bill=replace(EVENT.bill, coverage=DUAL, prior=(PAID,)),
)


def bytes_of(event: events.Submitted, claim: claim837.Claim) -> str:
    """Return what is written of a claim that nothing refuses."""
    claim_type = event.bill.claim_type or "professional"
    partner = partners.load()[event.payer_id]
    envelope = claims.submission(partner, claim_type, PARTIES, 7, made.SUBMISSION.at)
    written = write837.write(envelope, [claim])
    assert written.refused == {}
    marks = partner.delimiters
    assert document.check([written.content]) == []
    text = written.content.decode()
    return text.replace(marks.element, "*").replace(marks.component, ":")


def test_a_hospitals_submission_becomes_a_claim_of_the_other_guide() -> None:
    claim = build(HOSPITAL)
    stay = claim.institutional
    assert stay is not None
    assert (claim.guide, claim.place_of_service, claim.rendering) == (
        claim837.INSTITUTIONAL, "", None,
    )
    assert (stay.starts_on, stay.ends_on, stay.change_reason) == (
        date(2026, 5, 1), date(2026, 5, 4), "D4",
    )
    assert stay.attending is not None
    assert stay.attending.npi == "2000001109"
    assert [(line.revenue_code, line.unit) for line in claim.lines] == [
        ("0120", "DA"), ("0360", "UN"),
    ]
    written = bytes_of(HOSPITAL, claim)
    assert "GS*HC*CLAIMLOOP1*MEDICAREA*" in written
    assert "*X*005010X223A2" in written
    assert "HI*BG:39*BG:D4" in written


def test_the_rendering_provider_of_a_stay_is_named_beside_the_attending() -> None:
    bill = replace(HOSPITAL.bill, rendering_npi="2000001307")
    claim = build(replace(HOSPITAL, bill=bill))
    assert claim.rendering is not None
    assert claim.rendering.npi == "2000001307"


def test_a_claim_goes_second_with_what_the_first_payer_decided() -> None:
    claim = build(SECOND, other_member_ids=("99912345",))
    (other,) = claim.others
    assert (claim.sequence, other.sequence) == ("S", "P")
    assert (claim.subscriber.member_id, other.member_id) == ("99912345", "12345678901")
    assert (other.payer.number, other.paid_cents, other.payer_claim_number) == (
        "99001", 8000, "ICN7",
    )
    (decided,) = claim.lines[0].decisions
    assert (decided.payer_number, decided.paid_cents, decided.patient_cents) == (
        "99001", 8000, 2000,
    )
    assert (other.decided_on, other.patient_cents, other.adjustments) == (None, None, ())
    total = sum(one.amount_cents for one in decided.adjustments) + decided.paid_cents
    assert total == claim.charge_cents
    assert "AMT*D*80" in bytes_of(SECOND, claim)


def test_the_order_of_payers_is_that_of_the_first_claim_however_the_second_says_it() -> None:
    """The second claim may keep the first coverage, or be of the second alone."""
    kept = replace(
        SECOND,
        bill=replace(
            SECOND.bill, coverage=events.Coverage(payer_id="MEDICARE"), others=(DUAL,)
        ),
    )
    person = {"other_member_ids": ("99912345",)}
    assert build(kept, **person) == build(SECOND, **person)


def test_the_first_claim_names_who_pays_after() -> None:
    first = replace(
        EVENT, payer_id="MEDICARE", frequency="1", payer_claim_number="",
        bill=replace(
            EVENT.bill, coverage=events.Coverage(payer_id="MEDICARE"), others=(DUAL,)
        ),
    )
    claim = build(first, other_member_ids=("99912345",))
    (other,) = claim.others
    assert (claim.sequence, other.sequence, other.paid_cents) == ("P", "S", None)
    assert claim.subscriber.member_id == "12345678901"
    assert "SBR*S*18*******MC" in bytes_of(first, claim)


def test_the_first_payers_subscriber_is_named_on_the_second_payers_claim() -> None:
    claim = build(
        SECOND, other_member_ids=("99912345",), subscriber_family="Muster", subscriber_given="Paul"
    )
    assert (claim.patient, claim.subscriber.given) == (None, "Maria")
    assert (claim.others[0].relationship, claim.others[0].given) == ("21", "Paul")
    bytes_of(SECOND, claim)


def test_a_payer_that_leaves_out_the_lines_number_is_matched_by_the_procedure() -> None:
    nameless = replace(PAID, lines=(replace(PAID.lines[0], line_id=""),))
    event = replace(SECOND, bill=replace(SECOND.bill, prior=(nameless,)))
    person = {"other_member_ids": ("99912345",)}
    assert build(event, **person) == build(SECOND, **person)


def test_what_was_decided_on_room_and_board_is_told_for_the_claim() -> None:
    paid = replace(
        PAID, payer_id="MEDICARE_A", paid_cents=1000000, patient_cents=167600,
        lines=(
            events.PaidLine(line_id="L1", code="0120", charge_cents=600000, paid_cents=400000,
                            units=3, adjustments=(
                                events.Adjustment(group="CO", carc="45", amount_cents=200000),)),
            events.PaidLine(line_id="L2", code="27447", charge_cents=1250000, paid_cents=600000,
                            units=1, adjustments=(
                                events.Adjustment(group="CO", carc="45", amount_cents=482400),
                                events.Adjustment(group="PR", carc="1", amount_cents=167600))),
        ),
    )  # fmt: skip
    event = replace(
        HOSPITAL, payer_id="MEDICAID", frequency="1", payer_claim_number="", change_reason="",
        bill=replace(HOSPITAL.bill, coverage=DUAL, prior=(paid,)),
    )
    claim = build(event, other_member_ids=("99912345",))
    (other,) = claim.others
    assert [line.decisions for line in claim.lines] == [(), ()]
    assert [(a.group, a.carc, a.amount_cents) for a in other.adjustments] == [
        ("CO", "45", 682400), ("PR", "1", 167600),
    ]
    adjusted = sum(a.amount_cents for a in other.adjustments)
    assert (other.paid_cents or 0) + adjusted == claim.charge_cents
    assert (other.decided_on, other.patient_cents) == (date(2026, 6, 1), 167600)
    bytes_of(event, claim)


def test_a_patient_who_is_not_the_subscriber_stands_below_him() -> None:
    bill = replace(
        EVENT.bill, coverage=events.Coverage(payer_id="BCBS", relationship="19")
    )
    event = replace(EVENT, bill=bill)
    claim = build(event, subscriber_family="Muster", subscriber_given="Paul")
    assert claim.patient is not None
    assert (claim.patient.relationship, claim.patient.given) == ("19", "Maria")
    assert (claim.subscriber.given, claim.subscriber.address) == ("Paul", None)
    written = bytes_of(event, claim)
    assert "SBR*P********BL" in written
    assert "PAT*19" in written
    with pytest.raises(X12Error) as refused:
        build(event, subscriber_family=None)
    assert (refused.value.segment_id, refused.value.element) == ("NM1", 3)


def test_numbers_note_and_attachments_of_the_record_are_in_the_claim() -> None:
    bill = replace(
        EVENT.bill, referring_npi="2000001109", related_cause="OA",
        accident_on=date(2026, 5, 1), delay_reason="3",
        attachments=(events.Attachment(kind="OZ", transmission="EL", control_number="ACN1"),),
    )
    event = replace(EVENT, bill=bill)
    claim = build(event, authorization="AUTH1", referral="REF1", claim_note="Seen: twice~")
    written = bytes_of(event, claim)
    for segment in ("REF*G1*AUTH1", "REF*9F*REF1", "NTE*ADD*SEEN TWICE", "DTP*439*D8*20260501",
                    "PWK*OZ*EL***AC*ACN1", "NM1*DN*1*", "*OA*********3"):
        assert segment in written


def test_a_member_id_that_is_not_known_is_named() -> None:
    with pytest.raises(X12Error) as refused:
        build(SECOND)
    assert (refused.value.segment_id, refused.value.element) == ("NM1", 9)
