"""The team board: how much is open and how old, who has what, what came of it.

Every figure says what it counts. Ages are business days since an item was opened; open is what is
neither decided nor settled by the payer.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from services.worklist.item.scope import EVERYWHERE, Person

BANDS = ((0, 7), (8, 30), (31, 60), (61, None))
"""Days of age: first and last of each band."""
_AGE = "(:today - (w.opened_at at time zone 'utc')::date)"
_OPEN = "w.status = 'open' and w.state in ('todo', 'waiting', 'handed_on')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What somebody, or a team, has open.

    Attributes:
        name: A team or a person; empty for nobody's.
        bands: Items by age band.
        count: Items.
        cents: At stake, in charges.
        late: Past their nearest deadline.
        waiting: For a query, a payer, a second person.
    """

    name: str
    bands: tuple[int, ...]
    count: int
    cents: int
    late: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of the denials of a payer, or of all.

    Attributes:
        name: The payer; empty for all.
        opened: Denials that became items.
        resolved: Of them: paid after rework, decided, or settled by the payer.
        overturned: Of the resolved: the payer paid after a correction or an appeal.
        recovered_cents: Paid by payers on corrected claims and won appeals.
        written_off_cents: Charges of items closed by a write-off.
        median_days: From the denial to its resolution; none without any.
    """

    name: str
    opened: int
    resolved: int
    overturned: int
    recovered_cents: int
    written_off_cents: int
    median_days: float | None


def teams(conn: Connection, person: Person, today: date) -> list[Load]:
    """Return what each team has open, the most first."""
    return _loads(conn, person, today, "w.place")


def people(conn: Connection, person: Person, today: date) -> list[Load]:
    """Return what each person has: taken, else assigned; the most first."""
    return _loads(
        conn, person, today, "coalesce(nullif(w.taken_by, ''), w.assigned_to)", "where name <> ''"
    )


def outcomes(conn: Connection, person: Person) -> list[Outcome]:
    """Return what came of denials: of all first, then by payer, the most denied first."""
    where, given = _here(person)
    rows = conn.execute(
        text(
            "with told as (select w.payer_id, w.at_stake_cents, w.decision, w.status,"  # noqa: S608 - clauses are our own
            " coalesce(a.paid_cents, 0) as paid,"
            " w.opened_at, a.at as settled_at,"
            " (coalesce(a.decisions, 0) > 0 and coalesce(a.paid_cents, 0) > 0"
            "   or w.decision in ('appeal_won', 'appeal_overturned')) as won,"
            " (w.state = 'decided' or w.status = 'closed'"
            "   or coalesce(a.decisions, 0) > 0) as done"
            " from work_item w left join answer a on a.rework_id = w.rework_id"
            f" where w.kind in ('denial', 'manual_denial') and {where})"
            " select coalesce(payer_id, '') as name, count(*) as opened,"
            " count(*) filter (where done) as resolved,"
            " count(*) filter (where done and won) as overturned,"
            " coalesce(sum(paid) filter (where won), 0) as recovered,"
            " coalesce(sum(at_stake_cents) filter (where decision like 'write_off%'), 0) as off,"
            " percentile_cont(0.5) within group"
            " (order by extract(epoch from settled_at - opened_at) / 86400)"
            " filter (where done and settled_at is not null) as days"
            " from told group by grouping sets ((), (payer_id))"
            " order by grouping(payer_id) desc, opened desc, name"
        ),
        given,
    )
    return [
        Outcome(
            name=row.name, opened=row.opened, resolved=row.resolved, overturned=row.overturned,
            recovered_cents=int(row.recovered), written_off_cents=int(row.off),
            median_days=None if row.days is None else float(row.days),
        )
        for row in rows
    ]


def _loads(
    conn: Connection, person: Person, today: date, whose: str, having: str = ""
) -> list[Load]:
    where, given = _here(person)
    bands = ", ".join(
        f"count(*) filter (where age >= {first}"
        + (f" and age <= {last}" if last is not None else "") + f") as b{n}"
        for n, (first, last) in enumerate(BANDS)
    )
    rows = conn.execute(
        text(
            f"with open as (select {whose} as name, {_AGE} as age, w.at_stake_cents, w.due_on,"  # noqa: S608 - clauses are our own
            f" w.state from work_item w where {_OPEN} and {where})"
            f" select name, {bands}, count(*) as n, coalesce(sum(at_stake_cents), 0) as cents,"
            " count(*) filter (where due_on < :today) as late,"
            " count(*) filter (where state = 'waiting') as waiting"
            f" from open {having} group by name order by n desc, name"
        ),
        {"today": today, **given},
    )
    return [_load(row) for row in rows]


def _load(row: Any) -> Load:
    found = row._mapping
    return Load(
        name=row.name, bands=tuple(int(found[f"b{n}"]) for n in range(len(BANDS))), count=row.n,
        cents=int(row.cents), late=row.late, waiting=row.waiting,
    )


def _here(person: Person) -> tuple[str, dict[str, Any]]:
    if EVERYWHERE in person.facilities:
        return "true", {}
    return "w.facility_id = any(:facilities)", {"facilities": list(person.facilities)}
