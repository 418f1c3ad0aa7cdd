"""What a professional claim (837P, 005010X222A1) consists of, as the writer takes it.

`write837` turns these into an interchange, `read837` reads any 837P back. Free text (names,
addresses) is mapped to X12's basic character set on writing; ids and codes are refused when they
do not fit.
"""

from dataclasses import dataclass
from datetime import date, datetime

from services.x12.segments import STANDARD, Delimiters

GUIDE = "005010X222A1"


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
class RenderingProvider:
    """Loop 2310B."""

    family: str
    given: str
    npi: str
    taxonomy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Loops 2000B and 2010BA; the patient is the subscriber. ``sex`` is F, M or U."""

    family: str
    given: str
    member_id: str
    birth_date: date
    sex: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerName:
    """Loop 2010BB and SBR09."""

    name: str
    number: str
    filing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """Loop 2400."""

    line_id: str
    code: str
    modifiers: tuple[str, ...]
    charge_cents: int
    units: int
    pointers: tuple[int, ...]
    place_of_service: str
    served_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfessionalClaim:
    """One claim (loop 2300) with the parties above it.

    Attributes:
        control_number: CLM01, at most 20 characters.
        place_of_service: CLM05-1.
        frequency: CLM05-3: 1, 7 or 8.
        payer_claim_number: REF*F8, for 7 and 8 only.
        diagnoses: ICD-10-CM, principal first, at most twelve; the dot is left out on writing.
        lines: At most fifty.
        billing: Billing provider.
        rendering: Rendering provider.
        subscriber: The patient.
        payer: The payer.
    """

    control_number: str
    place_of_service: str
    frequency: str
    payer_claim_number: str
    diagnoses: tuple[str, ...]
    lines: tuple[ServiceLine, ...]
    billing: BillingProvider
    rendering: RenderingProvider
    subscriber: Subscriber
    payer: PayerName

    @property
    def charge_cents(self) -> int:
        """CLM02."""
        return sum(line.charge_cents for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An interchange to be written: one group, sets of claims.

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
    claims_per_set: int = 100
    delimiters: Delimiters = STANDARD
