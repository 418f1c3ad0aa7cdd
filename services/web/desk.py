"""What the pages work with."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, Engine

from services.claims import terms
from services.codes.library.library import NOTHING, Library
from services.codes.reference import Reference
from services.db import rls
from services.ops.stages import Stage
from services.web.rules import SignInRules
from services.web.sessions import Visitor
from services.worklist.decisions.acts import Desk
from services.worklist.desk.judging import Judge


@dataclass(frozen=True, slots=True)
class Web:
    """What handlers are given.

    Attributes:
        engine: The database.
        desk: Site key, business clock, parties.
        measure: Measures the lag of every stage; raises `services.ops.lag.Unreachable`.
        retrospective_queries: Whether the hospital's policy allows queries after a denial.
        late_tables: Says which code tables are past their expected update; empty for none.
        sign_in: How people sign in.
        library: Opens the code tables at hand.
        ehr_link: Address of a visit in the EHR, ``{visit}`` for its id there; empty for no link.
        judge: What a coder's typing is judged by: the edits, with those tables.
    """

    engine: Engine
    desk: Desk
    measure: Callable[[], Sequence[Stage]]
    retrospective_queries: bool = False
    late_tables: Callable[[], str] = lambda: ""
    sign_in: SignInRules = field(default_factory=SignInRules)
    ehr_link: str = ""
    library: Callable[[], Library] = lambda: NOTHING
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        """Open the edits with the tables at hand."""
        known = terms.of(self.desk.site, self.desk.reference, self.library(), self.library)
        object.__setattr__(self, "judge", Judge(known))

    @contextmanager
    def begin(self, visitor: Visitor) -> Iterator[Connection]:
        """Open a transaction of a visitor's, with the rights of the pages' role.

        What it may see and write is the visitor's facilities' (`services.db.rls`); `audit.note`
        in it names the visitor. Handlers use nothing else.
        """
        with self.engine.begin() as conn:
            rls.enter(conn, visitor.subject)
            yield conn

    @property
    def reference(self) -> Reference:
        """Names of payers and providers."""
        return self.desk.reference

    def today(self) -> date:
        """Return the business day."""
        return self.desk.clock.today()
