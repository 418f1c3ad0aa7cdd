"""Members for whom chance falls one way or the other, looked up rather than assumed."""

from dataclasses import replace
from datetime import date

from services.payer.adjudicate import History, adjudicate
from services.payer.claim import Claim
from services.payer.decision import Decision
from services.payer.frontdoor import Known, refuse
from services.payer.habits import Habits
from services.payer.reading import read
from services.payer.tables import load
from tests.unit.payer.made import Made, interchange

SEED = b"payer 1"
RECEIVED = date(2026, 7, 1)


def parsed(made: Made, payer: str = "BCBS") -> Claim:
    """Return a made claim as the payer reads it."""
    found = read(interchange([made], payer))
    assert found is not None
    return found.groups[0].sets[0].claims[0]


def decide(
    claim: Claim, payer: str = "BCBS", history: History | None = None, habits: str = "calm"
) -> Decision:
    """Return the payer's decision on a claim."""
    told = history or History(received_on=RECEIVED)
    return adjudicate(claim, told, load().plans[payer], Habits(load(), SEED, habits))


def member(made: Made, reason: str, payer: str = "BCBS", after: int = 0) -> str:
    """Return a member for whom this claim meets a reason (``refused``, ``paid``, ...)."""
    plan = load().plans[payer]
    claim = parsed(made, payer)
    for number in range(after + 1, after + 5_000):
        claim = replace(claim, member_id=f"{number:011d}")
        if refuse(claim, plan, Known(number_known=True), load(), SEED):
            if reason == "refused":
                return claim.member_id
        elif decide(claim, payer).reason == reason:
            return claim.member_id
    raise AssertionError(f"no member meets {reason}")
