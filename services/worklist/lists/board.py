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
        overturned: Of the resolved: the payer paid more after a correction or an appeal, or says
            that the appeal is won.
        recovered_cents: What payers paid on corrected claims and after appeals beyond what they
            had paid when the denial came.
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


_OUTCOMES = """
    with denied as (
        select w.payer_id, w.at_stake_cents, w.decision, w.control_number, w.opened_at,
            a.at as settled_at, coalesce(a.decisions, 0) as decisions,
            coalesce(a.paid_cents, 0) as paid_after,
            (w.state = 'decided' or w.status = 'closed' or coalesce(a.decisions, 0) > 0) as done
        from work_item w left join answer a on a.rework_id = w.rework_id
        where w.kind in ('denial', 'manual_denial') and {where}
    ), told as (
        select d.*, greatest(0, case when d.decisions > 0 then d.paid_after
            else coalesce(last.paid, 0) end - coalesce(first.paid, 0)) as recovered
        from denied d
        left join lateral (
            {paid} and c.decided_on <= (d.opened_at at time zone 'utc')::date {latest}
        ) first on true
        left join lateral ({paid} {latest}) last on true
    )
    select coalesce(payer_id, '') as name, count(*) as opened,
        count(*) filter (where done) as resolved,
        count(*) filter (where done and (recovered > 0
            or decision in ('appeal_won', 'appeal_overturned'))) as overturned,
        coalesce(sum(recovered) filter (where done), 0) as recovered,
        coalesce(sum(at_stake_cents) filter (where decision like 'write_off%'), 0) as off,
        percentile_cont(0.5) within group
            (order by extract(epoch from settled_at - opened_at) / 86400)
            filter (where done and settled_at is not null) as days
    from told group by grouping sets ((), (payer_id))
    order by grouping(payer_id) desc, opened desc, name
"""
_PAID = (
    "select (select sum(l.paid_cents) from code_decided l"
    " where l.event_id = c.event_id and l.kind = 'code') as paid"
    " from code_decided c where c.control_number = d.control_number and c.position = 0"
    " and not c.reversal"
)
"""What a decision on the denied claim paid: of the one that denied it, and of the last."""
_LATEST = "order by c.decided_on desc, c.ordinal desc limit 1"


def outcomes(conn: Connection, person: Person) -> list[Outcome]:
    """Return what came of denials: of all first, then by payer, the most denied first.

    What was paid on a claim before it came back is not recovered by its being paid again.
    """
    where, given = _here(person)
    rows = conn.execute(
        text(_OUTCOMES.format(where=where, paid=_PAID, latest=_LATEST)), given
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
