"""A circuit breaker: a bug that fails everything stops the worker instead of emptying the topic."""

from collections import deque

WINDOW = 200
LIMIT = 50


class TooManyDead(Exception):  # noqa: N818 - says what happened
    """More than `LIMIT` of the last `WINDOW` records would be dead letters."""


class Breaker:
    """Counts dead letters among the last records; trips before they are committed."""

    def __init__(self, window: int = WINDOW, limit: int = LIMIT) -> None:
        self._window, self._limit = window, limit
        self._settled: deque[tuple[int, int]] = deque()  # (records, dead) of batches, newest last
        self._open: tuple[int, int] = (0, 0)

    def count(self, records: int, dead: int) -> None:
        """Note a batch that is about to be committed.

        Raises:
            TooManyDead: it would carry the window over the limit.
        """
        self._open = (records, dead)
        seen, lost = self._open
        for one, gone in reversed(self._settled):
            if seen >= self._window:
                break
            seen, lost = seen + one, lost + gone
        if lost > self._limit:
            raise TooManyDead(f"{lost} of the last {seen} records would be dead letters")

    def confirm(self) -> None:
        """Note that the batch was committed."""
        self._settled.append(self._open)
        self._open = (0, 0)
        while sum(n for n, _ in self._settled) > 2 * self._window:
            self._settled.popleft()
