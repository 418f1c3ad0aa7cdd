"""Becomes a supervised program: waits its back-off, notes its pid, then turns into the program.

    python -m services.local.launch RUN NAME COMMAND...

The supervisor restarts at once, without limit and for ever. The wait here keeps a program that
dies again and again from eating the machine, yet never leaves it down for longer than `LONGEST_S`:
up to `FREE` starts within `WINDOW_S` cost nothing, then each waits twice as long as the last.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

WINDOW_S = 30.0
FREE = 3
FIRST_S = 0.25
LONGEST_S = 4.0


def wait_s(starts: Sequence[float], at: float) -> float:
    """Return how long to wait before a start, in seconds.

    >>> [wait_s([100.0 + n for n in range(count)], 110.0) for count in (0, 3, 4, 5, 20)]
    [0.0, 0.0, 0.25, 0.5, 4.0]
    """
    recent = sum(1 for start in starts if 0 <= at - start < WINDOW_S)
    return 0.0 if recent <= FREE else float(min(LONGEST_S, FIRST_S * 2 ** (recent - FREE - 1)))


def note(pid_file: Path) -> None:
    """Write this process's pid and start time, so that a later `up` knows it for ours."""
    fresh = pid_file.with_suffix(".pid.new")
    fresh.write_text(f"{os.getpid()} {started(os.getpid())}\n")
    fresh.replace(pid_file)


def started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks since boot; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def main(arguments: Sequence[str]) -> None:
    """Wait, note, exec."""
    run, name, *command = arguments
    at = time.monotonic()
    starts_file = Path(run) / f"{name}.starts"
    starts = _read(starts_file)[-32:]
    note(Path(run) / f"{name}.pid")
    time.sleep(wait_s(starts, at))
    starts_file.write_text(" ".join(str(s) for s in [*starts, time.monotonic()]))
    count = Path(run) / f"{name}.count"
    count.write_text(str(int(sum(_read(count))) + 1))
    os.execvp(command[0], command)  # noqa: S606 - the program we are told to become


def _read(path: Path) -> list[float]:
    try:
        return [float(word) for word in path.read_text().split()]
    except (OSError, ValueError):
        return []


if __name__ == "__main__":
    main(sys.argv[1:])
