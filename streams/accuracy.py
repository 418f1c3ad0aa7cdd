"""Accuracy: how often was it right the first time, by payer, facility and coder?

    claims.coded ─────────┐
    claims.submitted ─────┼──▶ measure ──▶ claims.accuracy
    claims.adjudicated ───┤    (state: facts by encounter, counts by bucket, figures)
    claims.decided ───────┘    (a supervisor's ruling on a coder's fault)

One fact per original claim, counted at its first decision and restated when more becomes known.
Figures span encounters: the difference a batch makes is added to shared counts, and each figure it
touched is told once, with a revision taken under its lock. `services.claims.accuracy` says what is
counted, `services.claims.figures` how counts become figures.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from schemas import topics
from schemas.events import Accuracy, Adjudicated, Coded, Decided, Submitted
from services.claims import accuracy, figures
from services.claims.accuracy import Case, Known
from services.claims.terms import Terms
from services.db.stores import accuracy as store
from services.delivery.processor import Moment, Processor

READS = (topics.CODED, topics.SUBMITTED, topics.ADJUDICATED, topics.DECIDED)
WRITES = (topics.ACCURACY,)
Fact = Coded | Submitted | Adjudicated | Decided


def measure(case: Case, event: Fact) -> Case:
    """Take in what was coded, billed or decided."""
    match event:
        case Coded():
            return accuracy.coded(case, event)
        case Submitted():
            return accuracy.submitted(case, event)
        case Adjudicated():
            return accuracy.adjudicated(case, event)
        case Decided():
            return accuracy.ruled(case, event)


def step(
    known: Known | None, event: Fact, moment: Moment
) -> tuple[Known | None, tuple[()]]:
    """Take in a fact; figures are told once for the whole batch."""
    before = known or Known()
    after = measure(before.case, event)
    return (None if after is before.case else replace(before, case=after)), ()


def tell(conn: Connection, changed: Mapping[str, Known], moment: Moment) -> Iterable[Accuracy]:
    """Add the batch's difference to the counts, and tell every figure it touched."""
    change = figures.change(changed.values())
    store.count(conn, change)
    windows = figures.touched(change)
    if not windows:
        return []
    locked = store.lock(conn, windows, moment.now)
    summed = store.sums(conn, windows, {key: as_of for key, (_, as_of) in locked.items()})
    told = []
    for window in windows:
        revision, as_of = locked[window.figure_id]
        event = figures.figure(window, summed.get(window.figure_id, {}), as_of, revision)
        told.append(replace(event, recorded_at=moment.now))
    store.keep(conn, told)
    return told


def processor(terms: Terms) -> Processor[Known]:
    """Return the processor; it needs none of the terms."""
    return Processor("accuracy", READS, WRITES, step, store.load, store.save, tell)
