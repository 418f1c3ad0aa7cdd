"""A claim as the payer read it: plain data, money in integer cents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """One service line (837P loop 2400).

    Attributes:
        number: LX01.
        line_id: REF*6R; empty when absent.
        code: Procedure (SV101-2).
        modifiers: SV101-3 to -6.
        units: SV104, whole units.
        charge_cents: SV102.
        pointers: SV107, 1-based.
        place: SV105, or the claim's place of service.
        served_on: First day of DTP*472, CCYYMMDD.
        authorization: REF*G1 of the line.
    """

    number: int
    line_id: str
    code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    pointers: tuple[int, ...]
    place: str
    served_on: str
    authorization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim (837P loop 2300 with what stands above it).

    Attributes:
        control_number: CLM01.
        frequency: CLM05-3.
        payer_claim_number: REF*F8, our number of the claim it replaces or voids.
        total_cents: CLM02.
        place: CLM05-1.
        diagnoses: HI codes without a dot, principal first.
        lines: Service lines.
        authorization: REF*G1 of the claim.
        attachment: A PWK segment announces documents.
        member_id: NM109 of the subscriber.
        family: Patient's family name.
        given: Patient's given name.
        born: Patient's birth date, CCYYMMDD.
        sex: F, M or U.
        billing_npi: NPI of the billing provider.
        billing_name: Its name.
        rendering_npi: NPI of the rendering provider; empty when not named.
        rendering_family: Their family name.
        rendering_given: Their given name.
        flaws: Fields that could not be read, as ``charge`` or ``units``.
    """

    control_number: str
    frequency: str
    payer_claim_number: str
    total_cents: int
    place: str
    diagnoses: tuple[str, ...]
    lines: tuple[ServiceLine, ...]
    authorization: str
    attachment: bool
    member_id: str
    family: str
    given: str
    born: str
    sex: str
    billing_npi: str
    billing_name: str
    rendering_npi: str
    rendering_family: str
    rendering_given: str
    flaws: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what makes two claims the same claim: member, provider, days and procedures.

        Coding details (modifiers, units, diagnoses) are left out: a corrected claim is still the
        same claim. Decisions by chance hang on this key, so they survive a resubmission.
        """
        services = sorted(f"{line.served_on}{line.code}" for line in self.lines)
        return "|".join((self.member_id, self.billing_npi, *services))

    @property
    def first_day(self) -> str:
        """Return the first day of service, CCYYMMDD."""
        return min((line.served_on for line in self.lines), default="")

    @property
    def last_day(self) -> str:
        """Return the last day of service, CCYYMMDD."""
        return max((line.served_on for line in self.lines), default="")


@dataclass(frozen=True, slots=True)
class Status:
    """One status of a 277CA (STC01), of the claim or of one line.

    Attributes:
        category: A3, A6, A7 or A8: rejected.
        code: Claim status code.
        entity: Entity code, or empty.
        line: Service line number, or 0 for the claim.
    """

    category: str
    code: str
    entity: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triple; a positive amount reduces the payment."""

    group: str
    carc: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDecision:
    """What is decided on one line: charge - adjustments = paid, to the cent."""

    line_id: str
    code: str
    modifiers: tuple[str, ...]
    units: int
    served_on: str
    charge_cents: int
    paid_cents: int
    allowed_cents: int
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided on a claim.

    Attributes:
        status: CLP02: 1 processed, 4 patient not identified.
        lines: One decision a service line, in the claim's order.
        remarks: Remark codes of the claim (MOA).
        reason: paid, or why not all of it: ``coding/<rule>``, ``<category>``, ``duplicate``.
        unprocessable: MA130: the claim counts as never received; a new claim may follow.
        attempt: How many decisions on this claim came before.
    """

    status: str
    lines: tuple[LineDecision, ...]
    remarks: tuple[str, ...]
    reason: str
    unprocessable: bool
    attempt: int

    @property
    def charge_cents(self) -> int:
        """CLP03."""
        return sum(line.charge_cents for line in self.lines)

    @property
    def paid_cents(self) -> int:
        """CLP04."""
        return sum(line.paid_cents for line in self.lines)

    @property
    def patient_cents(self) -> int:
        """CLP05: what group PR leaves to the patient."""
        return sum(a.cents for line in self.lines for a in line.adjustments if a.group == "PR")
