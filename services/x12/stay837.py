"""What only a hospital's claim has: the stay or visit, and its codes."""

from dataclasses import dataclass
from datetime import date, datetime

from services.x12.parties837 import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """ICD-10-CM; ``present`` on admission (Y, N, U, W or empty) on institutional claims."""

    code: str
    present: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """ICD-10-PCS (HI*BBR, BBQ)."""

    code: str
    performed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """HI*BH, or with a last day the span HI*BI."""

    code: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """HI*BE; a count stands as whole units of 100."""

    code: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Institutional:
    """What only an institutional claim has.

    The type of bill is `facility_type` (CLM05-1, with CLM05-2 = A) and the claim's frequency: an
    inpatient replacement is 11 and 7, called 117.

    Attributes:
        facility_type: 11 inpatient, 13 outpatient, ...
        starts_on: First day of the statement (DTP*434).
        ends_on: Its last day.
        patient_status: CL103.
        admission_type: CL101.
        admission_source: CL102.
        admitted_at: DTP*435, to the minute.
        discharged_at: Its time is DTP*096; its day is `ends_on`.
        drg: HI*DR.
        attending: NM1*71.
        operating: NM1*72.
        other_operating: NM1*ZZ.
        admitting: HI*ABJ: the admitting diagnosis.
        visit_reasons: HI*APR, at most three, of an outpatient.
        external_causes: HI*ABN, at most twelve.
        procedures: HI*BBR the first, HI*BBQ the others; at most 25.
        occurrences: HI*BH and, with a last day, HI*BI; at most 24 of each.
        values: HI*BE, at most 24.
        conditions: HI*BG, at most 24 with the change reason, which is not among them.
        change_reason: HI*BG: D0 to D9 or E0: why a 7 or 8 is sent.
    """

    facility_type: str
    starts_on: date
    ends_on: date
    patient_status: str
    admission_type: str
    admission_source: str = ""
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    drg: str = ""
    attending: Provider | None = None
    operating: Provider | None = None
    other_operating: Provider | None = None
    admitting: str = ""
    visit_reasons: tuple[str, ...] = ()
    external_causes: tuple[Diagnosis, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    values: tuple[Value, ...] = ()
    conditions: tuple[str, ...] = ()
    change_reason: str = ""
