"""Dated rows: a row holds from its first day to its last, both included."""

from collections.abc import Mapping
from datetime import date

ALWAYS = date.min
FOREVER = date.max


def span(row: Mapping[str, str]) -> tuple[date, date]:
    """Return the days on which a row holds; an empty end is open.

    >>> span({"starts_on": "2024-10-01", "ends_on": ""})[0]
    datetime.date(2024, 10, 1)
    """
    starts, ends = row["starts_on"], row["ends_on"]
    return (
        date.fromisoformat(starts) if starts else ALWAYS,
        date.fromisoformat(ends) if ends else FOREVER,
    )
