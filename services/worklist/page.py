"""What an item's page shows, as values: the same for the page and for a program that reads it."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A code and what it means in our words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One reason why the item came back.

    Attributes:
        place: ``claim``, ``diagnosis 2`` or ``line 1``.
        line_id: The line, if it is about one.
        code: Edit id, ``CO-11`` or a status code.
        words: In plain words.
        remarks: RARCs.
        amount_cents: Amount of the adjustment.
    """

    place: str
    line_id: str
    code: str
    words: str
    remarks: tuple[Said, ...]
    amount_cents: int


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
        taken_by: The coder who worked it.
        decision: How it was closed.
        control_number: Of the submission that came back.
        version: Of the coding that came back.
        follows: The item whose correction this is an answer to.
        came_back_id: The item that followed its correction.
        claim_type: professional or institutional.
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
    """A note of the record."""

    note_id: str
    title: str
    signed_on: date | None
    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisShown:
    """A diagnosis as coded.

    Attributes:
        position: 1-based; lines point to it.
        code: With its dot.
        words: What it means.
        problem: Why it may not be billed; empty if it may.
        below: Billable codes below a category.
        assigned_by: Who assigned it.
        source: coder, chargemaster, provider or suggestion.
        present: Present on admission: Y, N, U or W; else empty.
        needs_presence: Whether it must say so.
    """

    position: int
    code: str
    words: str
    problem: str
    below: tuple[Said, ...]
    assigned_by: str
    source: str
    present: str = ""
    needs_presence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureShown:
    """An ICD-10-PCS procedure of a stay."""

    code: str
    words: str
    performed_on: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StayShown:
    """What an institutional claim says of the stay or visit.

    Attributes:
        bill_type: Its first digits, as 11x.
        inpatient: Whether it is a stay, which has procedures and indicators of presence.
        admitted_at: Admission or start of care, local time; empty when not stated.
        discharged_at: Discharge, local time; empty while still there.
        admission_type: How urgent.
        admission_source: Whence.
        patient_status: Whither.
        drg: MS-DRG, when grouped.
        attending: Who attended.
        admitting: Diagnosis on admission, of a stay.
        visit_reasons: Of an outpatient.
        external_causes: Of an injury.
        procedures: Principal first.
        occurrences: With their days.
        values: With their amounts.
        conditions: Condition codes.
    """

    bill_type: str
    inpatient: bool
    admitted_at: str
    discharged_at: str
    admission_type: Said
    admission_source: Said
    patient_status: Said
    drg: str
    attending: str
    admitting: Said | None
    visit_reasons: tuple[Said, ...]
    external_causes: tuple[Said, ...]
    procedures: tuple[ProcedureShown, ...]
    occurrences: tuple[Said, ...]
    values: tuple[Said, ...]
    conditions: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    """A line as coded, beside what the payer decided on it.

    Attributes:
        number: 1-based.
        line_id: Its control number.
        code: HCPCS or CPT code.
        words: What it means.
        modifiers: As coded.
        units: As coded.
        charge_cents: As coded.
        pointers: As coded.
        place_of_service: As coded.
        place_words: What it means.
        served_on: Date of service.
        assigned_by: Who assigned it.
        source: coder, chargemaster, provider or suggestion.
        decided: Whether the payer decided on it.
        paid_cents: What it paid.
        adjustments: What it took off, and why.
        remarks: RARCs.
        revenue_code: Four digits, of an institutional line, which may have no code beside it.
    """

    number: int
    line_id: str
    code: str
    words: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    pointers: tuple[int, ...]
    place_of_service: str
    place_words: str
    served_on: date
    assigned_by: str
    source: str
    decided: bool
    paid_cents: int
    adjustments: tuple[Why, ...]
    remarks: tuple[Said, ...]
    revenue_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """One version of the coding; `stay` is what only an institutional claim has."""

    version: int
    coder_id: str
    place_of_service: str
    charge_cents: int
    diagnoses: tuple[DiagnosisShown, ...]
    lines: tuple[LineShown, ...]
    stay: StayShown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingShown:
    """What an edit found on the version that came back."""

    edit: str
    severity: str
    place: str
    text: str
    source: str


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
class Done:
    """What a person did with the item."""

    at: datetime
    who: str
    role: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A passage that was named as evidence."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Another visit of the same patient at the same facility."""

    starts_on: date
    encounter_class: str
    department: str


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
        coding: As it stands.
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
        decisions: How the reader may close it: key -> words.
        others: The patient's other payers and their places (primary, secondary).
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
    decisions: dict[str, str]
    others: tuple[Said, ...] = ()
