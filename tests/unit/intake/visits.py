"""A visit of one patient as a source says it, and the draft that is made of it."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

from services.codes import chargemaster, reference
from services.intake.build import Draft, Site, draft
from services.intake.visit import Cover, Document, Named, Person, Visit
from services.phi.keys import SiteKey

START = datetime(2026, 6, 1, 10, tzinfo=UTC)
PERSON = Person(
    source_id="MRN-777", record_number="MRN-777", family="Doe", given="Jane",
    birth_date=date(1980, 6, 2), sex="F", address="1 Road", city="Town", state="MA", zip="02144",
)
VISIT = Visit(
    file="Encounter.ndjson", line=1, source="fhir", source_id="ENC-MRN-777-1",
    encounter_class="ambulatory", status="finished", department="internal_medicine",
    starts_at=START, ends_at=START + timedelta(minutes=20), person=PERSON,
    cover=Cover(organisation="US-BCBS", member_id="MEMBER-9"), provider_id="DR-IM-001",
    diagnoses=(Named("I10", "Essential (primary) hypertension"),),
    documents=(Document(source_id="n1", kind="34131-3", signed_at=START, text="Text of Doe"),),
)


def built(shift: int = 0, **over: object) -> Draft:
    """Return the draft of the visit, with what a test says otherwise of it."""
    site = Site(SiteKey(bytes(32)), reference.load(), chargemaster.load(), timedelta(days=shift))
    return draft(dataclasses.replace(VISIT, **over), site)  # type: ignore[arg-type]
