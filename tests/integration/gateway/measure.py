"""CPU of the gateway a claim, step by step, on a database of its own.

    python -m tests.integration.gateway.measure postgresql://...
"""

import gc
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from pydantic import SecretStr
from sqlalchemy import Engine, text

from services.db import migrate
from services.settings import Settings
from tests.integration.gateway import made

FILES, CLAIMS = 5, 1000


def server_cpu(engine: Engine) -> float:
    """CPU seconds of the server's processes, those of this machine that stand under one parent."""
    with engine.connect() as conn:
        own = conn.execute(text("select pg_backend_pid()")).scalar_one()
    parent = Path(f"/proc/{own}/stat").read_text().rpartition(")")[2].split()[1]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(")")
        except OSError:
            continue
        fields = tail.split()
        if "postgres" in head and fields[1] == parent:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def steps(bench: made.Bench) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each step of every file."""
    number = 0
    for file in range(1, FILES + 1):
        claims = [made.submitted(bench.engine, number + n) for n in range(CLAIMS)]
        number += CLAIMS
        numbers = [c.control_number for c in claims]
        sets = {f"{n:04d}": "A" for n in range(1, CLAIMS // 100 + 1)}
        blocks = [made.paid_claim(c, f"L{number - CLAIMS + n}", f"ICN{c}")
                  for n, c in enumerate(numbers)]
        remit = made.remit835(blocks, paid=str(100 * CLAIMS), trace=f"T{file}", control=file)
        status = made.status277({c: f"ICN{c}" for c in numbers}, control=file)
        ack = made.ack999(file, sets, control=file)
        yield "consume", lambda c=claims: bench.take(*c)
        yield "send", bench.sender.step
        for name, content in (("999", ack), ("277CA", status), ("835", remit)):
            (bench.root / "BCBS" / "from_payer" / f"{file}.{name}").write_bytes(content)
            bench.receiver.step()
            yield name, bench.receiver.step


def main(address: str) -> None:
    """Print a table."""
    migrate.upgrade(address)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # as the gateway's own process
    with tempfile.TemporaryDirectory() as home:
        told = Settings(
            home=Path(home), kafka_bootstrap_servers="", database_url=SecretStr(address)
        )
        bench = made.bench(told, Path(home))
        spent: dict[str, list[float]] = {}
        for name, work in steps(bench):
            before = time.process_time(), time.perf_counter(), server_cpu(bench.engine)
            work()
            after = time.process_time(), time.perf_counter(), server_cpu(bench.engine)
            sums = spent.setdefault(name, [0.0, 0.0, 0.0])
            for at in range(3):
                sums[at] += after[at] - before[at]
        total = FILES * CLAIMS
        print(bench.rows("select state, count(*) from gateway_claim group by 1"))
        sums = [0.0, 0.0, 0.0]
        for name, row in (*spent.items(), ("all", sums)):
            if row is not sums:
                sums = [a + b for a, b in zip(sums, row, strict=True)]
            own, wall, server = (round(1e6 * x / total) for x in (sums if name == "all" else row))
            print(f"{name:8} {own:6} µs own, {server:6} µs PostgreSQL, {wall:6} µs real time")


if __name__ == "__main__":
    main(sys.argv[1])
