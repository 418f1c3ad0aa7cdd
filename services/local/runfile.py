"""``run.json``: the addresses a local run chose, remembered from one start to the next.

`services.settings` reads it under the environment. It holds the database's password: mode 0600.
"""

import json
import socket
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.local.errors import StartError

NAME = "run.json"
FIRST_PORT, LAST_PORT = 20_000, 32_000  # below the range the kernel takes outgoing ports from


def read(home: Path) -> dict[str, Any]:
    """Return what is remembered.

    Raises:
        StartError: the file is damaged.
    """
    path = home / NAME
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError):
        raise StartError(f"{path} is damaged: delete it, the next start writes another") from None


def write(home: Path, values: Mapping[str, Any]) -> None:
    """Remember values, in one step and readable by nobody else."""
    fresh = home / f".{NAME}.incoming"
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(dict(values), indent=2, default=str) + "\n")
    fresh.replace(home / NAME)


def port(home: Path, values: dict[str, Any], name: str, *, running: bool = False) -> int:
    """Return a remembered port, or choose a free one and remember it.

    Args:
        home: Ports of different homes start at different places.
        values: What is remembered; the port is added.
        name: Its key, like ``kafka_port``.
        running: Our own program holds the port, so it is not asked whether it is free.

    Raises:
        StartError: another program has the remembered port.
    """
    if known := values.get(name):
        if not running and not free(int(known)):
            what = name.removesuffix("_port").replace("_", " ")
            raise StartError(
                f"port {known} ({what}) is taken by another program: stop that program, "
                f'or delete "{name}" from {home / NAME} to have another chosen'
            )
        return int(known)
    taken = {value for key, value in values.items() if key.endswith("_port")}
    span = LAST_PORT - FIRST_PORT
    start = zlib.crc32(str(home).encode()) % span
    candidates = (FIRST_PORT + (start + step) % span for step in range(span))
    values[name] = next(p for p in candidates if p not in taken and free(p))
    return int(values[name])


def free(number: int) -> bool:
    """Tell whether nobody listens on a port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True
