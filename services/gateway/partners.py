"""Trading partners: how each payer wants its files. One row of ``partners.csv`` for each.

The columns and their rules are in the README beside it. No secret is in the table: the key of an
SFTP account is a file in the folder the setting ``sftp_keys`` names.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from services.x12.segments import ALLOWED, Delimiters

CLAIM_TYPES = ("professional", "institutional")
MOST_CLAIMS = 5_000  # in a set, as the implementation guides recommend
LARGEST = 64_000_000
PACKAGED = Path(__file__).with_name("partners.csv")
UNFINISHED = (".part", ".tmp", ".filepart")
_USER = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_FOLDER = re.compile(r"/?[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_HOST = re.compile(r"[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}")
_CALLED = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .&'-]{0,59}")
_DAY = datetime(2026, 1, 2, tzinfo=UTC)


class InvalidPartners(Exception):  # noqa: N818 - an invalid file is data, not a bug
    """The partner file cannot be used; the message names file, line, column and rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """How a partner wants its claims of one type packed.

    Attributes:
        file_name: Template: ``{control:09d}`` is ISA13, ``{at:%m%d}`` when it was made.
        claims_per_file: At most so many claims in a file.
        claims_per_set: At most so many in a transaction set.
    """

    file_name: str
    claims_per_file: int
    claims_per_set: int

    def name(self, control: int, at: datetime) -> str:
        """Return the name of a file: never the same for two control numbers."""
        return self.file_name.format(control=control, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sftp:
    """An account at a partner's SFTP server.

    Attributes:
        host: Name or address.
        port: Of the server.
        user: The account.
        host_key: Fingerprint of the server's key, ``SHA256:...`` as ``ssh-keygen -l`` prints it.
        key: Name of the private key's file, in the folder of the setting ``sftp_keys``.
        to_folder: Where our files go.
        from_folder: Where answers lie.
        done_folder: Where answers are moved to once we hold them.
    """

    host: str
    port: int
    user: str
    host_key: str
    key: str
    to_folder: str
    from_folder: str
    done_folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One trading partner.

    Attributes:
        payer_id: The payer of the reference file; also the name of its exchange folder.
        sender_qualifier: ISA05.
        sender: ISA06, GS02, NM109 of loop 1000A.
        receiver_qualifier: ISA07.
        receiver: ISA08, GS03, NM109 of loop 1000B.
        receiver_name: NM103 of loop 1000B.
        usage: ISA15: T or P.
        delimiters: Of our files.
        batches: Claim type -> how it is packed; types that are not here are not taken.
        file_bytes: No file of ours is larger.
        ta1_days: Days until a TA1 is overdue; none where none is given.
        ack999_days: The same of a 999.
        status_days: The same of a 277CA.
        sftp: The account, where files do not travel by drop folder.
    """

    payer_id: str
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    receiver_name: str
    usage: str
    delimiters: Delimiters
    batches: Mapping[str, Batch]
    file_bytes: int
    ta1_days: int | None
    ack999_days: int | None
    status_days: int | None
    sftp: Sftp | None = None

    def takes(self, claim_type: str) -> bool:
        """Return whether claims of a type go to this partner."""
        return claim_type in self.batches


@cache
def load(path: Path = PACKAGED) -> Mapping[str, Partner]:
    """Return the partners by payer.

    Raises:
        InvalidPartners: the file is missing or a value breaks its rule.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, restkey="", restval=None)
            columns = reader.fieldnames or ()
            rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise InvalidPartners(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise InvalidPartners(f"{path}: cannot be read (no CSV in UTF-8)") from None
    for column in _RULES:
        if column not in columns:
            raise InvalidPartners(f"{path}, line 1, {column}: the column is missing")
    found: dict[str, Partner] = {}
    for line, row in rows:
        try:
            _alone(partner := _partner(row), found)
        except _Broken as broken:
            raise InvalidPartners(f"{path}, line {line}, {broken}") from None
        found[partner.payer_id] = partner
    return found


class _Broken(Exception):  # noqa: N818 - column and rule
    pass


def _partner(row: Mapping[str, str | None]) -> Partner:
    unknown = sorted(row.keys() - _RULES.keys())
    if unknown:
        raise _Broken(f"{unknown[0] or 'the end'}: there is no such column")
    told: dict[str, Any] = {}
    for column, (read, rule) in _RULES.items():
        value = row[column]
        try:
            if value is None:
                raise ValueError
            told[column] = read(value)
        except (ValueError, KeyError, IndexError, AttributeError):
            raise _Broken(f"{column}: {rule}") from None
    marks = [told[mark] for mark in _MARKS]
    for at, column in enumerate(_MARKS):
        if marks[at] in marks[:at]:
            raise _Broken(f"{column}: the four separators are four different characters")
    plain = {
        name: told[name]
        for name in Partner.__dataclass_fields__
        if name not in ("delimiters", "batches", "sftp")
    }
    return Partner(
        **plain, delimiters=Delimiters(*marks), batches=_batches(told), sftp=_sftp(told)
    )


def _alone(partner: Partner, others: Mapping[str, Partner]) -> None:
    if partner.payer_id in others:
        raise _Broken("payer_id: one row a payer")
    for other in others.values():
        if (partner.sender, partner.receiver) == (other.sender, other.receiver):
            raise _Broken("receiver: two partners with one address would share control numbers")


def _batches(told: Mapping[str, Any]) -> dict[str, Batch]:
    found = {}
    for claim_type in CLAIM_TYPES:
        columns = [f"{claim_type}_{what}" for what in ("name", "per_file", "per_set")]
        values = [told[column] for column in columns]
        if values[0]:
            for column, value in zip(columns, values, strict=True):
                if not value:
                    raise _Broken(f"{column}: needed for a claim type that is taken")
            found[claim_type] = Batch(
                file_name=values[0], claims_per_file=values[1], claims_per_set=values[2]
            )
        for column, value in zip(columns, values, strict=True):
            if value and not values[0]:
                raise _Broken(f"{column}: without a file name the type is not taken")
    if not found:
        raise _Broken("professional_name: a partner takes at least one claim type")
    return found


def _sftp(told: Mapping[str, Any]) -> Sftp | None:
    columns = tuple(Sftp.__dataclass_fields__)
    wanted = told["transport"] == "sftp"
    for column in columns:
        if wanted != bool(told[column]):
            rule = "needed with transport sftp" if wanted else "only with transport sftp"
            raise _Broken(f"{column}: {rule}")
    folders = [told[c] for c in ("to_folder", "from_folder", "done_folder")]
    if wanted and len({folder.strip("/") for folder in folders}) < len(folders):
        raise _Broken("done_folder: the three remote folders are three different ones")
    return Sftp(**{column: told[column] for column in columns}) if wanted else None


_Read = Callable[[str], Any]


def _like(pattern: re.Pattern[str]) -> _Read:
    def read(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(value)
        return value

    return read


def _one_of(*values: str) -> _Read:
    return _like(re.compile("|".join(map(re.escape, values))))


def _or_empty(read: _Read, empty: object = "") -> _Read:
    return lambda value: read(value) if value else empty


def _within(least: int, most: int) -> _Read:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise ValueError(value)
        return int(value)

    return read


def _template(value: str) -> str:
    names = [value.format(control=control, at=_DAY) for control in (1, 2, 999_999_999)]
    good = all(_NAME.fullmatch(name) and not name.endswith(UNFINISHED) for name in names)
    if not good or len(set(names)) < len(names):
        raise ValueError(value)
    return value


_MARKS = ("element", "component", "repetition", "segment")
_QUALIFIER = _like(re.compile(r"[A-Z0-9]{2}")), "two capital letters or digits"
_ADDRESS = _like(re.compile(r"[A-Z0-9]{1,15}")), "1 to 15 capital letters or digits"
_SEPARATOR = _one_of(*sorted(ALLOWED)), f"one of {''.join(sorted(ALLOWED))}"
_FILE = (
    _or_empty(_template),
    "letters, digits, dot, - and _ with {control:09d} in it, and with {at:%m%d} if wanted;"
    " no leading dot, no ending that means unfinished",
)
_CLAIMS = _or_empty(_within(1, MOST_CLAIMS), 0), f"1 to {MOST_CLAIMS}"
_DAYS = _or_empty(_within(1, 366), None), "1 to 366, or empty for never"
_REMOTE = _or_empty(_like(_FOLDER)), "a plain path, without .."

_RULES: Mapping[str, tuple[_Read, str]] = {
    "payer_id": (_like(re.compile(r"[A-Z0-9][A-Z0-9_]{0,29}")), "capital letters, digits and _"),
    "sender_qualifier": _QUALIFIER,
    "sender": _ADDRESS,
    "receiver_qualifier": _QUALIFIER,
    "receiver": _ADDRESS,
    "receiver_name": (_like(_CALLED), "1 to 60 letters, digits, blanks, . & ' -"),
    "usage": (_one_of("T", "P"), "T (test) or P (production)"),
    **dict.fromkeys(_MARKS, _SEPARATOR),
    "professional_name": _FILE,
    "professional_per_file": _CLAIMS,
    "professional_per_set": _CLAIMS,
    "institutional_name": _FILE,
    "institutional_per_file": _CLAIMS,
    "institutional_per_set": _CLAIMS,
    "file_bytes": (_within(100_000, LARGEST), f"100000 to {LARGEST}"),
    "ta1_days": _DAYS,
    "ack999_days": _DAYS,
    "status_days": _DAYS,
    "transport": (_one_of("folder", "sftp"), "folder or sftp"),
    "host": (_or_empty(_like(_HOST)), "a host name or an address"),
    "port": (_or_empty(_within(1, 65535), 0), "1 to 65535"),
    "user": (_or_empty(_like(_USER)), "1 to 64 letters, digits, . _ @ -"),
    "host_key": (_or_empty(_like(_HOST_KEY)), "SHA256: and 43 characters of base 64"),
    "key": (_or_empty(_like(_NAME)), "the name of a file in the folder sftp_keys, no path"),
    "to_folder": _REMOTE,
    "from_folder": _REMOTE,
    "done_folder": _REMOTE,
}
