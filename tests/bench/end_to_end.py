"""End to end with everything on this machine: claims a second from encounter to adjudicated.

    python -m tests.bench.end_to_end [--claims 2000,20000]

Every process of the product runs as in production, one of each, and the simulated payer beside
them. The clock runs ten business days a second, so that a payer's weeks do not count, and no
filing limit applies. A claim is done when the payer's decision has been posted and every consumer
has committed it. CPU is read from the kernel for each process and all it started, broker and
database included.
"""

import argparse
import csv
import math
import os
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text

from services.clock import real_now
from services.codes import reference
from services.db.engine import connect
from services.demo import rest
from services.intake import sample
from services.intake.load import Loader
from services.local import instance, look, programs
from services.ops import lag
from services.phi import keys
from services.settings import Settings

SAMPLE_CLAIMS = 1136  # of the sample's 1,219 encounters, those that are billed
BUSINESS_SECONDS_A_SECOND = 864_000.0
TICKS = os.sysconf("SC_CLK_TCK")
LONGEST_S = 1800


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took.

    Attributes:
        claims: Claims adjudicated.
        seconds: From the first encounter read to the last decision posted everywhere.
        cpu_s: Process -> CPU seconds.
    """

    claims: int
    seconds: float
    cpu_s: dict[str, float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", default="2000,20000")
    args = parser.parse_args()
    runs = [measure(int(n)) for n in args.claims.split(",")]
    show(runs)
    return 0


def measure(claims: int) -> Run:
    """Return what a number of claims cost, in a home of their own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        try:
            return _measure(home, claims)
        finally:
            instance.stop(home)


def _measure(home: Path, claims: int) -> Run:
    remember = {
        "clock_base": datetime(2026, 7, 1, 8, tzinfo=UTC).isoformat(),
        "clock_started": real_now().isoformat(),
        "clock_scale": BUSINESS_SECONDS_A_SECOND,
        "seed": 1,
        "reference": str(_without_filing_limits(home / "parties")),
    }
    settings = instance.start(
        Settings(home=home), programs.ALL, site_key=b"b" * 32, remember=remember
    )
    engine = connect(settings.database_url.get_secret_value())
    meter = lag.Watch(settings)
    _await(lambda: all(stage.members for stage in meter.measure()))
    pids = {p.name: p.pid for p in look.processes(settings) if p.pid}
    before = {name: _cpu(pid) for name, pid in pids.items()}
    own, began = time.process_time(), time.monotonic()
    Loader(
        engine=engine,
        key=keys.read(settings.site_key_path),
        reference=reference.load(settings.reference),
        now=settings.clock.now,
        as_of=date(2026, 7, 1),
        copies=math.ceil(claims / SAMPLE_CLAIMS),
        limit=round(claims * 1219 / SAMPLE_CLAIMS),
    ).load([sample.FOLDER])
    intake = time.process_time() - own
    done = 0

    def finished() -> bool:
        nonlocal done
        with engine.connect() as conn:
            done = conn.execute(
                text(
                    "select count(*) from submission"
                    " where state in ('adjudicated', 'unprocessable')"
                )
            ).scalar_one()
        return done > 0.9 * claims and not rest.look(engine, meter.measure)

    _await(finished)
    seconds = time.monotonic() - began
    cpu = {name: _cpu(pid) - before[name] for name, pid in pids.items()}
    meter.close()
    engine.dispose()
    return Run(done, seconds, {"intake": intake, **cpu})


def _without_filing_limits(folder: Path) -> Path:
    """Return a copy of the parties whose payers take claims of any age."""
    shutil.copytree(reference.PACKAGED, folder)
    path = folder / "policies.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"filing_days": "36500"} for row in rows)
    return folder


def _await(condition) -> None:
    pause, deadline = threading.Event(), time.monotonic() + LONGEST_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("not finished in time")
        pause.wait(0.5)


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process and all it started, dead or alive."""
    children: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        one = int(folder.name)
        children.setdefault(int(fields[1]), []).append(one)
        spent[one] = sum(map(int, fields[11:15])) / TICKS
    total, todo = 0.0, [pid]
    while todo:
        one = todo.pop()
        total += spent.get(one, 0.0)
        todo += children.get(one, [])
    return total


def show(runs: list[Run]) -> None:
    """Print the table for RESULTS.md."""
    print("| | " + " | ".join(f"{run.claims:,} claims" for run in runs) + " |")
    print("|---|" + "---|" * len(runs))
    print("| claims/s | " + " | ".join(f"{r.claims / r.seconds:,.0f}" for r in runs) + " |")
    for name in runs[0].cpu_s:
        print(
            f"| {name}, CPU ms/claim | "
            + " | ".join(f"{1000 * r.cpu_s[name] / r.claims:.2f}" for r in runs)
            + " |"
        )
    totals = [sum(r.cpu_s.values()) for r in runs]
    print(
        "| all, CPU ms/claim | "
        + " | ".join(f"{1000 * t / r.claims:.2f}" for t, r in zip(totals, runs, strict=True))
        + " |"
    )
    print(
        "| of which the simulated payer | "
        + " | ".join(
            f"{100 * r.cpu_s['payer'] / t:.0f} %" for t, r in zip(totals, runs, strict=True)
        )
        + " |"
    )


if __name__ == "__main__":
    sys.exit(main())
