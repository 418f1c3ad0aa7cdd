"""The payer's clocks: until when it takes a claim, a correction, an appeal.

    >>> since(date(2025, 7, 1), 365)
    datetime.date(2026, 7, 1)

Each clock is in the payer's policy. A physician query or a holiday stops none of them.
"""

from datetime import date, timedelta

FILING = "filing"
CORRECTED = "corrected_claim"
REOPENING = "reopening"
APPEAL = "appeal"


def since(decided_on: date, days: int) -> date:
    """Return the last day for a correction or appeal: days from the payer's decision."""
    return decided_on + timedelta(days=days)
