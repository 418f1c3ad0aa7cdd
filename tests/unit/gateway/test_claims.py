"""A submission and its opened demographics become a claim, or a reason why not."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest

from schemas import events
from services.codes import reference
from services.gateway import claims, partners
from services.phi.vault import Demographics
from services.x12 import claim837, write837
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
