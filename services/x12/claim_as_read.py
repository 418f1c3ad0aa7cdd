"""What `read837` hands out: a claim of either guide, as whoever wrote it has it.

The fields name what one asks for; every segment of the claim and of the levels above stands in
``segments`` besides, so nothing is lost. Codes and dates are kept by their qualifiers (HI*BH,
DTP*435, REF*G1, ...), the same way in both guides.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.x12.claim837 import Attachment
from services.x12.loops import Party, Raw
from services.x12.remittance import Adjustment


@dataclass(frozen=True, slots=True)
class Dated:
    """A DTP.

    Attributes:
        qualifier: DTP01: 472 service, 434 statement, 435 admission, 439 accident, ...
        first: The day, or the first one; none where only a time is given.
        last: The same, or the last day of a range.
        time: HHMM or longer, where a time is given.
    """

    qualifier: str
    first: date | None
    last: date | None
    time: str = ""


@dataclass(frozen=True, slots=True)
class HealthCode:
    """One composite of an HI.

    Attributes:
        qualifier: ABK and ABF (BK, BF) diagnoses, ABJ admitting, APR reason for the visit, ABN
            external cause, DR the DRG, BBR and BBQ procedures, BI span, BH occurrence, BE value,
            BG condition, TC treatment, BP and BO anaesthesia.
        code: As it stands, without a dot.
        first: Its day, or the first one.
        last: The same, or the last day of a span.
        amount_cents: Of a value code.
        present: Present on admission.
    """

    qualifier: str
    code: str
    first: date | None = None
    last: date | None = None
    amount_cents: int | None = None
    present: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDecision:
    """Loop 2430: what another payer decided on a line.

    Attributes:
        payer_number: SVD01.
        paid_cents: SVD02.
        code: SVD03-2; may be empty on an institutional claim.
        modifiers: SVD03-3 to 6.
        revenue_code: SVD04.
        units: SVD05.
        adjustments: CAS.
        decided_on: DTP*573.
        patient_cents: AMT*EAF.
    """

    payer_number: str
    paid_cents: int
    code: str
    modifiers: tuple[str, ...]
    revenue_code: str
    units: Decimal | None
    adjustments: tuple[Adjustment, ...]
    decided_on: date | None
    patient_cents: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAsRead:
    """Loop 2400.

    Attributes:
        line_id: REF*6R.
        code: SV101-2 or SV202-2; may be empty on an institutional line.
        modifiers: SV101-3 to 6 or SV202-3 to 6.
        charge_cents: SV102 or SV203.
        units: SV104 or SV205.
        unit: SV103 or SV204: UN, DA, MJ.
        pointers: SV107.
        place_of_service: SV105.
        revenue_code: SV201.
        first_day: DTP*472, or its first day.
        last_day: The same, or its last day.
        references: REF: qualifier and value.
        providers: Loops 2420.
        decisions: Loops 2430.
        segments: All of it from LX on, as read.
    """

    line_id: str
    code: str
    modifiers: tuple[str, ...]
    charge_cents: int
    units: Decimal
    unit: str
    pointers: tuple[int, ...]
    place_of_service: str
    revenue_code: str
    first_day: date | None
    last_day: date | None
    references: tuple[tuple[str, str], ...]
    providers: tuple[Party, ...]
    decisions: tuple[LineDecision, ...]
    segments: tuple[Raw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPayer:
    """Loop 2320 with 2330: another payer of the patient.

    Attributes:
        sequence: SBR01.
        relationship: SBR02.
        filing: SBR09.
        paid_cents: AMT*D.
        patient_cents: AMT*EAF.
        uncovered_cents: AMT*A8.
        adjustments: CAS.
        decided_on: DTP*573.
        references: REF of the payer's loop: F8 its claim number, G1, 9F, ...
        parties: IL its subscriber, PR the payer, and its providers.
    """

    sequence: str
    relationship: str
    filing: str
    paid_cents: int | None
    patient_cents: int | None
    uncovered_cents: int | None
    adjustments: tuple[Adjustment, ...]
    decided_on: date | None
    references: tuple[tuple[str, str], ...]
    parties: tuple[Party, ...]

    @property
    def payer_number(self) -> str:
        """NM109 of loop 2330B."""
        return next((one.identifier for one in self.parties if one.entity == "PR"), "")


@dataclass(frozen=True, slots=True)
class Parties:
    """Who stands above a claim, by level, with the segments of each level from its HL on.

    Attributes:
        billing: Loops 2010AA to 2010AC.
        subscriber: Loops 2010BA and 2010BB: IL and PR.
        patient: Loop 2010CA: QC; empty while the subscriber is the patient.
        sequence: SBR01.
        relationship: SBR02, or PAT01 where there is a patient.
        filing: SBR09.
        billing_segments: Loop 2000A.
        subscriber_segments: Loop 2000B.
        patient_segments: Loop 2000C.
    """

    billing: tuple[Party, ...] = ()
    subscriber: tuple[Party, ...] = ()
    patient: tuple[Party, ...] = ()
    sequence: str = ""
    relationship: str = ""
    filing: str = ""
    billing_segments: tuple[Raw, ...] = ()
    subscriber_segments: tuple[Raw, ...] = ()
    patient_segments: tuple[Raw, ...] = ()

    @property
    def segments(self) -> tuple[Raw, ...]:
        """The levels from the top."""
        return self.billing_segments + self.subscriber_segments + self.patient_segments


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAsRead:
    """One claim of an 837P or 837I.

    Attributes:
        segment: Position of CLM in the file.
        set_control: ST02.
        guide: The guide it was written by.
        control_number: CLM01.
        charge_cents: CLM02.
        place_of_service: CLM05-1: place of service, or the facility type of a type of bill.
        facility: CLM05-2: B place of service, A type of bill.
        frequency: CLM05-3.
        related_causes: CLM11-1 and 2.
        delay_reason: CLM20.
        payer_claim_number: REF*F8.
        diagnoses: Codes of HI (ABK, ABF, BK, BF), as they stand, principal first.
        codes: Every composite of every HI.
        dates: DTP of the claim.
        references: REF of the claim: G1 authorisation, 9F referral, EA record number, ...
        amounts: AMT of the claim: qualifier and cents.
        notes: NTE: kind and text.
        attachments: PWK.
        admission_type: CL101.
        admission_source: CL102.
        patient_status: CL103.
        providers: Loops 2310.
        others: Loops 2320.
        parties: Billing provider, subscriber, payer, patient.
        lines: Loop 2400.
        segments: From CLM to the first LX, as read.
    """

    segment: int
    set_control: str
    guide: str
    control_number: str
    charge_cents: int
    place_of_service: str
    facility: str
    frequency: str
    related_causes: tuple[str, ...]
    delay_reason: str
    payer_claim_number: str
    diagnoses: tuple[str, ...]
    codes: tuple[HealthCode, ...]
    dates: tuple[Dated, ...]
    references: tuple[tuple[str, str], ...]
    amounts: tuple[tuple[str, int], ...]
    notes: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]
    admission_type: str
    admission_source: str
    patient_status: str
    providers: tuple[Party, ...]
    others: tuple[OtherPayer, ...]
    parties: Parties
    lines: tuple[LineAsRead, ...]
    segments: tuple[Raw, ...]

    @property
    def institutional(self) -> bool:
        """Whether it is an 837I."""
        return self.guide.startswith("005010X223")

    def coded(self, *qualifiers: str) -> tuple[HealthCode, ...]:
        """Return the codes of some HI qualifiers."""
        return tuple(one for one in self.codes if one.qualifier in qualifiers)

    def reference(self, qualifier: str) -> str:
        """Return the claim's REF with a qualifier; empty when there is none."""
        return next((value for kind, value in self.references if kind == qualifier), "")

    def dated(self, qualifier: str) -> Dated | None:
        """Return the claim's DTP with a qualifier."""
        return next((one for one in self.dates if one.qualifier == qualifier), None)

    def provider(self, entity: str) -> Party | None:
        """Return who has a role (NM101) in loop 2310."""
        return next((one for one in self.providers if one.entity == entity), None)
