"""What an 835 says, as values: payment, claims, service lines, provider-level adjustments.

Amounts are integer cents; positive CAS and PLB amounts reduce the payment.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.x12.loops import Party, Raw


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triple."""

    group: str
    reason: str
    amount_cents: int
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """Loop 2110.

    Attributes:
        segment: Position of SVC in the file.
        qualifier: HC for HCPCS, NU for a revenue code, ...
        code: The procedure as adjudicated (SVC01-2).
        modifiers: SVC01-3 to 6.
        charge_cents: SVC02.
        paid_cents: SVC03.
        revenue_code: SVC04.
        units: SVC05, 1 when absent.
        submitted: SVC06, the procedure as billed where it differs.
        line_id: REF*6R, our line item control number.
        adjustments: CAS.
        remarks: LQ*HE.
        other: DTM, the other REF, AMT, QTY and LQ segments, as read.
    """

    segment: int
    qualifier: str
    code: str
    modifiers: tuple[str, ...]
    charge_cents: int
    paid_cents: int
    revenue_code: str
    units: Decimal
    submitted: str
    line_id: str
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...]
    other: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """Loop 2100: one occurrence of a claim.

    Attributes:
        segment: Position of CLP in the file.
        ordinal: Position among the set's claims, from 1.
        header: LX01 it stands under.
        control_number: CLP01.
        status: CLP02.
        charge_cents: CLP03, signed.
        paid_cents: CLP04, signed.
        patient_cents: CLP05, signed.
        filing: CLP06.
        payer_claim_number: CLP07.
        facility_code: CLP08.
        frequency: CLP09.
        drg: CLP11.
        adjustments: CAS of the claim.
        parties: NM1: patient, insured, corrected patient, provider, other payers.
        remarks: RARCs of MIA or MOA.
        lines: Loop 2110.
        other: MIA, MOA, REF, DTM, PER, AMT and QTY segments, as read.
    """

    segment: int
    ordinal: int
    header: str
    control_number: str
    status: str
    charge_cents: int
    paid_cents: int
    patient_cents: int
    filing: str
    payer_claim_number: str
    facility_code: str
    frequency: str
    drg: str
    adjustments: tuple[Adjustment, ...]
    parties: tuple[Party, ...]
    remarks: tuple[str, ...]
    lines: tuple[ServiceLine, ...]
    other: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """One pair of a PLB segment; a positive amount reduces the payment.

    Attributes:
        segment: Position of PLB in the file.
        provider: PLB01.
        fiscal_end: PLB02.
        reason: As WO, FB, L6, 72.
        reference: The payer's reference.
        amount_cents: Signed.
    """

    segment: int
    provider: str
    fiscal_end: date
    reason: str
    reference: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Payment:
    """The head of an 835: what was paid, by which payment, by whom to whom.

    Attributes are those of `Remittance` of the same name; `other` holds CUR, REF and DTM.
    """

    segment: int
    handling: str
    paid_cents: int
    method: str
    paid_on: date
    trace: str
    payer_id: str
    payer: Party
    payee: Party
    other: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Loop 2000: the header number (LX01) claims stand under, and the segments of its loop."""

    number: str
    segments: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class ProviderAdjustments:
    """The pairs of one PLB segment."""

    pairs: tuple[ProviderAdjustment, ...]


Part = Payment | Header | ClaimPayment | ProviderAdjustments


@dataclass(frozen=True, slots=True)
class Remittance:
    """One 835.

    Attributes:
        segment: Position of BPR in the file.
        set_control: ST02.
        handling: BPR01.
        paid_cents: BPR02, negative for a debit (BPR03 D).
        method: BPR04: ACH, CHK, NON, ...
        paid_on: BPR16.
        trace: TRN02, check or EFT number.
        payer_id: TRN03.
        payer: N1*PR.
        payee: N1*PE.
        claims: In the order of the file.
        provider_adjustments: PLB.
        other: CUR, REF, DTM, LX, TS3 and TS2 segments, as read.
        digest: SHA-256 of the segments between ST and SE: the same content, whatever its envelope.
    """

    segment: int
    set_control: str
    handling: str
    paid_cents: int
    method: str
    paid_on: date
    trace: str
    payer_id: str
    payer: Party
    payee: Party
    claims: tuple[ClaimPayment, ...]
    provider_adjustments: tuple[ProviderAdjustment, ...]
    other: tuple[Raw, ...]
    digest: str

    @property
    def payee_npi(self) -> str:
        """NPI of the payee, or the other id it is named by."""
        return self.payee.identifier
