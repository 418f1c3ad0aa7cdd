"""Looks at the local run: its processes, its stages, its logs."""

import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from services.local import leftovers, programs, supervise
from services.local.supervise import Place
from services.settings import Settings

EVERY_S = 0.2
SOON = {"bootstrap_timeout_ms": 3_000}


@dataclass(frozen=True, slots=True)
class Process:
    """One process as it stands.

    Attributes:
        name: Its name.
        pid: Its process id, none if it does not run.
        state: ``running``, ``starting`` (its back-off included), ``stopping``, ``stopped``,
            ``left_over`` (running without a supervisor) or ``elsewhere`` (given by an address).
    """

    name: str
    pid: int | None
    state: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return asdict(self)


def processes(settings: Settings) -> list[Process]:
    """Return every process but the supervisor itself."""
    names = (*programs.CORE, *programs.workers(shadow=settings.shadow))
    if not settings.supervised:
        return [Process(name, None, "elsewhere") for name in names]
    place = Place(settings.home.absolute())
    if supervise.server_pid(place) is None:
        left = leftovers.find(place.run)
        return [
            Process(name, left.get(name), "left_over" if name in left else "stopped")
            for name in names
        ]
    known = supervise.states(place)
    return [
        _process(name, known[name]) if name in known else Process(name, None, "elsewhere")
        for name in names
    ]


def well(found: Collection[Process]) -> bool:
    """Tell whether something runs and nothing that should run does not."""
    works = ("running", "elsewhere")
    return any(p.state in works for p in found) and all(
        p.state in (*works, "stopped") for p in found
    )


def stages(settings: Settings, found: Collection[Process]) -> list[dict[str, Any]]:
    """Return how far each stage is behind; nothing where the broker does not answer."""
    broker = next((p.state for p in found if p.name == programs.KAFKA), "stopped")
    if not settings.kafka_bootstrap_servers or broker not in ("running", "elsewhere"):
        return []
    from kafka import KafkaConsumer
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    from services.kafka import clients
    from services.ops import lag
    from services.ops.stages import reads

    try:
        with KafkaAdminClient(**clients.admin(settings) | SOON) as admin:
            reader = KafkaConsumer(**clients.consumer(settings, group=None) | SOON)
            try:
                measured = lag.Meter(admin, reader, reads(settings)).measure()
            finally:
                reader.close()
    except (KafkaError, OSError, lag.Unreachable):
        return []
    shown = ("name", "group", "topic", "lag", "lag_seconds", "members")
    return [{key: getattr(stage, key) for key in shown} for stage in measured]


def log(path: Path, lines: int, *, follow: bool = False) -> Iterator[str]:
    """Yield the last lines of a log, then what is added, across its rotation."""
    with path.open(errors="replace") as file:
        yield "".join(deque(file, lines))
        at, inode = file.tell(), path.stat().st_ino
    while follow:
        time.sleep(EVERY_S)
        if not path.exists():
            continue
        seen = path.stat()
        if seen.st_ino != inode or seen.st_size < at:
            at, inode = 0, seen.st_ino
        with path.open(errors="replace") as file:
            file.seek(at)
            yield file.read()
            at = file.tell()


def _process(name: str, info: dict[str, Any]) -> Process:
    pid = int(info["pid"]) or None
    state = {"RUNNING": "running", "STOPPING": "stopping", "STOPPED": "stopped"}.get(
        info["statename"], "starting"
    )
    if state == "running" and pid and _in_launch(pid):
        state = "starting"
    return Process(name, pid if state != "stopped" else None, state)


def _in_launch(pid: int) -> bool:
    """Tell whether a process still waits its back-off, before it turns into its program."""
    try:
        return b"services.local.launch" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
