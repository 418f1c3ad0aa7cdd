"""The running worklist: the processor's loop, and beside it the relay of what people did."""

import threading
from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from services.delivery import outbox
from services.delivery.consume import Consumer, retry
from services.delivery.publish import Publisher

IDLE_S = 0.1


class RelayEnded(Exception):  # noqa: N818 - says what happened
    """The relay met what it cannot retry; the process must end and be started again."""


class Relay:
    """Publishes what is pending of some producers, on a thread of its own."""

    def __init__(self, engine: Engine, producers: Sequence[str], publisher: Publisher) -> None:
        self._engine, self._producers, self._publisher = engine, producers, publisher
        self._stop = threading.Event()
        self.alive = True
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch in hand."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                if not sum(retry(self._work(producer)) for producer in self._producers):
                    self._stop.wait(IDLE_S)
        finally:
            self.alive = False

    def _work(self, producer: str) -> Callable[[], int]:
        return lambda: outbox.relay(self._engine, producer, self._publisher)


def run(loop: Consumer, relay: Relay, stop: threading.Event) -> None:
    """Work until told to stop.

    Raises:
        RelayEnded: the relay ended by itself.
    """
    relay.start()
    while not stop.is_set():
        loop.step()
        if not relay.alive:
            raise RelayEnded("the relay ended")
    relay.stop()
