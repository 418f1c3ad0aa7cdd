"""A visit as any source says it, before it is an event; and why one cannot be taken in."""

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime

MOST_KEPT = 1_000_000
"""Bytes of a refused line that are kept."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that cannot be read.

    Attributes:
        file: Name of the file, without its folder.
        line: Line in it, from 1; the entry's number in a Bundle.
        field: The field or column at fault; ``line`` for the whole line.
        rule: What it breaks; never a value.
        content: The bytes at fault, to be sealed.
    """

    file: str
    line: int
    field: str
    rule: str
    content: bytes = dataclasses.field(default=b"", repr=False)


class Refused(Exception):  # noqa: N818 - the field's word; carries field and rule, no values
    """Raised where a field breaks a rule."""

    def __init__(self, field_name: str, rule: str) -> None:
        super().__init__(field_name, rule)
        self.field = field_name
        self.rule = rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The patient. Empty where the source says nothing; `age_years` only without a birth date."""

    source_id: str
    record_number: str
    family: str = ""
    given: str = ""
    birth_date: date | None = None
    age_years: int = 0
    sex: str = "U"
    address: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The coverage in force. `organisation` is the payer as the source calls it."""

    organisation: str = ""
    member_id: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A code and the source's words for it; `onset` is the day a diagnosis began, if said."""

    code: str
    words: str
    onset: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something done: what the chargemaster is asked for, when, on which side, how long, by whom.

    `by` is the surgeon as the source calls them; empty where nobody is named so.
    """

    match: str
    on: date
    side: str = ""
    minutes: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """What a source says of admission and discharge; empty where it says nothing.

    Attributes:
        priority: Code of FHIR's priority (HL7 ActPriority): EM, UR, EL, R.
        origin: Code of FHIR's admit source.
        disposition: Code of FHIR's discharge disposition.
        admitting: The admission diagnosis.
        reasons: Coded reasons for the visit.
        authorization: The payer's authorisation of it.
    """

    priority: str = ""
    origin: str = ""
    disposition: str = ""
    admitting: Named | None = None
    reasons: tuple[Named, ...] = ()
    authorization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A note in plain text. `kind` is a LOINC code."""

    source_id: str
    kind: str
    signed_at: datetime | None
    text: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One encounter of a source.

    Attributes:
        file: The file it was read from.
        line: The line in it.
        source: fhir, csv_clinosim or csv_synthea.
        source_id: The source's id of it; may carry a record number.
        encounter_class: ambulatory, emergency, inpatient or observation.
        status: finished, open or cancelled.
        department: Key of the department, lower case.
        starts_at: Start.
        ends_at: End; none while open.
        person: The patient.
        cover: The coverage on that day.
        provider_id: The attending practitioner, as the source calls them.
        diagnoses: ICD-10-CM, by rank.
        foreign_codes: Diagnoses in another code system (SNOMED CT).
        items: Procedures, reports and vaccines.
        documents: Notes.
        part_of_stay: An emergency visit that ended in an inpatient stay.
        stay: Admission and discharge.
        raw: The line it was read from, kept sealed should the visit be refused.
    """

    file: str
    line: int
    source: str
    source_id: str
    encounter_class: str
    status: str
    department: str
    starts_at: datetime
    ends_at: datetime | None
    person: Person
    cover: Cover
    provider_id: str = ""
    diagnoses: tuple[Named, ...] = ()
    foreign_codes: int = 0
    items: tuple[Item, ...] = ()
    documents: tuple[Document, ...] = ()
    part_of_stay: bool = False
    stay: Stay = Stay()
    raw: bytes = dataclasses.field(default=b"", repr=False, compare=False)


Found = Visit | Refusal
