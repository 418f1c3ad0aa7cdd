"""Assembly: which version of an encounter's coding goes out as a claim, when, and to whom?

    claims.validated ───────┐
    claims.acknowledged ────┤
    claims.adjudicated ─────┼──▶ assemble ──▶ claims.submitted
    claims.decided ─────────┘   (state: versions, chains and turns, by encounter)

A clean or warned version goes out when no submission of the encounter to its payer is open:
as frequency 1, as 7 once the payer has adjudicated one, as 8 when it takes that back. After the
payer's decision the next payer gets its claim. What is frozen in `submitted` never changes:
control number, frequency, filing deadline, bill. `services.claims.assembly` has the rules.
"""

from collections.abc import Iterable
from dataclasses import replace

from schemas import topics
from schemas.events import Acknowledged, Adjudicated, Decided, Submitted, Validated
from services.claims import assembly
from services.claims.chain import Claim
from services.claims.terms import Terms
from services.db.stores import assembly as store
from services.delivery.processor import Moment, Processor

READS = (topics.VALIDATED, topics.ACKNOWLEDGED, topics.ADJUDICATED, topics.DECIDED)
WRITES = (topics.SUBMITTED,)
Fact = Validated | Acknowledged | Adjudicated | Decided


def assemble(claim: Claim, event: Fact, terms: Terms) -> assembly.Outcome:
    """Take in what was judged, refused or decided; return the claim and what goes out."""
    match event:
        case Validated():
            return assembly.validated(claim, event, terms)
        case Acknowledged():
            return assembly.acknowledged(claim, event, terms)
        case Adjudicated():
            return assembly.adjudicated(claim, event, terms)
        case Decided():
            return assembly.decided(claim, event, terms)


def processor(terms: Terms) -> Processor[Claim]:
    """Return the processor under some terms."""

    def step(
        known: Claim | None, event: Fact, moment: Moment
    ) -> tuple[Claim | None, Iterable[Submitted]]:
        before = known or Claim()
        claim, out = assemble(before, event, terms)
        timed = [replace(o, occurred_at=moment.now, recorded_at=moment.now) for o in out]
        return (None if claim is before else claim), timed

    return Processor("assembly", READS, WRITES, step, store.load, store.save)
