"""One injected business clock: as-of plus elapsed real time times scale.

In production the clock is the machine's. In the demo a day passes in a second or two, and every
process is given the same three values, so all agree on what time it is.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


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
    """

    base: datetime | None = None
    started: datetime | None = None
    scale: float = 1.0

    def at(self, real: datetime) -> datetime:
        """Return the business time of a real instant."""
        if self.base is None or self.started is None:
            return real
        return self.base + (real - self.started) * self.scale

    def now(self) -> datetime:
        """Return the business time."""
        return self.at(real_now())

    def today(self) -> date:
        """Return the business day, in UTC."""
        return self.now().date()

    def seconds(self, business: timedelta) -> float:
        """Return how many real seconds a business duration takes."""
        return business.total_seconds() / self.scale


def real_now() -> datetime:
    """Return the machine's time, for lags and sessions, never for business."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - the one place
