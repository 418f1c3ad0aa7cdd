"""What an item's page shows of one version of the coding, as values."""

from dataclasses import dataclass
from datetime import date


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
