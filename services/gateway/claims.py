"""A submitted event and its opened demographics to a professional claim for the 837 writer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from schemas.events import Line, Submitted
from services.codes.reference import Facility, Payer, Provider, Reference
from services.gateway.partners import Batch, Partner
from services.x12 import claim837
from services.x12.errors import X12Error

NAMES = (
    "family", "given", "member_id", "birth_date", "sex", "address", "city", "state", "zip",
)


def professional(
    event: Submitted,
    person: Mapping[str, Any],
    reference: Reference,
    providers: Mapping[str, Provider],
) -> claim837.Claim:
    """Return the claim of a submitted event.

    Args:
        event: The frozen claim.
        person: The opened demographics group.
        reference: Facilities and payers.
        providers: Providers by NPI.

    Raises:
        X12Error: a party is not in the reference file, or a birth date does not exist.
    """
    bill = event.bill
    facility = reference.facilities.get(bill.facility_id)
    payer = reference.payers.get(event.payer_id)
    provider = providers.get(bill.rendering_npi)
    if facility is None:
        raise X12Error(0, "NM1", 3, "required")
    if payer is None:
        raise X12Error(0, "SBR", 9, "required")
    if provider is None:
        raise X12Error(0, "PRV", 3, "required")
    return claim837.Claim(
        control_number=event.control_number,
        place_of_service=bill.place_of_service,
        frequency=event.frequency,
        payer_claim_number=event.payer_claim_number,
        diagnoses=tuple(
            claim837.Diagnosis(code=one.code, present=one.present) for one in bill.diagnoses
        ),
        lines=tuple(map(_line, bill.lines)),
        billing=_billing(facility, bill.billing_npi),
        rendering=claim837.Provider(
            family=provider.family, given=provider.given, npi=provider.npi,
            taxonomy=provider.taxonomy,
        ),
        subscriber=_subscriber(person),
        payer=_payer(payer),
    )


def submission(
    partner: Partner, batch: Batch, reference: Reference, control: int, at: Any
) -> claim837.Submission:
    """Return the envelope of a file to a partner; ISA13 and GS06 are the same number."""
    submitter = reference.submitter
    return claim837.Submission(
        sender_qualifier=partner.sender_qualifier, sender=partner.sender,
        receiver_qualifier=partner.receiver_qualifier, receiver=partner.receiver,
        receiver_name=partner.receiver_name, submitter_name=submitter.name,
        contact=submitter.contact, phone=submitter.phone, usage=partner.usage, at=at,
        interchange_control=control, group_control=control, first_set_control=1,
        claims_per_set=batch.claims_per_set, delimiters=partner.delimiters,
    )


def _line(line: Line) -> claim837.ServiceLine:
    return claim837.ServiceLine(
        line_id=line.line_id, code=line.code, modifiers=line.modifiers,
        charge_cents=line.charge_cents, units=line.units, pointers=line.pointers,
        place_of_service=line.place_of_service, served_on=line.served_on,
    )


def _billing(facility: Facility, npi: str) -> claim837.BillingProvider:
    return claim837.BillingProvider(
        name=facility.name, npi=npi, tax_id=facility.tax_id, taxonomy=facility.taxonomy,
        address=claim837.Address(
            street=facility.address, city=facility.city, state=facility.state, zip=facility.zip
        ),
    )


def _payer(payer: Payer) -> claim837.PayerName:
    return claim837.PayerName(
        name=payer.name, number=payer.payer_number, filing=payer.claim_filing_code
    )


def _subscriber(person: Mapping[str, Any]) -> claim837.Subscriber:
    if not all(isinstance(person.get(name), str) for name in NAMES):
        raise X12Error(0, "NM1", 3, "required")
    try:
        born = date.fromisoformat(person["birth_date"])
    except ValueError:
        raise X12Error(0, "DMG", 2, "bad_date") from None
    return claim837.Subscriber(
        family=person["family"], given=person["given"], member_id=person["member_id"],
        birth_date=born, sex=person["sex"] if person["sex"] in ("F", "M") else "U",
        address=claim837.Address(
            street=person["address"], city=person["city"], state=person["state"],
            zip=person["zip"],
        ),
    )
