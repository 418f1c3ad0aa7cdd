"""Who is named in an 837 that is written: providers, subscriber, patient, payer."""

from dataclasses import dataclass
from datetime import date


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
