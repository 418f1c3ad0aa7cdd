"""Where an edit applies and how hard: each as the payer adopted it, dated.

`data/adoption.csv` has rows of edit (or ``family:`` and a family), payer, plan, facility,
department, claim type, first and last day, severity. An empty cell fits everything. Of the rows
that fit, the one that says most wins; of equals the later row; a row of the hospital's own before
all others. Without a row an edit has its own severity everywhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from schemas.events import Bill
from services.claims import data, dated
from services.claims.edits.edit import BOTH, OFF, Edit

SCOPE = ("payer", "plan", "facility", "department", "claim_type")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is about, where and when it holds, and how hard."""

    about: str
    scope: tuple[str, ...]
    days: tuple[date, date]
    severity: str
    ours: bool = False

    def fits(self, scope: tuple[str, ...], on: date) -> bool:
        """Say whether it holds there and then."""
        return self.days[0] <= on <= self.days[1] and all(
            not wanted or wanted == here for wanted, here in zip(self.scope, scope, strict=True)
        )

    @property
    def weight(self) -> int:
        """How much it says; a row about one edit says more than one about its family."""
        named = 10 * (not self.about.startswith("family:"))
        return sum(map(bool, self.scope)) + named + 100 * self.ours


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Return the packaged rows."""
    return tuple(
        Row(row["edit"], tuple(row[name] for name in SCOPE), dated.span(row), row["severity"])
        for row in data.rows("adoption.csv")
    )


def scope_of(bill: Bill) -> tuple[str, ...]:
    """Return where a bill stands, in the order of `SCOPE`."""
    return (
        bill.coverage.payer_id, bill.coverage.plan, bill.facility_id, bill.department,
        bill.claim_type,
    )


def adopted(
    edits: Iterable[Edit], scope: tuple[str, ...], on: date, table: Iterable[Row]
) -> Iterator[tuple[Edit, str]]:
    """Yield the edits that apply somewhere on a day, with their severity there."""
    fitting = [row for row in reversed(tuple(table)) if row.fits(scope, on)]
    for edit in edits:
        if edit.claim_types != BOTH and scope[-1] not in edit.claim_types:
            continue  # what is of no type at all is judged by every edit that is about both
        mine = [row for row in fitting if row.about in (edit.id, f"family:{edit.family}")]
        severity = max(mine, key=lambda row: row.weight).severity if mine else edit.severity
        if severity != OFF:
            yield edit, severity
