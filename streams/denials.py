"""Denials: what came back, to whom does it go, what is it worth, until when?

    claims.validated ───────┐ held
    claims.acknowledged ────┼ rejected ──▶ route ──▶ claims.rework
    claims.adjudicated ─────┘ denied      (state: the facts and items of an encounter)

The only writer of `rework`: one item per subject and kind, ever, told again with the next
revision when a later fact changes it. A coder gets what is a coder's to fix and was coded by
them; the rest goes to its team. `services.claims.denials` and `.routing` have the rules.
"""

from collections.abc import Iterable
from dataclasses import replace

from schemas import topics
from schemas.events import Acknowledged, Adjudicated, Rework, Validated
from services.claims import denials
from services.claims.denials import Case
from services.claims.terms import Terms
from services.db.stores import denials as store
from services.delivery.processor import Moment, Processor

READS = (topics.VALIDATED, topics.ACKNOWLEDGED, topics.ADJUDICATED)
WRITES = (topics.REWORK,)


def route(
    case: Case, event: Validated | Acknowledged | Adjudicated, terms: Terms
) -> denials.Outcome:
    """Take in a fact; return the case and what there is to say of its items."""
    match event:
        case Validated():
            return denials.validated(case, event, terms)
        case Acknowledged():
            return denials.acknowledged(case, event, terms)
        case Adjudicated():
            return denials.adjudicated(case, event, terms)


def processor(terms: Terms) -> Processor[Case]:
    """Return the processor under some terms."""

    def step(
        known: Case | None, event: Validated | Acknowledged | Adjudicated, moment: Moment
    ) -> tuple[Case | None, Iterable[Rework]]:
        before = known or Case()
        case, out = route(before, event, terms)
        timed = [replace(o, occurred_at=moment.now, recorded_at=moment.now) for o in out]
        return (None if case is before else case), timed

    return Processor("denials", READS, WRITES, step, store.load, store.save)
