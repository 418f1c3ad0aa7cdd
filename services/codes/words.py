"""Reads the packaged tables of code and words."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("data")


@cache
def table(name: str) -> Mapping[str, str]:
    """Return code -> our own words of ``data/<name>.csv``."""
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return {row["code"]: row["words"] for row in csv.DictReader(file)}
