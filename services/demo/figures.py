"""What the loop has done so far, counted from the events alone."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, text

from schemas import codec
from schemas.events import (
    Acknowledged,
    Adjudicated,
    Coded,
    Encounter,
    Event,
    Rework,
    Submitted,
    Validated,
)

REVERSAL = "22"
LATER = ("S", "T")
"""The payer's place among the patient's, where another paid before."""


@dataclass(slots=True)
class Seen:
    """Sets of ids, so that a copy of an event counts once."""

    encounters: set[str] = field(default_factory=set)
    coded: set[str] = field(default_factory=set)
    validated: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    submitted: set[str] = field(default_factory=set)
    institutional: set[str] = field(default_factory=set)
    secondary: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    adjudicated: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    rework: set[str] = field(default_factory=set)

    def add(self, event: Event) -> None:  # noqa: C901, PLR0912 - one case an event
        """Count one event."""
        match event:
            case Encounter():
                self.encounters.add(event.encounter_id)
            case Coded():
                self.coded.add(event.encounter_id)
            case Validated():
                self.validated.add(event.event_id)
                if event.verdict == "held":
                    self.held.add(event.event_id)
            case Submitted():
                self.submitted.add(event.control_number)
                if event.bill.claim_type == "institutional":
                    self.institutional.add(event.control_number)
                if event.sequence in LATER:
                    self.secondary.add(event.control_number)
                if event.predecessor or event.rework_id:
                    self.again.add(event.control_number)
            case Acknowledged():
                if not event.accepted:
                    self.rejected.add(event.control_number)
                elif event.hop == "277CA":
                    self.acknowledged.add(event.control_number)
            case Adjudicated():
                if event.status != REVERSAL:
                    self.adjudicated.add(event.control_number)
            case Rework():
                self.rework.add(event.rework_id)
                if event.kind == "denial":
                    self.denied.add(event.control_number)


@dataclass(frozen=True, slots=True)
class Figures:
    """The demo's summary; each is a number of distinct things.

    Attributes:
        encounters: Documented visits taken in.
        coded: Visits with at least one coding.
        validated: Coded versions validated.
        held: Versions an edit held before they were billed.
        submitted: Claims sent, every submission counted.
        institutional: Of those, the hospital's (837I).
        secondary: Of those, to a payer who pays after another.
        acknowledged: Submissions the payer accepted into adjudication (277CA).
        rejected: Submissions refused before adjudication.
        adjudicated: Submissions the payer decided.
        paid: Of those, not denied.
        denied: Of those, denied in whole or part.
        rework: Work items: held, rejected and denied.
        resubmitted: Submissions that correct an earlier version.
        paid_after_rework: Of those, paid.
        dead: Dead letters.
    """

    encounters: int
    coded: int
    validated: int
    held: int
    submitted: int
    institutional: int
    secondary: int
    acknowledged: int
    rejected: int
    adjudicated: int
    paid: int
    denied: int
    rework: int
    resubmitted: int
    paid_after_rework: int
    dead: int

    def as_dict(self) -> dict[str, int]:
        """Return the figures by name."""
        return asdict(self)


def count(events: Iterable[Event], dead: int) -> Figures:
    """Return the figures of some events, in any order, copies included."""
    seen = Seen()
    for event in events:
        seen.add(event)
    paid = seen.adjudicated - seen.denied
    return Figures(
        encounters=len(seen.encounters),
        coded=len(seen.coded),
        validated=len(seen.validated),
        held=len(seen.held),
        submitted=len(seen.submitted),
        institutional=len(seen.institutional),
        secondary=len(seen.secondary),
        acknowledged=len(seen.acknowledged),
        rejected=len(seen.rejected),
        adjudicated=len(seen.adjudicated),
        paid=len(paid),
        denied=len(seen.denied & seen.adjudicated),
        rework=len(seen.rework),
        resubmitted=len(seen.again),
        paid_after_rework=len(seen.again & paid),
        dead=dead,
    )


def events(conn: Connection) -> Iterable[Event]:
    """Yield every event the worklist has kept, and every coded version."""
    for row in conn.execute(text("select topic, value from timeline")):
        yield codec.decode(row.topic, bytes(row.value))
    for row in conn.execute(text("select event from coding")):
        yield codec.decode("claims.coded", bytes(row.event))
