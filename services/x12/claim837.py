"""What a claim consists of, as the writer takes it: one `Claim` for both implementation guides.

    professional   837P 005010X222A1   `institutional` is none
    institutional  837I 005010X223A2   `institutional` holds what only a hospital's claim has

`write837` turns claims into an interchange, `read837` reads anybody's. Free text (names,
addresses, notes) is mapped to X12's basic character set on writing; ids and codes are refused
when they do not fit. Codes stand with their dot as in the record and lose it on writing. Money is
integer cents and never negative: a claim is corrected by replacing (7) or voiding (8) it.

    Claim(
        control_number="C1", frequency="7", payer_claim_number="ICN1", place_of_service="11",
        diagnoses=(Diagnosis(code="E11.9"),), lines=(ServiceLine(...),), billing=..., payer=...,
        rendering=Provider(...), subscriber=Subscriber(...),
    )
"""

from dataclasses import dataclass
from datetime import date, datetime

from services.x12.segments import STANDARD, Delimiters

PROFESSIONAL = "005010X222A1"
INSTITUTIONAL = "005010X223A2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """N3 and N4; ``zip`` has five or nine digits, or is empty."""

    street: str
    city: str
    state: str
    zip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingProvider:
    """Loops 2000A and 2010AA."""

    name: str
    npi: str
    tax_id: str
    taxonomy: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A person in a loop 2310. ``taxonomy`` is written where the loop has a PRV (82, 71)."""

    family: str
    given: str
    npi: str
    taxonomy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacility:
    """Where it was done, when not at the billing provider's (NM1*77)."""

    name: str
    npi: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Loops 2000B and 2010BA; ``sex`` is F, M or U.

    Address and birth date are required while the subscriber is the patient, else optional.
    """

    family: str
    given: str
    member_id: str
    birth_date: date | None = None
    sex: str = "U"
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Loops 2000C and 2010CA: the patient, who is not the subscriber.

    Attributes:
        relationship: To the subscriber (PAT01): 01 spouse, 19 child, 20 employee, 21 unknown,
            39 organ donor, 40 cadaver donor, 53 life partner, G8 other.
        family: Last name.
        given: First name.
        birth_date: Birth date.
        sex: F, M or U.
        address: Address.
    """

    relationship: str
    family: str
    given: str
    birth_date: date
    sex: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerName:
    """Loop 2010BB and SBR09; also loop 2330B."""

    name: str
    number: str
    filing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One CAS triple of a payer's decision; a positive amount reduces its payment."""

    group: str
    carc: str
    amount_cents: int
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCoverage:
    """Another payer of the patient (loops 2320, 2330A, 2330B), decided already or not yet.

    Attributes:
        sequence: SBR01: its place among the payers; no two payers of a claim share one.
        relationship: SBR02: of the patient to its subscriber; 18 the same person.
        family: Its subscriber's last name.
        given: First name.
        member_id: Its member id.
        payer: The payer; its number is what `LineDecision.payer_number` refers to.
        paid_cents: AMT*D; none while it has not decided.
        patient_cents: AMT*EAF: what it left to the patient; none when not said.
        adjustments: CAS at claim level.
        decided_on: DTP*573, when it decided at claim level.
        payer_claim_number: REF*F8: its number of the claim.
    """

    sequence: str
    relationship: str
    family: str
    given: str
    member_id: str
    payer: PayerName
    paid_cents: int | None = None
    patient_cents: int | None = None
    adjustments: tuple[Adjustment, ...] = ()
    decided_on: date | None = None
    payer_claim_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDecision:
    """What another payer decided on a line (loop 2430).

    Attributes:
        payer_number: SVD01: number of one of the claim's `others`.
        paid_cents: SVD02.
        code: SVD03: the procedure it adjudicated.
        modifiers: Its modifiers.
        units: SVD05: units paid.
        decided_on: DTP*573.
        adjustments: CAS of the line.
        patient_cents: AMT*EAF; none when not said.
    """

    payer_number: str
    paid_cents: int
    code: str
    modifiers: tuple[str, ...]
    units: int
    decided_on: date
    adjustments: tuple[Adjustment, ...] = ()
    patient_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """Loop 2400: SV1 of a professional, SV2 of an institutional claim.

    Attributes:
        line_id: REF*6R, which the 835 gives back.
        code: HCPCS or CPT; may be empty on an institutional line.
        modifiers: At most four.
        charge_cents: Of the whole line.
        units: Whole units.
        served_on: DTP*472, or its first day.
        ended_on: Last day of a range.
        pointers: 1-based positions in the diagnoses, one to four; professional only.
        place_of_service: SV105, written where it is not the claim's; professional only.
        revenue_code: SV201, four digits; institutional only.
        unit: UN units, DA days (accommodation), MJ minutes (anaesthesia).
        decisions: What payers before this one decided.
    """

    line_id: str
    code: str
    modifiers: tuple[str, ...]
    charge_cents: int
    units: int
    served_on: date
    ended_on: date | None = None
    pointers: tuple[int, ...] = ()
    place_of_service: str = ""
    revenue_code: str = ""
    unit: str = "UN"
    decisions: tuple[LineDecision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """PWK: what is sent beside the claim: PWK01, PWK02, and PWK06, which the 275 repeats."""

    kind: str
    transmission: str
    control_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """ICD-10-CM; ``present`` on admission (Y, N, U, W or empty) on institutional claims."""

    code: str
    present: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """ICD-10-PCS (HI*BBR, BBQ)."""

    code: str
    performed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """HI*BH, or with a last day the span HI*BI."""

    code: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """HI*BE; a count stands as whole units of 100."""

    code: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Institutional:
    """What only an institutional claim has.

    The type of bill is `facility_type` (CLM05-1, with CLM05-2 = A) and the claim's frequency: an
    inpatient replacement is 11 and 7, called 117.

    Attributes:
        facility_type: 11 inpatient, 13 outpatient, ...
        starts_on: First day of the statement (DTP*434).
        ends_on: Its last day.
        patient_status: CL103.
        admission_type: CL101.
        admission_source: CL102.
        admitted_at: DTP*435, to the minute.
        discharged_at: Its time is DTP*096; its day is `ends_on`.
        drg: HI*DR.
        attending: NM1*71.
        operating: NM1*72.
        other_operating: NM1*ZZ.
        admitting: HI*ABJ: the admitting diagnosis.
        visit_reasons: HI*APR, at most three, of an outpatient.
        external_causes: HI*ABN, at most twelve.
        procedures: HI*BBR the first, HI*BBQ the others; at most 25.
        occurrences: HI*BH and, with a last day, HI*BI; at most 24 of each.
        values: HI*BE, at most 24.
        conditions: HI*BG, at most 24 with the change reason, which is not among them.
        change_reason: HI*BG: D0 to D9 or E0: why a 7 or 8 is sent.
    """

    facility_type: str
    starts_on: date
    ends_on: date
    patient_status: str
    admission_type: str
    admission_source: str = ""
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    drg: str = ""
    attending: Provider | None = None
    operating: Provider | None = None
    other_operating: Provider | None = None
    admitting: str = ""
    visit_reasons: tuple[str, ...] = ()
    external_causes: tuple[Diagnosis, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    values: tuple[Value, ...] = ()
    conditions: tuple[str, ...] = ()
    change_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim (loop 2300) with the parties above it.

    Attributes:
        control_number: CLM01, at most 20 characters.
        frequency: CLM05-3: 1 original, 7 replacement (the whole claim again), 8 void.
        diagnoses: Principal first; at most 12, institutional 25.
        lines: At most 50, institutional 999.
        billing: Billing provider.
        subscriber: Who is insured; the patient, unless `patient` says otherwise.
        payer: Who is to pay.
        payer_claim_number: REF*F8, the payer's number of the latest version; with 7 and 8 only.
        place_of_service: CLM05-1 of a professional claim.
        sequence: SBR01: P first, S second, T third, then A to H.
        patient: The patient, when that is not the subscriber.
        rendering: NM1*82; on an institutional claim only when it is not the attending.
        referring: NM1*DN.
        service_facility: NM1*77.
        others: The patient's other payers, those before and those after this one.
        authorization: REF*G1.
        referral: REF*9F.
        note: NTE*ADD, free text; 80 characters are kept.
        delay_reason: CLM20.
        related_causes: CLM11 of a professional claim: AA, EM, OA, at most two.
        accident_state: CLM11-4, with AA.
        accident_on: DTP*439, with AA or OA. An institutional claim says it by occurrence codes.
        attachments: PWK, at most ten.
        institutional: What only an institutional claim has; none on a professional one.
    """

    control_number: str
    frequency: str
    diagnoses: tuple[Diagnosis, ...]
    lines: tuple[ServiceLine, ...]
    billing: BillingProvider
    subscriber: Subscriber
    payer: PayerName
    payer_claim_number: str = ""
    place_of_service: str = ""
    sequence: str = "P"
    patient: Patient | None = None
    rendering: Provider | None = None
    referring: Provider | None = None
    service_facility: ServiceFacility | None = None
    others: tuple[OtherCoverage, ...] = ()
    authorization: str = ""
    referral: str = ""
    note: str = ""
    delay_reason: str = ""
    related_causes: tuple[str, ...] = ()
    accident_state: str = ""
    accident_on: date | None = None
    attachments: tuple[Attachment, ...] = ()
    institutional: Institutional | None = None

    @property
    def charge_cents(self) -> int:
        """CLM02."""
        return sum(line.charge_cents for line in self.lines)

    @property
    def guide(self) -> str:
        """The implementation guide it is written by (ST03, GS08)."""
        return PROFESSIONAL if self.institutional is None else INSTITUTIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An interchange to be written: one group of one guide, sets of claims.

    Attributes:
        sender_qualifier: ISA05.
        sender: ISA06 and GS02; also NM109 of the submitter.
        receiver_qualifier: ISA07.
        receiver: ISA08 and GS03; also NM109 of the receiver.
        receiver_name: NM103 of loop 1000B.
        submitter_name: NM103 of loop 1000A.
        contact: PER02.
        phone: PER04.
        usage: ISA15: P or T.
        at: When it was made.
        interchange_control: ISA13.
        group_control: GS06.
        first_set_control: ST02 of the first set; the others follow.
        guide: ST03 and GS08; a claim of another guide is refused.
        claims_per_set: At most 5,000 (the guide's recommendation).
        delimiters: Of this partner.
    """

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    receiver_name: str
    submitter_name: str
    contact: str
    phone: str
    usage: str
    at: datetime
    interchange_control: int
    group_control: int
    first_set_control: int
    guide: str = PROFESSIONAL
    claims_per_set: int = 100
    delimiters: Delimiters = STANDARD
