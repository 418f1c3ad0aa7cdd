"""How a payer behaves beside deciding: late, twice, in two files, by mistake. All of it data.

    calm  none of it
    demo  what a loop must live through and still come to rest with the same figures
    all   everything

Drawn like decisions, by HMAC of the seed and of what stays the same about a claim, an answer or
a day; shares and days are habits.csv.
"""

from dataclasses import dataclass

from services.payer.chance import happens, roll
from services.payer.plan import Plan
from services.payer.tables import Tables


@dataclass(frozen=True, slots=True)
class Habits:
    """The payers' rules, their chance and their ways.

    Attributes:
        tables: The rules.
        seed: Decides everything left to chance.
        profile: calm, demo or all.
    """

    tables: Tables
    seed: bytes
    profile: str = "calm"

    def has(self, habit: str, plan: Plan, *about: str) -> bool:
        """Return whether a payer does this to what `about` names."""
        share = self.tables.way(habit, plan.payer_id).shares[self.profile]
        return happens(share, self.seed, habit, plan.payer_id, *about)

    def days(self, habit: str, plan: Plan, *about: str) -> int:
        """Return how many days it takes, within the habit's range."""
        way = self.tables.way(habit, plan.payer_id)
        spread = way.days_to - way.days_from + 1
        return way.days_from + roll(self.seed, habit, "days", plan.payer_id, *about) % spread
