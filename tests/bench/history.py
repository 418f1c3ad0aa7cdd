"""What it costs validation to know what a patient's other encounters bill.

    python -m tests.bench history [--remembered 100000] [--events 10000] [--rounds 3]

The same coded visits go through the runner in batches of 1,000 (decode, inbox, edits, outbox,
commit; no Kafka), without the history and with it, on an empty table and beside many remembered
encounters, ten of each patient over three years. Every visit is of a patient who is remembered.
"""

import argparse
import dataclasses
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from schemas import codec, topics
from schemas.events import Coded
from services.clock import Clock
from services.db.engine import connect
from services.db.stores import billed
from services.db.stores.validation import Reader, State
from services.delivery.dead import Record
from services.delivery.runner import Runner
from services.phi.keys import SiteKey
from streams import TOPOLOGY
from tests.bench import load
from tests.builders import TERMS

BATCH, EACH = 1000, 10
FIRST = date(2023, 6, 1)
CLOCK = Clock(load.AT, load.AT, 0.0)
SITE = SiteKey(b"b" * 32)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--remembered", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    from services.local import instance, programs
    from services.settings import Settings

    with tempfile.TemporaryDirectory(prefix="bench-history-") as home:
        Path(home).chmod(0o755)
        told = instance.start(Settings(home=Path(home)), programs.CORE, site_key=b"b" * 32)
        try:
            report(connect(told.database_url.get_secret_value()), args)
        finally:
            instance.stop(Path(home))
    return 0


def report(engine: Engine, args: argparse.Namespace) -> None:
    """Print a row for each way."""
    patients = args.remembered // EACH
    records = [record(n, patients) for n in range(args.events)]
    print(f"| validation, {args.events:,} visits, {args.remembered:,} encounters remembered"
          " | visits/s | CPU µs/visit |")
    print("|---|---|---|")
    ways = (("without history", False, 0), ("with it, none remembered", True, 0),
            ("with it, beside what is remembered", True, patients))
    seen: dict[str, list[tuple[float, float]]] = {words: [] for words, *_ in ways}
    for _ in range(args.rounds):
        for words, known, remembered in ways:
            fresh(engine, remembered)
            seen[words].append(run(engine, records, known=known))
    for words, runs in seen.items():
        rate, cpu = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"| {words} | {rate:,.0f} | {cpu:,.0f} |")


def record(n: int, patients: int) -> Record:
    """Return the n-th visit, of one patient after the other."""
    one = load.coded_event(n)
    group = dataclasses.replace(one.bill.demographics, kid=f"K{n % max(patients, 1)}")
    day = load.DAY - timedelta(days=n // max(patients, 1))  # no visit repeats another
    lines = tuple(dataclasses.replace(line, served_on=day) for line in one.bill.lines)
    bill = dataclasses.replace(
        one.bill, demographics=group, starts_on=day, ends_on=day, lines=lines)
    event = dataclasses.replace(one, bill=bill)
    return Record(topics.CODED.name, 0, n, event.encounter_id.encode(), codec.encode(event))


def fresh(engine: Engine, patients: int) -> None:
    """Empty the tables, then remember ten encounters of each patient."""
    with engine.begin() as conn:
        conn.execute(text(
            "truncate inbox, outbox, offset_range, billed_encounter, billed_patient"))
        known = billed.NONE.after(load.coded_event(0), held=False)
        billed.save(conn, {"template": known})
        conn.execute(text(
            "insert into billed_encounter select 'OLD' || p || '.' || n, 'K' || p, 1, t.codes,"
            " d.day, d.day, t.billed from billed_encounter t, generate_series(0, :last) p,"
            " generate_series(0, :each) n,"
            " lateral (select cast(:first as date) + n * 100 as day) d"),
            {"last": patients - 1, "each": EACH - 1, "first": FIRST})
        conn.execute(text("delete from billed_encounter where kid = 'template'"))
    with engine.connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT").execute(
            text("vacuum analyze billed_encounter"))


def run(engine: Engine, records: list[Record], *, known: bool) -> tuple[float, float]:
    """Return visits a second, and µs of this process a visit."""
    processor = TOPOLOGY["validation"](TERMS)
    if not known:
        reader = Reader()

        def alone(conn: object, events: object) -> dict[str, State]:
            return {billed.patient(one): State(reader.read(conn))
                    for one in events if isinstance(one, Coded)}

        processor = dataclasses.replace(processor, load=alone, save=lambda conn, changed: None)
    runner = Runner(processor, engine, CLOCK, SITE)
    runner.commit(records[:BATCH])
    began, cpu = time.perf_counter(), time.process_time()
    for first in range(BATCH, len(records), BATCH):
        runner.commit(records[first:first + BATCH])
    done = len(records) - BATCH
    return done / (time.perf_counter() - began), (time.process_time() - cpu) / done * 1e6


if __name__ == "__main__":
    sys.exit(main())
