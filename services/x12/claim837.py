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

from services.x12.others837 import Adjustment, LineDecision, OtherCoverage
from services.x12.parties837 import (
    Address,
    BillingProvider,
    Patient,
    PayerName,
    Provider,
    ServiceFacility,
    Subscriber,
)
from services.x12.segments import STANDARD, Delimiters
from services.x12.stay837 import Diagnosis, Institutional, Occurrence, Procedure, Value

__all__ = [
    "INSTITUTIONAL", "PROFESSIONAL", "Address", "Adjustment", "Attachment", "BillingProvider",
    "Claim", "Diagnosis", "Institutional", "LineDecision", "Occurrence", "OtherCoverage", "Patient",
    "PayerName", "Procedure", "Provider", "ServiceFacility", "ServiceLine", "Submission",
    "Subscriber", "Value",
]  # fmt: skip

PROFESSIONAL = "005010X222A1"
INSTITUTIONAL = "005010X223A2"


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
        accident_state: CLM11-4, two letters, with AA.
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
