"""Claims while they are being read: what `loops` fills in, and what becomes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.payer.claim import Adjustment, Claim, Facility, OtherPayer, ServiceLine, Verdict


@dataclass(slots=True)
class Person:
    """Subscriber or patient."""

    member_id: str = ""
    family: str = ""
    given: str = ""
    born: str = ""
    sex: str = ""


@dataclass(slots=True)
class OpenLine:
    """Loop 2400."""

    number: int = 0
    line_id: str = ""
    code: str = ""
    modifiers: tuple[str, ...] = ()
    units: int = 0
    charge_cents: int = 0
    pointers: tuple[int, ...] = ()
    place: str = ""
    served_on: str = ""
    authorization: str = ""
    revenue: str = ""


@dataclass(slots=True)
class OpenVerdict:
    """Loop 2430."""

    line: int
    payer: str
    paid_cents: int
    adjustments: list[Adjustment] = field(default_factory=list)


@dataclass(slots=True)
class OpenOther:
    """Loop 2320."""

    sequence: str
    payer: str = ""
    paid_cents: int | None = None
    adjustments: list[Adjustment] = field(default_factory=list)


@dataclass(slots=True)
class OpenFacility:
    """What a claim holds only when it is institutional."""

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


@dataclass(slots=True)
class OpenClaim:
    """Loop 2300."""

    control_number: str
    total_cents: int
    place: str
    frequency: str
    institutional: bool
    payer_claim_number: str = ""
    authorization: str = ""
    attachment: bool = False
    rendering_npi: str = ""
    rendering_family: str = ""
    rendering_given: str = ""
    diagnoses: tuple[str, ...] = ()
    lines: list[OpenLine] = field(default_factory=list)
    others: list[OpenOther] = field(default_factory=list)
    verdicts: list[OpenVerdict] = field(default_factory=list)
    facility: OpenFacility = field(default_factory=OpenFacility)
    flaws: list[str] = field(default_factory=list)

    def lacks(self) -> bool:
        """Return whether a segment is missing without which this is no claim."""
        if not (self.lines and self.diagnoses):
            return True
        if self.institutional:
            there = all(line.revenue for line in self.lines)
            return not (there and self.facility.starts_on and self.facility.patient_status)
        return not all(line.code and line.served_on for line in self.lines)


def finished(
    claim: OpenClaim, who: Person, billing: str, billing_name: str, sequence: str
) -> Claim:
    """Return the claim as it was read."""
    return Claim(
        control_number=claim.control_number,
        frequency=claim.frequency,
        payer_claim_number=claim.payer_claim_number,
        total_cents=claim.total_cents,
        place=claim.place,
        diagnoses=claim.diagnoses,
        lines=tuple(_lines(claim)),
        authorization=claim.authorization,
        attachment=claim.attachment,
        member_id=who.member_id,
        family=who.family,
        given=who.given,
        born=who.born,
        sex=who.sex,
        billing_npi=billing,
        billing_name=billing_name,
        rendering_npi=claim.rendering_npi,
        rendering_family=claim.rendering_family,
        rendering_given=claim.rendering_given,
        flaws=tuple(claim.flaws),
        sequence=sequence,
        others=tuple(_other(one, claim.verdicts) for one in claim.others),
        facility=_facility(claim.facility) if claim.institutional else None,
    )


def _lines(claim: OpenClaim) -> Iterable[ServiceLine]:
    for line in claim.lines:
        values = {name: getattr(line, name) for name in OpenLine.__slots__}
        if claim.institutional and not line.served_on:
            values["served_on"] = claim.facility.starts_on
        yield ServiceLine(**values)


def _facility(facility: OpenFacility) -> Facility:
    return Facility(**{name: getattr(facility, name) for name in OpenFacility.__slots__})


def _other(other: OpenOther, verdicts: list[OpenVerdict]) -> OtherPayer:
    return OtherPayer(
        sequence=other.sequence,
        payer=other.payer,
        paid_cents=other.paid_cents,
        adjustments=tuple(other.adjustments),
        lines=tuple(
            Verdict(one.line, one.payer, one.paid_cents, tuple(one.adjustments))
            for one in verdicts
            if one.payer == other.payer
        ),
    )
