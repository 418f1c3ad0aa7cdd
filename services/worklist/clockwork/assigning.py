"""Who works what, in the database: people with skills, limits and absences; what each has open.

The choice is `services.claims.assign`; here are the people it chooses from, and the command line's
words about them. Nothing is taken from somebody who has it in hand (a lease that lasts).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from services.claims import assign
from services.claims.assign import Colleague, Job
from services.db import bulk
from services.db.tables.clocks import ABSENCE, USER_PROFILE

TEAM_OF = {"coder": "CODING", "biller": "BILLING"}
"""Role -> its team; a specialist's is on the account."""
_PEOPLE = text("""
    select u.name, u.role, u.team, u.coder_id, u.facilities, coalesce(p.skills, '[]') as skills,
        coalesce(p.most_open, 0) as most,
        exists (select from absence a where a.name = u.name
                and :today between a.starts_on and a.ends_on) as absent
    from user_account u left join user_profile p on p.name = u.name
    where not u.disabled and u.role in ('coder', 'biller', 'specialist') order by u.name
""")
_LOAD = text("""
    select assigned_to, count(*) from work_item
    where status = 'open' and state in ('todo', 'waiting', 'handed_on') and assigned_to <> ''
    group by assigned_to
""")


class Team:
    """Everybody who can be given work on a day, and what they have; counts what it gives."""

    def __init__(self, people: Iterable[Colleague], load: Mapping[str, int]) -> None:
        """Take the people, and name -> open items."""
        self._people = tuple(people)
        self._load = Counter(load)

    def give(self, job: Job) -> str:
        """Return who gets an item; empty for the team's pool."""
        chosen = assign.choose(job, self._people, self._load)
        if chosen != job.has:
            self._load[job.has] -= 1
            self._load[chosen] += 1
        return chosen

    @property
    def away(self) -> list[str]:
        """Who is absent."""
        return [one.name for one in self._people if one.absent]


def team(conn: Connection, today: date) -> Team:
    """Return who works on a business day, with what they have open."""
    people = [
        Colleague(
            row.name, TEAM_OF.get(row.role, row.team), row.coder_id, frozenset(row.skills),
            row.most, row.absent, tuple(row.facilities),
        )
        for row in conn.execute(_PEOPLE, {"today": today})
    ]
    return Team(people, {row[0]: int(row[1]) for row in conn.execute(_LOAD)})


def release_absent(conn: Connection, today: date, real_now: datetime) -> int:
    """Let the timer look again at what people have who are away or gone; return how many items.

    What is in somebody's hands stays there until the lease ends.
    """
    return conn.execute(
        text(
            "update work_item w set timed_version = 0 from ("
            " select name from absence where :today between starts_on and ends_on"
            " union select name from user_account where disabled"
            ") as a where a.name = w.assigned_to and w.timed_version <> 0"
            " and w.status = 'open' and (w.state in ('todo', 'handed_on')"
            "  or (w.state = 'waiting' and w.waits_for <> 'payer'))"
            " and (w.taken_by = '' or w.lease_until is null or w.lease_until <= :now)"
        ),
        {"today": today, "now": real_now},
    ).rowcount


def note_absence(
    conn: Connection, name: str, starts_on: date, ends_on: date, by: str, at: datetime
) -> None:
    """Note that somebody is away from one day to another.

    Raises:
        LookupError: nobody has that name.
        ValueError: the last day is before the first.
    """
    _known(conn, name)
    if ends_on < starts_on:
        raise ValueError("the last day is before the first")
    bulk.insert(conn, ABSENCE, [{
        "name": name, "starts_on": starts_on, "ends_on": ends_on, "noted_by": by, "noted_at": at,
    }])


def absences(conn: Connection, today: date) -> list[Any]:
    """Return who is or will be away, the nearest first."""
    return list(conn.execute(
        text(
            "select name, starts_on, ends_on, noted_by from absence where ends_on >= :today"
            " order by starts_on, name"
        ),
        {"today": today},
    ))


def set_profile(conn: Connection, name: str, skills: Iterable[str], most: int) -> None:
    """Note what somebody knows and how much the person takes; all of it, replacing what was.

    Raises:
        LookupError: nobody has that name.
        ValueError: the limit is below 0.
    """
    _known(conn, name)
    if most < 0:
        raise ValueError("a limit is 0 (none) or more")
    row = {"name": name, "skills": sorted(set(skills)), "most_open": most}
    bulk.insert(conn, USER_PROFILE, [row], conflict="update")


def _known(conn: Connection, name: str) -> None:
    found = conn.execute(
        text("select 1 from user_account where name = :name"), {"name": name}
    ).first()
    if found is None:
        raise LookupError(f"nobody is called {name}")
