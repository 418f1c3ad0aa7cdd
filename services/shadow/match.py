"""Which claim of the host an answer is about, when the host uses one CLM01 for several; pure.

A host often sends a replacement, or the claim to the second payer, under the number of the first.
Of the claims with the answer's number:

1. an answer with the payer's number that a claim replaces (its REF*F8) is not about that claim;
2. an 835 that names the frequency (CLP09) is about a claim of that frequency: if none is there
   yet, it waits;
3. CLP02 2 or 20 is of the second payer, 3 or 21 of the third, 1 or 19 of the first;
4. of what is left, the latest that was sent by then, else the first.

So what an answer is about depends on what is known, not on the order in which it came to be known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LATE = timedelta(days=1)  # a file is dated in the host's time, an answer in the payer's
SEQUENCES = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}
FREQUENCIES = ("1", "7", "8")
ITS_CLAIM, ITS_FREQUENCY = "its claim", "the claim of its frequency"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim of the host, as far as matching needs it.

    Attributes:
        claim_id: Its id.
        frequency: CLM05-3.
        sequence: P, S or T.
        original: Opaque form of its REF*F8.
        sent_at: When it was sent.
    """

    claim_id: str
    frequency: str
    sequence: str
    original: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Clue:
    """What an answer says of its claim.

    Attributes:
        at: When it was said.
        reference: Opaque form of the payer's claim number.
        frequency: CLP09.
        status: CLP02.
    """

    at: datetime
    reference: str = ""
    frequency: str = ""
    status: str = ""


def choose(known: Sequence[Candidate], clue: Clue, *, final: bool) -> Candidate | str:
    """Return the claim an answer is about, or what it waits for.

    Args:
        known: The claims with the answer's number.
        clue: What the answer says.
        final: Nothing more will come: do not wait for a better one.
    """
    left = sorted(known, key=lambda c: (c.sent_at, c.claim_id))
    if not left:
        return ITS_CLAIM
    if clue.reference:
        left = [c for c in left if c.original != clue.reference] or left
    if clue.frequency in FREQUENCIES:
        same = [c for c in left if c.frequency == clue.frequency]
        if not same and not final:
            return ITS_FREQUENCY
        left = same or left
    of_payer = [c for c in left if c.sequence == SEQUENCES.get(clue.status, c.sequence)]
    left = of_payer or left
    sent = [c for c in left if c.sent_at <= clue.at + LATE]
    return sent[-1] if sent else left[0]
