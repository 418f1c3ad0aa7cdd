"""Seeded defects: each patch is applied to a copy of the tree, and its tests must fail.

    python -m tests.defects [name ...]

A patch begins with what is wrong in one sentence and ``caught by:`` lines that name the tests.
Prints one line a defect and ``caught n of n``; exit status 1 when one goes unseen.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
CAUGHT_BY = "caught by: "
TESTS_FAILED = 1


@dataclass(frozen=True, slots=True)
class Defect:
    """A patch, what is wrong with it, and the tests that must notice."""

    patch: Path
    says: str
    tests: tuple[str, ...]


def defects() -> list[Defect]:
    """Return every defect, by name."""
    found = []
    for patch in sorted(FOLDER.glob("*.patch")):
        says, *rest = patch.read_text().partition("\n--- ")[0].splitlines()
        tests = (x.removeprefix(CAUGHT_BY) for x in rest if x.startswith(CAUGHT_BY))
        found.append(Defect(patch, says, tuple(tests)))
    return found


def copy(folder: Path) -> None:
    """Copy the tree as git knows it, changes included."""
    names = subprocess.run(
        ("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, names.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def apply(defect: Defect, folder: Path) -> str:
    """Apply a patch to a copy; return why it does not apply, or nothing."""
    done = subprocess.run(
        ("git", "apply", "--recount", "-C1", str(defect.patch)),
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr.strip()


def run(defect: Defect) -> tuple[bool, str]:
    """Return whether a defect is caught, and what was seen."""
    with tempfile.TemporaryDirectory(prefix="defect-") as name:
        folder = Path(name)
        copy(folder)
        if why := apply(defect, folder):
            return False, f"does not apply: {why.splitlines()[0]}"
        command = (
            sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-W", "ignore",
            f"--basetemp={folder / 'tmp'}", *defect.tests,
        )  # fmt: skip
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False,
            env={**_environment(), "PYTHONPATH": str(folder)},
        )  # fmt: skip
        failed = [x for x in done.stdout.splitlines() if x.startswith("FAILED")]
        if done.returncode == TESTS_FAILED and failed:
            return True, failed[0].partition(" ")[2].partition(" - ")[0].rpartition("::")[2]
        lines = [x for x in done.stdout.splitlines() if x.startswith(("E  ", "ERROR"))]
        last = done.stdout.strip().splitlines()[-1:]
        return False, f"its tests say: {'; '.join([*lines[-2:], *last])}"


def _environment() -> dict[str, str]:
    import os

    return {k: v for k, v in os.environ.items() if not k.startswith(("CLAIMLOOP_", "PYTEST_"))}


def main() -> int:
    """Run the defects named, or all."""
    parser = argparse.ArgumentParser(prog="tests.defects", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="only these patches, without .patch")
    names = parser.parse_args().names
    chosen = [d for d in defects() if not names or d.patch.stem in names]
    caught = 0
    for defect in chosen:
        began = time.monotonic()
        seen, what = run(defect)
        caught += seen
        took = time.monotonic() - began
        verdict = "caught" if seen else "UNSEEN"
        print(f"{verdict}  {defect.patch.stem}: {defect.says} ({what}; {took:.0f} s)", flush=True)
    print(f"caught {caught} of {len(chosen)}")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
