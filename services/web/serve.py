"""The server of the pages: uvicorn with limits of size, number and time."""

import asyncio
from typing import Any

import h11
import uvicorn
from litestar import Litestar
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_AT_ONCE = 1000
"""Connections, those that listen for news among them."""
LARGEST_HEAD = 32 * 1024
WHOLE_WITHIN_S = 20.0
"""A request, head and body, is here by then or its connection is closed."""
PROXY = "127.0.0.1"


class Prompt(H11Protocol):
    """HTTP/1.1 that does not wait for ever for the rest of a request."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()

    def handle_events(self) -> None:
        """Take in what came; wait on, or no longer."""
        super().handle_events()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._done()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._done()
        elif self._late is None:
            self._late = self.loop.call_later(WHOLE_WITHIN_S, self._hang_up)

    def _done(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        self.transport.abort()


def server(pages: Litestar, *, behind_proxy: bool = False) -> uvicorn.Server:
    """Return the server.

    Args:
        pages: The application.
        behind_proxy: A proxy on this machine tells who asks and over what; of no other is it
            believed.
    """
    return uvicorn.Server(
        uvicorn.Config(
            pages, http=Prompt, ws="none", log_config=None, access_log=False,
            server_header=False, date_header=True, proxy_headers=behind_proxy,
            forwarded_allow_ips=PROXY, timeout_graceful_shutdown=5, timeout_keep_alive=10,
            limit_concurrency=MOST_AT_ONCE, h11_max_incomplete_event_size=LARGEST_HEAD,
        )
    )
