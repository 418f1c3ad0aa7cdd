"""What an edit is: one rule, a pure function from a case to the places where it is broken.

    @edit("structure", snip=2, source="837P loop 2300")
    def line_missing(case: Case) -> Iterator[Fault]:
        \"\"\"A claim has a service line. Example: ...\"\"\"
        if not case.bill.lines:
            yield Fault(CLAIM, "There is no service line: enter the charges.")

The function's name is the id of the rule, its docstring says the rule with a worked example.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from schemas.events import Bill, Coded, Finding, Line
from services.claims.history import History
from services.claims.terms import Terms

HOLD, WARN, INFO, OFF = "hold", "warn", "info", "off"
SEVERITIES = (HOLD, WARN, INFO, OFF)
CLAIM = "claim"
PROFESSIONAL, INSTITUTIONAL = "professional", "institutional"
BOTH = frozenset({PROFESSIONAL, INSTITUTIONAL})
INPATIENT_TYPES = frozenset({"11", "18", "21", "41"})
"""Types of bill of a stay, without their last digit; 12 bills services of Part B by HCPCS."""
ACUTE = "11"


class Fault(NamedTuple):
    """Where a rule is broken, and one sentence: what is wrong, a colon, what would fix it.

    Nothing of the patient beyond age, sex and codes stands in the sentence.
    """

    place: str
    text: str


def diagnosis(position: int) -> str:
    """Return the place of a diagnosis, counted from 1."""
    return f"diagnosis {position}"


def line(position: int) -> str:
    """Return the place of a service line, counted from 1."""
    return f"line {position}"


def procedure(position: int) -> str:
    """Return the place of an inpatient procedure, counted from 1."""
    return f"procedure {position}"


@dataclass(frozen=True, slots=True)
class Case:
    """A coded version under judgement, and all that an edit may know beside it.

    Attributes:
        coded: The version.
        today: The business day.
        terms: Payers, policies, code tables.
        history: What the patient's other encounters bill; none where that is not at hand.
        bill: Its content.
        on: The day the codes must be valid on: of discharge for an inpatient, else of the first
            service (CMS, ICD-10-CM guidelines I; claims processing manual, ch. 3 and 23).
    """

    coded: Coded
    today: date
    terms: Terms
    history: History | None = None
    bill: Bill = field(init=False)
    on: date = field(init=False)

    def __post_init__(self) -> None:
        """Work out what every edit asks for."""
        bill = self.coded.bill
        object.__setattr__(self, "bill", bill)
        object.__setattr__(self, "on", bill.ends_on if self.inpatient else bill.starts_on)

    @property
    def inpatient(self) -> bool:
        """Whether this is an inpatient institutional claim."""
        stay = self.coded.bill.institutional
        return stay is not None and stay.facility_type in INPATIENT_TYPES

    @property
    def acute(self) -> bool:
        """Whether this is a stay in an acute hospital: of presence on admission and the MCE."""
        stay = self.coded.bill.institutional
        return stay is not None and stay.facility_type == ACUTE

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Yield the service lines with their positions from 1."""
        return enumerate(self.bill.lines, 1).__iter__()

    def rows(self, kind: str, key: str, on: date | None = None) -> list[list[object]]:
        """Return what a code table says of a key on a day (the case's, when none is given).

        An edit that calls this names the table in `tables`, so a missing one is told as
        ``no_data`` before the edit is asked.
        """
        return self.terms.library.rows(kind, key, on or self.on) or []


Judge = Callable[[Case], Iterator[Fault]]


@dataclass(frozen=True, slots=True)
class Edit:
    """One rule.

    Attributes:
        id: Its name, in findings, tables and counts.
        family: What it belongs to: structure, codes, icd, poa, ncci, ...
        judge: The rule.
        snip: SNIP type 1 to 7; 0 for a hospital's own.
        source: The official source.
        severity: hold, warn or info, where no row of `data/adoption.csv` says otherwise.
        version: Grows when what it finds changes.
        claim_types: The types of claim it is about.
        tables: Kinds of code tables it cannot do without.
        guardrail: Why nobody may override it where it applies; empty for an ordinary edit.
        silenced_by: Edits whose finding at the same place already says what is wrong.
        team: Who answers for it, where a rule of the hospital's own says so.
        compares: It compares with the patient's history, and cannot do without.
        concerns: Whether a case has what it is about; where not, it is not asked for its tables.
    """

    id: str
    family: str
    judge: Judge
    snip: int
    source: str
    severity: str = HOLD
    version: int = 1
    claim_types: frozenset[str] = BOTH
    tables: tuple[str, ...] = ()
    guardrail: str = ""
    silenced_by: tuple[str, ...] = ()
    team: str = ""
    compares: bool = False
    concerns: Callable[[Case], bool] | None = None

    @property
    def words(self) -> str:
        """What the rule says: its function's docstring."""
        return inspect.cleandoc(self.judge.__doc__ or "")

    def finding(self, fault: Fault, severity: str) -> Finding:
        """Return a fault as a finding."""
        return Finding(
            edit=self.id, severity=severity, place=fault.place, text=fault.text,
            source=self.source, snip=self.snip, team=self.team,
        )


def edit(  # noqa: PLR0913 - the traits of a rule
    family: str, *, snip: int, source: str, severity: str = HOLD, version: int = 1,
    claim_types: frozenset[str] = BOTH, tables: tuple[str, ...] = (), guardrail: str = "",
    silenced_by: tuple[str, ...] = (), compares: bool = False,
    concerns: Callable[[Case], bool] | None = None,
) -> Callable[[Judge], Edit]:
    """Make an edit of a function; its name is the id."""

    def make(judge: Judge) -> Edit:
        return Edit(
            judge.__name__, family, judge, snip, source, severity, version, claim_types, tables,
            guardrail, silenced_by, compares=compares, concerns=concerns,
        )

    return make
