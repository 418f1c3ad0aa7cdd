"""When the loop is at rest: nothing on its way anywhere but to a person.

Word of deadlines is left out: time alone brings it, and nothing that is on its way hangs on it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, Row, text

from schemas import topics
from services.ops.stages import Stage

OPEN = text(
    "select count(*) as written, count(*) filter (where pending) as unpublished,"
    " (select count(*) from submission where state = 'open') as unanswered,"
    " (select count(*) from gateway_claim where state in ('ready', 'intent')) as unsent"
    " from outbox where topic <> :by_time"
)


@dataclass(frozen=True, slots=True)
class Unrest:
    """What is still on its way.

    Attributes:
        stages: What each consumer has before it.
        unpublished: Events waiting for the relay.
        unsent: Claims the gateway has not put into a file.
        unanswered: Submissions the payer has not decided.
        moving: Events written while the rest was looked at.
    """

    stages: tuple[Stage, ...]
    unpublished: int
    unsent: int
    unanswered: int
    moving: int

    @property
    def behind(self) -> int:
        """Records some consumer has not committed."""
        return sum(stage.lag for stage in self.stages if stage.topic != topics.DEADLINE.name)

    def __bool__(self) -> bool:
        return any((self.behind, self.unpublished, self.unsent, self.unanswered, self.moving))


def look(engine: Engine, measure: Callable[[], Iterable[Stage]] = tuple) -> Unrest:
    """Return what is on its way; truthy while anything is.

    The database is asked before the broker and again after it: what was published in between is
    behind no consumer yet and pending no more, but was written meanwhile or pending before.

    Raises:
        services.ops.lag.Unreachable: the broker does not answer.
    """
    before = _open(engine)
    stages = tuple(measure())
    after = _open(engine)
    return Unrest(
        stages,
        max(before.unpublished, after.unpublished),
        max(before.unsent, after.unsent),
        max(before.unanswered, after.unanswered),
        after.written - before.written,
    )


def _open(engine: Engine) -> Row[tuple[int, ...]]:
    with engine.connect() as conn:
        return conn.execute(OPEN, {"by_time": topics.DEADLINE.name}).one()
