"""Reasons to deny that are not about coding, drawn once for a claim and kept until fixed.

The draw hangs on the claim's key, so the same claim meets the same reason each time it comes,
unless what the reason asks for is there: an authorization number, an attachment, or (a share of
them) simply the claim again with its data put right elsewhere.
"""

from services.payer.chance import happens, roll
from services.payer.claim import Claim
from services.payer.tables import Habit, Plan, Tables


def habit_of(claim: Claim, plan: Plan, tables: Tables, seed: bytes, attempt: int) -> Habit | None:
    """Return the reason this claim is denied for, if the draw says so and nothing fixed it."""
    if not happens(plan.habit_myriad, seed, "habit", plan.payer_id, claim.key):
        return None
    rows = tables.habits[plan.kind]
    left = roll(seed, "which habit", plan.payer_id, claim.key) % sum(row.weight for row in rows)
    for row in rows:
        left -= row.weight
        if left < 0:
            return None if _fixed(claim, row, plan, seed, attempt) else row
    return None


def _fixed(claim: Claim, habit: Habit, plan: Plan, seed: bytes, attempt: int) -> bool:
    numbers = (claim.authorization, *(line.authorization for line in claim.lines))
    if habit.fixed_by == "authorization" and any(numbers):
        return True
    if habit.fixed_by == "attachment" and claim.attachment:
        return True
    return attempt > 0 and happens(
        habit.fix_myriad, seed, "fixed", plan.payer_id, claim.key, habit.category
    )
