"""The running worklist: the processor's loop, and beside it what goes by the clock.

The relay publishes what people did; a timer looks whether the day of a rule or a table has come.
"""

import threading
from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from services.delivery import outbox
from services.delivery.consume import Consumer, retry
from services.delivery.publish import Publisher

IDLE_S = 0.1
LOOK_S = 1.0


class TimerEnded(Exception):  # noqa: N818 - says what happened
    """The relay or a timer met what it cannot retry; the process must end and be started again."""


class Timer:
    """Does something again and again, on a thread of its own; at once while there is more."""

    def __init__(self, name: str, work: Callable[[], int], every_s: float = LOOK_S) -> None:
        """Take what to do; it returns how much it did.

        Args:
            name: Of the thread.
            work: Done again at once after it did something, else after a pause.
            every_s: The pause, in real seconds.
        """
        self.name, self._work, self._every_s = name, work, every_s
        self._stop = threading.Event()
        self.alive = True
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

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
                if not retry(self._work):
                    self._stop.wait(self._every_s)
        finally:
            self.alive = False


def relay(engine: Engine, producers: Sequence[str], publisher: Publisher) -> Timer:
    """Return what publishes what is pending of some producers."""
    return Timer(
        "relay", lambda: sum(outbox.relay(engine, one, publisher) for one in producers), IDLE_S
    )


def run(loop: Consumer, timers: Sequence[Timer], stop: threading.Event) -> None:
    """Work until told to stop.

    Raises:
        TimerEnded: the relay or another timer ended by itself.
    """
    for timer in timers:
        timer.start()
    while not stop.is_set():
        loop.step()
        for timer in timers:
            if not timer.alive:
                raise TimerEnded(f"{timer.name} ended")
    for timer in timers:
        timer.stop()
