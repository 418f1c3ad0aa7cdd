"""The one way to reach PostgreSQL."""

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url


def connect(url: str, *, pool: int = 4, name: str = "claimloop") -> Engine:
    """Return an engine for a PostgreSQL address.

    Parameters never appear in exceptions (`hide_parameters`): they hold protected values.
    """
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool,
        max_overflow=4,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"application_name": name, "connect_timeout": 10},
    )
