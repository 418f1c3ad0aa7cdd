"""Required data: what every claim must carry before anything else can be judged.

Example: a coded version with a coder, a known payer, demographics, one diagnosis and one line
with a date inside the stay passes; take any of them away and there is one finding for it.

Source: X12 005010X222A1 (837P) and 005010X223A2 (837I), loops
2000B, 2010BB, 2300 and 2400: required segments.
"""

from collections.abc import Iterator
from datetime import date

from schemas.events import NO_DAY, Coded, Finding
from services.claims.edits.edit import CLAIM, diagnosis, hold
from services.claims.edits.edit import line as line_place
from services.claims.terms import Terms

SOURCE = "837 required data"
MOST_DIAGNOSES = {"professional": 12, "institutional": 25}
SEXES = frozenset("FMU")


def required_claim(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold a claim without coder, payer, patient, dates, diagnosis or line."""
    bill = coded.bill
    if not coded.coder_id:
        yield hold("coder_missing", CLAIM, "No coder answers for this coding: name the coder.",
                   "the hospital's own rule", 2)
    if terms.policy(bill.coverage.payer_id, bill.claim_type, bill.starts_on) is None:
        yield hold("payer_unknown", CLAIM, "The payer is missing, or not one we bill for this type "
                   "of claim: choose a payer of the payer table.", SOURCE, 2)
    if not bill.demographics.ciphertext:
        yield hold("demographics_missing", CLAIM, "Name, address and member number are missing: "
                   "complete the registration.", SOURCE, 2)
    if bill.patient.sex not in SEXES:
        yield hold("sex_missing", CLAIM, "The patient's sex is missing: register F, M or U.",
                   SOURCE, 2)
    if bill.starts_on == NO_DAY or bill.ends_on < bill.starts_on or bill.starts_on > today:
        yield hold("dates_wrong", CLAIM, "The dates of service are missing, out of order or in "
                   "the future: correct the first and last day.", SOURCE, 2)
    if not bill.lines:
        yield hold("line_missing", CLAIM, "There is no service line: enter the charges.",
                   SOURCE, 2)
    yield from _diagnoses(coded)


def _diagnoses(coded: Coded) -> Iterator[Finding]:
    count = len(coded.bill.diagnoses)
    if not count:
        yield hold("diagnosis_missing", CLAIM, "There is no diagnosis: code at least the "
                   "principal one.", SOURCE, 2)
    most = MOST_DIAGNOSES.get(coded.bill.claim_type, 12)
    if count > most:
        yield hold("diagnoses_over_twelve", diagnosis(most + 1), f"There are {count} diagnoses "
                   f"and this claim takes {most}: leave out the least important.", SOURCE, 2)


def required_line(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold a line whose date of service is outside the claim's, or that has no control number.

    Dates of the claim that are out of order are `required_claim`'s finding, not one more a line.
    """
    bill, seen = coded.bill, set[str]()
    ordered = bill.starts_on <= bill.ends_on
    for position, line in enumerate(bill.lines, 1):
        if ordered and not bill.starts_on <= line.served_on <= bill.ends_on:
            yield hold("line_date_outside", line_place(position), f"The date of service of line "
                       f"{position} is not within the claim's dates: correct one of them.",
                       SOURCE, 3)
        if not line.line_id or line.line_id in seen:
            yield hold("line_id_repeated", line_place(position), f"Line {position} has no "
                       "control number of its own: enter the line again.", SOURCE, 2)
        seen.add(line.line_id)
