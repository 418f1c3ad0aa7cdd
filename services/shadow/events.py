"""The events of a host's claim and of its answers; pure. Ids derive from what they say.

claim  -> encounter (once), coded, submitted         answer -> acknowledged | adjudicated
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.events import (
    Acknowledged,
    Adjudicated,
    Adjustment,
    Bill,
    Coded,
    Encounter,
    Note,
    PaidLine,
    Status,
    Submitted,
)
from schemas.ids import derive
from services.phi.keys import SiteKey
from services.shadow import build
from services.shadow.answers import decided_on
from services.shadow.build import Built
from services.shadow.hostclaim import HostClaim

STATE = "billed_elsewhere"
SOURCE = "host"
ADMINISTRATIVE = "51851-4"  # LOINC: administrative note
REASONS = {"7": "correction", "8": "void"}
MOST_STATUSES = 30
SLOTS = 100


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a claim belongs.

    Attributes:
        claim_id: Its id.
        encounter_id: The encounter it bills.
        control_number: Our opaque number of it.
        version: Of the coding it bills.
        predecessor: Control number of the claim it follows, if known.
        opens: It is the first of its encounter.
        rework_id: The work item whose correction was handed over before the host sent it, if any.
    """

    claim_id: str
    encounter_id: str
    control_number: str
    version: int
    predecessor: str
    opens: bool
    rework_id: str = ""


def version(at: datetime) -> int:
    """Return the version of a coding billed at a time: the day, and the quarter of an hour.

    A number that only counts would depend on which of the host's files came first.

    >>> from datetime import UTC
    >>> version(datetime(2026, 4, 1, 12, 30, tzinfo=UTC))
    2026040150
    """
    day = at.year * 10_000 + at.month * 100 + at.day
    return day * SLOTS + at.hour * 4 + at.minute // 15


def of_claim(
    claim: HostClaim, built: Built, placed: Placed, bill: Bill, note: Note, now: datetime
) -> list[Encounter | Coded | Submitted]:
    """Return what the live system would have said until the claim went out.

    Args:
        claim: The host's claim.
        built: What it became.
        placed: Where it belongs.
        bill: The bill with its sealed group.
        note: The note that stands for the record, sealed.
        now: Business time.
    """
    encounter = Encounter(
        event_id=derive("encounter", placed.encounter_id, 1), occurred_at=built.coded_at,
        recorded_at=now, encounter_id=placed.encounter_id, version=1, state=STATE, source=SOURCE,
        bill=bill, notes=(note,),
    )
    coded = Coded(
        event_id=derive("coded", placed.encounter_id, placed.version),
        occurred_at=built.coded_at, recorded_at=now, cause_id=encounter.event_id,
        encounter_id=placed.encounter_id, version=placed.version, encounter_version=1,
        coder_id=built.coder_id, reason=REASONS.get(claim.frequency, "initial"),
        rework_id=placed.rework_id, predecessor=placed.predecessor, bill=bill,
    )
    submitted = Submitted(
        event_id=derive("submitted", placed.control_number), occurred_at=claim.at,
        recorded_at=now, cause_id=coded.event_id, encounter_id=placed.encounter_id,
        control_number=placed.control_number, payer_id=bill.coverage.payer_id,
        version=placed.version, coder_id=built.coder_id, frequency=claim.frequency,
        predecessor=placed.predecessor, payer_claim_number=claim.payer_claim_number,
        rework_id=placed.rework_id, bill=bill, sequence=built.sequence,
    )
    return [*([encounter] if placed.opens else []), coded, submitted]


def acknowledged(
    claim: Submitted, answer_id: str, hop: str, said: Mapping[str, Any], at: datetime, now: datetime
) -> Acknowledged:
    """Return what one hop said of one claim."""
    statuses = tuple(Status(category=c, code=n, entity=e) for c, n, e in said["statuses"])
    return Acknowledged(
        event_id=derive("acknowledged", claim.control_number, hop, answer_id),
        occurred_at=at, recorded_at=now, cause_id=claim.event_id,
        encounter_id=claim.encounter_id, control_number=claim.control_number,
        payer_id=claim.payer_id, version=claim.version, coder_id=claim.coder_id,
        frequency=claim.frequency, hop=hop, accepted=said["accepted"],
        statuses=statuses[:MOST_STATUSES], payer_claim_number=said.get("reference", ""),
        file_id=answer_id, rework_id=claim.rework_id, bill=claim.bill,
    )


def adjudicated(
    claim: Submitted, site: SiteKey, host_number: str, said: Mapping[str, Any], at: datetime,
    now: datetime,
) -> Adjudicated:
    """Return the payer's decision in one occurrence of a claim in a remittance."""
    return Adjudicated(
        event_id=derive("adjudicated", said["remittance_id"], said["ordinal"]),
        occurred_at=at, recorded_at=now, cause_id=claim.event_id,
        encounter_id=claim.encounter_id, control_number=claim.control_number,
        payer_id=claim.payer_id, version=claim.version, coder_id=claim.coder_id,
        frequency=claim.frequency, remittance_id=said["remittance_id"], ordinal=said["ordinal"],
        count=said["count"], decided_on=decided_on(said), status=said["status"],
        charge_cents=said["charge_cents"], paid_cents=said["paid_cents"],
        patient_cents=said["patient_cents"], payer_claim_number=said["payer_claim_number"],
        adjustments=_adjustments(said), remarks=tuple(said["remarks"]),
        lines=tuple(_line(line, site, host_number) for line in said["lines"]),
        rework_id=claim.rework_id, bill=claim.bill,
    )


def _adjustments(said: Mapping[str, Any]) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(group=group, carc=carc, amount_cents=cents, quantity=quantity)
        for group, carc, cents, quantity in said["adjustments"]
    )


def _line(said: Mapping[str, Any], site: SiteKey, host_number: str) -> PaidLine:
    named = said["line_id"]
    return PaidLine(
        line_id=build.line_id(site, host_number, named) if named else "", code=said["code"],
        modifiers=tuple(said["modifiers"]), charge_cents=said["charge_cents"],
        paid_cents=said["paid_cents"], units=said["units"], adjustments=_adjustments(said),
        remarks=tuple(said["remarks"]),
    )


def note_text(claim: HostClaim, built: Built) -> str:
    """Return the note that stands for the record, which stays in the host's system."""
    lines = [
        "CLAIM AS THE HOST'S BILLING SYSTEM SENT IT. It is no clinical record: that is in the"
        " host's system.",
        "",
        f"Account: {claim.number}",
        f"Sent: {claim.at:%Y-%m-%d %H:%M}, frequency {claim.frequency or 'not given'}",
    ]
    lines += [f"Diagnosis {n}: {d.code}" for n, d in enumerate(built.bill.diagnoses, 1)]
    lines += [
        f"Line {n}: {line.revenue_code} {line.code} {' '.join(line.modifiers)} x{line.units}"
        f" on {line.served_on}"
        for n, line in enumerate(built.bill.lines, 1)
    ]
    if built.demographics.claim_note:
        lines.append(f"Claim note: {built.demographics.claim_note}")
    lines += ["", STATEMENT]
    return "\n".join(lines)


STATEMENT = (
    "STATEMENT: I opened the record of this account in the host's system, and it supports this"
    " change."
)


def sealed_note(note_id: str, at: datetime) -> Note:
    """Return the note's metadata; its text is sealed by the caller."""
    return Note(
        note_id=note_id, kind=ADMINISTRATIVE, title="Claim as the host sent it", signed_at=at
    )

