"""What an item's page shows, as values: the same for the page and for a program that reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.worklist.shown.page_coding import (
    Coding,
    DiagnosisShown,
    LineShown,
    ProcedureShown,
    Said,
    StayShown,
    Why,
)
from services.worklist.shown.page_events import Done, Happened, Linked, Sending, Step, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The head of an item, also one row of a list.

    Attributes:
        rework_id: Its id.
        encounter_id: Whose.
        kind: held, rejection or denial.
        status: open or closed.
        state: todo, handed_on, released or decided.
        fate: Where it stands, in words.
        tone: good, bad, busy or plain: how the fate is shown, beside its words.
        settled: Whether nothing more will happen to it.
        row_version: What a save must name.
        team: Who owns it.
        coder_id: Whose coding came back.
        mine: Whether the reader coded it.
        payer_id: The payer.
        payer: Its name.
        category: CODING, AUTH, ...
        action: What is usually done.
        due_on: The nearest deadline.
        days_left: Until then.
        due_rule: The rule that sets it.
        at_stake_cents: Charge that was held, rejected or denied.
        opened_on: When it came back.
        age_days: Since then.
        reasons: The primary first.
        taken_by: Who has it taken; empty for nobody.
        decision: How it was closed.
        control_number: Of the submission that came back.
        version: Of the coding that came back.
        follows: The item whose correction this is an answer to.
        came_back_id: The item that followed its correction.
        claim_type: professional or institutional.
        place: The team whose turn it is.
        assigned_to: Of that team; empty for the team's.
        worked_by: Who last did the part of a coder or specialist.
        lease_until: Until when it is taken, in real time.
        waits_for: Of an item that waits: query, payer, approval or team.
        answered: Whether a query of it was answered.
        tags: What people call it.
        score: In cents a day left.
        score_parts: What the score is made of.
        first: Whether its deadline comes before any score.
        facility_id: Where it was.
        department: Of the facility.
        source: What brought it.
    """

    rework_id: str
    encounter_id: str
    kind: str
    status: str
    state: str
    fate: str
    tone: str
    settled: bool
    row_version: int
    team: str
    coder_id: str
    mine: bool
    payer_id: str
    payer: str
    category: str
    action: str
    due_on: date
    days_left: int
    due_rule: str
    at_stake_cents: int
    opened_on: date
    age_days: int
    reasons: tuple[Why, ...]
    taken_by: str
    decision: str
    control_number: str
    version: int
    follows: str
    came_back_id: str
    claim_type: str
    place: str = ""
    assigned_to: str = ""
    worked_by: str = ""
    lease_until: datetime | None = None
    waits_for: str = ""
    answered: bool = False
    tags: tuple[str, ...] = ()
    score: int = 0
    score_parts: Mapping[str, Any] = field(default_factory=dict)
    first: bool = False
    facility_id: str = ""
    department: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The patient, shown on the item's page only."""

    name: str
    birth_date: str
    age_years: int
    sex: str
    record_number: str
    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A passage that can be named as evidence."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteShown:
    """A note of the record.

    Attributes:
        note_id: Its id.
        title: The document type in words.
        signed_on: None while unsigned.
        text: Empty where it is masked.
        sentences: Its passages.
        addendum: Whether it answers a query.
        post_bill: Whether a claim was out when the addendum was signed.
    """

    note_id: str
    title: str
    signed_on: date | None
    text: str
    sentences: tuple[Sentence, ...]
    addendum: bool = False
    post_bill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingShown:
    """What an edit found on the version that came back."""

    edit: str
    severity: str
    place: str
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A passage that was named as evidence, for which changes in words, and why they may be."""

    title: str
    text: str
    about: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the payer decided on what was sent after the claim that came back."""

    control_number: str
    frequency: str
    decided_on: date
    claim_cents: int
    paid_cents: int
    adjustments: tuple[Why, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A move the reader may make."""

    name: str
    says: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Everything on an item's page.

    Attributes:
        item: Its head.
        patient: Whose record it is.
        encounter_class: ambulatory, emergency, inpatient or observation.
        department: That served.
        plan: Kind of plan.
        served_on: First day of service.
        provider: Who rendered the service.
        notes: The record.
        coding: As it stands, beside the payer's latest decision.
        billed: The claim that came back beside its remittance, where another was sent since.
        answer: The payer's decision on what was sent since, once it is there.
        proposal: The correction a coder handed on, if any.
        evidence: What the correction is supported by.
        claim_cents: Billed on the submission that came back.
        paid_cents: Paid on it.
        claim_adjustments: Of the whole claim.
        payer_claim_number: The payer's number of it.
        findings: Of the edits, on the version that came back.
        earlier: Earlier visits of the patient here, newest first.
        events: From encounter to here.
        history: What people did.
        moves: What the reader may do.
        others: The patient's other payers and their places (primary, secondary).
        told: What came back, in one sentence.
        why: Why it came back, each reason once with all its places.
        masked: Whether who the patient is and what the notes say is kept from this reader.
        sendings: What was sent and what came back, newest first.
        linked: Other items of the visit.
        glass_until: Until when break-glass opens the record; none where it is not what opens it.
    """

    item: Item
    patient: Person
    encounter_class: str
    department: str
    plan: str
    served_on: date
    provider: str
    notes: tuple[NoteShown, ...]
    coding: Coding
    proposal: Coding | None
    evidence: tuple[Quoted, ...]
    claim_cents: int
    paid_cents: int
    claim_adjustments: tuple[Why, ...]
    payer_claim_number: str
    findings: tuple[FindingShown, ...]
    earlier: tuple[Visit, ...]
    events: tuple[Happened, ...]
    history: tuple[Done, ...]
    moves: tuple[Button, ...]
    others: tuple[Said, ...] = ()
    told: str = ""
    why: tuple[Why, ...] = ()
    masked: bool = False
    sendings: tuple[Sending, ...] = ()
    linked: tuple[Linked, ...] = ()
    glass_until: datetime | None = None
    billed: Coding | None = None
    answer: Answered | None = None


__all__ = [
    "Answered", "Button", "Coding", "DiagnosisShown", "Done", "FindingShown", "Happened", "Item",
    "ItemPage", "LineShown", "Linked", "NoteShown", "Person", "ProcedureShown", "Quoted", "Said",
    "Sending", "Sentence", "StayShown", "Step", "Visit", "Why",
]
