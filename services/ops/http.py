"""Health and metrics of a process: /live, /ready, /metrics on a loopback port of its own.

    health = serve(settings, "validation", ready=lambda: worker.assigned)

The port is in ``<home>/ports/<name>.json`` with the process id, so that ``claimloop status`` and
a scraper find it; the file goes when the process closes it, and names a dead pid otherwise.
"""

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.ops import metrics
from services.settings import Settings

log = structlog.get_logger()
FOLDER = "ports"


@dataclass(frozen=True, slots=True)
class Health:
    """The running endpoints.

    Attributes:
        name: Of the process.
        port: Where they are.
        file: Says so to others.
        server: Answers on a thread of its own.
    """

    name: str
    port: int
    file: Path
    server: ThreadingHTTPServer

    def close(self) -> None:
        """Stop serving and take the port file away."""
        self.server.shutdown()
        self.server.server_close()
        self.file.unlink(missing_ok=True)


def serve(
    settings: Settings,
    name: str,
    ready: Callable[[], bool],
    refresh: Callable[[], object] = lambda: None,
) -> Health:
    """Serve the endpoints from a thread of their own.

    Args:
        settings: Host and port (0 takes a free one) and the home folder.
        name: Of the process, as ``claimloop status`` lists it.
        ready: Whether the process does its work; called for each request.
        refresh: Sets gauges that are only known by asking; called before metrics are shown.

    Raises:
        OSError: the port is taken.
    """
    address = (settings.metrics_host, settings.metrics_port)
    server = ThreadingHTTPServer(address, _handler(ready, refresh))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    port = int(server.server_address[1])
    file = settings.home / FOLDER / f"{name}.json"
    _announce(file, port)
    log.info("health", process=name, port=port)
    return Health(name, port, file, server)


def ports(home: Path) -> dict[str, dict[str, int]]:
    """Return what the processes of a home announced: name -> ``{"pid", "port"}``."""
    found = {}
    for file in sorted((home / FOLDER).glob("*.json")):
        try:
            found[file.stem] = dict(json.loads(file.read_text()))
        except (OSError, ValueError):
            continue  # being replaced or taken away
    return found


def _announce(file: Path, port: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.stem}.{os.getpid()}")
    part.write_text(json.dumps({"pid": os.getpid(), "port": port}))
    part.replace(file)


def _handler(
    ready: Callable[[], bool], refresh: Callable[[], object]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/live":
                self._answer(200, b"live\n")
            elif self.path == "/ready":
                self._answer(*((200, b"ready\n") if _safely(ready) else (503, b"not ready\n")))
            elif self.path == "/metrics":
                _safely(refresh)
                text = generate_latest(metrics.registry())
                self._answer(200, text, CONTENT_TYPE_LATEST)
            else:
                self._answer(404, b"/live /ready /metrics\n")

        def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return  # a scrape every few seconds is not news

    return Handler


def _safely(ask: Callable[[], object]) -> bool:
    try:
        return bool(ask())
    except Exception:  # noqa: BLE001 - not being able to say is not being ready
        return False
