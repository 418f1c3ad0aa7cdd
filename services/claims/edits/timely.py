"""A claim must reach the payer within its filing limit.

Example: the limit is 365 days and the first day of service 2025-07-01. On 2026-07-01 (day 365)
the claim may go; on 2026-07-02 it is held. A correction of an adjudicated claim runs on another
clock, from the payer's decision, and is not judged here.

Source: the payer's row (`filing_days`); for Medicare 42 CFR 424.44, one calendar year.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from schemas.events import NO_DAY, Coded, Finding
from services.claims.edits.edit import CLAIM, hold
from services.claims.terms import Terms


def timely_filing(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold an original whose filing limit has passed."""
    payer = terms.payers.get(coded.bill.coverage.payer_id)
    if payer is None or coded.predecessor or coded.bill.starts_on == NO_DAY:
        return
    last = coded.bill.starts_on + timedelta(days=payer.filing_days)
    if today > last:
        yield hold("filing_limit_passed", CLAIM, f"The payer's filing limit of "
                   f"{payer.filing_days} days ended on {last.isoformat()}: bill with proof of an "
                   "earlier filing or decide on a write-off.", "payer table, filing_days", 7)
