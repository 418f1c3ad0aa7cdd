"""When the loop is at rest: nothing on its way anywhere but to a person."""

from dataclasses import dataclass

from sqlalchemy import Engine, text

from services.ops.lag import Stage

OPEN = text(
    "select (select count(*) from outbox where pending) as unpublished,"
    " (select count(*) from submission where state = 'open') as unanswered,"
    " (select count(*) from gateway_claim where state in ('ready', 'intent')) as unsent"
)


@dataclass(frozen=True, slots=True)
class Unrest:
    """What is still on its way.

    Attributes:
        behind: Records some consumer has not committed.
        unpublished: Events waiting for the relay.
        unsent: Claims the gateway has not put into a file.
        unanswered: Submissions the payer has not decided.
    """

    behind: int
    unpublished: int
    unsent: int
    unanswered: int

    def __bool__(self) -> bool:
        return any((self.behind, self.unpublished, self.unsent, self.unanswered))


def look(engine: Engine, stages: list[Stage]) -> Unrest:
    """Return what is on its way; truthy while anything is."""
    with engine.connect() as conn:
        row = conn.execute(OPEN).one()
    behind = sum(stage.lag for stage in stages)
    return Unrest(behind, row.unpublished, row.unsent, row.unanswered)
