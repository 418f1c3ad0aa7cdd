"""Ends what an earlier supervisor left behind when it was killed.

Every supervised program notes its pid and start time before it becomes what it is
(`services.local.launch`), so only a process that is still that very one is ended.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from services.local import programs
from services.local.launch import started
from services.local.supervise import wait_for

GENTLE_S = 15.0


def find(run: Path) -> dict[str, int]:
    """Return name -> pid of the programs of this home that run."""
    found: dict[str, int] = {}
    for name in programs.ALL:
        try:
            pid, since = (run / f"{name}.pid").read_text().split()
        except (OSError, ValueError):
            continue
        if since and started(int(pid)) == since:
            found[name] = int(pid)
    return found


def end(run: Path, says: Callable[[str], None]) -> None:
    """End what is left: our processes first, then broker and database; kill what lingers."""
    left = find(run)
    if left:
        says(f"stopping what an earlier run left behind: {', '.join(left)}")
    for names in (programs.WORKERS, programs.CORE):
        group = {name: pid for name, pid in left.items() if name in names}
        for name, pid in group.items():
            _send(pid, signal.SIGINT if name == programs.POSTGRES else signal.SIGTERM)
        if group and not wait_for(lambda names=names: _gone(run, names), GENTLE_S):  # type: ignore[misc]
            for name, pid in find(run).items():
                if name in names:
                    _send(pid, signal.SIGKILL)
            wait_for(lambda names=names: _gone(run, names), GENTLE_S)  # type: ignore[misc]


def _gone(run: Path, names: tuple[str, ...]) -> bool:
    return not any(name in names for name in find(run))


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
