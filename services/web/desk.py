"""What the pages work with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from services.codes.reference import Reference
from services.ops.lag import Stage
from services.worklist.acts import Desk


@dataclass(frozen=True, slots=True)
class Web:
    """What handlers are given.

    Attributes:
        engine: The database.
        desk: Site key, business clock, parties.
        measure: Measures the lag of every stage; raises `services.ops.lag.Unreachable`.
        retrospective_queries: Whether the hospital's policy allows queries after a denial.
        late_tables: Says which code tables are past their expected update; empty for none.
    """

    engine: Engine
    desk: Desk
    measure: Callable[[], Sequence[Stage]]
    retrospective_queries: bool = False
    late_tables: Callable[[], str] = lambda: ""

    @property
    def reference(self) -> Reference:
        """Names of payers and providers."""
        return self.desk.reference

    def today(self) -> date:
        """Return the business day."""
        return self.desk.clock.today()
