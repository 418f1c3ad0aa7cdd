"""Reasons to deny that are not about coding, drawn once for a claim and kept until fixed.

The draw hangs on the claim's key, so the same claim meets the same reason each time it comes,
unless what the reason asks for is there: an authorization number, an attachment, or (a share of
them) simply the claim again with its data put right elsewhere.
"""

from services.payer.chance import happens, pick
from services.payer.claim import Claim
from services.payer.plan import Plan
from services.payer.tables import Reason, Tables

_SECOND = 3  # a claim that another payer has decided meets a reason a third as often


def reason_for(
    claim: Claim, plan: Plan, tables: Tables, seed: bytes, attempt: int
) -> Reason | None:
    """Return the reason this claim is denied for, if the draw says so and nothing fixed it."""
    share = plan.reason_myriad if claim.facility is None else plan.reason_i_myriad
    if claim.decided is not None:
        share //= _SECOND
    if not happens(share, seed, "habit", plan.payer_id, claim.key):
        return None
    rows = tables.reasons[plan.kind, claim.kind]
    weights = [row.weight for row in rows]
    row = rows[pick(weights, seed, "which habit", plan.payer_id, claim.key)]
    return None if _fixed(claim, row, plan, seed, attempt) else row


def _fixed(claim: Claim, reason: Reason, plan: Plan, seed: bytes, attempt: int) -> bool:
    numbers = (claim.authorization, *(line.authorization for line in claim.lines))
    if reason.fixed_by == "authorization" and any(numbers):
        return True
    if reason.fixed_by == "attachment" and claim.attachment:
        return True
    if reason.category == "coordination" and claim.decided is not None:
        return True
    return attempt > 0 and happens(
        reason.fix_myriad, seed, "fixed", plan.payer_id, claim.key, reason.category
    )
