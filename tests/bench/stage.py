"""The validation stage, four ways, on the same events, broker and database in one run.

    python tests/bench/stage.py [--events 20000] [--rounds 3]

All four have the same effects (inbox row, outbox bytes, `validated` on the topic) and the same
guarantee (the input is acknowledged after the output is on the broker):

- ours: the batch runner under the safe Faust worker, as `claimloop worker validation` runs it;
- faust: the stage as Faust's guide writes it: `async for`, one transaction and one send an event;
- quix: Quix Streams, `sdf.apply`, one transaction an event, its checkpoint commits;
- confluent: the batch runner in a bare confluent-kafka loop: what is left when no framework runs.

Each contestant is a process of its own, measured from its first batch to its last event; CPU is
the process's own, broker and database not counted.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-bench" / "bin" / "python"
CONTESTANTS = ("ours", "faust", "quix", "confluent")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(CONTESTANTS))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        Path(home).chmod(0o755)
        results = _measure(Path(home), args)
    _print(results, args.events)
    return 0


def _measure(home: Path, args: argparse.Namespace) -> dict[str, list[dict]]:
    from services.local import instance, programs
    from services.settings import Settings

    results: dict[str, list[dict]] = {name: [] for name in args.only.split(",")}
    settings = instance.start(Settings(home=home), programs.CORE, site_key=b"b" * 32)
    try:
        for n in range(args.rounds):
            for name in results:
                results[name].append(_one(settings, name, args.events, n))
                print(f"round {n + 1} {name}: {results[name][-1]}", file=sys.stderr, flush=True)
    finally:
        instance.stop(home)
    return results


def _one(settings, name: str, events: int, round_: int) -> dict:
    from tests.bench import load

    load.fresh(settings)
    load.coded(settings, events)
    out = subprocess.run(
        [str(PYTHON), "-m", "tests.bench.contestants", name, str(events)],
        cwd=ROOT,
        env=os.environ | {"CLAIMLOOP_HOME": str(settings.home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    lines = ["{" + line.partition("{")[2] for line in out.stdout.splitlines() if "{" in line]
    if not lines:
        raise SystemExit(f"{name} failed:\n{out.stdout[-2000:]}\n{out.stderr[-4000:]}")
    result = json.loads(lines[-1])
    load.check(settings, events)
    return result


def _print(results: dict[str, list[dict]], events: int) -> None:
    middle = {
        name: (
            statistics.median(r["events_per_s"] for r in runs),
            statistics.median(r["cpu_us_per_event"] for r in runs),
        )
        for name, runs in results.items()
    }
    base = middle.get("faust", next(iter(middle.values())))[0]
    print(f"| stage, {events} events | events/s | CPU µs/event | times idiomatic Faust |")
    print("|---|---|---|---|")
    for name, (rate, cpu) in middle.items():
        print(f"| {name} | {rate:,.0f} | {cpu:,.0f} | {rate / base:.1f} |")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
