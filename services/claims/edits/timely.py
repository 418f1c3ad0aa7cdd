"""A claim must reach the payer within its filing limit.

Example: the limit is 365 days and the first day of service 2025-07-01. On 2026-07-01 (day 365)
the claim may go; on 2026-07-02 it is held. A correction of an adjudicated claim runs on another
clock, from the payer's decision, and is not judged here.

Source: the payer's policy; for Medicare 42 CFR 424.44, one calendar year from the first day of
service, or from the last one of an institutional claim.
"""

from collections.abc import Iterator
from datetime import date

from schemas.events import NO_DAY, Coded, Finding
from services.claims.edits.edit import CLAIM, hold
from services.claims.terms import Terms


def timely_filing(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold an original whose filing limit has passed."""
    bill = coded.bill
    if coded.predecessor or bill.starts_on == NO_DAY:
        return
    policy = terms.policy(bill.coverage.payer_id, bill.claim_type, bill.starts_on)
    if policy is None:
        return
    last = policy.files_until(bill.starts_on, bill.ends_on)
    if today > last:
        yield hold("filing_limit_passed", CLAIM, f"The payer's filing limit of "
                   f"{policy.filing_days} days ended on {last.isoformat()}: bill with proof of an "
                   "earlier filing or decide on a write-off.", "the payer's policy", 7)
