"""A submitted event and its opened demographics to a claim for the 837 writer, of either guide."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from schemas.events import Attachment, Bill, Diagnosis, Line, Submitted
from services.codes.reference import Facility, Provider, Reference
from services.gateway import coverages
from services.gateway.partners import Partner
from services.x12 import claim837
from services.x12.claim837 import INSTITUTIONAL, PROFESSIONAL
from services.x12.errors import X12Error

NAMES = ("family", "given", "birth_date", "sex", "address", "city", "state", "zip")
ACCOMMODATION = ("01", "020", "021")  # room and board is billed by the day
GUIDES = {"professional": PROFESSIONAL, "institutional": INSTITUTIONAL}
Person = Mapping[str, Any]
Providers = Mapping[str, Provider]


def claim(
    event: Submitted, person: Person, reference: Reference, providers: Providers
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
    order = coverages.order(event)
    decisions = coverages.decisions(bill, order, reference)
    relationship = coverages.relationship(bill, event.payer_id)
    hospital = _institutional(event, providers)
    return claim837.Claim(
        control_number=event.control_number, frequency=event.frequency,
        payer_claim_number=event.payer_claim_number,
        place_of_service="" if hospital else bill.place_of_service,
        diagnoses=_diagnoses(bill.diagnoses),
        lines=tuple(_line(one, decisions.get(one.line_id, ())) for one in bill.lines),
        billing=_billing(_facility(reference, bill.facility_id), bill.billing_npi),
        subscriber=_subscriber(person, relationship, coverages.member_id(person, order, event)),
        patient=_patient(person, relationship),
        payer=coverages.payer(reference, event.payer_id),
        sequence=coverages.sequence(order, event),
        rendering=_rendering(bill, providers),
        referring=_provider(bill.referring_npi, providers) if bill.referring_npi else None,
        service_facility=_service_facility(bill, reference),
        others=coverages.others(event, person, order, reference),
        authorization=person.get("authorization") or "", referral=person.get("referral") or "",
        note=person.get("claim_note") or "",
        delay_reason=bill.delay_reason,
        related_causes=(bill.related_cause,) if bill.related_cause and not hospital else (),
        accident_on=bill.accident_on, accident_state=bill.accident_state,
        attachments=tuple(map(_attachment, bill.attachments)),
        institutional=hospital,
    )  # fmt: skip


def submission(
    partner: Partner, claim_type: str, reference: Reference, control: int, at: Any
) -> claim837.Submission:
    """Return the envelope of a file to a partner; ISA13 and GS06 are the same number."""
    submitter = reference.submitter
    return claim837.Submission(
        sender_qualifier=partner.sender_qualifier, sender=partner.sender,
        receiver_qualifier=partner.receiver_qualifier, receiver=partner.receiver,
        receiver_name=partner.receiver_name, submitter_name=submitter.name,
        contact=submitter.contact, phone=submitter.phone, usage=partner.usage, at=at,
        interchange_control=control, group_control=control, first_set_control=1,
        guide=GUIDES[claim_type], claims_per_set=partner.batches[claim_type].claims_per_set,
        delimiters=partner.delimiters,
    )  # fmt: skip


def _diagnoses(found: tuple[Diagnosis, ...]) -> tuple[claim837.Diagnosis, ...]:
    return tuple(claim837.Diagnosis(code=one.code, present=one.present) for one in found)


def _line(line: Line, decisions: tuple[claim837.LineDecision, ...]) -> claim837.ServiceLine:
    return claim837.ServiceLine(
        line_id=line.line_id, code=line.code, modifiers=line.modifiers,
        charge_cents=line.charge_cents, units=line.units, pointers=line.pointers,
        place_of_service=line.place_of_service, served_on=line.served_on,
        revenue_code=line.revenue_code,
        unit="DA" if line.revenue_code.startswith(ACCOMMODATION) else "UN",
        decisions=decisions,
    )  # fmt: skip


def _attachment(one: Attachment) -> claim837.Attachment:
    return claim837.Attachment(
        kind=one.kind, transmission=one.transmission, control_number=one.control_number
    )


def _institutional(event: Submitted, providers: Providers) -> claim837.Institutional | None:
    stay = event.bill.institutional
    if stay is None:
        return None
    return claim837.Institutional(
        facility_type=stay.facility_type, starts_on=event.bill.starts_on,
        ends_on=event.bill.ends_on, patient_status=stay.patient_status,
        admission_type=stay.admission_type, admission_source=stay.admission_source,
        admitted_at=stay.admitted_at, discharged_at=stay.discharged_at, drg=stay.drg,
        attending=_provider(stay.attending_npi, providers) if stay.attending_npi else None,
        operating=_provider(stay.operating_npi, providers) if stay.operating_npi else None,
        admitting=stay.admitting, visit_reasons=stay.visit_reasons,
        external_causes=_diagnoses(stay.external_causes),
        procedures=tuple(
            claim837.Procedure(code=one.code, performed_on=one.performed_on)
            for one in stay.procedures
        ),
        occurrences=tuple(
            claim837.Occurrence(code=one.code, starts_on=one.starts_on, ends_on=one.ends_on)
            for one in stay.occurrences
        ),
        values=tuple(
            claim837.Value(code=one.code, amount_cents=one.amount_cents) for one in stay.values
        ),
        conditions=stay.conditions, change_reason=event.change_reason,
    )  # fmt: skip


def _facility(reference: Reference, facility_id: str) -> Facility:
    facility = reference.facilities.get(facility_id)
    if facility is None:
        raise X12Error(0, "NM1", 3, "required")
    return facility


def _address(facility: Facility) -> claim837.Address:
    return claim837.Address(
        street=facility.address, city=facility.city, state=facility.state, zip=facility.zip
    )


def _billing(facility: Facility, npi: str) -> claim837.BillingProvider:
    return claim837.BillingProvider(
        name=facility.name, npi=npi, tax_id=facility.tax_id, taxonomy=facility.taxonomy,
        address=_address(facility),
    )  # fmt: skip


def _service_facility(bill: Bill, reference: Reference) -> claim837.ServiceFacility | None:
    """Return where it was done, when that is not the billing provider's own place."""
    if bill.service_facility_id in ("", bill.facility_id):
        return None
    found = _facility(reference, bill.service_facility_id)
    return claim837.ServiceFacility(name=found.name, npi=found.npi, address=_address(found))


def _rendering(bill: Bill, providers: Providers) -> claim837.Provider | None:
    """Return the rendering provider; a hospital names one only beside the attending."""
    if bill.institutional and bill.rendering_npi in ("", bill.institutional.attending_npi):
        return None
    return _provider(bill.rendering_npi, providers)


def _provider(npi: str, providers: Providers) -> claim837.Provider:
    found = providers.get(npi)
    if found is None:
        raise X12Error(0, "PRV", 3, "required")
    return claim837.Provider(
        family=found.family, given=found.given, npi=npi, taxonomy=found.taxonomy
    )


def _subscriber(person: Person, relationship: str, member_id: str) -> claim837.Subscriber:
    """Return the subscriber; of one who is not the patient a name and a number will do."""
    if relationship == coverages.SELF:
        name, born, sex, address = _demographics(person, "")
        return claim837.Subscriber(
            family=name[0], given=name[1], member_id=member_id, birth_date=born, sex=sex,
            address=address,
        )  # fmt: skip
    if not (person.get("subscriber_birth_date") and person.get("subscriber_address")):
        family, given = coverages.insured(person, relationship)
        return claim837.Subscriber(family=family, given=given, member_id=member_id)
    name, born, sex, address = _demographics(person, "subscriber_")
    return claim837.Subscriber(
        family=name[0], given=name[1], member_id=member_id, birth_date=born, sex=sex,
        address=address,
    )  # fmt: skip


def _patient(person: Person, relationship: str) -> claim837.Patient | None:
    if relationship == coverages.SELF:
        return None
    name, born, sex, address = _demographics(person, "")
    return claim837.Patient(
        relationship=relationship, family=name[0], given=name[1], birth_date=born, sex=sex,
        address=address,
    )  # fmt: skip


def _demographics(
    person: Person, whose: str
) -> tuple[tuple[str, str], date, str, claim837.Address]:
    """Return name, birth date, sex and address of the patient or of the subscriber."""
    found = {name: person.get(whose + name) for name in NAMES}
    if not all(isinstance(value, str) for value in found.values()):
        raise X12Error(0, "NM1", 3, "required")
    said: dict[str, str] = {name: str(value) for name, value in found.items()}
    try:
        born = date.fromisoformat(said["birth_date"])
    except ValueError:
        raise X12Error(0, "DMG", 2, "bad_date") from None
    address = claim837.Address(
        street=said["address"], city=said["city"], state=said["state"], zip=said["zip"]
    )
    sex = said["sex"] if said["sex"] in ("F", "M") else "U"
    return (said["family"], said["given"]), born, sex, address
