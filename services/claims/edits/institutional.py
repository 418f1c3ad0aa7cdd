"""What only a claim of the hospital carries: bill type, stay, diagnoses of it, revenue codes.

Source: X12 005010X223A2 (837I), loops 2300, 2310A and 2400; CMS Claims Processing Manual, ch. 25
(UB-04).
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from schemas.events import Institutional
from services.claims.edits.edit import CLAIM, INSTITUTIONAL, Case, Fault, edit, line, procedure
from services.claims.edits.listed import is_diagnosis, is_listed, is_procedure
from services.codes import admission, revenue

UB04 = "CMS Claims Processing Manual, ch. 25 (UB-04)"
GUIDE = "837I required data"
EARLIEST_PROCEDURE = timedelta(days=3)
"""Before admission: services of the three days before belong to a stay."""
UNSCHEDULED = ("1", "2", "5")
ASKED_WHY = ("13", "78", "85")
"""Types of bill that say why an unscheduled patient came, beside one of these revenue codes."""
CAME_IN = ("045", "0516", "0526", "0762")
NON_PATIENT = "14"
PART_B = "12"
OBSERVED, CHANGED_TO_OUTPATIENT = "0762", "44"
rule = partial(edit, "institutional", claim_types=frozenset({INSTITUTIONAL}))


def _stay(case: Case) -> Institutional:
    """Return what the claim says of the stay; nothing at all where it says nothing."""
    return case.bill.institutional or Institutional()


@rule(snip=2, source=UB04)
def bill_type_wrong(case: Case) -> Iterator[Fault]:
    """A claim of the hospital has a type of bill. Example: 11 and 13 pass, 10 does not."""
    stay = case.bill.institutional
    if stay is None:
        yield Fault(CLAIM, "The claim says nothing of the stay or visit: take the encounter in "
                    "again.")
    elif not is_listed(case, "bill_type", stay.facility_type, case.on):
        yield Fault(CLAIM, f"{stay.facility_type or 'Nothing'} does not begin a type of bill: 11 "
                    "is an inpatient, 13 an outpatient of a hospital.")


@rule(snip=2, source=UB04, version=2, silenced_by=("bill_type_wrong",))
def admission_incomplete(case: Case) -> Iterator[Fault]:
    """Type and source of the admission are there, of a stay also its date.

    Example: source 7 is on no list; a stay without the hour of admission is found, an outpatient
    visit without it passes, and so does laboratory work for non-patients (14x) without a source.
    """
    stay = _stay(case)
    wanted = (
        (stay.admitted_at is not None or not case.inpatient, "date and hour"),
        (admission.is_valid(admission.TYPE, stay.admission_type), "type"),
        (stay.facility_type == NON_PATIENT
         or admission.is_valid(admission.SOURCE, stay.admission_source), "source"),
    )
    missing = [name for there, name in wanted if not there]
    if missing and case.bill.institutional is not None:
        yield Fault(CLAIM, f"Of the admission, {' and '.join(missing)} is missing or not on the "
                    "list: complete the registration.")


@rule(snip=4, source=UB04, version=2, silenced_by=("bill_type_wrong",))
def patient_status_wrong(case: Case) -> Iterator[Fault]:
    """The status at discharge is on the list and fits. Example: 30 with a discharge does not.

    A stay without a discharge has 30; an outpatient visit need not say when it ended.
    """
    stay = _stay(case)
    if case.bill.institutional is None:
        return
    if not is_listed(case, "patient_status", stay.patient_status, case.on):
        yield Fault(CLAIM, "The patient's status at discharge is missing or not on the list: "
                    "complete the registration.")
        return
    still, gone = stay.patient_status == admission.STILL_A_PATIENT, stay.discharged_at is not None
    if (still and gone) or (case.inpatient and not still and not gone):
        yield Fault(CLAIM, f"The patient's status {stay.patient_status} does not fit the "
                    "discharge: 30 is for who is still a patient, and only for those.")


@rule(snip=4, source=UB04)
def statement_dates_wrong(case: Case) -> Iterator[Fault]:
    """The statement ends on the day of discharge, and not before the admission.

    Example: discharged on the 5th: a statement to the 5th passes, one to the 6th is found.
    """
    stay, ends_on = _stay(case), case.bill.ends_on
    if stay.discharged_at is not None and stay.discharged_at.date() != ends_on:
        yield Fault(CLAIM, "The statement does not end on the day of discharge: correct one of "
                    "them.")
    elif stay.admitted_at is not None and stay.admitted_at.date() > ends_on:
        yield Fault(CLAIM, "The admission is after the statement's last day: correct one of them.")


@rule(snip=5, source="ICD-10-CM tabular list")
def stay_diagnosis_wrong(case: Case) -> Iterator[Fault]:
    """Admission diagnosis, visit reasons and external causes are codes. Example: R06 is none."""
    stay = _stay(case)
    for code in (stay.admitting, *stay.visit_reasons, *(d.code for d in stay.external_causes)):
        if code and not is_diagnosis(case, code):
            yield Fault(CLAIM, f"{code}, the admission diagnosis, a reason for the visit or an "
                        "external cause, is no billable ICD-10-CM code: code it in full.")


@rule(snip=2, source=GUIDE)
def admitting_missing(case: Case) -> Iterator[Fault]:
    """A stay has an admission diagnosis. Example: none is found; R06.02 passes."""
    if case.inpatient and not _stay(case).admitting:
        yield Fault(CLAIM, "There is no admission diagnosis: code what the patient was admitted "
                    "with.")


@rule(snip=2, source=UB04, version=2)
def visit_reason_missing(case: Case) -> Iterator[Fault]:
    """An unscheduled visit to emergency, urgent care or observation says why the patient came.

    Example: bill type 13, admission type 1 and revenue code 0450 without a reason is found; type 3
    (elective) passes, and so does a line of the laboratory alone.
    """
    stay = _stay(case)
    asked = (
        stay.facility_type in ASKED_WHY and stay.admission_type in UNSCHEDULED
        and any(one.revenue_code.startswith(CAME_IN) for one in case.bill.lines)
    )
    if asked and not stay.visit_reasons:
        yield Fault(CLAIM, "An unscheduled outpatient claim has no reason for the visit: code "
                    "what the patient came with.")


@rule(snip=5, source="ICD-10-PCS; HIPAA code sets, 45 CFR 162.1002")
def procedure_code_wrong(case: Case) -> Iterator[Fault]:
    """ICD-10-PCS is for stays, and a code of its day. Example: 02703Z is one character short."""
    for position, one in enumerate(_stay(case).procedures, 1):
        if not case.inpatient and _stay(case).facility_type != PART_B:
            yield Fault(procedure(position), f"{one.code} is an ICD-10-PCS code and this is no "
                        "inpatient claim: take it off.")
        elif not is_procedure(case, one.code):
            yield Fault(procedure(position), f"{one.code or 'An empty code'} is no ICD-10-PCS "
                        "code on the discharge date: correct it from the record.")


@rule(snip=4, source=UB04, silenced_by=("procedure_code_wrong",))
def procedure_date_wrong(case: Case) -> Iterator[Fault]:
    """A procedure is of the stay or of the three days before it.

    Example: admitted on the 4th: a procedure of the 1st passes, one of the last month is found.
    """
    stay, bill = _stay(case), case.bill
    begins = stay.admitted_at.date() if stay.admitted_at else bill.starts_on
    for position, one in enumerate(stay.procedures if case.inpatient else (), 1):
        if not begins - EARLIEST_PROCEDURE <= one.performed_on <= bill.ends_on:
            yield Fault(procedure(position), f"The date of {one.code} is not within the stay or "
                        "the three days before it: correct the date.")


@rule(snip=2, source=UB04)
def revenue_code_wrong(case: Case) -> Iterator[Fault]:
    """A line has a revenue code of four digits. Example: 0450 passes, 45 does not."""
    for position, one in case.lines():
        if not is_listed(case, "revenue", one.revenue_code, one.served_on):
            yield Fault(line(position), f"Line {position} has no revenue code of four digits that "
                        "is on the list: add it to the price list.")


@rule(snip=4, source=UB04, version=2)
def revenue_hcpcs_missing(case: Case) -> Iterator[Fault]:
    """A revenue code that needs a HCPCS code on an outpatient claim has it.

    Example: 0450 without one is found. 0762 passes with condition code 44: the hours before a stay
    was changed to observation have none (ch. 1, sect. 50.3.2).
    """
    for position, one in case.lines():
        before = one.revenue_code == OBSERVED and CHANGED_TO_OUTPATIENT in _stay(case).conditions
        if case.inpatient or one.code or before:
            continue
        if revenue.needs_hcpcs(one.revenue_code):
            yield Fault(line(position), f"Line {position}, revenue code {one.revenue_code}, needs "
                        "a HCPCS code on an outpatient claim: add the service.")


@rule(snip=4, source=UB04, version=2)
def room_days_wrong(case: Case) -> Iterator[Fault]:
    """Room and board is charged for as many days as the stay has nights, one at least.

    Example: admitted on the 2nd, discharged on the 5th: 3 days pass, 4 are found. Services of the
    days before admission begin the statement, not the stay.
    """
    bill, stay = case.bill, _stay(case)
    if not case.inpatient or stay.discharged_at is None:
        return
    days = sum(one.units for one in bill.lines if revenue.is_accommodation(one.revenue_code))
    begins = max(bill.starts_on, stay.admitted_at.date()) if stay.admitted_at else bill.starts_on
    nights = max(1, (bill.ends_on - begins).days)
    if days != nights:
        yield Fault(CLAIM, f"Room and board is charged for {days} days and the stay has "
                    f"{nights}: correct the charges or the dates.")


EDITS = (
    bill_type_wrong, admission_incomplete, patient_status_wrong, statement_dates_wrong,
    stay_diagnosis_wrong, admitting_missing, visit_reason_missing, procedure_code_wrong,
    procedure_date_wrong, revenue_code_wrong, revenue_hcpcs_missing, room_days_wrong,
)
