"""The levels of an appeal: which comes next, to whom, worth at least how much.

Levels are rows of `data/appeal_levels.csv` by kind of plan, dated; step 0 is a reopening, which a
payer that takes no replacement is asked for. How long each may be asked for is a clock (`clocks`).

Example: Medicare kept its decision at the redetermination: next is the reconsideration.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from services.claims import data, dated

REOPENING = "reopening"
WON, PARTLY, LOST = "won", "partly", "lost"
OUTCOMES = {WON: "Won: the payer pays", PARTLY: "Won in part", LOST: "Lost: the payer keeps to it"}
DECIDED_AS = {
    WON: "appeal_overturned", PARTLY: "appeal_partly", LOST: "appeal_upheld",
}


@dataclass(frozen=True, slots=True)
class Level:
    """One level.

    Attributes:
        level: Its key, also the clock's kind.
        step: 0 for a reopening, then 1, 2, ...
        words: Its name.
        recipient: Who decides it.
        answer_days: Within how many days it is decided; none where no rule says.
        least_cents: The amount in dispute it takes at least.
        source: Where that stands.
    """

    level: str
    step: int
    words: str
    recipient: str
    answer_days: int | None
    least_cents: int
    source: str


def levels(plan: str, on: date) -> tuple[Level, ...]:
    """Return the levels of a kind of plan on a day, in order.

    >>> [one.level for one in levels("medicare_advantage", date(2026, 7, 1))]
    ['appeal_1', 'appeal_2']
    """
    return tuple(
        Level(
            row["level"], int(row["step"]), row["words"], row["recipient"],
            int(row["answer_days"]) if row["answer_days"] else None,
            int(row["least_cents"] or 0), row["source"],
        )
        for row in data.rows("appeal_levels.csv")
        if row["plan"] == plan and _holds(row, on)
    )


def following(plan: str, asked: Collection[str], on: date) -> Level | None:
    """Return the next level of appeal after those that were asked; none after the last."""
    rest = (one for one in levels(plan, on) if one.step and one.level not in asked)
    return next(rest, None)


def reopening(plan: str, on: date) -> Level:
    """Return the reopening of a kind of plan; where its table has none, that of any payer."""
    found = (one for one in levels(plan, on) if one.level == REOPENING)
    return next(found, Level(
        REOPENING, 0, "Reopening", "the payer's claims department", None, 0, "the payer's policy",
    ))


def _holds(row: dict[str, str], on: date) -> bool:
    first, last = dated.span(row)
    return first <= on <= last
