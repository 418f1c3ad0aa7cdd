"""One injected business clock: as-of plus elapsed real time times scale.

In production the clock is the machine's. In the demo a day passes in a second or two, and every
process is given the same three values, so all agree on what time it is.
"""

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that runs from `base` at `scale` since the real instant `started`.

    >>> base = datetime(2026, 7, 1, tzinfo=UTC)
    >>> Clock(base, base, 86400.0).at(base + timedelta(seconds=2)).isoformat()
    '2026-07-03T00:00:00+00:00'

    Attributes:
        base: Business time at `started`; none for the machine's own time.
        started: The real instant the clock was set.
        scale: Business seconds in a real second.
        follows: A JSON file with ``clock_base``, ``clock_started`` and ``clock_scale`` that may
            set the clock anew while processes run; none where nobody does.
    """

    base: datetime | None = None
    started: datetime | None = None
    scale: float = 1.0
    follows: Path | None = None

    def at(self, real: datetime) -> datetime:
        """Return the business time of a real instant."""
        if self.base is None or self.started is None:
            return real
        return self.base + (real - self.started) * self.scale

    def now(self) -> datetime:
        """Return the business time."""
        return self.current().at(real_now())

    def current(self) -> "Clock":
        """Return the clock as it was last set."""
        return self if self.follows is None else _followed(self, self.follows)

    def today(self) -> date:
        """Return the business day, in UTC."""
        return self.now().date()

    def seconds(self, business: timedelta) -> float:
        """Return how many real seconds a business duration takes."""
        return business.total_seconds() / self.current().scale


def real_now() -> datetime:
    """Return the machine's time, for lags and sessions, never for business."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - the one place


_seen: dict[Path, tuple[float, int, Clock]] = {}  # file -> (looked at, its mtime, what it says)


def _followed(clock: Clock, file: Path) -> Clock:
    """Return what a file says, looking at it a few times a second."""
    looked_at, changed_at, known = _seen.get(file, (0.0, 0, clock))
    if time.monotonic() - looked_at < LOOK_EVERY_S:
        return known
    try:
        mtime = file.stat().st_mtime_ns
        if mtime != changed_at:
            known = _read(clock, file)
    except (OSError, ValueError, KeyError):
        mtime = changed_at  # being replaced: it is looked at again
    _seen[file] = (time.monotonic(), mtime, known)
    return known


def _read(clock: Clock, file: Path) -> Clock:
    said = json.loads(file.read_text())
    return replace(
        clock,
        base=datetime.fromisoformat(said["clock_base"]),
        started=datetime.fromisoformat(said["clock_started"]),
        scale=float(said["clock_scale"]),
    )
