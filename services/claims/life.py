"""The life of a claim with a payer: what each fact makes of it.

    state x fact -> next state        the table `data/claim_transitions.csv`

A row whose next state is its state takes the fact as known, late or repeated: it adds to the
history and moves nothing. What has no row is refused and leaves a trace. The facts that files
bring climb one ladder, so their order and number do not matter:

    ready < intent < sent < unknown < received < pending < rejected < adjudicated

(only the proof that a file was delivered leads back from unknown, to sent), and what a later claim
does to this one climbs on: adjudicated < appealed < closed < corrected < voided. The table is also
in PostgreSQL (`claim_transition`), where a trigger refuses any other move of
`gateway_claim.state`.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from services.claims import data

READY, INTENT, REFUSED, SENT, UNKNOWN = "ready", "intent", "refused", "sent", "unknown"
RECEIVED, PENDING, REJECTED, ADJUDICATED = "received", "pending", "rejected", "adjudicated"
APPEALED, CLOSED, CORRECTED, VOIDED = "appealed", "closed", "corrected", "voided"
STATES = (
    READY, INTENT, SENT, UNKNOWN, RECEIVED, PENDING, REJECTED, REFUSED, ADJUDICATED, APPEALED,
    CLOSED, CORRECTED, VOIDED,
)
OUTSTANDING = (READY, INTENT, SENT, UNKNOWN, RECEIVED, PENDING)
"""The payer may still answer: at most one claim of an encounter and payer is in one of these."""

UNSENT = (READY, INTENT, REFUSED)
"""Nothing is owed yet: the charge is not in the ledger."""

BOUND, UNCERTAIN, DELIVERED, UNWRITABLE, BARRED, OVERDUE = (
    "bound", "uncertain", "delivered", "unwritable", "barred", "overdue",
)
TAKEN, ADMITTED, RETURNED, DECIDED = "taken", "admitted", "returned", "decided"
REPLACED, WITHDRAWN, APPEAL, ANSWERED, SETTLED = (
    "replaced", "withdrawn", "appealed", "answered", "settled",
)
LEARNT = "learnt"
"""Not in the table: how a row that is taken in after a restore got as far as it stands."""

DECISIONS = {
    "appeal": APPEAL, "reopening": APPEAL, "appeal_upheld": ANSWERED,
    "appeal_overturned": ANSWERED, "appeal_partly": ANSWERED, "write_off": SETTLED,
    "bill_patient": SETTLED, "nothing_owed": SETTLED,
}
"""Decisions of a person that are facts of a claim's life; others change nothing here."""

ADMITTING = frozenset({"A2", "A5"})
RECEIVING = frozenset({"A0", "A1"})
ILLEGAL = "illegal_move"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: `next` equal to `state` means the fact moves nothing."""

    state: str
    fact: str
    next: str
    evidence: str
    owner: str


@cache
def transitions() -> tuple[Transition, ...]:
    """Return the table, in its order."""
    return tuple(Transition(**row) for row in data.rows("claim_transitions.csv"))


@cache
def _moves() -> dict[tuple[str, str], str]:
    return {(row.state, row.fact): row.next for row in transitions()}


def after(state: str, fact: str) -> str | None:
    """Return the state after a fact; None when the fact is not legal there.

    >>> after("sent", "decided"), after("adjudicated", "returned"), after("voided", "appealed")
    ('adjudicated', 'adjudicated', None)
    """
    return _moves().get((state, fact))


def through(state: str, facts: Iterable[str]) -> str:
    """Return the state after facts, leaving out those that are not legal when they come."""
    for fact in facts:
        state = after(state, fact) or state
    return state


def said(hop: str, accepted: bool, categories: Collection[str]) -> str | None:
    """Return the fact in an acknowledgement; None when it says nothing of how far the claim is.

    Args:
        hop: TA1, 999 or 277CA.
        accepted: False when it refuses the claim.
        categories: STC01-1 of a 277CA; P of a 277 is pending.

    >>> said("277CA", True, ["A1", "A2"]), said("999", True, []), said("277CA", True, ["A4"])
    ('admitted', 'taken', None)
    """
    if not accepted:
        return RETURNED
    if hop != "277CA":
        return TAKEN
    if any(one in ADMITTING or one.startswith("P") for one in categories):
        return ADMITTED
    return TAKEN if any(one in RECEIVING for one in categories) else None


AT_PAYER = (SENT, UNKNOWN, RECEIVED, PENDING)


def diagram() -> str:
    """Return the moves as a Mermaid state diagram, one arrow for each pair of states.

    What holds of all states of a box is one arrow of the box.
    """
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in transitions():
        if row.next != row.state:
            arrows.setdefault((row.state, row.next), []).append(row.fact)
    for box, states in (("outstanding", OUTSTANDING), ("at_payer", AT_PAYER)):
        for then in STATES:
            each = [arrows.get((state, then)) for state in states]
            if each[0] and all(facts == each[0] for facts in each):
                arrows[box, then] = each[0]
                for state in states:
                    del arrows[state, then]
    return "\n".join(("stateDiagram-v2", *_drawn(arrows)))


def _drawn(arrows: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    yield "    [*] --> ready"
    yield "    state outstanding {"
    yield "        ready"
    yield "        intent"
    yield "        state at_payer {"
    yield from (f"            {state}" for state in AT_PAYER)
    yield "        }"
    yield "    }"
    for (before, then), facts in arrows.items():
        yield f"    {before} --> {then}: {', '.join(facts)}"
