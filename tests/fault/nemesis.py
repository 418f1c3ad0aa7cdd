"""What goes wrong in a campaign, and the watchdog that starts again what died."""

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from services.local.launch import started

MOST_DEATHS = 25


def until(done: Callable[[], object], longest_s: float, what: str, every_s: float = 0.2) -> None:
    """Wait for a condition; fail with its name when it does not come."""
    end = time.monotonic() + longest_s
    while not done():
        assert time.monotonic() < end, f"{longest_s:.0f} s were not enough: {what}"
        time.sleep(every_s)


class Crew:
    """Processes that are started again whenever they end, as a supervisor does."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = {**os.environ, **environment}
        self._commands: dict[str, tuple[Sequence[str], Mapping[str, str], bool]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.deaths: Counter[str] = Counter()
        self.finished: set[str] = set()

    def __enter__(self) -> "Crew":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        for process in self._running.values():
            process.kill()
            process.wait()

    def hire(
        self, name: str, command: Sequence[str], extra: Mapping[str, str], *, once: bool = False
    ) -> None:
        """Start a process; one that is hired once is not started again after it returned 0."""
        with self._lock:
            self._commands[name] = (command, extra, once)
            self._start(name)

    def signal(self, name: str, number: int) -> None:
        """Send a signal to a process if it lives."""
        with self._lock:
            if self._running[name].poll() is None:
                self._running[name].send_signal(number)

    def check(self) -> None:
        """Fail if a process dies again and again: that is no fault of ours."""
        for who, count in self.deaths.items():
            assert count <= MOST_DEATHS, f"{who} died {count} times: see its log"

    def stop_all(self) -> None:
        """Kill every process; the watchdog starts them again at once."""
        for name in list(self._running):
            self.signal(name, signal.SIGKILL)

    def _start(self, name: str) -> None:
        command, extra, _ = self._commands[name]
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, stdout=log, stderr=log, env={**self._environment, **extra}
            )

    def _watch(self) -> None:
        while not self._closing.wait(0.1):
            with self._lock:
                for name, process in list(self._running.items()):
                    code = process.poll()
                    if code is None or name in self.finished:
                        continue
                    if code == 0 and self._commands[name][2]:
                        self.finished.add(name)
                        continue
                    self.deaths[f"{name} {code}"] += 1
                    self._start(name)


def supervised_pid(home: Path, name: str) -> int:
    """Return the pid of a process of a local run; 0 while it is not up."""
    try:
        pid, since = (home / "run" / f"{name}.pid").read_text().split()
    except (OSError, ValueError):
        return 0
    return int(pid) if since and started(int(pid)) == since else 0


def kill_supervised(home: Path, name: str) -> None:
    """kill -9 a process of a local run once it is up, and wait for its successor."""
    until(lambda: supervised_pid(home, name), 60, f"{name} is up")
    pid = supervised_pid(home, name)
    os.kill(pid, signal.SIGKILL)
    until(lambda: supervised_pid(home, name) not in (0, pid), 60, f"{name} is started again")


def arm(plan: Path, points: Mapping[str, int]) -> None:
    """Arm crash points: name -> how many passes they let live."""
    plan.mkdir(parents=True, exist_ok=True)
    for name, passes in points.items():
        (plan / name).write_text(str(passes))


def met(plan: Path) -> set[str]:
    """Return the crash points a plan's processes have died at."""
    return {path.name.rpartition(".")[0] for path in (plan / "met").glob("*")}
