"""The packaged tables of the code sets, and the scripts that wrote them; read once."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a table, in its order."""
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


@cache
def words(name: str) -> Mapping[str, str]:
    """Return code -> our own words of a table."""
    return {row["code"]: row["words"] for row in rows(name)}
