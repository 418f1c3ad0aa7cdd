"""What an item's page shows of how it came to be, as values."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event, and where on the topics it stands."""

    at: datetime
    says: str
    detail: str
    topic: str
    partition: int
    offset: int
    event_id: str
    about: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An answer to what was sent, or its sending.

    Attributes:
        at: Business time.
        transaction: 837, 999, 277CA or 835.
        says: In words.
        detail: Status codes, or the payer's claim number.
        tone: good, bad, busy or plain.
    """

    at: datetime
    transaction: str
    says: str
    detail: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A claim as it was sent, with every answer.

    Attributes:
        control_number: Ours.
        version: Of the coding it carries.
        frequency: original, replacement or void.
        made_at: When.
        charge_cents: Billed.
        payer_claim_number: The payer's, once it has one.
        steps: What became of it, in order.
        about: Whether it is the one this item is about.
    """

    control_number: str
    version: int
    frequency: str
    made_at: datetime
    charge_cents: int
    payer_claim_number: str
    steps: tuple[Step, ...]
    about: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Another item of the same visit, which the reader may see."""

    rework_id: str
    kind: str
    fate: str
    tone: str
    opened_on: date
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a person did with the item."""

    at: datetime
    who: str
    role: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Another visit of the same patient at the same facility."""

    starts_on: date
    encounter_class: str
    department: str
