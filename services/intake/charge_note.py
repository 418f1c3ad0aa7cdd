"""A short document made at intake from the structured parts of the record.

A coder corrects from the record alone, so what the source holds as structure (diagnoses in the
provider's words, what was done, how often, where) is laid out as a note of its own. It is marked
as made here, and adds nothing that the source does not say.
"""

import re

from schemas.events import Bill, Diagnosis, Line, Procedure
from services.codes import admission, hcpcs, icd10cm, modifiers, pcs, poa, pos, revenue
from services.intake.visit import Document, Visit

KIND = "28570-0"
SOURCE_ID = "charge-documentation"
SEPARATE = "The evaluation is documented apart from the procedures (see the visit's note)."
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
    parts = _of_hospital(visit, bill) if bill.institutional else _of_office(visit, bill)
    return Document(
        source_id=SOURCE_ID, kind=KIND, text="\n".join(parts),
        signed_at=visit.ends_at,
    )


def _of_office(visit: Visit, bill: Bill) -> list[str]:
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
    return [*parts, SEPARATE] if _separate(visit, bill) else parts


def _of_hospital(visit: Visit, bill: Bill) -> list[str]:
    """Return the lines of a hospital's bill: the stay, diagnoses, procedures, services.

    No date is in it: dates of notes stay while a home's dates move. A day of a procedure counts
    from admission.
    """
    held = bill.institutional
    assert held is not None  # noqa: S101 - asked for one
    admitted = admission.describe(admission.TYPE, held.admission_type).lower() or "not stated"
    origin = admission.describe(admission.SOURCE, held.admission_source) or "Not stated"
    status = admission.describe(admission.STATUS, held.patient_status) or "Not stated"
    parts = [
        "Charge documentation, made at intake from the structured record.",
        f"Visit: {visit.encounter_class}, {bill.department.replace('_', ' ')}. "
        f"Admission: {admitted}. Origin: {origin}. Discharge: {status}.",
        "Assessment (diagnoses by rank):",
        *(
            f"{rank}. {named.words or icd10cm.describe(named.code)}{_presence(one)}"
            for rank, (named, one) in enumerate(
                zip(visit.diagnoses, bill.diagnoses, strict=False), start=1
            )
        ),
    ]
    if held.procedures:
        parts += ["Procedures documented:", *(_procedure(one, bill) for one in held.procedures)]
    parts += ["Services documented:", *(f"- {_service(line)}" for line in bill.lines)]
    return [*parts, SEPARATE] if _separate(visit, bill) else parts


def _presence(diagnosis: Diagnosis) -> str:
    words = poa.INDICATORS.get(diagnosis.present, "")
    return f": {words}" if words else ""


def _procedure(one: Procedure, bill: Bill) -> str:
    day = (one.performed_on - bill.starts_on).days + 1
    return f"- {pcs.describe(one.code)} ({one.code}), on day {day}"


def _service(line: Line) -> str:
    side = next((modifiers.describe(m) for m in line.modifiers if m in modifiers.SIDES), "")
    times = "once" if line.units == 1 else f"{line.units} times"
    words = hcpcs.describe(line.code) if line.code else revenue.describe(line.revenue_code)
    by = "provider" if line.source == "provider" else "charge capture"
    code = line.code or line.revenue_code
    return f"{words or 'Service'} ({code}), {side + ', ' if side else ''}{times}, by {by}"


def _separate(visit: Visit, bill: Bill) -> bool:
    """Say whether an evaluation has a note of its own beside procedures of the same day."""
    evaluated = any(hcpcs.is_evaluation(line.code) for line in bill.lines)
    return evaluated and len(bill.lines) > 1 and bool(visit.documents)
