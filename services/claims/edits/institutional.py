"""What only a claim of the hospital must carry: bill type, stay, attender, revenue codes.

Example: an inpatient claim with facility type 11, an admission, a patient status, an admitting
diagnosis, an attending provider, indicators of presence on its diagnoses, and room and board for
as many days as it has nights passes; take any of them away and there is one finding for it.

Source: X12 005010X223A2 (837I), loops 2300, 2310A and 2400; CMS Claims Processing Manual, ch. 25
(UB-04); ICD-10-CM guidelines, Appendix I (present on admission).
"""

from collections.abc import Iterator
from datetime import date, timedelta

from schemas.events import Bill, Coded, Finding, Institutional, Line
from services.claims.edits.edit import CLAIM, diagnosis, hold
from services.claims.edits.edit import line as line_place
from services.claims.terms import Terms
from services.codes import admission, icd10cm, npi, pcs, poa, revenue

UB04 = "CMS Claims Processing Manual, ch. 25 (UB-04)"
GUIDE = "837I required data"
PRESENCE = "ICD-10-CM guidelines, Appendix I"
FACILITY_TYPES = frozenset({
    "11", "12", "13", "14", "18", "21", "22", "23", "28", "32", "33", "34", "41", "43", "65",
    "66", "71", "72", "73", "74", "75", "76", "77", "79", "81", "82", "83", "84", "85", "86", "89",
})
INPATIENT_BILL = "11"
EARLIEST_PROCEDURE = timedelta(days=3)
"""Before admission: services of the three days before belong to a stay."""


def stay_described(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold an institutional claim whose bill type, admission, status or attender is wrong."""
    bill, held = coded.bill, coded.bill.institutional
    if bill.claim_type != "institutional":
        return
    if held is None:
        yield hold("bill_type_wrong", CLAIM, "The claim says nothing of the stay or visit: take "
                   "the encounter in again.", GUIDE, 2)
        return
    if held.facility_type not in FACILITY_TYPES:
        yield hold("bill_type_wrong", CLAIM, f"{held.facility_type or 'Nothing'} does not begin a "
                   "type of bill: 11 is an inpatient, 13 an outpatient of a hospital.", UB04, 5)
    if not npi.is_valid(held.attending_npi):
        yield hold("attending_npi_wrong", CLAIM, "The attending provider's NPI is missing or its "
                   "check digit is wrong: name who attended.", GUIDE, 2)
    yield from _admission(held)
    yield from _status(bill, held)


def _admission(held: Institutional) -> Iterator[Finding]:
    wanted = (
        (held.admitted_at is not None, "date and hour"),
        (admission.is_valid(admission.TYPE, held.admission_type), "type"),
        (admission.is_valid(admission.SOURCE, held.admission_source), "source"),
    )
    missing = [name for there, name in wanted if not there]
    if missing:
        yield hold("admission_incomplete", CLAIM, f"Of the admission, {' and '.join(missing)} "
                   "is missing or not on the list: complete the registration.", UB04, 2)


def _status(bill: Bill, held: Institutional) -> Iterator[Finding]:
    if not admission.is_valid(admission.STATUS, held.patient_status):
        yield hold("patient_status_wrong", CLAIM, "The patient's status at discharge is missing "
                   "or not on the list: complete the registration.", UB04, 2)
        return
    still_there = held.patient_status == admission.STILL_A_PATIENT
    if still_there != (held.discharged_at is None):
        yield hold("patient_status_wrong", CLAIM, f"The patient's status {held.patient_status} "
                   "does not fit the discharge: 30 is for who is still a patient, and only for "
                   "those.", UB04, 4)
    if held.discharged_at is not None and held.discharged_at.date() != bill.ends_on:
        yield hold("statement_dates_wrong", CLAIM, "The statement does not end on the day of "
                   "discharge: correct one of them.", UB04, 4)
    if held.admitted_at is not None and held.admitted_at.date() > bill.ends_on:
        yield hold("statement_dates_wrong", CLAIM, "The admission is after the statement's last "
                   "day: correct one of them.", UB04, 4)


def stay_coded(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold an institutional claim whose diagnoses or procedures lack what a stay needs."""
    bill, held = coded.bill, coded.bill.institutional
    if held is None:
        return
    inpatient = held.facility_type == INPATIENT_BILL
    if bill.diagnoses and "V00" <= bill.diagnoses[0].code[:3] <= "Y99":
        yield hold("principal_external", diagnosis(1), "The principal diagnosis is an external "
                   "cause: code the injury first.", "ICD-10-CM guideline I.C.20", 4)
    if inpatient:
        yield from _presence(bill)
    else:
        yield from _reasons(held)
    for code in (held.admitting, *held.visit_reasons, *(d.code for d in held.external_causes)):
        if code and not icd10cm.is_valid(code, bill.starts_on):
            yield hold("stay_diagnosis_wrong", CLAIM, f"{code}, the admission diagnosis, a reason "
                       "for the visit or an external cause, is no billable ICD-10-CM code: code "
                       "it in full.", "ICD-10-CM tabular list", 5)
    if inpatient and not held.admitting:
        yield hold("admitting_missing", CLAIM, "There is no admission diagnosis: code what the "
                   "patient was admitted with.", GUIDE, 2)
    yield from _procedures(bill, held, inpatient)


def _presence(bill: Bill) -> Iterator[Finding]:
    for position, one in enumerate(bill.diagnoses, 1):
        if not poa.is_valid(one.present) and not poa.is_exempt(one.code):
            yield hold("poa_missing", diagnosis(position), f"Diagnosis {position}, {one.code}, "
                       "does not say whether it was present on admission: Y, N, U or W.",
                       PRESENCE, 2)


def _reasons(held: Institutional) -> Iterator[Finding]:
    urgent = held.admission_type in ("1", "2", "5")
    if urgent and not held.visit_reasons:
        yield hold("visit_reason_missing", CLAIM, "An unscheduled outpatient claim has no reason "
                   "for the visit: code what the patient came with.", UB04, 2)


def _procedures(bill: Bill, held: Institutional, inpatient: bool) -> Iterator[Finding]:
    first = (held.admitted_at.date() if held.admitted_at else bill.starts_on) - EARLIEST_PROCEDURE
    for one in held.procedures:
        if not inpatient:
            yield hold("procedure_code_wrong", CLAIM, f"{one.code} is an ICD-10-PCS code and this "
                       "is no inpatient claim: take it off.", "HIPAA code sets, 45 CFR 162.1002", 4)
        elif not pcs.is_valid(one.code):
            yield hold("procedure_code_wrong", CLAIM, f"{one.code or 'An empty code'} has not the "
                       "shape of an ICD-10-PCS code: correct it.", "ICD-10-PCS", 5)
        elif not first <= one.performed_on <= bill.ends_on:
            yield hold("procedure_date_wrong", CLAIM, f"The date of {one.code} is not within the "
                       "stay or the three days before it: correct the date.", UB04, 4)


def revenue_lines(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold institutional lines without a revenue code, or without what that code needs."""
    bill, held = coded.bill, coded.bill.institutional
    if held is None:
        return
    inpatient = held.facility_type == INPATIENT_BILL
    for position, line in enumerate(bill.lines, 1):
        yield from _line(line, position, inpatient)
    yield from _room(bill, held, inpatient)


def _line(line: Line, position: int, inpatient: bool) -> Iterator[Finding]:
    place = line_place(position)
    if not revenue.is_valid(line.revenue_code):
        yield hold("revenue_code_wrong", place, f"Line {position} has no revenue code of four "
                   "digits: add it to the price list.", UB04, 2)
    elif not inpatient and not line.code and revenue.needs_hcpcs(line.revenue_code):
        yield hold("revenue_hcpcs_missing", place, f"Line {position}, revenue code "
                   f"{line.revenue_code}, needs a HCPCS code on an outpatient claim.", UB04, 4)


def _room(bill: Bill, held: Institutional, inpatient: bool) -> Iterator[Finding]:
    if not inpatient or held.discharged_at is None:
        return
    days = sum(line.units for line in bill.lines if revenue.is_accommodation(line.revenue_code))
    nights = max(1, (bill.ends_on - bill.starts_on).days)
    if days != nights:
        yield hold("room_days_wrong", CLAIM, f"Room and board is charged for {days} days and the "
                   f"statement has {nights}: correct the charges or the dates.", UB04, 4)
