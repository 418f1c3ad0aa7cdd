"""``make bench``: end to end, the validation stage four ways, X12, the edits, the work list.

Figures are in RESULTS.md.

`python -m tests.bench x12` runs one of them, with its own arguments after the name.
"""

import subprocess
import sys
from pathlib import Path

BENCHES = ("end_to_end", "stage", "x12", "edits", "history", "queue", "timer")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OWN = ROOT / ".venv-bench"


def main() -> int:
    """Run the bench that is named, or all of them."""
    chosen, rest = sys.argv[1:2], sys.argv[2:]
    if chosen and chosen[0] not in BENCHES:
        sys.stderr.write(f"no bench is called {chosen[0]}: there are {', '.join(BENCHES)}\n")
        return 2
    if "stage" in (chosen or BENCHES):
        _contestants()
    for bench in chosen or BENCHES:
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{bench}", *rest], cwd=ROOT, check=False
        )
        if done.returncode:
            return done.returncode
    return 0


def _contestants() -> None:
    """Make the environment of stage.py's contestants once."""
    if not (OWN / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", OWN], check=True)
        lock = ["--require-hashes", "-r", HERE / "requirements.lock"]
        subprocess.run([OWN / "bin" / "pip", "install", "--quiet", *lock], check=True)
        (OWN / "installed").touch()


if __name__ == "__main__":
    sys.exit(main())
