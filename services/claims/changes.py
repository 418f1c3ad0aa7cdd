"""Why an institutional claim is replaced or voided: its claim change reason, exactly one.

    D0  dates of service: of the statement, the admission, a line
    D1  charges or units, and nothing else
    D2  revenue codes or HCPCS with modifiers; a line added or taken off
    D4  what the grouper reads: ICD codes of diagnoses, reasons and procedures, present on admission
    D5  void: the payer, the member or the provider was wrong
    D6  void: nothing is owed
    D7  Medicare pays after another
    D8  Medicare pays first after all
    D9  anything else, or several of these (the payer will look at it by hand)
    E0  patient status

Charges that change with something else are not a reason of their own. D3 (interim bills) cannot
come up: one bill an encounter. Medicare's manual gives D4 for inpatient bills only; an outpatient
bill whose diagnoses change gets it too, as the code's own words have it.

Example: diagnosis 2 recoded and nothing else: D4. A modifier added and a charge changed: D2. Both:
D9.

Source: Medicare Claims Processing Manual chapter 1, section 130.1.2.1; CGS, Palmetto GBA.
"""

from dataclasses import replace

from schemas.events import NO_DAY, Bill, Institutional
from services.claims import lifecycle

INSTITUTIONAL = "institutional"
DATES, CHARGES, CODES, GROUPER, STATUS = "D0", "D1", "D2", "D4", "E0"
WRONG_PARTY, NOTHING_OWED = "D5", "D6"
MEDICARE_SECOND, MEDICARE_FIRST, OTHER = "D7", "D8", "D9"
WORDS = {
    DATES: "dates of service change", CHARGES: "charges or units change, and nothing else",
    CODES: "revenue codes, services or modifiers change", GROUPER: "what the grouper reads changes",
    WRONG_PARTY: "taken back: payer, member or provider was wrong",
    NOTHING_OWED: "taken back: nothing is owed", MEDICARE_SECOND: "Medicare pays after another",
    MEDICARE_FIRST: "Medicare pays first after all", OTHER: "several things, or anything else",
    STATUS: "patient status changes",
}
"""Claim change reasons in our own words."""


def reason(old: Bill, new: Bill, frequency: str) -> str:
    """Return the condition code of a claim that follows another; empty when it needs none.

    Args:
        old: What the payer holds.
        new: What is to be; of a void, the bill that is right, wherever it goes.
        frequency: CLM05-3 of the claim that goes out.
    """
    if new.claim_type != INSTITUTIONAL or frequency == lifecycle.ORIGINAL:
        return ""
    if frequency == lifecycle.VOID:
        return WRONG_PARTY if old.coverage != new.coverage else NOTHING_OWED
    found = [code for code, same in SAME if not same(old, new)]
    moved = _is_medicare(new) and bool(old.prior) != bool(new.prior)
    if moved:
        found.append(MEDICARE_SECOND if new.prior else MEDICARE_FIRST)
    if _rest(old) != _rest(new) or (not moved and old.prior != new.prior):
        found.append(OTHER)
    if not found:
        return OTHER if _charges(old) == _charges(new) else CHARGES
    return found[0] if len(found) == 1 else OTHER


def _is_medicare(bill: Bill) -> bool:
    return bill.coverage.plan == "medicare"


def _hospital(bill: Bill) -> Institutional:
    return bill.institutional or Institutional()


def _same_dates(old: Bill, new: Bill) -> bool:
    """Compare the dates of the claim, and of the lines that both have."""
    before = {line.line_id: line.served_on for line in old.lines}
    lines = all(before.get(one.line_id, one.served_on) == one.served_on for one in new.lines)
    return lines and _span(old) == _span(new)


def _span(bill: Bill) -> object:
    hospital = _hospital(bill)
    return bill.starts_on, bill.ends_on, hospital.admitted_at, hospital.discharged_at


def _same_codes(old: Bill, new: Bill) -> bool:
    return _codes(old) == _codes(new)


def _codes(bill: Bill) -> object:
    return {one.line_id: (one.revenue_code, one.code, one.modifiers) for one in bill.lines}


def _charges(bill: Bill) -> object:
    return {one.line_id: (one.units, one.charge_cents) for one in bill.lines}


def _same_grouping(old: Bill, new: Bill) -> bool:
    return _grouper(old) == _grouper(new)


def _grouper(bill: Bill) -> object:
    hospital = _hospital(bill)
    return (
        [(one.code, one.present) for one in bill.diagnoses],
        [(one.code, one.present) for one in hospital.external_causes],
        [(one.code, one.performed_on) for one in hospital.procedures],
        hospital.admitting, hospital.visit_reasons, hospital.drg,
    )


def _same_status(old: Bill, new: Bill) -> bool:
    return _hospital(old).patient_status == _hospital(new).patient_status


def _rest(bill: Bill) -> Bill:
    """Return what no other reason looks at."""
    hospital = bill.institutional and replace(
        bill.institutional, admitted_at=None, discharged_at=None, patient_status="", drg="",
        admitting="", visit_reasons=(), external_causes=(), procedures=(),
    )
    return replace(
        bill, starts_on=NO_DAY, ends_on=NO_DAY, diagnoses=(), lines=(), prior=(),
        institutional=hospital,
    )


SAME = (
    (DATES, _same_dates), (CODES, _same_codes), (GROUPER, _same_grouping), (STATUS, _same_status)
)
