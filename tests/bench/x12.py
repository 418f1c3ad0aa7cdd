"""835 read, 837P and 837I read and written: ours, pyx12 and x12sdk on the same files in one run.

    python -m tests.bench x12 [--claims 400] [--rounds 3] [--megabytes 1,200]

CPU seconds of this process, the best of the rounds, contestants in turn. What each is asked for is
what it offers for the same purpose:

- ours: bytes to typed remittances and claims; claims to bytes;
- pyx12: text to data nodes under its maps (`X12ContextReader`); it writes segments and knows no
  claim, so it is in no contest of writing;
- x12sdk: text to pydantic models; models to text (read beforehand, not counted).

Memory: an 835 made on the fly is streamed through our reader in a process of its own; the peak is
the kernel's (VmHWM), and must not grow with the file.
"""

import argparse
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from services.x12 import document, remit835, stream
from services.x12.errors import X12Error
from services.x12.remittance import ClaimPayment, Payment, Remittance
from tests.bench import x12_files

ROOT = Path(__file__).parents[2]
A_CLAIM = 1e6
Task = Callable[[], int]
"""Does the work once and returns how many claims it saw, so that nobody skips any."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", default="1,200")
    parser.add_argument("--stream", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.stream:
        print(json.dumps(streamed(args.stream)))
        return 0
    print(table(measure(args.claims, args.rounds)))
    sizes = [int(size) for size in args.megabytes.split(",") if size]
    if sizes:
        print("\n" + memory_table([_in_a_process(size) for size in sizes]))
    return 0


def measure(claims: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return task -> contestant -> CPU microseconds a claim.

    Raises:
        AssertionError: a contestant did not see every claim.
    """
    found: dict[str, dict[str, float]] = {}
    for name, contestants in tasks(claims).items():
        best = dict.fromkeys(contestants, float("inf"))
        for _ in range(rounds):
            for who, task in contestants.items():
                began = time.process_time()
                seen = task()
                best[who] = min(best[who], time.process_time() - began)
                assert seen == claims, f"{name}, {who}: {seen} claims of {claims}"
        found[name] = {who: seconds / claims * A_CLAIM for who, seconds in best.items()}
    return found


def tasks(claims: int) -> Mapping[str, Mapping[str, Task]]:
    """Return task -> contestant -> what it does."""
    remittance = b"".join(x12_files.remittance(claims))
    made = {
        kind: x12_files.claims(kind, claims)
        for kind, guide in x12_files.GUIDES.items()
        if guide[:10] in document.READERS
    }
    return {
        "835 read": _readers(remittance, "CLP"),
        **{f"{kind} read": _readers(content, "CLM") for kind, content in made.items()},
        **{f"{kind} written": _writers(kind, content, claims) for kind, content in made.items()},
    }


def _readers(content: bytes, loop: str) -> Mapping[str, Task]:
    text = content.decode()

    def ours() -> int:
        found = (one.content for one in document.read([content]))
        return sum(len(c.claims) if isinstance(c, Remittance) else 1 for c in found)

    def pyx12() -> int:
        import pyx12.params
        from pyx12.error_handler import errh_null
        from pyx12.x12context import X12ContextReader

        where = "2100" if loop == "CLP" else "2300"
        reader = X12ContextReader(pyx12.params.ParamsUnix(), errh_null(), io.StringIO(text))
        return sum(node.id == where for node in reader.iter_segments(where))

    def x12sdk() -> int:
        from x12sdk.io import X12ModelReader

        with X12ModelReader(text) as reader:
            return sum(map(_claims_in, reader.models()))

    return {"ours": ours, "pyx12": pyx12, "x12sdk": x12sdk}


def _claims_in(model) -> int:
    """Return the claims of an x12sdk model, which nests them as the guide does."""
    if hasattr(model, "loop_2000"):
        return sum(len(header.loop_2100 or ()) for header in model.loop_2000)
    return sum(
        len(subscriber.loop_2300 or ())
        for billing in model.loop_2000a
        for subscriber in billing.loop_2000b
    )


def _writers(kind: str, content: bytes, claims: int) -> Mapping[str, Task]:
    from x12sdk.io import X12ModelReader

    from services.x12 import write837
    from tests.unit.x12 import made

    make = {"837P": made.claim, "837I": made.outpatient}[kind]
    ready = [make(n) for n in range(1, claims + 1)]
    submission = made.submission(claims_per_set=5000, guide=ready[0].guide)
    with X12ModelReader(content.decode()) as reader:
        models = list(reader.models())

    def ours() -> int:
        written = write837.write(submission, ready)
        assert not written.refused
        return written.content.count(b"CLM*")

    def x12sdk() -> int:
        return sum(model.x12().count("CLM*") for model in models)

    return {"ours": ours, "x12sdk": x12sdk}


def streamed(megabytes: int) -> dict[str, float]:
    """Read an 835 of a size, all in one set, as it is made, and balance it.

    Returns:
        Its size and claims, the CPU seconds, the peak of memory in MB.

    Raises:
        AssertionError: it does not balance, so not everything was read.
    """
    count, size, claims = megabytes * 1_000_000 // x12_files.BYTES_835, 0, 0
    sums, head = remit835.Balance(), None

    def counted():
        nonlocal size
        for chunk in x12_files.remittance(count):
            size += len(chunk)
            yield chunk

    began = time.process_time()
    for part in stream.stream(counted()):
        assert not isinstance(part, X12Error), part
        if isinstance(part.content, ClaimPayment):
            claims += 1
            assert not sums.claim(part.content)
        elif isinstance(part.content, Payment):
            head = part.content
    seconds = time.process_time() - began
    assert (claims, sums.payment(head)) == (count, [])
    return {"megabytes": size / 1e6, "claims": claims, "seconds": seconds, "peak_mb": _peak_mb()}


def _peak_mb() -> float:
    """Return the most memory this process ever had; `ru_maxrss` would count its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _in_a_process(megabytes: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.x12", "--stream", str(megabytes)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-4000:])
    return json.loads(done.stdout)


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Return the table of RESULTS.md: microseconds a claim, and how many times ours."""
    lines = ["| CPU µs a claim | ours | pyx12 | x12sdk |", "|---|---|---|---|"]
    for name, by in found.items():
        ours = by.get("ours")
        shown = [f"{ours:,.0f}" if ours else "-"]
        for who in ("pyx12", "x12sdk"):
            ratio = f" ({by[who] / ours:.0f}x)" if ours and who in by else ""
            shown.append(f"{by[who]:,.0f}{ratio}" if who in by else "-")
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return "\n".join(lines)


def memory_table(found: list[dict[str, float]]) -> str:
    """Return the table of memory: by size of the file."""
    lines = ["| 835 streamed | claims | CPU s | MB/s | peak MB |", "|---|---|---|---|---|"]
    lines += [
        f"| {one['megabytes']:,.0f} MB | {one['claims']:,} | {one['seconds']:.1f}"
        f" | {one['megabytes'] / one['seconds']:.1f} | {one['peak_mb']:.0f} |"
        for one in found
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
