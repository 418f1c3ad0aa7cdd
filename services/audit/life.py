"""The whole life of an encounter or a claim, rebuilt from the topics alone.

All topics have the same number of partitions, so one encounter stands in one partition number.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kafka.partitioner.default import murmur2

from schemas import events, topics
from services.audit import cut, log
from services.audit.log import Entry
from services.settings import Settings

ORDER = {topic.name: n for n, topic in enumerate(topics.EVENTS)}
CONTROL_NUMBER_MOST = 20


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a life.

    Attributes:
        at: When the broker wrote it.
        occurred_at: Business time.
        event: Its type, as ``submitted``.
        event_id: Its id.
        topic: Where it stands.
        partition: The partition.
        offset: The offset.
        copies: How often it is on the topic; replays write the same bytes again.
        summary: What it says, without protected data.
    """

    at: datetime
    occurred_at: datetime
    event: str
    event_id: str
    topic: str
    partition: int
    offset: int
    copies: int
    summary: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            **asdict(self), "at": self.at.isoformat(), "occurred_at": self.occurred_at.isoformat()
        }  # fmt: skip


def trace(settings: Settings, id_: str) -> list[Moment]:
    """Return the life of an encounter id, or of the claim with a control number; in order."""
    claim = _claim(settings, id_) if len(id_) <= CONTROL_NUMBER_MOST else None
    encounter = claim.encounter_id if claim else id_
    found: dict[str, tuple[Entry, int]] = {}
    for entry in _of(settings, encounter):
        if claim is None or _concerns(claim, entry.event):
            first, copies = found.get(entry.event.event_id, (entry, 0))
            found[entry.event.event_id] = (first, copies + 1)
    ordered = sorted(found.values(), key=lambda x: (x[0].at, ORDER[x[0].topic], x[0].offset))
    return [_moment(entry, copies) for entry, copies in ordered]


def _claim(settings: Settings, control_number: str) -> events.Submitted | None:
    ends = cut.ends_of(settings, topics.SUBMITTED)
    for entry in log.events(log.read(settings, {}, ends)):
        if entry.event.control_number == control_number:
            return entry.event  # type: ignore[no-any-return]
    return None


def _of(settings: Settings, encounter_id: str) -> Iterator[Entry]:
    for topic in topics.EVENTS:
        if topic.key != "encounter_id":
            continue
        partition = (murmur2(encounter_id.encode()) & 0x7FFFFFFF) % topic.partitions
        ends = cut.ends_of(settings, topic)
        place = (topic.name, partition)
        for entry in log.events(log.read(settings, {}, {place: ends[place]})):
            if entry.event.encounter_id == encounter_id:
                yield entry


def _concerns(claim: events.Submitted, event: Any) -> bool:
    """Tell whether an event of the claim's encounter is about the claim."""
    if isinstance(event, events.Encounter):
        return True
    if isinstance(event, (events.Coded, events.Validated)):
        return event.version == claim.version
    return bool(event.control_number == claim.control_number)


def _moment(entry: Entry, copies: int) -> Moment:
    event = entry.event
    return Moment(
        entry.at, event.occurred_at, type(event).__name__.lower(), event.event_id,
        entry.topic, entry.partition, entry.offset, copies, summary(event),
    )  # fmt: skip


def summary(event: Any) -> str:
    """Return what an event says in one line without protected data."""
    return _SAYS[type(event)](event)


def _dollars(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02}"


def _encounter(e: events.Encounter) -> str:
    payer = e.bill.coverage.payer_id or "no payer"
    return f"version {e.version} {e.state}, {e.bill.encounter_class}, {payer}, {len(e.notes)} notes"


def _coded(e: events.Coded) -> str:
    codes = " ".join([*(d.code for d in e.bill.diagnoses), *(line.code for line in e.bill.lines)])
    follows = f", corrects {e.predecessor}" if e.predecessor else ""
    return f"version {e.version} by {e.coder_id} ({e.reason}): {codes}{follows}"


def _validated(e: events.Validated) -> str:
    found = ", ".join(f"{f.edit} {f.severity}" for f in e.findings) or "no finding"
    return f"version {e.version} {e.verdict}: {found}"


def _submitted(e: events.Submitted) -> str:
    follows = f" after {e.predecessor} ({e.payer_claim_number or 'no payer number'})"
    return (
        f"{e.control_number} frequency {e.frequency} to {e.payer_id}, version {e.version}, "
        f"{_dollars(e.bill.charge_cents)}{follows if e.predecessor else ''}"
    )


def _acknowledged(e: events.Acknowledged) -> str:
    why = " ".join(":".join(filter(None, (s.category, s.code, s.entity))) for s in e.statuses)
    return f"{e.control_number} {e.hop} {'accepted' if e.accepted else 'REJECTED'} {why}".strip()


def _adjudicated(e: events.Adjudicated) -> str:
    cas = [*e.adjustments, *(a for line in e.lines for a in line.adjustments)]
    why = " ".join(f"{a.group}-{a.carc} {_dollars(a.amount_cents)}" for a in cas)
    return (
        f"{e.control_number} status {e.status}: charge {_dollars(e.charge_cents)}, "
        f"paid {_dollars(e.paid_cents)}; {why or 'no adjustment'}"
    )


def _rework(e: events.Rework) -> str:
    owner = e.coder_id or e.team
    reasons = " ".join(r.edit or f"{r.group}{'-' if r.group else ''}{r.carc}" for r in e.reasons)
    return (
        f"{e.kind} {e.status} (revision {e.revision}) to {owner}: {e.category} {e.action}, "
        f"{_dollars(e.at_stake_cents)} due {e.due_on}: {reasons}"
    )


def _decided(e: events.Decided) -> str:
    about = f" of {e.control_number}" if e.control_number else ""
    return f"{e.decision}{about} by {e.decided_by}"


def _deadline(e: events.Deadline) -> str:
    return f"{e.clock} {e.said}: {e.due_on} by rule {e.rule}"


_SAYS: dict[type, Callable[[Any], str]] = {
    events.Encounter: _encounter,
    events.Coded: _coded,
    events.Validated: _validated,
    events.Submitted: _submitted,
    events.Acknowledged: _acknowledged,
    events.Adjudicated: _adjudicated,
    events.Rework: _rework,
    events.Decided: _decided,
    events.Deadline: _deadline,
}
