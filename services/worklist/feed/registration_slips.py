"""Errors at registration, which no coder can put right."""

from dataclasses import replace
from datetime import timedelta

from schemas.events import Bill
from services.codes import admission, icd10cm
from services.worklist.feed.slip import SEX_EDITED, Put, Slip

ASKED_BEFORE = frozenset({"2", "3"})
"""Types of admission, urgent and elective, that payers other than Medicare want to be asked for."""
LOCUM, LOCUM_MAY = "2000001372", frozenset({"BCBS", "EMPLOYER"})
"""A colleague of the reference file, and the payers he is enrolled with."""


def registration_sex(bill: Bill, slip: Slip) -> Bill | None:
    """Register the other sex for a patient whose diagnosis is of one sex."""
    sexes = {icd10cm.sex_of(d.code) for d in bill.diagnoses if d.code[:3] in ("C61", "N40")}
    if bill.patient.sex not in sexes or bill.coverage.plan not in SEX_EDITED:
        return None
    other = "F" if bill.patient.sex == "M" else "M"
    return replace(bill, patient=replace(bill.patient, sex=other))


def registration_status(bill: Bill, slip: Slip) -> Bill | None:
    """Register a patient who was discharged as still there."""
    held = bill.institutional
    if held is None or held.discharged_at is None:
        return None
    still = replace(held, patient_status=admission.STILL_A_PATIENT)
    return replace(bill, institutional=still)


def authorization_missing(bill: Bill, slip: Slip) -> Bill | None:
    """Leave the payer's authorisation of a stay out."""
    held = bill.institutional
    if held is None or not bill.authorized or held.admission_type not in ASKED_BEFORE:
        return None
    return replace(bill, authorized=False)


def provider_not_enrolled(bill: Bill, slip: Slip) -> Bill | None:
    """Register the visit for a colleague who is not enrolled with the payer."""
    if bill.institutional or bill.coverage.payer_id in LOCUM_MAY:
        return None
    return replace(bill, rendering_npi=LOCUM)


def coverage_ended(bill: Bill, slip: Slip) -> Bill | None:
    """Register the coverage as ended the day before."""
    ended = bill.starts_on - timedelta(days=1)
    return replace(bill, coverage=replace(bill.coverage, ends_on=ended))


SLIPS: tuple[Put, ...] = (
    registration_sex, registration_status, authorization_missing, provider_not_enrolled,
    coverage_ended,
)
