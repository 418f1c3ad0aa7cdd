"""The clocks of a work item: what runs, by which rule, since when, until when.

    facts of the item ──▶ of() ──▶ filing · corrected · appeal levels · record request · internal

Rules are rows of `data/clocks.csv`, dated, each with its source. Of a kind the most particular row
holds: the payer's own, else its plan's, else the one for all. A row without days takes them from
the payer's policy (`deadlines`), so that a limit stands in one place. A limit whose rule moves a
last day that is no workday (`roll` next) is due on the workday after; elsewhere it stays, and the
note names the workday before. A physician query stops the internal clock and none of the payer's.

Example: Medicare, decided on 15 May 2020: received by presumption on 20 May, redetermination until
17 September 2020.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from schemas.events import NO_DAY, Bill
from services.claims import data, dated, deadlines, workdays
from services.claims.terms import Terms

FILING, CORRECTED, APPEAL_1, RECORDS = "filing", "corrected", "appeal_1", "record_request"
INTERNAL = "internal"
KINDS = (
    FILING, CORRECTED, APPEAL_1, "appeal_2", "appeal_3", "reconsideration", "alj", "council",
    "court", RECORDS, INTERNAL,
)
UNPROCESSABLE = "unprocessable"
"""A denial that was never adjudicated (MA130): a new claim, so the filing limit."""
POLICY = "the payer's policy"
HOUSE = "house_"
"""How the names of the hospital's own rules begin."""
PRESUMED_DAYS = 5
"""Days from Medicare's notice to its receipt, presumed: 42 CFR 405.942(a)(1)."""
SOON_DAYS = 7
"""Near enough to go before everything else."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of an item.

    Attributes:
        kind: One of `KINDS`.
        rule: Row of the table.
        starts_on: The day it runs from; that day does not count.
        due_on: The last day.
        near_on: From then on the end is near.
        source: Where the rule stands.
        note: What it is, and what the last day has to do with weekends, in words.
    """

    kind: str
    rule: str
    starts_on: date
    due_on: date
    near_on: date
    source: str
    note: str

    @property
    def payers(self) -> bool:
        """It is the payer's: nothing in the house stops it."""
        return self.kind != INTERNAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the clocks of an item run from.

    Attributes:
        kind: Of the item.
        payer_id: The payer.
        claim_type: professional or institutional.
        served: First and last day of service.
        told_on: When the payer before this one decided, of a secondary claim.
        opened_on: When the item was opened.
        decided_on: When the payer decided.
        appealable: Whether it was adjudicated.
        requested_on: When the payer asked for records, if it did.
        upheld: Level -> when the payer kept its decision at it.
        paused_days: Workdays for which the item waited for a physician.
    """

    kind: str
    payer_id: str = ""
    claim_type: str = ""
    served: tuple[date, date] = (NO_DAY, NO_DAY)
    told_on: date | None = None
    opened_on: date = NO_DAY
    decided_on: date | None = None
    appealable: bool = True
    requested_on: date | None = None
    upheld: Mapping[str, date] = field(default_factory=dict)
    paused_days: int = 0

    @property
    def subject(self) -> str:
        """What the table's column `items` calls it."""
        return UNPROCESSABLE if self.kind == "denial" and not self.appealable else self.kind


Row = Mapping[str, str]


def of(facts: Facts, terms: Terms) -> tuple[Clock, ...]:
    """Return the clocks of an item, the nearest first.

    >>> of(Facts(kind="held", opened_on=date(2026, 11, 20)), NO_TERMS)[0].due_on
    datetime.date(2026, 11, 24)
    """
    found = (_clock(row, facts, terms) for row in _rows(facts, terms))
    clocks = [clock for clock in found if clock is not None]
    return tuple(sorted(clocks, key=lambda clock: (clock.due_on, KINDS.index(clock.kind))))


def nearest(clocks: Iterable[Clock]) -> Clock | None:
    """Return the payer's clock that ends first; the house's own where the payer has none."""
    return min(clocks, key=lambda clock: (not clock.payers, clock.due_on), default=None)


def named(rule: str) -> str:
    """Return a rule of the table in words.

    >>> named("house_held"), named("external_review")
    ('our own turnaround', 'external review')
    """
    return "our own turnaround" if rule.startswith(HOUSE) else rule.replace("_", " ")


def of_bill(
    kind: str, bill: Bill, payer_id: str, terms: Terms, *, decided_on: date | None = None,
    appealable: bool = True,
) -> tuple[Clock, ...]:
    """Return the clocks of an item of a kind about a bill, the nearest first."""
    return of(Facts(
        kind=kind, payer_id=payer_id, claim_type=bill.claim_type,
        served=(bill.starts_on, bill.ends_on),
        told_on=bill.prior[-1].decided_on if bill.prior else None,
        decided_on=decided_on, appealable=appealable,
    ), terms)


def until(bill: Bill, decided_on: date | None, terms: Terms) -> date:
    """Return until when a payer takes a claim: an original, or what follows its decision."""
    payer_id = bill.coverage.payer_id
    kind, wanted = ("held", FILING) if decided_on is None else ("denial", CORRECTED)
    found = of_bill(kind, bill, payer_id, terms, decided_on=decided_on)
    return next((clock.due_on for clock in found if clock.kind == wanted), NO_DAY)


def _rows(facts: Facts, terms: Terms) -> Iterator[Row]:
    """Yield the rows that hold: of a kind, the most particular ones."""
    payer = terms.payers.get(facts.payer_id)
    plan = payer.plan if payer else ""
    best: dict[str, list[Row]] = {}
    ranks: dict[str, int] = {}
    for row in _table():
        starts_on = _start(row, facts)
        first, last = dated.span(row)
        if starts_on is None or not _fits(row, facts, plan) or not first <= starts_on <= last:
            continue
        if row["replaces"] and row["replaces"] != _replaces(facts, terms):
            continue
        rank = 2 * bool(row["payer"]) + bool(row["plan"])
        if rank > ranks.get(row["kind"], -1):
            ranks[row["kind"]], best[row["kind"]] = rank, []
        if rank == ranks[row["kind"]]:
            best[row["kind"]].append(row)
    for rows in best.values():
        yield from rows


def _fits(row: Row, facts: Facts, plan: str) -> bool:
    return (
        facts.subject in row["items"].split()
        and row["payer"] in ("", facts.payer_id)
        and row["plan"] in ("", plan)
        and row["claim_type"] in ("", facts.claim_type)
        and (not row["after"] or row["after"] in facts.upheld)
        and row["kind"] not in facts.upheld
    )


def _replaces(facts: Facts, terms: Terms) -> str:
    """Return whether the payer takes a replacement of what it decided."""
    on = facts.decided_on or facts.served[0]
    policy = terms.policy(facts.payer_id, facts.claim_type, on)
    return "yes" if policy is None or policy.takes("7") else "no"


def _start(row: Row, facts: Facts) -> date | None:
    """Return the day a clock runs from, if it runs."""
    decided_on = facts.upheld.get(row["after"]) if row["after"] else facts.decided_on
    match row["start"]:
        case "decision":
            return decided_on
        case "receipt":
            return decided_on + timedelta(days=PRESUMED_DAYS) if decided_on else None
        case "request":
            return facts.requested_on
        case "opened":
            return facts.opened_on
        case "service_last":
            return None if facts.served[1] == NO_DAY else facts.served[1]
        case _:
            return facts.told_on or (None if facts.served[0] == NO_DAY else facts.served[0])


def _clock(row: Row, facts: Facts, terms: Terms) -> Clock | None:
    starts_on = _start(row, facts)
    last = _last(row, facts, terms)
    if starts_on is None or last is None:
        return None
    due_on, moved = (workdays.on_or_after(last), True) if row["roll"] == "next" else (last, False)
    return Clock(
        row["kind"], row["rule"], starts_on, due_on, _near(row, starts_on, due_on),
        _source(row, facts, terms),
        f"{row['says']}.{_of_last_day(last, due_on, moved)}",
    )


def _last(row: Row, facts: Facts, terms: Terms) -> date | None:
    """Return the last day, before it is moved."""
    starts_on = _start(row, facts)
    if starts_on is None:
        return None
    if row["unit"] == "business":
        return workdays.after(starts_on, int(row["days"]) + facts.paused_days)
    if row["days"]:
        return deadlines.since(starts_on, int(row["days"]))
    if row["kind"] == FILING:
        return deadlines.filed_by(
            facts.payer_id, facts.claim_type, facts.served, facts.told_on, terms
        )
    policy = terms.policy(facts.payer_id, facts.claim_type, facts.decided_on or starts_on)
    return deadlines.since(starts_on, deadlines.days(row["rule"], policy)) if policy else None


def _source(row: Row, facts: Facts, terms: Terms) -> str:
    """Return where the rule stands; of what the payer's policy alone says, where that stands."""
    if row["days"] or row["source"] != POLICY:
        return row["source"]
    on = facts.decided_on or facts.told_on or facts.served[0]
    policy = terms.policy(facts.payer_id, facts.claim_type, on)
    return policy.source if policy and policy.source else POLICY


def _near(row: Row, starts_on: date, due_on: date) -> date:
    if row["unit"] == "business":
        day = due_on
        for _ in range(int(row["near_days"] or 0)):
            day = workdays.on_or_before(day - timedelta(days=1))
        return day
    if row["near_days"]:
        return due_on - timedelta(days=int(row["near_days"]))
    run = (due_on - starts_on).days
    return starts_on + timedelta(days=run * int(row["near_percent"]) // 100)


def _of_last_day(last: date, due_on: date, moved: bool) -> str:
    """Return what the last day has to do with weekends and holidays, in words."""
    if workdays.is_workday(last):
        return ""
    name = workdays.holiday(last) or f"{last:%A}"
    if moved:
        return f" {last:%-d %B %Y} is no workday ({name}): the next one counts, {due_on:%-d %B %Y}."
    before = workdays.on_or_before(last)
    return f" It is no workday ({name}): {before:%-d %B %Y} is the last one before."


@cache
def _table() -> tuple[dict[str, str], ...]:
    return data.rows("clocks.csv")


NO_TERMS = Terms({}, {}, lambda *_: "")
"""No payer is known: the house's own clocks run."""
