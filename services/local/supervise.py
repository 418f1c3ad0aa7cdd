"""The supervisor of the local run (PyPI's `supervisor`): its configuration and its remote control.

Every program is started through `services.local.launch`, which holds the back-off: to the
supervisor a start always succeeds (`startsecs=0`), so it never gives up and never waits longer.
"""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.local.errors import StartError
from services.local.launch import started
from services.local.programs import Program

LONGEST_SOCKET_PATH = 90
NEVER_GIVE_UP = 1_000_000_000
LOG_BYTES = 20_000_000
LOGS_KEPT = 3
RUNNING = ("RUNNING", "STARTING")
AT_REST = ("STOPPED", "EXITED", "FATAL", "BACKOFF")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a local run keeps what belongs to its supervision.

    Attributes:
        home: All local state.
    """

    home: Path

    @property
    def run(self) -> Path:
        """Pid files, start times, the supervisor's configuration."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """One log a process, rotated."""
        return self.home / "logs"

    @property
    def configuration(self) -> Path:
        """The supervisor's configuration file."""
        return self.run / "supervisor.conf"

    @property
    def socket(self) -> Path:
        """The supervisor's socket; elsewhere when the path is longer than the kernel takes."""
        inside = self.run / "supervisor.sock"
        if len(str(inside)) <= LONGEST_SOCKET_PATH:
            return inside
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"claimloop-{os.getuid()}-{name}.sock"


def configuration(place: Place, programs: Iterable[Program]) -> str:
    """Return the supervisor's configuration."""
    head = f"""\
[supervisord]
nodaemon=true
silent=true
{"user=root" if os.geteuid() == 0 else ""}
logfile={_plain(place.logs / "supervisor.log")}
logfile_maxbytes={LOG_BYTES}
logfile_backups={LOGS_KEPT}
pidfile={_plain(place.run / "supervisord.pid")}
environment=CLAIMLOOP_HOME={_quoted(str(place.home))}

[unix_http_server]
file={_plain(place.socket)}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_section(place, program) for program in programs)


def _section(place: Place, program: Program) -> str:
    launch = (sys.executable, "-m", "services.local.launch", str(place.run), program.name)
    environment = ",".join(f"{name}={_quoted(value)}" for name, value in program.environment)
    return f"""
[program:{program.name}]
command={" ".join(_quoted(word) for word in (*launch, *program.command))}
environment={environment}
autostart=false
autorestart=true
startsecs=0
startretries={NEVER_GIVE_UP}
stopsignal={program.stop_signal}
stopwaitsecs={program.stop_wait_s}
killasgroup=true
redirect_stderr=true
stdout_logfile={_plain(place.logs / program.name)}.log
stdout_logfile_maxbytes={LOG_BYTES}
stdout_logfile_backups={LOGS_KEPT}
"""


def _quoted(word: str) -> str:
    return '"' + _plain(word).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(value: object) -> str:
    return str(value).replace("%", "%%")


def server_pid(place: Place) -> int | None:
    """Return the pid of the running supervisor of this home, or none."""
    try:
        pid, since = (place.run / "supervisor.pid").read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if since and started(int(pid)) == since and not _zombie(int(pid)) else None


def start_server(place: Place, programs: Collection[Program]) -> None:
    """Start the supervisor, with nothing running under it yet.

    Raises:
        StartError: it did not come up.
    """
    place.run.mkdir(parents=True, exist_ok=True)
    place.logs.mkdir(parents=True, exist_ok=True)
    place.socket.unlink(missing_ok=True)
    place.configuration.write_text(configuration(place, programs))
    place.configuration.chmod(0o600)
    with (place.logs / "supervisor.out").open("wb") as out:
        process = subprocess.Popen(
            (sys.executable, "-m", "supervisor.supervisord", "-c", str(place.configuration)),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (place.run / "supervisor.pid").write_text(f"{process.pid} {started(process.pid)}\n")
    if not wait_for(lambda: process.poll() is not None or _answers(place), 20):
        process.kill()
    if process.poll() is not None or not _answers(place):
        said = (place.logs / "supervisor.out").read_text().strip().splitlines()
        raise StartError(f"the supervisor does not start: {(said or ['no reason given'])[-1]}")


@contextlib.contextmanager
def control(place: Place) -> Iterator[Any]:
    """Yield the supervisor's remote control.

    Raises:
        StartError: it runs and does not answer.
    """
    from supervisor.xmlrpc import SupervisorTransport

    transport = SupervisorTransport("", "", f"unix://{place.socket}")
    with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        try:
            yield proxy.supervisor
        except OSError:
            raise StartError(
                f"the supervisor of {place.home} does not answer: "
                f"end it (kill {server_pid(place) or 'its pid'}) and start again"
            ) from None


def states(place: Place) -> dict[str, dict[str, Any]]:
    """Return what the supervisor knows of each program: its ``statename`` and ``pid``."""
    with control(place) as supervisor:
        return {str(info["name"]): dict(info) for info in supervisor.getAllProcessInfo()}


def start_programs(place: Place, names: Iterable[str]) -> None:
    """Start the programs that do not run."""
    known = states(place)
    with control(place) as supervisor:
        for name in names:
            if known[name]["statename"] not in RUNNING:
                supervisor.startProcess(name, False)


def stop_programs(place: Place, names: Collection[str], longest_s: float = 30) -> None:
    """Stop programs, all at the same time, and wait for their end."""
    with control(place) as supervisor:
        for name, info in states(place).items():
            if name in names and info["statename"] not in AT_REST:
                with contextlib.suppress(xmlrpc.client.Fault):  # it ended meanwhile
                    supervisor.stopProcess(name, False)
    wait_for(
        lambda: all(
            info["statename"] in AT_REST for name, info in states(place).items() if name in names
        ),
        longest_s,
    )


def stop_server(place: Place) -> None:
    """End the supervisor."""
    pid = server_pid(place)
    with control(place) as supervisor, contextlib.suppress(xmlrpc.client.Fault):
        supervisor.shutdown()
    if pid is not None:
        wait_for(lambda: server_pid(place) is None, 30)
    (place.run / "supervisor.pid").unlink(missing_ok=True)


def wait_for(done: Callable[[], bool], longest_s: float, every_s: float = 0.05) -> bool:
    """Wait until something is true; return whether it is."""
    end = time.monotonic() + longest_s
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(every_s)
    return True


def _answers(place: Place) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(place.socket))
        except OSError:
            return False
    return True


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
