"""The coding file: who coded which account, when, and where each code came from.

    account,coder,coded_on,source[,code]

Without `code` a row speaks of the whole claim; with it, of that diagnosis or procedure alone.
`source` is coder, chargemaster, provider or suggestion. A column map (TOML) says what a host calls
its columns, how it writes dates and what its sources mean:

    account = "HAR"
    coder = "CODER_ID"
    coded_on = "FINAL_CODED"
    source = "ENTERED_BY"
    date_format = "%m/%d/%Y"
    delimiter = "|"
    [sources]
    "CDM" = "chargemaster"
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

SOURCES = ("coder", "chargemaster", "provider", "suggestion")
COLUMNS = ("account", "coder", "coded_on", "source", "code")
REQUIRED = COLUMNS[:3]
_CODER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,39}")
_CODE = re.compile(r"[A-Z0-9.]{3,8}")


class InvalidColumns(Exception):  # noqa: N818 - an invalid file is data, not a bug
    """The column map cannot be used; the message names file and rule."""


class NotACodingFile(Exception):  # noqa: N818 - says what it is
    """A file is no coding file under this column map."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the host calls its columns and values.

    Attributes:
        names: Our name -> the host's.
        sources: The host's source -> ours.
        date_format: As `datetime.strptime` takes it.
        delimiter: Between fields.
    """

    names: Mapping[str, str] = field(default_factory=lambda: {name: name for name in COLUMNS})
    sources: Mapping[str, str] = field(default_factory=dict)
    date_format: str = "%Y-%m-%d"
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Coding:
    """One row.

    Attributes:
        account: CLM01 of the host's claim.
        coder_id: Who coded it.
        coded_on: When.
        source: Where the code came from.
        code: The one it is about, without a dot; empty for the whole claim.
    """

    account: str
    coder_id: str
    coded_on: date
    source: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be taken: its line and the rule, never a value."""

    line: int
    rule: str


def columns(path: Path | None) -> Columns:
    """Return the column map of a file, or our own names.

    Raises:
        InvalidColumns: it cannot be read, or says what it must not.
    """
    if path is None:
        return Columns()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise InvalidColumns(f"{path}: cannot be read as TOML") from None
    sources = told.pop("sources", {})
    known = {*COLUMNS, "date_format", "delimiter"}
    wrong = sorted(set(told) - known) or sorted(set(sources.values()) - set(SOURCES))
    if wrong:
        raise InvalidColumns(f"{path}: {wrong[0]} is no column or source of ours")
    plain = Columns()
    return Columns(
        {name: told.get(name, name) for name in COLUMNS}, sources,
        told.get("date_format", plain.date_format), told.get("delimiter", plain.delimiter),
    )


def read(content: bytes, known: Columns) -> Iterator[Coding | Refused]:
    """Yield every row of a coding file, or why it is refused.

    Raises:
        NotACodingFile: it is not text, or a column is missing.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotACodingFile("is neither X12 nor text in UTF-8") from None
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=known.delimiter)
    try:
        header = rows.fieldnames or ()
    except csv.Error:
        header = ()
    missing = [known.names[name] for name in REQUIRED if known.names[name] not in header]
    if missing:
        raise NotACodingFile("is neither X12 nor a coding file with the columns of the map")
    try:
        for row in rows:
            yield _row(rows.line_num, row, known)
    except csv.Error:
        yield Refused(rows.line_num, "is no CSV from here on")


def _row(line: int, row: Mapping[str, str | None], known: Columns) -> Coding | Refused:
    told = {name: (row.get(known.names[name]) or "").strip() for name in COLUMNS}
    source = known.sources.get(told["source"], told["source"]) or SOURCES[0]
    code = told["code"].upper().replace(".", "")
    try:
        on = datetime.strptime(told["coded_on"], known.date_format).date()  # noqa: DTZ007 - a day
    except ValueError:
        return Refused(line, "coded_on is no date of the map's form")
    rules = (
        ("account is empty", bool(told["account"])),
        ("coder is no id of letters, digits, . _ @ -", bool(_CODER.fullmatch(told["coder"]))),
        ("source is not coder, chargemaster, provider or suggestion", source in SOURCES),
        ("code has not the shape of a code", not code or bool(_CODE.fullmatch(code))),
    )
    for rule, holds in rules:
        if not holds:
            return Refused(line, rule)
    return Coding(told["account"], told["coder"], on, source, code)
