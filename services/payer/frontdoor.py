"""What the front end refuses before anybody adjudicates: the reasons of a 277CA.

    member  required data  provider numbers  diagnoses  lines and pointers  total  frequency
    hospitals: type of bill, patient status, admission    second payer: what the first decided

A claim refused here has no number of ours and was never adjudicated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.payer.chance import happens, pick
from services.payer.claim import Claim, Facility, Status
from services.payer.plan import Plan
from services.payer.tables import Tables

_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}")
_BILL = re.compile(r"[1-8][1-9]")
_REVENUE = re.compile(r"[0-9]{4}")
_CHANGE = re.compile(r"D[0-9]|E0")
_STILL_A_PATIENT = "30"


@dataclass(frozen=True, slots=True)
class Known:
    """What the payer's files say about a claim at its front door.

    Attributes:
        number_known: REF*F8 is our number of a decided claim of this provider, its latest version.
        refused_before: The same claim was refused here before.
        reviewed: That decided claim was denied on medical review.
    """

    number_known: bool = False
    refused_before: bool = False
    reviewed: bool = False


def refuse(
    claim: Claim, plan: Plan, known: Known, tables: Tables, seed: bytes
) -> tuple[Status, ...]:
    """Return why a claim does not enter adjudication; empty when it does.

    What only the payer can know (a member it does not find, a provider number it does not have
    yet) is put right when the claim comes again.
    """
    reasons = [*_subject(claim, plan), *_content(claim), *_frequency(claim, plan, known)]
    if claim.facility is not None:
        reasons += _hospital(claim, claim.facility, plan)
    reasons += _before_us(claim)
    if reasons or claim.frequency != "1" or known.refused_before:
        return tuple(reasons)
    if not happens(plan.reject_myriad, seed, "front door", plan.payer_id, claim.key):
        return ()
    rows = tables.rejections[claim.kind]
    weights = [row.weight for row in rows]
    row = rows[pick(weights, seed, "which rejection", plan.payer_id, claim.key)]
    return (Status(row.category, row.code, row.entity),)


def _subject(claim: Claim, plan: Plan) -> Iterator[Status]:
    if not re.fullmatch(plan.member_pattern, claim.member_id):
        yield Status("A7" if claim.member_id else "A6", "164", "IL")
    if not claim.family:
        yield Status("A6", "125", "QC")
    if not _is_day(claim.born):
        yield Status("A7" if claim.born else "A6", "158", "QC")
    if claim.sex not in ("F", "M", "U"):
        yield Status("A6", "157", "QC")
    if not _is_npi(claim.billing_npi):
        yield Status("A7" if claim.billing_npi else "A6", "562", "85")
    if claim.rendering_npi and not _is_npi(claim.rendering_npi):
        yield Status("A7", "562", "82")


def _content(claim: Claim) -> Iterator[Status]:
    if not claim.diagnoses:
        yield Status("A6", "254")
    for place, code in enumerate(claim.diagnoses):
        if not _DIAGNOSIS.fullmatch(code):
            yield Status("A7", "255" if place else "254")
            break
    if not claim.lines:
        yield Status("A6", "247")
    yield from _lines(claim)
    if claim.flaws or claim.total_cents != sum(line.charge_cents for line in claim.lines):
        yield Status("A7", "178")


def _lines(claim: Claim) -> Iterator[Status]:
    for line in claim.lines:
        if claim.facility is not None:
            if not _REVENUE.fullmatch(line.revenue):
                yield Status("A7" if line.revenue else "A6", "455", "", line.number)
        elif not line.code:
            yield Status("A6", "454", "", line.number)
        elif not line.pointers or not all(1 <= p <= len(claim.diagnoses) for p in line.pointers):
            yield Status("A7", "477", "", line.number)
        if not _is_day(line.served_on):
            yield Status("A7" if line.served_on else "A6", "187", "", line.number)
        if line.units <= 0:
            yield Status("A7", "476", "", line.number)
        if line.charge_cents < 0:
            yield Status("A7", "402", "", line.number)


def _hospital(claim: Claim, facility: Facility, plan: Plan) -> Iterator[Status]:
    if not _BILL.fullmatch(claim.place):
        yield Status("A7", "228")
    dated = _is_day(facility.starts_on) and _is_day(facility.ends_on)
    if not dated or facility.starts_on > facility.ends_on:
        yield Status("A7", "188")
    if not facility.patient_status:
        yield Status("A6", "234")
    elif facility.patient_status == _STILL_A_PATIENT and claim.frequency == "1":
        yield Status("A8", "234")  # a claim from admission to discharge, and no discharge
    if not _is_npi(facility.attending_npi):
        yield Status("A7" if facility.attending_npi else "A6", "562", "71")
    if claim.inpatient:
        yield from _admission(facility)
    reasons = [code for code in facility.conditions if _CHANGE.fullmatch(code)]
    if plan.change_reason and claim.frequency in ("7", "8") and len(reasons) != 1:
        yield Status("A7" if reasons else "A6", "460")


def _admission(facility: Facility) -> Iterator[Status]:
    if not facility.admitting:
        yield Status("A6", "232")
    if not _is_day(facility.admitted[:8]):
        yield Status("A6", "189")
    if not facility.admission_type:
        yield Status("A6", "231")


def _before_us(claim: Claim) -> Iterator[Status]:
    """Check what another payer decided, when we are not the first: it must be there and add up."""
    if claim.sequence == "P":
        return
    prior = claim.decided
    if prior is None:
        yield Status("A6", "286")
        return
    adjusted = sum(one.cents for one in prior.adjustments)
    adjusted += sum(one.cents for line in prior.lines for one in line.adjustments)
    if claim.total_cents - adjusted != prior.paid_cents:
        yield Status("A7", "286")


def _frequency(claim: Claim, plan: Plan, known: Known) -> Iterator[Status]:
    if not plan.takes(claim.kind, claim.frequency):
        yield Status("A7", "535")
    elif claim.frequency in ("7", "8") and not claim.payer_claim_number:
        yield Status("A6", "464")
    elif claim.frequency in ("7", "8") and not known.number_known:
        yield Status("A7", "464")
    elif claim.frequency == "7" and known.reviewed and not plan.corrects_review:
        yield Status("A7", "535")


def _is_day(text: str) -> bool:
    try:
        return len(text) == len("CCYYMMDD") and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_npi(number: str) -> bool:
    """Check ten digits by the Luhn rule over 80840 and the number.

    >>> _is_npi("1234567893"), _is_npi("1234567890")
    (True, False)
    """
    if not re.fullmatch(r"\d{10}", number):
        return False
    digits = [int(d) for d in reversed("80840" + number)]
    doubled = (sum(divmod(2 * d, 10)) if place % 2 else d for place, d in enumerate(digits))
    return sum(doubled) % 10 == 0
