"""Dates move on load, by whole days, so that demo data is recent; one shift for a whole home."""

from datetime import date, timedelta

from sqlalchemy import Connection, text

ONE_DAY = timedelta(days=1)


class OtherShift(Exception):  # noqa: N818 - what it is
    """This home moves dates by another number of days; ``args[0]`` says how many."""


def settle(conn: Connection, newest: date | None, as_of: date, *, keep: bool) -> timedelta:
    """Return the home's shift, choosing and storing it at the first load.

    Args:
        conn: In a transaction.
        newest: Last day of the newest encounter of the load.
        as_of: The newest encounter becomes the day before.
        keep: Dates must stay as they are.

    Raises:
        OtherShift: dates must stay, but this home moves them.
    """
    days = 0 if keep or newest is None else (as_of - ONE_DAY - newest).days
    conn.execute(
        text(
            "insert into intake_shift (one, days, as_of) values (1, :days, :as_of)"
            " on conflict do nothing"
        ),
        {"days": days, "as_of": as_of},
    )
    stored = int(conn.execute(text("select days from intake_shift")).scalar_one())
    if keep and stored != 0:
        raise OtherShift(stored)
    return timedelta(days=stored)
