"""The payer's clocks: until when it takes a claim, a correction, an appeal.

    >>> since(date(2025, 7, 1), 365)
    datetime.date(2026, 7, 1)

Each clock is in the payer's policy of the day it starts on. A physician query or a holiday stops
none of them.
"""

from datetime import date, timedelta

from schemas.events import NO_DAY, Bill
from services.claims.terms import Terms

FILING = "filing"
CORRECTED = "corrected_claim"
REOPENING = "reopening"
APPEAL = "appeal"


def since(day: date, days: int) -> date:
    """Return the last day of a limit that runs from a day."""
    return day + timedelta(days=days)


def original(bill: Bill, payer_id: str, terms: Terms) -> date | None:
    """Return until when a payer takes an original; none when it does not take that type.

    It runs from the dates of service; for a payer that comes after another, from that one's
    decision.
    """
    if bill.prior:
        starts_on = bill.prior[-1].decided_on
        policy = terms.policy(payer_id, bill.claim_type, starts_on)
        return since(starts_on, policy.filing_days) if policy else None
    if bill.starts_on == NO_DAY:
        return None
    policy = terms.policy(payer_id, bill.claim_type, bill.starts_on)
    return policy.files_until(bill.starts_on, bill.ends_on) if policy else None


def until(bill: Bill, decided_on: date | None, terms: Terms) -> date:
    """Return until when a payer takes a claim: an original, or what follows its decision."""
    payer_id = bill.coverage.payer_id
    if decided_on is None:
        return original(bill, payer_id, terms) or NO_DAY
    policy = terms.policy(payer_id, bill.claim_type, decided_on)
    return since(decided_on, policy.corrected_days) if policy else NO_DAY
