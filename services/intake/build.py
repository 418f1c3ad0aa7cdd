"""A visit -> the encounter event without its sealed parts. Pure, given the site key's ids."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from schemas import events
from schemas.events import Bill, Coverage, Diagnosis, Line, Note, Patient
from services.codes import hcpcs, icd10cm
from services.codes.chargemaster import Charge, Chargemaster
from services.codes.chargemaster import Visit as Query
from services.codes.reference import Facility, Payer, Provider, Reference
from services.intake import charge_note, digests, hospital
from services.intake.fhir_notes import TITLES
from services.intake.visit import Document, Item, Named, Person, Refused, Visit
from services.phi import vault
from services.phi.keys import SiteKey
from services.phi.vault import Demographics

COUNTED = frozenset({"further_immunization", "medication"})
"""What is charged as often as it was done; other items without a HCPCS code once a day."""
AWAITING_INSTITUTIONAL = "awaiting_institutional"
SELF_PAY = frozenset({"US-SELFPAY", "uninsured", "NO_INSURANCE"})
OLDEST_TOLD = 90
MOST_DIAGNOSES = {"professional": 12, "institutional": 25}
LABORATORY = frozenset({"80048", "80061", "80076", "82803", "85027", "85730", "87040", "87086"})


@dataclass(frozen=True, slots=True)
class Site:
    """What a visit is built against."""

    key: SiteKey
    reference: Reference
    chargemaster: Chargemaster
    shift: timedelta

    @property
    def facility(self) -> Facility:
        """The facility whose visits these are: the first of the reference file."""
        return next(iter(self.reference.facilities.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An encounter event before sealing.

    Attributes:
        event: The event, without version, demographics and note texts.
        kid: Id of the patient's data key.
        demographics: To be sealed.
        texts: The notes' texts, in the order of the event's notes; to be sealed.
        lacks: What the bill lacks that the source would have to say, in `awaiting_institutional`.
        digest: HMAC of all of it: equal for equal content.
    """

    event: events.Encounter
    kid: str
    demographics: Demographics
    texts: tuple[str, ...]
    digest: bytes
    lacks: str = ""


def draft(visit: Visit, site: Site) -> Draft:
    """Return what a visit becomes.

    Raises:
        Refused: payer or practitioner is in no reference file.
    """
    encounter_id = site.key.opaque("encounter", site.facility.facility_id, visit.source_id)
    payers = _payers(visit, site.reference)
    provider = _provider(visit, site.reference)
    bill = _bill(visit, site, encounter_id, payers, provider)
    documents = _documents(visit, bill)
    notes = tuple(
        Note(
            note_id=site.key.opaque("note", visit.source_id, d.source_id),
            kind=d.kind, title=TITLES.get(d.kind, "Clinical note"),
            signed_at=d.signed_at + site.shift if d.signed_at else None,
        )
        for d in documents
    )
    event = events.Encounter(
        encounter_id=encounter_id, source=visit.source, bill=bill, notes=notes,
        state=_state(visit, bill, site.reference, provider),
        occurred_at=(visit.ends_at or visit.starts_at) + site.shift,
    )
    demographics = _demographics(visit, bill, site.shift)
    texts = tuple(d.text for d in documents)
    return Draft(
        event=event, kid=vault.data_key_id(site.key, visit.person.source_id),
        demographics=demographics, texts=texts,
        digest=digests.digest(site.key, event, demographics, texts),
        lacks=hospital.lacks(visit, bill) if event.state == AWAITING_INSTITUTIONAL else "",
    )


def _documents(visit: Visit, bill: Bill) -> tuple[Document, ...]:
    """Return the notes of a visit, and what stands in its structure as one more.

    Where the source carries notes and has none of this visit, there is nothing to code from yet:
    what its structure says would pass for a note.
    """
    if visit.source == "fhir" and not visit.documents:
        return ()
    return (*visit.documents, charge_note.document(visit, bill))


def _payers(visit: Visit, reference: Reference) -> tuple[Payer, ...]:
    """Return who pays, in their order; nobody for who pays alone.

    Raises:
        Refused: the source names a payer that no reference file has.
    """
    organisation = visit.cover.organisation
    if organisation and not _pays(visit, reference) and organisation not in SELF_PAY:
        if not visit.foreign_codes:
            raise Refused("coverage.payor", "is no payer of the reference file (payers.csv)")
        return ()
    return reference.payers_of(organisation, hospital.claim_type(visit.encounter_class))


def _pays(visit: Visit, reference: Reference) -> bool:
    """Say whether a payer is called what the source calls it, whatever claims it takes."""
    organisation = visit.cover.organisation
    return any(organisation in payer.organisations for payer in reference.payers.values())


def _provider(visit: Visit, reference: Reference) -> Provider | None:
    provider = reference.providers.get(visit.provider_id)
    if visit.provider_id and provider is None:
        raise Refused("participant", "the attender is not in the reference file (providers.csv)")
    return provider


def _state(
    visit: Visit, bill: Bill, reference: Reference, provider: Provider | None
) -> str:
    """Return ready, or why a visit goes no further by itself; the first reason that holds."""
    person = visit.person
    registered = (
        person.birth_date, person.family, person.address, person.city, person.state, person.zip,
        visit.cover.member_id, provider,
    )
    reasons = (
        ("in_progress", visit.status == "open"),
        ("no_charge", visit.status == "cancelled"),
        ("part_of_stay", visit.part_of_stay),
        ("snomed_only", not visit.diagnoses and visit.foreign_codes > 0),
        ("self_pay", not _pays(visit, reference)),
        (AWAITING_INSTITUTIONAL, bool(hospital.lacks(visit, bill))),
        ("no_charge", not bill.lines),
        ("awaiting_registration", not all(registered)),
    )
    return next((state for state, holds in reasons if holds), "ready")


def _bill(
    visit: Visit, site: Site, encounter_id: str, payers: tuple[Payer, ...],
    provider: Provider | None,
) -> Bill:
    room = hospital.room(visit, site.chargemaster)
    institutional = hospital.content(
        visit, site.reference, provider, room.charge_cents if room else 0, site.shift
    )
    place = site.chargemaster.place(visit.encounter_class, visit.department)
    covers = tuple(_coverage(visit, payer, site.shift) for payer in payers or (None,))
    kind = hospital.claim_type(visit.encounter_class)
    bill = Bill(
        claim_type=kind,
        facility_id=site.facility.facility_id, department=visit.department,
        encounter_class=visit.encounter_class,
        place_of_service="" if institutional else place,
        starts_on=visit.starts_at.date() + site.shift,
        ends_on=(visit.ends_at or visit.starts_at).date() + site.shift,
        patient=Patient(age_years=_age(visit.person, visit.starts_at.date()), sex=visit.person.sex),
        coverage=covers[0], others=covers[1:], institutional=institutional,
        billing_npi=site.facility.npi, rendering_npi=provider.npi if provider else "",
        authorized=bool(visit.stay.authorization),
        diagnoses=tuple(
            hospital.with_presence(
                Diagnosis(code=_code(named), assigned_by=visit.provider_id, source="provider"),
                named, visit,
            )
            for named in visit.diagnoses[:MOST_DIAGNOSES[kind]]
        ),
    )
    lines = _lines(visit, site, encounter_id, bill)
    if visit.encounter_class == hospital.INPATIENT:
        ids = {
            line.revenue_code: site.key.opaque("line", encounter_id, line.revenue_code, length=12)
            for line in lines
        }
        lines = hospital.summed(lines, ids)
    return dataclasses.replace(bill, lines=lines)


def _coverage(visit: Visit, payer: Payer | None, shift: timedelta) -> Coverage:
    cover = visit.cover
    return Coverage(
        payer_id=payer.payer_id if payer else "", plan=payer.plan if payer else "",
        starts_on=_moved(cover.starts_on, shift) or events.NO_DAY,
        ends_on=_moved(cover.ends_on, shift),
    )


def _code(named: Named) -> str:
    """Return a diagnosis code with its dot; it goes in clear, so it must be one by its shape."""
    if not icd10cm.SHAPE.fullmatch(icd10cm.compact(named.code)):
        raise Refused("diagnosis.code", "has not the shape of an ICD-10-CM code")
    return icd10cm.dotted(named.code)


def _lines(visit: Visit, site: Site, encounter_id: str, bill: Bill) -> tuple[Line, ...]:
    """Return the visit's line and one for each priced item of a day, with stable ids."""
    lines = []
    for (charge, done_on, side), units in _charges(visit, site, bill).items():
        on = min(max(done_on, visit.starts_at.date()), (visit.ends_at or visit.starts_at).date())
        match = "|".join((charge.code, str(done_on - visit.starts_at.date()), side))
        lines.append(Line(
            line_id=site.key.opaque("line", encounter_id, match, length=12),
            code=charge.code, modifiers=(side,) if side else (), units=units,
            charge_cents=units * charge.charge_cents, place_of_service=bill.place_of_service,
            revenue_code=charge.revenue_code if bill.institutional else "",
            served_on=on + site.shift, source=charge.source,
            assigned_by=visit.provider_id if charge.source == "provider" else "chargemaster",
        ))
    return tuple(lines)


def _charges(visit: Visit, site: Site, bill: Bill) -> Counter[tuple[Charge, date, str]]:
    """Return what is charged, when, on which side -> units."""
    on = visit.starts_at.date()
    counted: Counter[tuple[Charge, date, str]] = Counter()
    visited = site.chargemaster.visit(Query(
        encounter_class=visit.encounter_class, department=visit.department,
        plan=bill.coverage.plan, age_years=bill.patient.age_years,
        reason=visit.diagnoses[0].code if visit.diagnoses else "none",
        diagnoses=len(visit.diagnoses), triage=charge_note.triage(visit),
    )) if visit.diagnoses or visit.encounter_class != "ambulatory" else None
    if visited:
        observed = visit.encounter_class == "observation"
        counted[(visited, on, "")] = hospital.hours(visit) if observed else 1
    room = hospital.room(visit, site.chargemaster)
    if room:
        counted[(room, on, "")] = hospital.nights(visit)
    for item in _expanded(visit.items):
        charge = site.chargemaster.item(item.match)
        if charge and not charge.code and visit.encounter_class != hospital.INPATIENT:
            continue
        if charge and (hcpcs.is_valid(item.match) or item.match in COUNTED):
            counted[(charge, item.on, item.side)] += 1
        elif charge:
            counted[(charge, item.on, item.side)] = 1
    drawn = {on for (charge, on, _) in counted if charge.code in LABORATORY}
    draw = site.chargemaster.item("blood_draw")
    if draw:
        counted.update({(draw, day, ""): 1 for day in sorted(drawn)})
    return counted


def _expanded(items: Iterable[Item]) -> Iterable[Item]:
    """Yield the items; the second vaccine of a visit and those after it are further ones."""
    seen = 0
    for item in items:
        if item.match != "immunization":
            yield item
            continue
        seen += 1
        yield item if seen == 1 else dataclasses.replace(item, match="further_immunization")


def _age(person: Person, on: date) -> int:
    if person.birth_date is None:
        return min(person.age_years, OLDEST_TOLD)
    born = person.birth_date
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return max(0, min(years, OLDEST_TOLD))


def _demographics(visit: Visit, bill: Bill, shift: timedelta) -> Demographics:
    person = visit.person
    born = _moved(person.birth_date, shift)
    return Demographics(
        family=person.family, given=person.given, birth_date=born.isoformat() if born else "",
        sex=person.sex, address=person.address, city=person.city, state=person.state,
        zip=person.zip, member_id=visit.cover.member_id, record_number=person.record_number,
        patient_source_id=person.source_id, encounter_source_id=visit.source_id,
        other_member_ids=(visit.cover.member_id,) * len(bill.others),
        authorization=visit.stay.authorization,
    )


def _moved(on: date | None, shift: timedelta) -> date | None:
    try:
        return on + shift if on else None
    except OverflowError:
        return on
