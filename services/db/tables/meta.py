"""The metadata all tables stand on, with names for constraints so that migrations can find them."""

from collections.abc import Iterable

from sqlalchemy import MetaData

META = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the condition that a column has one of some values.

    >>> one_of("state", ("sent", "held"))
    "state in ('sent', 'held')"
    """
    return f"{column} in ({', '.join(repr(value) for value in values)})"
