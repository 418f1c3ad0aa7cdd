"""What the topics say of each encounter, gathered plainly: no order, no rules, no state.

All topics have the same number of partitions, so one partition number holds all of an encounter;
gathering goes partition by partition and holds only one in memory.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from schemas import events, topics
from schemas.events import NEVER, Bill, Sealed
from services.audit import log
from services.audit.cut import Cut, Place
from services.audit.log import Entry

TOPICS = tuple(topic.name for topic in topics.EVENTS if topic.key == "encounter_id")
REVERSAL, PREDETERMINATION, NOT_IDENTIFIED = "22", "25", "4"
NEVER_ADJUDICATED = "MA130"
APPEALS = ("appeal", "appeal_upheld", "appeal_overturned", "appeal_partly")
EMPTY = Bill()


@dataclass(slots=True)
class Decision:
    """A payer's decision, or a reversal of one."""

    decided_on: date
    remittance_id: str
    ordinal: int
    status: str
    charge_cents: int
    paid_cents: int
    denied: bool
    unprocessable: bool
    event_id: str
    payer_claim_number: str = ""
    patient_cents: int = 0
    known_at: datetime = NEVER

    @property
    def at(self) -> tuple[date, str, int]:
        """When it was made."""
        return self.decided_on, self.remittance_id, self.ordinal


@dataclass(slots=True)
class Sent:
    """A submission and what was heard of it; without `version` only the latter."""

    control_number: str
    payer_id: str
    version: int
    frequency: str = ""
    predecessor: str = ""
    payer_claim_number: str = ""
    charge_cents: int = 0
    submitted: bool = False
    order: int = 0
    bill: Bill = EMPTY
    change_reason: str = ""
    sequence: str = ""
    dropped: frozenset[str] = frozenset()
    hops: dict[str, bool] = field(default_factory=dict)
    heard: dict[tuple[str, str], bool] = field(default_factory=dict)  # hop, file -> accepted
    decisions: dict[tuple[str, int], Decision] = field(default_factory=dict)

    @property
    def lines(self) -> frozenset[str]:
        """The ids of the lines it bills."""
        return frozenset(line.line_id for line in self.bill.lines)

    @property
    def left(self) -> bool:
        """Whether it went to the payer: the gateway did not refuse to write it."""
        return self.submitted and self.hops.get("sent", True)

    @property
    def refused(self) -> bool:
        """Whether some hop refused it."""
        return not all(self.hops.values())

    @property
    def made(self) -> list[Decision]:
        """The decisions without reversals, in the order they were made."""
        found = [d for d in self.decisions.values() if d.status != REVERSAL]
        return sorted(found, key=lambda d: d.at)

    @property
    def stands(self) -> list[Decision]:
        """What was decided and not taken back; of more than was billed, the latest that fit."""
        left = self.made
        reversals = sorted(
            (d for d in self.decisions.values() if d.status == REVERSAL), key=lambda d: d.at
        )
        for least in (3, 2, 1):
            for reversal in list(reversals):
                one = next((d for d in left if _undoes(reversal, d) >= least), None)
                if one is not None:
                    left.remove(one)
                    reversals.remove(reversal)
        kept, room = left[-1:], self.charge_cents - sum(d.charge_cents for d in left[-1:])
        for one in reversed(left[:-1]):
            if self.charge_cents and one.charge_cents <= room:
                kept.insert(0, one)
                room -= one.charge_cents
        return kept

    @property
    def standing(self) -> Decision | None:
        """The latest decision that stands, denied when a part is; none when nothing stands."""
        stands = self.stands
        return replace(stands[-1], denied=any(d.denied for d in stands)) if stands else None

    @property
    def partly(self) -> bool:
        """Whether the payer split it and has not decided all parts."""
        stands = self.stands
        never = all(d.unprocessable for d in stands)
        return not never and sum(d.charge_cents for d in stands) < self.charge_cents

    @property
    def settled(self) -> bool:
        """Whether the payer has nothing more to say before the next submission may go."""
        return not self.partly if self.made else self.refused


def _undoes(reversal: Decision, one: Decision) -> int:
    """Return how surely a reversal takes back a decision: 3 by number and amounts, 0 not at all."""
    number = reversal.payer_claim_number == one.payer_claim_number
    amounts = (reversal.charge_cents, reversal.paid_cents) == (-one.charge_cents, -one.paid_cents)
    return 2 * number + amounts


@dataclass(frozen=True, slots=True)
class Version:
    """A validated version: its bill, why it was coded, what was taken off on purpose."""

    bill: Bill
    void: bool
    dropped: frozenset[str]


@dataclass(slots=True)
class Facts:
    """All that is known of one encounter."""

    records: dict[int, str] = field(default_factory=dict)
    bills: dict[int, Version] = field(default_factory=dict)
    coded: dict[int, str] = field(default_factory=dict)
    predecessors: dict[int, str] = field(default_factory=dict)
    verdicts: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    causes: dict[int, str] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    appeals: dict[str, tuple[datetime, bool]] = field(default_factory=dict)

    def claim(self, event: Any) -> Sent:
        """Return the submission an event is about."""
        known = Sent(
            event.control_number, event.payer_id, event.version, event.frequency,
            charge_cents=event.bill.charge_cents, bill=_lean(event.bill),
        )
        return self.sent.setdefault(event.control_number, known)


Denied = Callable[[events.Adjudicated], bool]
Keep = Callable[[Entry], bool]


def gather(
    cut: Cut, denied: Denied, keeps: tuple[Keep, ...], watch: Callable[[Entry], None]
) -> Iterator[tuple[dict[str, Facts], ...]]:
    """Yield, partition by partition, the facts of its encounters, once for each selection.

    Args:
        cut: The view.
        denied: Whether a decision denies anything.
        keeps: Which records count, one function a selection.
        watch: Told of every record, besides.
    """
    for partition in range(topics.PARTITIONS):
        selections: tuple[dict[str, Facts], ...] = tuple({} for _ in keeps)
        ends: dict[Place, int] = {(t, partition): cut.ends[t, partition] for t in TOPICS}
        for entry in log.events(log.read(cut.settings, cut.starts, ends)):
            watch(entry)
            if isinstance(entry.event, events.Deadline):
                continue  # a clock of work: of no encounter where the work is a file's
            for keep, selection in zip(keeps, selections, strict=True):
                if keep(entry):
                    facts = selection.setdefault(entry.event.encounter_id, Facts())
                    _ADD[type(entry.event)](facts, entry.event, denied)
        yield selections


def _encounter(facts: Facts, event: events.Encounter, denied: Denied) -> None:
    facts.records[event.version] = event.state


def _coded(facts: Facts, event: events.Coded, denied: Denied) -> None:
    facts.coded[event.version] = event.event_id


def _validated(facts: Facts, event: events.Validated, denied: Denied) -> None:
    bill = event.bill
    facts.verdicts[event.version] = event.verdict, bill.claim_type, bill.coverage.payer_id
    facts.causes[event.version] = event.cause_id
    facts.predecessors[event.version] = event.predecessor
    void = event.reason == "void"
    facts.bills[event.version] = Version(_lean(bill), void, frozenset(event.dropped))


def _submitted(facts: Facts, event: events.Submitted, denied: Denied) -> None:
    sent = facts.claim(event)
    if not sent.submitted:
        sent.order = 1 + sum(one.submitted for one in facts.sent.values())
    sent.submitted = True
    sent.bill, sent.dropped = _lean(event.bill), frozenset(event.dropped)
    sent.change_reason, sent.sequence = event.change_reason, event.sequence
    sent.frequency, sent.predecessor = event.frequency, event.predecessor
    sent.payer_claim_number = event.payer_claim_number
    sent.charge_cents = event.bill.charge_cents


def _acknowledged(facts: Facts, event: events.Acknowledged, denied: Denied) -> None:
    claim = facts.claim(event)
    claim.hops[event.hop] = claim.hops.get(event.hop, True) and event.accepted
    if event.hop != "sent":
        claim.heard[event.hop, event.file_id] = event.accepted


def _adjudicated(facts: Facts, event: events.Adjudicated, denied: Denied) -> None:
    if event.status == PREDETERMINATION:
        return
    remarks = {*event.remarks, *(r for line in event.lines for r in line.remarks)}
    facts.claim(event).decisions[event.remittance_id, event.ordinal] = Decision(
        event.decided_on, event.remittance_id, event.ordinal, event.status, event.charge_cents,
        event.paid_cents, event.status != REVERSAL and denied(event),
        event.status == NOT_IDENTIFIED or NEVER_ADJUDICATED in remarks, event.event_id,
        event.payer_claim_number, event.patient_cents, event.recorded_at,
    )  # fmt: skip


def _decided(facts: Facts, event: events.Decided, denied: Denied) -> None:
    if event.decision in APPEALS:
        said = event.occurred_at, event.decision == APPEALS[0]
        before = facts.appeals.get(event.control_number, said)
        facts.appeals[event.control_number] = max(said, before)


def _aside(facts: Facts, event: events.Rework, denied: Denied) -> None:
    """Take no notice: it changes nothing of a claim's facts."""


def _lean(bill: Bill) -> Bill:
    """Return a bill without what is sealed: no rule here looks at it."""
    return replace(bill, demographics=Sealed())


_ADD: dict[type, Callable[[Facts, Any, Denied], None]] = {
    events.Encounter: _encounter,
    events.Coded: _coded,
    events.Validated: _validated,
    events.Submitted: _submitted,
    events.Acknowledged: _acknowledged,
    events.Adjudicated: _adjudicated,
    events.Rework: _aside,
    events.Decided: _decided,
}
