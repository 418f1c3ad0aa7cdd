"""Other payers of the patient in an 837 that is written, and what they decided."""

from dataclasses import dataclass
from datetime import date

from services.x12.parties837 import PayerName


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
