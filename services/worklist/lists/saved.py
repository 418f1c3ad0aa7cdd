"""Views people keep: a name for the part of the URL after the question mark.

A shared view is seen by everybody of the same role and team, changed and taken away only by who
made it. The first view is what the list shows when nothing is asked for.
"""

import secrets
import uuid
from urllib.parse import parse_qsl

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import IntegrityError

from services.worklist.item.moves import Refused
from services.worklist.item.scope import Person, team
from services.worklist.lists import filters, labels

LONGEST_NAME, MOST, MOST_SHOWN = 40, 40, 80
_SEEN = "(s.owner = :name or (s.shared and s.role = :role and s.team = :team))"


def visible(conn: Connection, person: Person) -> list[Row[tuple[str, str, str, bool, str, bool]]]:
    """Return the views a person may use, at most `MOST_SHOWN`; own ones first.

    Each says whether it is the person's first.
    """
    return list(conn.execute(
        text(
            "select cast(s.view_id as text) as view_id, s.name, s.owner, s.shared, s.query,"  # noqa: S608 - clauses are our own
            " f.view_id is not null as first, s.owner = :name as own from saved_view s"
            " left join first_view f on f.view_id = s.view_id and f.name = :name"
            f" where {_SEEN} order by s.owner <> :name, lower(s.name) limit :most"
        ),
        {**_who(person), "most": MOST_SHOWN},
    ))


def first(conn: Connection, person: Person) -> str:
    """Return the query of a person's first view; empty for none."""
    return conn.execute(
        text(
            "select s.query from first_view f join saved_view s on s.view_id = f.view_id"  # noqa: S608 - clauses are our own
            f" where f.name = :name and {_SEEN}"
        ),
        _who(person),
    ).scalar_one_or_none() or ""


def keep(conn: Connection, person: Person, name: str, query: str, *, shared: bool) -> str:
    """Keep a view; return its id.

    Raises:
        Refused: the name is empty, used or none for all to see, or there are too many.
    """
    held = conn.execute(
        text("select count(*) from saved_view where owner = :name"), _who(person)
    ).scalar_one()
    if held >= MOST:
        raise Refused(f"You keep {MOST} views: take one away first.")
    canonical = filters.encode(filters.parse(parse_qsl(query)))
    view_id = str(uuid.UUID(bytes=secrets.token_bytes(16)))
    try:
        with conn.begin_nested():
            conn.execute(
                text(
                    "insert into saved_view (view_id, owner, role, team, shared, name, query)"
                    " values (cast(:id as uuid), :name, :role, :team, :shared, :called, :query)"
                ),
                {**_who(person), "id": view_id, "shared": shared, "called": _named(name),
                 "query": canonical},
            )
    except IntegrityError:
        raise Refused("You keep a view of that name already.") from None
    return view_id


def rename(conn: Connection, person: Person, view_id: str, name: str) -> None:
    """Give an own view another name.

    Raises:
        Refused: it is not there, or the name is empty, used or none for all to see.
    """
    try:
        with conn.begin_nested():
            done = conn.execute(
                text(
                    "update saved_view set name = :called"
                    " where view_id = cast(:id as uuid) and owner = :name"
                ),
                {**_who(person), "id": view_id, "called": _named(name)},
            )
    except IntegrityError:
        raise Refused("You keep a view of that name already.") from None
    _one(done.rowcount)


def share(conn: Connection, person: Person, view_id: str, *, shared: bool) -> None:
    """Let one's role and team see an own view, or no longer.

    Raises:
        Refused: it is not there.
    """
    done = conn.execute(
        text(
            "update saved_view set shared = :shared"
            " where view_id = cast(:id as uuid) and owner = :name"
        ),
        {**_who(person), "id": view_id, "shared": shared},
    )
    _one(done.rowcount)


def delete(conn: Connection, person: Person, view_id: str) -> None:
    """Take an own view away.

    Raises:
        Refused: it is not there.
    """
    done = conn.execute(
        text(
            "delete from saved_view where view_id = cast(:id as uuid) and owner = :name"
        ),
        {**_who(person), "id": view_id},
    )
    _one(done.rowcount)


def begin_with(conn: Connection, person: Person, view_id: str) -> None:
    """Make a view the person's first, or if it is, none.

    Raises:
        Refused: it is not there.
    """
    known = {row.view_id: row.first for row in visible(conn, person)}
    if view_id not in known:
        raise Refused("There is no such view.")
    conn.execute(text("delete from first_view where name = :name"), _who(person))
    if not known[view_id]:
        conn.execute(
            text("insert into first_view (name, view_id) values (:name, cast(:id as uuid))"),
            {**_who(person), "id": view_id},
        )


def _who(person: Person) -> dict[str, str]:
    return {"name": person.name, "role": person.role, "team": team(person)}


def _named(name: str) -> str:
    found = " ".join("".join(c for c in name if c.isprintable()).split())[:LONGEST_NAME]
    if not found:
        raise Refused("A view needs a name.")
    return labels.check(found)


def _one(rows: int) -> None:
    if rows != 1:
        raise Refused("There is no such view of yours.")
