"""Many rows in one statement: arrays in, `unnest` on the server.

    bulk.insert(conn, WORK_ITEM, [{"rework_id": ..., ...}, ...], conflict="nothing")

One round trip and one plan for a batch, whatever its size.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Table, text
from sqlalchemy.dialects.postgresql import JSONB, dialect

Row = Mapping[str, Any]
_DIALECT = dialect()  # type: ignore[no-untyped-call]


def insert(
    conn: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    conflict: str | None = None,
    returning: str = "",
) -> list[Any]:
    """Insert rows; all must have the same columns.

    Args:
        conn: A connection in a transaction.
        table: The table.
        rows: Column name -> value.
        conflict: None raises; ``nothing`` skips rows whose primary key is there; ``update``
            overwrites them.
        returning: Columns to return for the rows written, as SQL.

    Returns:
        The returned rows, empty without `returning`.
    """
    if not rows:
        return []
    names = tuple(rows[0])
    statement = _statement(table, names, conflict or "", returning)
    return _rows(conn.execute(text(statement), _arrays(table, names, rows)), returning)


def merge(
    conn: Connection, table: Table, rows: Sequence[Row], *, sets: str, where: str = ""
) -> None:
    """Insert rows, or change those whose primary key is there by SQL of the caller.

    Args:
        conn: A connection in a transaction.
        table: The table.
        rows: Column name -> value; one row a key, ordered by it.
        sets: What follows ``do update set``: columns of `table.name` and of ``excluded``.
        where: Only rows for which this holds are changed.
    """
    if not rows:
        return
    names = tuple(rows[0])
    keys = ", ".join(f'"{c.name}"' for c in table.primary_key.columns)
    statement = _statement(table, names, "", "") + f" on conflict ({keys}) do update set {sets}"
    statement += f" where {where}" if where else ""
    conn.execute(text(statement), _arrays(table, names, rows))


def update(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Update rows found by primary key; every row names its key and the columns to set."""
    if not rows:
        return
    names = tuple(rows[0])
    keys = [c.name for c in table.primary_key.columns]
    sets = ", ".join(f'"{n}" = new."{n}"' for n in names if n not in keys)
    where = " and ".join(f'old."{k}" = new."{k}"' for k in keys)
    statement = f"update {table.name} as old set {sets} from {_unnest(table, names)} where {where}"  # noqa: S608 - names come from our own tables
    conn.execute(text(statement), _arrays(table, names, rows))


@cache
def _statement(table: Table, names: tuple[str, ...], conflict: str, returning: str) -> str:
    columns = ", ".join(f'"{n}"' for n in names)
    statement = (
        f"insert into {table.name} ({columns}) select {columns} from {_unnest(table, names)}"  # noqa: S608 - names come from our own tables
    )
    keys = [c.name for c in table.primary_key.columns]
    if conflict == "nothing":
        statement += " on conflict do nothing"
    elif conflict == "update":
        sets = ", ".join(f'"{n}" = excluded."{n}"' for n in names if n not in keys)
        target = ", ".join(f'"{k}"' for k in keys)
        statement += f" on conflict ({target}) do update set {sets}"
    return statement + (f" returning {returning}" if returning else "")


def _unnest(table: Table, names: tuple[str, ...]) -> str:
    arrays = ", ".join(f"cast(:{n} as {_sql_type(table.c[n])}[])" for n in names)
    columns = ", ".join(f'"{n}"' for n in names)
    return f"unnest({arrays}) as new ({columns})"


def _sql_type(column: Column[Any]) -> str:
    return str(column.type.compile(_DIALECT))


def _arrays(table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> dict[str, list[Any]]:
    arrays = {name: [row[name] for row in rows] for name in names}
    for name in names:
        if isinstance(table.c[name].type, JSONB):
            arrays[name] = list(map(_json, arrays[name]))
    return arrays


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _rows(result: Any, returning: str) -> list[Any]:
    return list(result) if returning else []
