"""What the front end refuses before anybody adjudicates: the reasons of a 277CA.

    member  required data  provider numbers  diagnoses  lines and pointers  total  frequency

A claim refused here has no number of ours and was never adjudicated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.payer.chance import happens
from services.payer.claim import Claim, Status
from services.payer.tables import Plan

_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}")


@dataclass(frozen=True, slots=True)
class Known:
    """What the payer's files say about a claim at its front door.

    Attributes:
        number_known: REF*F8 is our number of a decided claim of this provider, its latest version.
        refused_before: The same claim was refused here before.
    """

    number_known: bool = False
    refused_before: bool = False


def refuse(claim: Claim, plan: Plan, known: Known, seed: bytes) -> tuple[Status, ...]:
    """Return why a claim does not enter adjudication; empty when it does.

    A member that is not found (a slow member file) is found when the claim comes again.
    """
    reasons = (*_subject(claim, plan), *_content(claim), *_frequency(claim, plan, known))
    if reasons or claim.frequency != "1" or known.refused_before:
        return reasons
    missed = happens(plan.reject_myriad, seed, "front door", plan.payer_id, claim.key)
    return (Status("A3", "33", "IL"),) if missed else ()


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
        if not line.code:
            yield Status("A6", "454", "", line.number)
        if not _is_day(line.served_on):
            yield Status("A7" if line.served_on else "A6", "187", "", line.number)
        if not line.pointers or not all(1 <= p <= len(claim.diagnoses) for p in line.pointers):
            yield Status("A7", "477", "", line.number)
        if line.units <= 0:
            yield Status("A7", "476", "", line.number)
        if line.charge_cents < 0:
            yield Status("A7", "402", "", line.number)


def _frequency(claim: Claim, plan: Plan, known: Known) -> Iterator[Status]:
    if claim.frequency not in plan.frequencies:
        yield Status("A7", "535")
    elif claim.frequency in ("7", "8") and not claim.payer_claim_number:
        yield Status("A6", "464")
    elif claim.frequency in ("7", "8") and not known.number_known:
        yield Status("A7", "464")


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
