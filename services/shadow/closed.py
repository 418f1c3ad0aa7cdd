"""A shadow home never sends: what makes sure of it in the database.

`services.local` starts no gateway, payer, assembly or validation in such a home, and the commands
of those refuse. The row of `shadow_home` closes the database as well, for whoever connects to it.
"""

from datetime import datetime

from sqlalchemy import Connection, text

from services.db import bulk
from services.db.tables.shadow import SHADOW_HOME

LIVE = ("intake", "gateway_claim", "interchange")


class NotAShadow(Exception):  # noqa: N818 - says what the database is
    """The database belongs to a live system; the message is one line."""


def close(conn: Connection, now: datetime) -> None:
    """Mark the database as a shadow's, for ever.

    Raises:
        NotAShadow: a live system has worked in it.
    """
    if is_closed(conn):
        return
    for table in LIVE:
        if conn.execute(text(f"select exists (select from {table})")).scalar_one():  # noqa: S608
            raise NotAShadow(
                f"this database is a live system's (it has rows in {table}): make another home"
                " with `claimloop shadow init`"
            )
    bulk.insert(conn, SHADOW_HOME, [{"one": 1, "since": now}], conflict="nothing")


def is_closed(conn: Connection) -> bool:
    """Say whether a database is a shadow's."""
    return bool(conn.execute(text("select exists (select from shadow_home)")).scalar_one())
