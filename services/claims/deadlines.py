"""The payer's limits, as its policy of the day says: until when it takes what.

    >>> since(date(2025, 7, 1), 365)
    datetime.date(2026, 7, 1)

The only place that counts them; `clocks` adds what is around a limit: levels, receipt, weekends,
the house's own time. Each limit is in the payer's policy of the day it starts on.
"""

from datetime import date, timedelta

from schemas.events import NO_DAY, Bill
from services.claims.terms import Terms
from services.codes.reference import Policy

FILING = "filing"
CORRECTED = "corrected_claim"
REOPENING = "reopening"
APPEAL = "appeal"


def since(day: date, days: int) -> date:
    """Return the last day of a limit that runs from a day."""
    return day + timedelta(days=days)


def days(rule: str, policy: Policy) -> int:
    """Return the days of a rule whose length is the payer's own."""
    return policy.appeal_days if rule == APPEAL else policy.corrected_days


def original(bill: Bill, payer_id: str, terms: Terms) -> date | None:
    """Return until when a payer takes an original; none when it does not take that type.

    It runs from the dates of service; for a payer that comes after another, from that one's
    decision.
    """
    told_on = bill.prior[-1].decided_on if bill.prior else None
    served = (bill.starts_on, bill.ends_on)
    return filed_by(payer_id, bill.claim_type, served, told_on, terms)


def filed_by(
    payer_id: str, claim_type: str, served: tuple[date, date], told_on: date | None, terms: Terms
) -> date | None:
    """Return until when a payer takes an original of a claim type.

    Args:
        payer_id: The payer.
        claim_type: professional or institutional.
        served: First and last day of service.
        told_on: When the payer before it decided, if there was one.
        terms: The policies.
    """
    if told_on is not None:
        policy = terms.policy(payer_id, claim_type, told_on)
        return since(told_on, policy.filing_days) if policy else None
    if served[0] == NO_DAY:
        return None
    policy = terms.policy(payer_id, claim_type, served[0])
    return policy.files_until(*served) if policy else None
