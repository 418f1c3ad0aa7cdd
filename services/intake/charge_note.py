"""A short document made at intake from the structured parts of the record.

A coder corrects from the record alone, so what the source holds as structure (diagnoses in the
provider's words, what was done, how often, where) is laid out as a note of its own. It is marked
as made here, and adds nothing that the source does not say.
"""

import re

from schemas.events import Bill, Line
from services.codes import hcpcs, icd10cm, modifiers, pos
from services.intake.visit import Document, Visit

KIND = "28570-0"
SOURCE_ID = "charge-documentation"
TRIAGE_KINDS = ("54094-8", "34878-9")
LEVEL = re.compile(r"ESI Level ([1-5])", re.IGNORECASE)


def triage(visit: Visit) -> int:
    """Return the documented emergency severity index, 0 when there is none."""
    for document in visit.documents:
        found = LEVEL.search(document.text) if document.kind in TRIAGE_KINDS else None
        if found:
            return int(found[1])
    return 0


def document(visit: Visit, bill: Bill) -> Document:
    """Return the document of a visit."""
    place = pos.describe(bill.place_of_service) or "not stated"
    parts = [
        "Charge documentation, made at intake from the structured record.",
        f"Visit: {visit.encounter_class}, {bill.department.replace('_', ' ')}. "
        f"Place: {place}. Established patient, record on file.",
        "Assessment (diagnoses by rank):",
        *(
            f"{rank}. {named.words or icd10cm.describe(named.code)}"
            for rank, named in enumerate(visit.diagnoses, start=1)
        ),
        "Services documented:",
        *(f"- {_service(line)}" for line in bill.lines),
    ]
    if _separate(visit, bill):
        parts.append(
            "The evaluation is documented apart from the procedures (see the visit's note)."
        )
    return Document(
        source_id=SOURCE_ID, kind=KIND, text="\n".join(parts),
        signed_at=visit.ends_at,
    )


def _service(line: Line) -> str:
    side = next((modifiers.describe(m) for m in line.modifiers if m in modifiers.SIDES), "")
    times = "once" if line.units == 1 else f"{line.units} times"
    words = hcpcs.describe(line.code) or "Service"
    by = "provider" if line.source == "provider" else "charge capture"
    return f"{words} ({line.code}), {side + ', ' if side else ''}{times}, by {by}"


def _separate(visit: Visit, bill: Bill) -> bool:
    """Say whether an evaluation has a note of its own beside procedures of the same day."""
    evaluated = any(hcpcs.is_evaluation(line.code) for line in bill.lines)
    return evaluated and len(bill.lines) > 1 and bool(visit.documents)
