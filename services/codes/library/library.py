"""The tables at hand: which version of a kind holds on a day, and what it says of a key.

A table in force on a day is the one with the latest first day up to it. Where a kind has no table,
or none that old, the answer is none: `no_data`, which is never the same as "not in the table".
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from services.codes.library import store
from services.codes.library.kinds import KINDS
from services.codes.library.layout import Malformed, Row

SEEDS = Path(__file__).parents[1] / "data" / "seeds"
DIGEST = 12
DAYS = 32768
"""Kinds and days whose version is remembered: every claim asks for a dozen kinds."""


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """One version of one kind of table; its name is ``kind@first day@digest``.

    Attributes:
        kind: A key of `KINDS`.
        effective_on: From when it holds.
        digest: First digits of its source file's SHA-256.
    """

    kind: str
    effective_on: date
    digest: str

    @property
    def name(self) -> str:
        """Its name, which is also that of its file."""
        return f"{self.kind}@{self.effective_on.isoformat()}@{self.digest}"

    @staticmethod
    def named(name: str) -> "Version":
        """Return the version with a name.

        >>> Version.named("hcpcs@2026-01-01@0123456789ab").kind
        'hcpcs'
        """
        kind, first, digest = name.split("@")
        return Version(kind, date.fromisoformat(first), digest)


def version_of(kind: str, effective_on: date, content: bytes) -> Version:
    """Return the version that a source file is."""
    return Version(kind, effective_on, hashlib.sha256(content).hexdigest()[:DIGEST])


def parse(kind: str, content: bytes) -> list[Row]:
    """Return the rows of a source file.

    Raises:
        Malformed: the file breaks its kind's layout, or holds no row.
    """
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    rows = list(KINDS[kind].parse(lines))
    if not rows:
        raise Malformed(len(lines), "file", "holds no row")
    return rows


def count(kind: str, content: bytes) -> int:
    """Return how many rows a source file holds.

    Raises:
        Malformed: the file breaks its kind's layout, or holds no row.
    """
    return len(parse(kind, content))


def build(folder: Path, version: Version, content: bytes) -> int:
    """Make a version's table from its source file; return its rows. Nothing, if it is there.

    Raises:
        Malformed: the file breaks its kind's layout, or holds no row.
    """
    path = folder / f"{version.name}.lmdb"
    if path.exists():
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    return store.write(path, parse(version.kind, content))


def diff(old: Iterable[Row], new: Iterable[Row]) -> tuple[list[str], list[str], list[str]]:
    """Return the keys that came, went and changed between two versions, sorted."""
    before, after = _by_key(old), _by_key(new)
    came, went = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    return came, went, sorted(k for k in before.keys() & after.keys() if before[k] != after[k])


def _by_key(rows: Iterable[Row]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for key, values in rows:
        found.setdefault(key, []).append(values)
    return found


class Library:
    """Tables by kind and day.

    Attributes:
        versions: In the order of kind and first day.
        edition: What is at hand as one short name: equal for equal tables.
    """

    def __init__(self, folder: Path, versions: Iterable[Version]) -> None:
        """Map the tables of some versions; a missing file is a missing table."""
        self._folder = folder
        self.versions = tuple(sorted(v for v in versions if self._path(v).exists()))
        self._by_kind: dict[str, tuple[Version, ...]] = {
            kind: tuple(v for v in self.versions if v.kind == kind) for kind in KINDS
        }
        names = "\n".join(version.name for version in self.versions)
        self.edition = hashlib.sha256(names.encode()).hexdigest()[:DIGEST]
        self.in_force = lru_cache(maxsize=DAYS)(self._in_force)
        """(kind, day) -> the version of a kind that holds on a day, if any."""
        self.table = lru_cache(maxsize=DAYS)(self._table)
        """(kind, day) -> its table; none when there is no data."""

    def _path(self, version: Version) -> Path:
        return self._folder / f"{version.name}.lmdb"

    def _in_force(self, kind: str, on: date) -> Version | None:
        known = self._by_kind.get(kind, ())
        at = bisect_right(known, on, key=lambda version: version.effective_on)
        return known[at - 1] if at else None

    def _table(self, kind: str, on: date) -> store.Table | None:
        version = self.in_force(kind, on)
        if version is None:
            return None
        return store.opened(self._path(version))

    def rows(self, kind: str, key: str, on: date) -> list[list[Any]] | None:
        """Return what holds of a key on a day: no row when it is not listed, none when no data.

        A table's own row dates are the caller's to compare.
        """
        table = self.table(kind, on)
        return None if table is None else table.rows(key)

    def pairs(self, kind: str, code: str, on: date) -> dict[str, list[list[Any]]]:
        """Return what holds on a day of each key that begins with a code and ``|``."""
        table = self.table(kind, on)
        if table is None:
            return {}
        start = f"{code}|"
        keys = takewhile(lambda key: key.startswith(start), table.keys(start))
        return {key: table.rows(key) for key in keys}


NOTHING = Library(Path(), ())
"""No table at all: every edit that needs one says `no_data`."""


def seeds() -> Iterator[tuple[Version, bytes]]:
    """Yield the packaged tables: files named ``kind@first day.csv`` (or .txt)."""
    for path in sorted(SEEDS.glob("*@*.*")):
        kind, first = path.stem.split("@")
        content = path.read_bytes()
        yield version_of(kind, date.fromisoformat(first), content), content


def open_with_seeds(folder: Path, loaded: Iterable[Version] = ()) -> Library:
    """Return the packaged tables and those loaded, making what is not made yet."""
    known = {(version.kind, version.effective_on): version for version in loaded}
    for version, content in seeds():
        if (version.kind, version.effective_on) not in known:
            build(folder, version, content)
            known[version.kind, version.effective_on] = version
    return Library(folder, known.values())


@dataclass(frozen=True, slots=True)
class Overdue:
    """A kind whose latest table is past its expected successor.

    Attributes:
        kind: A key of `KINDS`.
        effective_on: First day of the latest table.
        days: Since the successor was expected, the days of grace not counted.
    """

    kind: str
    effective_on: date
    days: int


def overdue(versions: Iterable[Version], today: date) -> list[Overdue]:
    """Return the kinds whose latest table is past its date, the longest first.

    >>> april = Version("icd10cm", date(2026, 4, 1), "")
    >>> overdue([april], date(2026, 11, 10))
    [Overdue(kind='icd10cm', effective_on=datetime.date(2026, 4, 1), days=10)]
    """
    latest: dict[str, date] = {}
    for one in versions:
        latest[one.kind] = max(one.effective_on, latest.get(one.kind, one.effective_on))
    found = []
    for kind, first in latest.items():
        due = KINDS[kind].expected_after(first)
        if due is not None and today > due:
            found.append(Overdue(kind, first, (today - due).days))
    return sorted(found, key=lambda one: (-one.days, one.kind))


@cache
def holds(starts: str, ends: str, on: date) -> bool:
    """Say whether a row holds on a day; both ends are included, an empty one is open.

    >>> holds("2020-01-01", "", date(2026, 1, 1)), holds("", "2019-12-31", date(2026, 1, 1))
    (True, False)
    """
    day = on.isoformat()
    return (not starts or starts <= day) and (not ends or day <= ends)
