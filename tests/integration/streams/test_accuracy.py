"""Accuracy on a real PostgreSQL: figures equal a recount, however the events were cut and dealt."""

import threading
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from schemas import codec, topics
from services.claims import accuracy, figures
from services.claims.accuracy import Case
from services.clock import Clock
from services.delivery.runner import Runner
from services.phi.keys import SiteKey
from streams import TOPOLOGY
from tests.builders import (
    TERMS,
    adjudicated,
    bill,
    coded,
    denied,
    dx,
    payer,
    reversal,
    submitted,
)
from tests.integration.streams.conftest import NOW, STARTED, record

PAYERS = ("BCBS", "EMPLOYER", "MEDICAID")
CARCS = ("11", "97", "197", "18")


def life(number):
    """One encounter's events: which fate it has depends on its number alone."""
    key = f"E{number}"
    diagnoses = (dx("E11.9", f"coder-{number % 4}"), dx("I10"))
    content = bill(coverage=payer(PAYERS[number % 3]), diagnoses=diagnoses)
    first = submitted(encounter_id=key, bill=content)
    coded_at = datetime(2026, 3, 9, tzinfo=UTC)
    events = [coded(encounter_id=key, bill=content, occurred_at=coded_at), first]
    lines = denied(first, CARCS[number % 4]) if number % 3 else None
    decision = adjudicated(first, lines, day=10 + number % 20, remittance_id=f"R{number}")
    events.append(decision)
    if number % 5 == 0:
        events.append(reversal(decision, 30, remittance_id=f"V{number}"))
    if number % 7 == 1:
        changed = bill(coverage=content.coverage, diagnoses=(dx("E11.65"), dx("I10")))
        second = submitted(2, 2, encounter_id=key, bill=changed, frequency="7")
        events += [
            coded(2, encounter_id=key, bill=changed),
            adjudicated(second, day=31, remittance_id=f"S{number}"),
        ]
    return events


def recount(events, told):
    """Return what a figure must say, from the events alone."""
    cases = {}
    for event in events:
        case = cases.get(event.encounter_id, Case())
        take = {"Coded": accuracy.coded, "Submitted": accuracy.submitted}.get(
            type(event).__name__, accuracy.adjudicated)
        cases[event.encounter_id] = take(case, event)
    whole = Counter()
    for case in cases.values():
        whole.update(figures.counts(case))
    [window] = [w for w in figures.touched(whole) if w.figure_id == told.figure_id]
    first, last = window.span(told.as_of)
    summed = Counter()
    for b, count in whole.items():
        if (b.metric, b.dimension, b.subject, b.grain) == (
            window.metric, window.dimension, window.subject, window.grain
        ) and first <= b.starts_at <= last:
            summed[b.name] += count
    return figures.figure(window, summed, told.as_of, told.revision)


def same(a, b):
    names = ("numerator", "denominator", "exclusions", "adjudicated", "billed", "lower", "upper")
    return all(getattr(a, n) == getattr(b, n) for n in names)


def latest(out):
    newest = {}
    for event in out:
        if event.figure_id not in newest or newest[event.figure_id].revision < event.revision:
            newest[event.figure_id] = event
    return newest


def test_figures_equal_a_recount_after_any_batch(run, engine: Engine):
    events = [event for n in range(40) for event in life(n)]
    out = []
    for start in range(0, len(events), 17):
        out += run("accuracy", events[start:start + 17])
        for told in latest(out).values():
            assert same(told, recount(events[:start + 17], told)), told.figure_id

    with engine.begin() as conn:
        rows = conn.execute(text('select * from accuracy_figure order by figure_id')).all()
    assert [r.figure_id for r in rows] == sorted(latest(out))
    for row in rows:
        told = latest(out)[row.figure_id]
        assert (row.numerator, row.denominator, row.revision) == (
            told.numerator, told.denominator, told.revision)
        assert row.exclusions == [{"reason": e.reason, "count": e.count} for e in told.exclusions]


def test_two_workers_on_the_same_figures_lose_nothing_and_do_not_deadlock(engine: Engine):
    clock = Clock(NOW, STARTED, 0.0)
    events = [event for n in range(60) for event in life(n)]
    dealt = {p: [e for e in events if int(e.encounter_id[1:]) % 2 == p] for p in (0, 1)}
    out, failed = [], []

    def work(partition):
        runner = Runner(TOPOLOGY["accuracy"](TERMS), engine, clock, SiteKey(b"k" * 32))
        offsets = Counter()
        try:
            for start in range(0, len(dealt[partition]), 7):
                records = []
                for event in dealt[partition][start:start + 7]:
                    topic = topics.holding(event).name
                    records.append(record(event, offsets[topic], partition))
                    offsets[topic] += 1
                out.extend(runner.commit(records))
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(p,)) for p in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []
    told = latest([codec.decode(o.topic, o.value) for o in out])
    assert told
    for event in told.values():
        assert same(event, recount(events, event)), event.figure_id


def test_a_replayed_batch_tells_the_same_bytes(run):
    events = life(1)

    assert run("accuracy", events) == run("accuracy", events)


def test_events_that_change_no_figure_tell_none(run):
    assert run("accuracy", [coded()]) == []
