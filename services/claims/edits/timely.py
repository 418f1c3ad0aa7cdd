"""A claim must reach the payer within its filing limit.

Source: the payer's policy; for Medicare 42 CFR 424.44, one calendar year from the first day of
service, or from the last one of an institutional claim.
"""

from collections.abc import Iterator
from dataclasses import replace

from schemas.events import NO_DAY
from services.claims import clocks
from services.claims.edits.edit import CLAIM, Case, Fault, edit


@edit("timely", snip=7, source="the payer's policy")
def filing_limit_passed(case: Case) -> Iterator[Fault]:
    """An original is filed within the payer's limit.

    Example: the limit is 365 days and the first day of service 2025-07-01. On 2026-07-01 (day
    365) the claim may go; on 2026-07-02 it is held. A correction of an adjudicated claim runs on
    another clock, from the payer's decision, and is not judged here.
    """
    bill = case.bill
    if case.coded.predecessor or bill.starts_on == NO_DAY:
        return
    policy = case.terms.policy(bill.coverage.payer_id, bill.claim_type, bill.starts_on)
    if policy is None or case.today <= policy.files_until(bill.starts_on, bill.ends_on):
        return  # a clock moves the policy's last day to a workday after, never before
    last = clocks.until(replace(bill, prior=()), None, case.terms)
    if case.today > last:
        yield Fault(CLAIM, f"The payer's filing limit of {policy.filing_days} days ended on "
                    f"{last.isoformat()}: bill with proof of an earlier filing or decide on a "
                    "write-off.")


EDITS = (filing_limit_passed,)
