"""What an item's page shows of a bill of the hospital: admission, discharge, procedures, codes."""

from datetime import datetime

from schemas.events import Bill, Coverage, Occurrence
from services.codes import admission, icd10cm, pcs, poa
from services.codes.reference import Reference
from services.worklist.shown.page import ProcedureShown, Said, StayShown

OCCURRENCES = {
    "01": "Accident, medical coverage", "02": "Accident, no-fault insurance",
    "03": "Accident, somebody liable", "04": "Accident at work", "05": "Accident",
    "11": "Symptoms began",
}
VALUES = {"01": "Rate of a room with two beds", "80": "Days covered", "81": "Days not covered"}
COUNTS = frozenset({"80", "81", "82", "83"})
"""Values that count days; the others are money."""
SEQUENCES = ("primary", "secondary", "tertiary")


def shown(bill: Bill, reference: Reference | None) -> StayShown | None:
    """Return what a bill says of its stay or visit, or none for a professional one."""
    held = bill.institutional
    if held is None:
        return None
    attending = reference.provider_with(held.attending_npi) if reference else None
    return StayShown(
        bill_type=f"{held.facility_type}x", inpatient=held.facility_type == "11",
        admitted_at=_told(held.admitted_at), discharged_at=_told(held.discharged_at),
        admission_type=_said(admission.TYPE, held.admission_type),
        admission_source=_said(admission.SOURCE, held.admission_source),
        patient_status=_said(admission.STATUS, held.patient_status), drg=held.drg,
        attending=f"{attending.given} {attending.family}" if attending else held.attending_npi,
        admitting=_named(held.admitting) if held.admitting else None,
        visit_reasons=tuple(map(_named, held.visit_reasons)),
        external_causes=tuple(_named(d.code) for d in held.external_causes),
        procedures=tuple(
            ProcedureShown(
                code=one.code, words=pcs.meaning(one.code), performed_on=one.performed_on,
                source=one.source,
            )
            for one in held.procedures
        ),
        occurrences=tuple(
            Said(code=o.code, words=f"{OCCURRENCES.get(o.code, '')}: {_span(o)}")
            for o in held.occurrences
        ),
        values=tuple(
            Said(code=v.code, words=f"{VALUES.get(v.code, '')}: {_amount(v.code, v.amount_cents)}")
            for v in held.values
        ),
        conditions=tuple(Said(code=code, words="") for code in held.conditions),
    )


def needs_presence(bill: Bill, code: str) -> bool:
    """Say whether a diagnosis needs to say that it was present on admission."""
    return bill.encounter_class == "inpatient" and not poa.is_exempt(code)


def other_payers(bill: Bill, payer_id: str, reference: Reference) -> tuple[Said, ...]:
    """Return the patient's other payers and their places, in the order in which they pay."""
    order = (bill.coverage, *bill.others)
    return tuple(
        Said(code=SEQUENCES[min(at, 2)], words=_payer(one, reference))
        for at, one in enumerate(order)
        if one.payer_id != payer_id
    )


def _payer(cover: Coverage, reference: Reference) -> str:
    payer = reference.payers.get(cover.payer_id)
    return payer.name if payer else cover.payer_id


def _said(kind: str, code: str) -> Said:
    return Said(code=code, words=admission.describe(kind, code))


def _named(code: str) -> Said:
    return Said(code=code, words=icd10cm.describe(code))


def _told(at: datetime | None) -> str:
    """Return a local time as it stood on the clock there."""
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def _span(one: Occurrence) -> str:
    return one.starts_on.isoformat() + (f" to {one.ends_on.isoformat()}" if one.ends_on else "")


def _amount(code: str, cents: int) -> str:
    return str(cents // 100) if code in COUNTS else f"${cents // 100:,}.{cents % 100:02d}"
