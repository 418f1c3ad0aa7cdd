"""A correction as typed, and what may be wrong with it: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.events import Evidence

NEW = "new"
"""How the id of a line begins that is not on the claim yet."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line as typed.

    Attributes:
        line_id: Which line; ``new1``, ``new2`` for one that is added.
        code: HCPCS or CPT code.
        modifiers: Two characters each.
        units: Whole units.
        pointers: 1-based positions in the diagnoses as typed.
        place_of_service: Two digits.
        removed: The line is taken off the claim.
        served_on: Day of a line that is added; the first day of service when none is given.
    """

    line_id: str
    code: str
    modifiers: tuple[str, ...]
    units: int
    pointers: tuple[int, ...]
    place_of_service: str
    removed: bool = False
    served_on: date | None = None

    @property
    def added(self) -> bool:
        """Whether it is not on the claim yet."""
        return self.line_id.startswith(NEW)


@dataclass(frozen=True, slots=True)
class Change:
    """All of a correction.

    Attributes:
        diagnoses: In order.
        lines: As typed.
        evidence: Passages of the record, each with the change it supports; one that names none
            supports a correction that changes one thing only.
        present: Of each diagnosis, whether it was present on admission; none for outpatients.
        procedures: ICD-10-PCS with their days; none when the form has no such field.
        reasons: Change -> why, of the closed list; what is not named is as the change suggests.
        forbidden: Fields that a coder never changes and that were sent all the same.
    """

    diagnoses: tuple[str, ...]
    lines: tuple[LineChange, ...]
    evidence: tuple[Evidence, ...]
    present: tuple[str, ...] = ()
    procedures: tuple[tuple[str, date | None], ...] | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a correction cannot be taken.

    Attributes:
        field: ``diagnosis 2``, ``line 1 units``, ``evidence`` or ``correction``.
        text: One sentence.
    """

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """What a correction is judged against.

    Attributes:
        texts: Note id -> text.
        kinds: Note id -> LOINC type of the note.
    """

    texts: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)
