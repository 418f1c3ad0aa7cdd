"""Fuzz the X12 reader and the check.

    python -m tests.fuzz.x12 [--minutes N] [--what read|check] [--seed S]

Says at the end how many executions there were, how many inputs reached something of their own, and
how many findings. Exit 1 when there is a finding.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SELF = "--inside"


def corpus(folder: Path) -> None:
    """Write the inputs to begin with: a good file of each kind, and each with every fault."""
    from tests.unit.check import bases, faults

    for kind in bases.KINDS:
        (folder / f"good-{kind}").write_bytes(bases.written(bases.base(kind)))
    for number, fault in enumerate(faults.FAULTS):
        broken = fault.applied(bases.base(fault.kind))
        (folder / f"fault-{number:03d}").write_bytes(bases.written(broken))


def inside(what: str, arguments: list[str]) -> None:
    """Run libFuzzer in this process; it does not come back."""
    import atheris

    with atheris.instrument_imports(include=["services.x12", "services.check"]):
        from tests.fuzz import target
    one = target.checked if what == "check" else target.read
    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def blind(what: str, minutes: float) -> int:
    """Fuzz with Hypothesis where atheris is not installed; return how many findings there were."""
    from tests.fuzz import target

    one = target.checked if what == "check" else target.read
    runs, findings, end = 0, 0, time.monotonic() + minutes * 60
    for content in target.invented(lambda: time.monotonic() > end):
        runs += 1
        try:
            one(content)
        except Exception as finding:  # noqa: BLE001 - that is what is looked for
            findings += 1
            print(type(finding).__name__, content[:200])
    print(f"{runs} executions by Hypothesis, {findings} findings")
    return findings


def main() -> int:
    """Run for so many minutes and report."""
    told = argparse.ArgumentParser()
    told.add_argument("--minutes", type=float, default=1)
    told.add_argument("--what", choices=("read", "check"), default="read")
    told.add_argument("--seed", type=int, default=1)
    options = told.parse_args()
    try:
        import atheris  # noqa: F401 - only whether it is there
    except ImportError:
        return 1 if blind(options.what, options.minutes) else 0
    with tempfile.TemporaryDirectory(prefix="fuzz-x12-") as name:
        folder = Path(name)
        (folder / "corpus").mkdir()
        corpus(folder / "corpus")
        before = len(list((folder / "corpus").iterdir()))
        kept = Path(tempfile.mkdtemp(prefix="fuzz-x12-findings-"))
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.x12", SELF, options.what,
             f"-max_total_time={int(options.minutes * 60)}", f"-seed={options.seed}",
             "-max_len=20000", "-timeout=20", "-rss_limit_mb=1024", f"-artifact_prefix={kept}/",
             str(folder / "corpus")],
            capture_output=True, text=True, check=False,
        )
        runs = re.search(r"Done (\d+) runs in (\d+) second", done.stderr)
        new = len(list((folder / "corpus").iterdir())) - before
        found = list(kept.iterdir())
    counted = f"{runs[1]} executions in {runs[2]} s" if runs else "stopped"
    print(f"{counted}, {new} inputs that reached something of their own, {len(found)} findings")
    for file in found:
        print(f"kept: {file}")
    if not runs or found:
        said = done.stdout + done.stderr
        sys.stderr.write(said[said.find("=== Uncaught") :][:3000])
    else:
        kept.rmdir()
    return 1 if found or not runs else 0


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == SELF:
        inside(sys.argv[2], sys.argv[3:])
    sys.exit(main())
