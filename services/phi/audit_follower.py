"""What chains the audit log as it grows, and anchors it once a minute."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy import Engine, text

from services.phi import audit_chain
from services.phi.keys import SiteKey

log = structlog.get_logger()
ANCHOR_S = 60.0


class Follower:
    """Looks again and again; one at a time works, whatever runs it.

    Args:
        engine: The database, as its owner.
        site: Its key signs the anchors.
        path: The file of anchors.
        clock: Seconds that only grow.
    """

    def __init__(
        self, engine: Engine, site: SiteKey, path: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._site, self._path, self._clock = engine, site, path, clock
        self._anchored_at: float | None = None
        self._anchored: dict[str, int] = {}

    def look(self) -> int:
        """Chain what is pending; anchor when the minute is over; return how many rows."""
        done = audit_chain.follow(self._engine)
        now = self._clock()
        if self._anchored_at is None or now - self._anchored_at >= ANCHOR_S:
            self._anchored_at = now
            self.anchor()
        return done

    def anchor(self) -> None:
        """Anchor the ends of the chains, if they moved."""
        with self._engine.begin() as conn:
            conn.execute(
                text("select pg_advisory_xact_lock(:lock)"), {"lock": audit_chain.LOCK}
            )
            ends = audit_chain.heads(conn)
            positions = {name: head.position for name, head in ends.items()}
            if positions == self._anchored:
                return
            digest = audit_chain.anchor(self._path, self._site, ends)
        self._anchored = positions
        log.info("audit_anchored", count=sum(positions.values()), anchor=digest)
