"""``make bench``: end to end, then the validation stage four ways; see RESULTS.md."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OWN = ROOT / ".venv-bench"


def main() -> int:
    """Make the contestants' environment once, then run both benches."""
    if not (OWN / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", OWN], check=True)
        lock = ["--require-hashes", "-r", HERE / "requirements.lock"]
        subprocess.run([OWN / "bin" / "pip", "install", "--quiet", *lock], check=True)
        (OWN / "installed").touch()
    for bench in ("end_to_end", "stage"):
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{bench}"], cwd=ROOT, check=False
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
