"""A claim as the payer read it: plain data, money in integer cents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triple; a positive amount reduces the payment."""

    group: str
    carc: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """One service line (loop 2400).

    Attributes:
        number: LX01.
        line_id: REF*6R; empty when absent.
        code: Procedure (SV101-2, SV202-2); an institutional line may have none.
        modifiers: The four after it.
        units: SV104 or SV205, whole units.
        charge_cents: SV102 or SV203.
        pointers: SV107, 1-based; professional only.
        place: SV105, or the claim's place of service; professional only.
        served_on: First day of DTP*472, CCYYMMDD; of an institutional line without one, the
            statement's first day.
        authorization: REF*G1 of the line.
        revenue: SV201; institutional only.
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
    revenue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """What only an institutional claim has.

    Attributes:
        starts_on: First day of the statement (DTP*434), CCYYMMDD.
        ends_on: Its last day.
        admitted: DTP*435 as it stands.
        admission_type: CL101.
        patient_status: CL103.
        drg: HI*DR.
        admitting: HI*ABJ.
        present: Present on admission, one a diagnosis of the claim.
        procedures: HI*BBR and BBQ.
        conditions: HI*BG, change reasons among them.
        attending_npi: NM1*71.
    """

    starts_on: str = ""
    ends_on: str = ""
    admitted: str = ""
    admission_type: str = ""
    patient_status: str = ""
    drg: str = ""
    admitting: str = ""
    present: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    attending_npi: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What another payer decided on one line (loop 2430)."""

    line: int
    payer: str
    paid_cents: int
    adjustments: tuple[Adjustment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPayer:
    """Another payer of the patient (loop 2320).

    Attributes:
        sequence: SBR01.
        payer: NM109 of loop 2330B.
        paid_cents: AMT*D; none while it has not decided.
        adjustments: CAS of the claim.
        lines: Its decisions on lines.
    """

    sequence: str
    payer: str
    paid_cents: int | None
    adjustments: tuple[Adjustment, ...]
    lines: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim (loop 2300 with what stands above it).

    Attributes:
        control_number: CLM01.
        frequency: CLM05-3.
        payer_claim_number: REF*F8, our number of the claim it replaces or voids.
        total_cents: CLM02.
        place: CLM05-1: place of service, or the facility type of an institutional claim.
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
        sequence: SBR01: P when we pay first, S, T.
        others: The patient's other payers.
        facility: What an institutional claim adds; none on a professional one.
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
    sequence: str = "P"
    others: tuple[OtherPayer, ...] = ()
    facility: Facility | None = None

    @property
    def key(self) -> str:
        """Return what makes two claims the same claim: member, provider, days and procedures.

        Coding details (modifiers, units, diagnoses) are left out: a corrected claim is still the
        same claim. Decisions by chance hang on this key, so they survive a resubmission. A claim
        to us as the second payer is another one than that to us as the first.
        """
        services = sorted(f"{line.served_on}{line.code or line.revenue}" for line in self.lines)
        parts = [self.member_id, self.billing_npi, *services]
        if self.facility is not None:
            parts.append(f"{self.place}@{self.facility.starts_on}")
        if self.sequence != "P":
            parts.append(self.sequence)
        return "|".join(parts)

    @property
    def kind(self) -> str:
        """Return I for an institutional, P for a professional claim."""
        return "P" if self.facility is None else "I"

    @property
    def inpatient(self) -> bool:
        """Return whether it is a hospital's inpatient claim, type of bill 11x."""
        return self.facility is not None and self.place == "11"

    @property
    def first_day(self) -> str:
        """Return the first day of service, CCYYMMDD."""
        if self.facility is not None and self.facility.starts_on:
            return self.facility.starts_on
        return min((line.served_on for line in self.lines), default="")

    @property
    def last_day(self) -> str:
        """Return the last day of service, CCYYMMDD."""
        if self.facility is not None and self.facility.ends_on:
            return self.facility.ends_on
        return max((line.served_on for line in self.lines), default="")

    @property
    def decided(self) -> OtherPayer | None:
        """Return the last payer before us that decided, if any."""
        before = [other for other in self.others if other.paid_cents is not None]
        return before[-1] if before else None


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
