"""A host's claim and who coded it -> the content of the events the live system would have said.

Pure. What goes in clear is checked for its shape here; numbers of the host (CLM01, line control
numbers, record numbers) become opaque, their own form stays in the sealed group and in the sealed
claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from schemas.events import NO_DAY, Bill, Coverage, Diagnosis, Line, Patient
from services.codes.reference import Payer
from services.phi import vault
from services.phi.keys import SiteKey
from services.phi.vault import Demographics
from services.shadow import institutional, shapes
from services.shadow.codingfile import Coding
from services.shadow.hostclaim import HostClaim, first, party
from services.shadow.payers import Payers
from services.shadow.shapes import Unfit
from services.x12.segments import Segment
from services.x12.values import cents, days, number

OLDEST_TOLD = 90
UNKNOWN = "unknown"
CLASSES = {"21": "inpatient", "51": "inpatient", "23": "emergency"}
CLAIM_TYPES = {"837P": "professional", "837I": "institutional"}
ORDER = {"P": 1, "S": 2, "T": 3}


@dataclass(frozen=True, slots=True)
class Author:
    """Who assigned a code, and as what."""

    assigned_by: str
    source: str


@dataclass(frozen=True, slots=True)
class Built:
    """What a host's claim becomes.

    Attributes:
        bill: Without its sealed group.
        coder_id: Who answers for the coding; empty when nobody said.
        coded_at: When it was coded; the claim's own time when nobody said.
        demographics: To be sealed.
        kid: Id of the patient's data key.
        sequence: P, S or T.
        known_payer: The payer is one of ours, not only of that kind.
    """

    bill: Bill
    coder_id: str
    coded_at: datetime
    demographics: Demographics
    kid: str
    sequence: str
    known_payer: bool


def account(site: SiteKey, host_number: str) -> str:
    """Return the opaque form of a host's CLM01."""
    return site.opaque("host account", host_number)


def line_id(site: SiteKey, host_number: str, host_line: str) -> str:
    """Return the opaque form of a host's line control number (REF*6R)."""
    return site.opaque("host line", host_number, host_line, length=12)


def build(claim: HostClaim, rows: Sequence[Coding], site: SiteKey, payers: Payers) -> Built:
    """Return the content of a claim's events.

    Args:
        claim: The host's claim.
        rows: Rows of the coding file about its account.
        site: Makes opaque ids.
        payers: Who the host's payers are.

    Raises:
        Unfit: something that must go in clear has not its shape, or no payer fits.
        services.x12.errors.X12Error: an element cannot be read.
    """
    claim_type = CLAIM_TYPES[claim.kind]
    sbr = first(claim.insured, "SBR")
    named = party(claim.insured, "PR")
    payer, known = payers.of_claim(
        named[0].get(9) if named else "", sbr.get(9) if sbr else "", claim_type
    )
    if payer is None:
        raise Unfit("NM1", "payer", "no payer of the reference file is of this kind (SBR09)")
    whole = said(rows, "", claim.at.date())
    default = _author(whole)
    person = demographics(claim)
    bill = _bill(claim, claim_type, payer, sbr, person)
    diagnoses = _diagnoses(claim, rows, default)
    lines = tuple(
        _line(claim, n, rows, default, site, bill) for n in range(1, len(claim.lines) + 1)
    )
    if not lines:
        raise Unfit("LX", "lines", "a claim has at least one line")
    kept = {f.name: getattr(bill, f.name) for f in bill.__dataclass_fields__.values()}
    kept |= {"diagnoses": diagnoses, "lines": lines, "facility_id": _facility(bill, payers)}
    if claim.kind == "837I":
        kept["institutional"] = institutional.build(claim, lambda code: author(code, rows, default))
    return Built(
        Bill(**kept), whole.coder_id if whole else "",
        datetime.combine(whole.coded_on, claim.at.time(), claim.at.tzinfo) if whole else claim.at,
        person, vault.data_key_id(site, person.patient_source_id),
        (sbr.get(1) if sbr else "") or "P", known,
    )


def said(rows: Sequence[Coding], code: str, on: date) -> Coding | None:
    """Return the row about a code (or the whole claim) that stood on a day.

    The latest up to that day; when all are later, the first.
    """
    about = sorted(
        (row for row in rows if row.code == code),
        key=lambda row: (row.coded_on, row.coder_id, row.source),
    )
    before = [row for row in about if row.coded_on <= on]
    return before[-1] if before else next(iter(about), None)


def author(code: str, rows: Sequence[Coding], default: Author) -> Author:
    """Return who assigned a code."""
    own = [row for row in rows if row.code == code.replace(".", "")]
    return _author(max(own, key=lambda row: row.coded_on)) if code and own else default


def _author(row: Coding | None) -> Author:
    if row is None:
        return Author("", UNKNOWN)
    return Author("chargemaster" if row.source == "chargemaster" else row.coder_id, row.source)


def _bill(
    claim: HostClaim, claim_type: str, payer: Payer, sbr: Segment | None, person: Demographics
) -> Bill:
    place, starts_on, ends_on = claim.clm.parts(5), *served(claim)
    billing, rendering = party(claim.segments(claim.billing), "85"), party(claim.own, "82")
    attending, referring = party(claim.own, "71"), party(claim.own, "DN")
    own = rendering or attending or billing
    return Bill(
        claim_type=claim_type,
        encounter_class=_class(claim, place[0]),
        place_of_service=shapes.fits(shapes.PLACE, place[0], "CLM", "place of service"),
        starts_on=starts_on, ends_on=ends_on,
        patient=Patient(age_years=_age(person.birth_date, starts_on), sex=person.sex),
        coverage=Coverage(
            payer_id=payer.payer_id, plan=payer.plan, relationship=_relationship(claim, sbr)
        ),
        billing_npi=shapes.npi(billing), rendering_npi=shapes.npi(own),
        referring_npi=shapes.npi(referring),
        authorized=bool(person.authorization),
    )


def _facility(bill: Bill, payers: Payers) -> str:
    """Return the facility that bills: ours by its NPI, else the NPI itself."""
    ours = payers.reference.facilities.values()
    known = next((f.facility_id for f in ours if f.npi == bill.billing_npi), "")
    return known or bill.billing_npi or "host"


def _class(claim: HostClaim, place: str) -> str:
    if claim.kind == "837P":
        return CLASSES.get(place, "ambulatory")
    if place in ("11", "18", "21"):
        return "inpatient"
    revenues = {line[1][1][:3] for line in claim.lines if len(line) > 1 and len(line[1]) > 1}
    return "emergency" if "045" in revenues else "ambulatory"


def _relationship(claim: HostClaim, sbr: Segment | None) -> str:
    pat = first(claim.segments(claim.patient), "PAT")
    return (pat.get(1) if pat else "") or (sbr.get(2) if sbr else "") or "18"


def served(claim: HostClaim) -> tuple[date, date]:
    """Return first and last day: of the statement (DTP*434), else of the lines (DTP*472)."""
    statement = first(claim.own, "DTP", "434")
    if statement:
        return days(statement, 2, 3)
    spans = [
        days(segment, 2, 3)
        for line in claim.lines
        if (segment := first(claim.segments(line), "DTP", "472"))
    ]
    if not spans:
        return NO_DAY, NO_DAY
    return min(span[0] for span in spans), max(span[1] for span in spans)


def _age(birth_date: str, on: date) -> int:
    if not birth_date or on == NO_DAY:
        return 0
    born = date.fromisoformat(birth_date)
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return max(0, min(years, OLDEST_TOLD))


def _diagnoses(
    claim: HostClaim, rows: Sequence[Coding], default: Author
) -> tuple[Diagnosis, ...]:
    found = []
    for hi in (segment for segment in claim.own if segment.id == "HI"):
        for at in range(1, len(hi.elements)):
            parts = hi.parts(at)
            if len(parts) > 1 and parts[0] in ("ABK", "ABF", "BK", "BF"):
                code = shapes.diagnosis(parts[1])
                whose = author(code, rows, default)
                found.append(Diagnosis(
                    code=code, assigned_by=whose.assigned_by, source=whose.source,
                    present=parts[8] if len(parts) > 8 and parts[8] in tuple("YNUW") else "",
                ))
    return tuple(found)


def _line(
    claim: HostClaim, position: int, rows: Sequence[Coding], default: Author, site: SiteKey,
    bill: Bill,
) -> Line:
    segments = claim.segments(claim.lines[position - 1])
    sv1, sv2 = first(segments, "SV1"), first(segments, "SV2")
    service = sv1 or sv2
    if service is None:
        raise Unfit("LX", "line", "has neither SV1 nor SV2")
    at = 1 if sv1 else 2
    code = service.parts(at)
    units = number(service, at + 3)
    if units != int(units) or units < 0:
        raise Unfit(service.id, "units", "are not whole")
    day = first(segments, "DTP", "472")
    control = first(segments, "REF", "6R")
    whose = author(code[1] if len(code) > 1 else "", rows, default)
    return Line(
        line_id=line_id(site, claim.number, control.get(2) if control else f"#{position}"),
        code=shapes.fits(shapes.PROCEDURE, code[1] if len(code) > 1 else "", service.id, "code"),
        modifiers=tuple(
            shapes.fits(shapes.MODIFIER, m, service.id, "modifier") for m in code[2:6] if m
        ),
        units=int(units), charge_cents=cents(service, at + 1),
        pointers=tuple(int(p) for p in sv1.parts(7) if p.isdigit()) if sv1 else (),
        place_of_service=(sv1.get(5) or bill.place_of_service) if sv1 else "",
        served_on=days(day, 2, 3)[0] if day else bill.starts_on,
        assigned_by=whose.assigned_by, source=whose.source,
        revenue_code=shapes.fits(shapes.REVENUE, service.get(1), "SV2", "revenue") if sv2 else "",
    )


def demographics(claim: HostClaim) -> Demographics:
    """Return who the patient and the subscriber are, and the host's own numbers."""
    person, insured = claim.person, party(claim.insured, "IL")
    name, where = person[0] if person else None, _address(person)
    born, sex = _born(person)
    member = insured[0].get(9) if insured else ""
    record = claim.reference("EA")
    note = first(claim.own, "NTE")
    other = bool(claim.patient) and bool(insured)
    theirs = _address(insured) if other else ("", "", "", "")
    their_birth, their_sex = _born(insured) if other else ("", "")
    return Demographics(
        family=name.get(3) if name else "", given=name.get(4) if name else "",
        birth_date=born, sex=sex, address=where[0], city=where[1], state=where[2], zip=where[3],
        member_id=member, record_number=record,
        patient_source_id=record or f"{member}|{born}|{name.get(4) if name else ''}",
        encounter_source_id=claim.number,
        subscriber_family=insured[0].get(3) if other else "",
        subscriber_given=insured[0].get(4) if other else "",
        subscriber_birth_date=their_birth, subscriber_sex=their_sex,
        subscriber_address=theirs[0], subscriber_city=theirs[1], subscriber_state=theirs[2],
        subscriber_zip=theirs[3],
        authorization=claim.reference("G1"), referral=claim.reference("9F"),
        claim_note=note.get(2) if note else "",
    )


def _address(named: Sequence[Segment]) -> tuple[str, str, str, str]:
    street, city = first(named, "N3"), first(named, "N4")
    return (
        street.get(1) if street else "", city.get(1) if city else "",
        city.get(2) if city else "", city.get(3) if city else "",
    )


def _born(named: Sequence[Segment]) -> tuple[str, str]:
    """Return birth date (ISO) and sex of a person's DMG."""
    dmg = first(named, "DMG")
    if dmg is None:
        return "", "U"
    on = days(dmg, 1, 2)[0] if dmg.get(2) else None
    return on.isoformat() if on else "", dmg.get(3) if dmg.get(3) in ("F", "M") else "U"
