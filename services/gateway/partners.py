"""Trading partners: how each payer wants its files. One row of ``partners.csv`` for each.

Columns: the payer; ISA05 to ISA08 (also GS02, GS03 and NM109 of loops 1000A and 1000B); ISA15; how
many claims a file and a set take; the template of the file name; within how many days TA1, 999 and
277CA are expected (empty: not at all).
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MOST_CLAIMS = 5_000  # in a set, as the implementation guide recommends
_ID = re.compile(r"[A-Z0-9]{1,15}")
PACKAGED = Path(__file__).with_name("partners.csv")


class InvalidPartners(Exception):  # noqa: N818 - an invalid file is data, not a bug
    """The partner file cannot be used; the message names file, line and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One trading partner."""

    payer_id: str
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    receiver_name: str
    usage: str
    claims_per_file: int
    claims_per_set: int
    file_name: str
    ta1_days: int | None
    ack999_days: int | None
    status_days: int | None


@cache
def load(path: Path = PACKAGED) -> Mapping[str, Partner]:
    """Return the partners by payer.

    Raises:
        InvalidPartners: the file is missing or a value breaks its rule.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise InvalidPartners(f"{path}: cannot be read ({error.strerror})") from None
    return {row["payer_id"]: _partner(path, line, row) for line, row in enumerate(rows, 2)}


def _partner(path: Path, line: int, row: Mapping[str, str]) -> Partner:
    column = ""
    try:
        content: dict[str, object] = {}
        for column, value in row.items():
            content[column] = _READ.get(column, str)(value)
        partner = Partner(**content)  # type: ignore[arg-type]
        column = "file_name"
        if not partner.file_name.format(control=1) or "/" in partner.file_name:
            raise ValueError
    except (ValueError, TypeError, KeyError, IndexError):
        raise InvalidPartners(f"{path}, line {line}, {column}: cannot be used") from None
    return partner


def _usage(value: str) -> str:
    if value not in ("T", "P"):
        raise ValueError(value)
    return value


def _sender(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(value)
    return value


def _qualifier(value: str) -> str:
    if len(value) != 2 or not value.isalnum():
        raise ValueError(value)
    return value


def _claims(value: str) -> int:
    if not 1 <= int(value) <= MOST_CLAIMS:
        raise ValueError(value)
    return int(value)


def _days(value: str) -> int | None:
    return int(value) if value else None


_READ: dict[str, Callable[[str], object]] = {
    "usage": _usage, "sender_qualifier": _qualifier, "sender": _sender,
    "receiver_qualifier": _qualifier, "receiver": _sender, "claims_per_file": _claims,
    "claims_per_set": _claims, "ta1_days": _days, "ack999_days": _days, "status_days": _days,
}
