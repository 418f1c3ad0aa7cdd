"""A visit -> the encounter event without its sealed parts. Pure, given the site key's ids."""

import dataclasses
import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import orjson

from schemas import events
from schemas.events import Bill, Coverage, Diagnosis, Line, Note, Patient
from services.codes import hcpcs, icd10cm
from services.codes.chargemaster import Charge, Chargemaster
from services.codes.chargemaster import Visit as Query
from services.codes.reference import Facility, Payer, Provider, Reference
from services.intake import charge_note
from services.intake.fhir_notes import TITLES
from services.intake.visit import Item, Named, Person, Refused, Visit
from services.phi import vault
from services.phi.keys import SiteKey
from services.phi.vault import Demographics

SELF_PAY = frozenset({"US-SELFPAY", "uninsured", "NO_INSURANCE"})
OLDEST_TOLD = 90
MOST_DIAGNOSES = 12
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
        digest: HMAC of all of it: equal for equal content.
    """

    event: events.Encounter
    kid: str
    demographics: Demographics
    texts: tuple[str, ...]
    digest: bytes


def draft(visit: Visit, site: Site) -> Draft:
    """Return what a visit becomes.

    Raises:
        Refused: payer or practitioner is in no reference file.
    """
    encounter_id = site.key.opaque("encounter", site.facility.facility_id, visit.source_id)
    payer = _payer(visit, site.reference)
    provider = _provider(visit, site.reference)
    bill = _bill(visit, site, encounter_id, payer, provider)
    documents = (*visit.documents, charge_note.document(visit, bill))
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
        state=_state(visit, bill, payer, provider),
        occurred_at=(visit.ends_at or visit.starts_at) + site.shift,
    )
    demographics = _demographics(visit, site.shift)
    texts = tuple(d.text for d in documents)
    return Draft(
        event=event, kid=vault.data_key_id(site.key, visit.person.source_id),
        demographics=demographics, texts=texts,
        digest=_digest(site.key, event, demographics, texts),
    )


def _claim_type(visit: Visit) -> str:
    return "institutional" if visit.encounter_class == "inpatient" else "professional"


def _payer(visit: Visit, reference: Reference) -> Payer | None:
    organisation = visit.cover.organisation
    payer = reference.payer_of(organisation, _claim_type(visit)) if organisation else None
    unknown = organisation and payer is None and organisation not in SELF_PAY
    if unknown and not visit.foreign_codes:
        raise Refused("coverage.payor", "is no payer of the reference file (payers.csv)")
    return payer


def _provider(visit: Visit, reference: Reference) -> Provider | None:
    provider = reference.providers.get(visit.provider_id)
    if visit.provider_id and provider is None:
        raise Refused("participant", "the attender is not in the reference file (providers.csv)")
    return provider


def _state(visit: Visit, bill: Bill, payer: Payer | None, provider: Provider | None) -> str:
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
        ("self_pay", payer is None),
        ("awaiting_institutional", visit.encounter_class == "inpatient"),
        ("no_charge", not bill.lines),
        ("awaiting_registration", not all(registered)),
    )
    return next((state for state, holds in reasons if holds), "ready")


def _bill(
    visit: Visit, site: Site, encounter_id: str, payer: Payer | None, provider: Provider | None
) -> Bill:
    starts_on = visit.starts_at.date() + site.shift
    cover = visit.cover
    place = site.chargemaster.place(visit.encounter_class, visit.department)
    bill = Bill(
        claim_type=_claim_type(visit),
        facility_id=site.facility.facility_id, department=visit.department,
        encounter_class=visit.encounter_class, place_of_service=place, starts_on=starts_on,
        ends_on=(visit.ends_at or visit.starts_at).date() + site.shift,
        patient=Patient(age_years=_age(visit.person, visit.starts_at.date()), sex=visit.person.sex),
        coverage=Coverage(
            payer_id=payer.payer_id if payer else "", plan=payer.plan if payer else "",
            starts_on=_moved(cover.starts_on, site.shift) or events.NO_DAY,
            ends_on=_moved(cover.ends_on, site.shift),
        ),
        billing_npi=site.facility.npi, rendering_npi=provider.npi if provider else "",
        diagnoses=tuple(
            Diagnosis(code=_code(named), assigned_by=visit.provider_id, source="provider")
            for named in visit.diagnoses[:MOST_DIAGNOSES]
        ),
    )
    return dataclasses.replace(bill, lines=_lines(visit, site, encounter_id, bill))


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
        counted[(visited, on, "")] = 1
    for item in _expanded(visit.items):
        charge = site.chargemaster.item(item.match)
        if charge and (hcpcs.is_valid(item.match) or item.match == "further_immunization"):
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


def _demographics(visit: Visit, shift: timedelta) -> Demographics:
    person = visit.person
    born = _moved(person.birth_date, shift)
    return Demographics(
        family=person.family, given=person.given, birth_date=born.isoformat() if born else "",
        sex=person.sex, address=person.address, city=person.city, state=person.state,
        zip=person.zip, member_id=visit.cover.member_id, record_number=person.record_number,
        patient_source_id=person.source_id, encounter_source_id=visit.source_id,
    )


def _moved(on: date | None, shift: timedelta) -> date | None:
    try:
        return on + shift if on else None
    except OverflowError:
        return on


def _digest(
    key: SiteKey, event: events.Encounter, demographics: Demographics, texts: tuple[str, ...]
) -> bytes:
    content = orjson.dumps((event, demographics, texts), default=repr)
    return hmac.new(key.derived("intake"), content, hashlib.sha256).digest()[:16]

