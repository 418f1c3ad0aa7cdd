"""The code tables of a site: the source files in PostgreSQL, the tables made of them on disk."""

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from services.codes.library import library
from services.codes.library.kinds import KINDS
from services.codes.library.library import Library, Overdue, Version

LOCK_SPACE = 7307


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A version that was loaded.

    Attributes:
        version: Kind, first day and digest.
        source: Name of its file; ``packaged`` for what comes with the program.
        sha256: Of the file.
        rows: In the table.
        loaded_at: When, or nothing for what is packaged.
        in_force: Whether the kind's latest load for that first day.
    """

    version: Version
    source: str
    sha256: str
    rows: int
    loaded_at: datetime | None
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """A source file to be loaded.

    Attributes:
        kind: A key of `KINDS`.
        content: Its bytes.
        effective_on: From when it holds.
        name: Of the file.
    """

    kind: str
    content: bytes
    effective_on: date
    name: str

    @property
    def version(self) -> Version:
        """The version that it is."""
        return library.version_of(self.kind, self.effective_on, self.content)


def load(
    engine: Engine, kind: str, content: bytes, effective_on: date, source: str, now: datetime
) -> tuple[Version, int]:
    """Keep a source file as a version of a kind; return it and its rows, 0 if it was known.

    Raises:
        services.codes.library.layout.Malformed: the file breaks the kind's layout; nothing is kept.
    """
    file = File(kind, content, effective_on, source)
    with engine.begin() as conn:
        return file.version, keep(conn, file, now)


def keep(conn: Connection, file: File, now: datetime) -> int:
    """Keep a source file in the caller's transaction; return its rows, 0 if it was known.

    Raises:
        services.codes.library.layout.Malformed: the file breaks the kind's layout.
    """
    rows = library.count(file.kind, file.content)
    added = conn.execute(
        text(
            "insert into code_table (kind, effective_on, sha256, source, rows, content,"
            " loaded_at) values (:kind, :on, :sha, :source, :rows, :content, :now)"
            " on conflict do nothing returning loaded"
        ),
        {
            "kind": file.kind, "on": file.effective_on,
            "sha": hashlib.sha256(file.content).hexdigest(), "source": file.name, "rows": rows,
            "content": gzip.compress(file.content, mtime=0), "now": now,
        },
    ).one_or_none()
    return rows if added else 0


def lock(conn: Connection, kind: str) -> None:
    """Let one load of a kind wait for another, until the transaction ends."""
    conn.execute(
        text("select pg_advisory_xact_lock(:space, hashtext(:kind))"),
        {"space": LOCK_SPACE, "kind": kind},
    )


def loads(conn: Connection, kind: str) -> list[tuple[Version, datetime]]:
    """Return every load of a kind, in order, and when it was."""
    rows = conn.execute(
        text("select kind, effective_on, sha256, loaded_at from code_table where kind = :kind"
             " order by loaded"), {"kind": kind})
    return [(Version(row.kind, row.effective_on, row.sha256[:library.DIGEST]), row.loaded_at)
            for row in rows]


def loaded(engine: Engine) -> list[Loaded]:
    """Return what was loaded, by kind and first day, the latest load of a day marked in force."""
    with engine.connect() as conn:
        rows = conn.execute(text(
            "select kind, effective_on, sha256, source, rows, loaded_at, loaded = max(loaded)"
            " over (partition by kind, effective_on) as in_force from code_table"
            " order by kind, effective_on, loaded"
        ))
        return [_loaded(row) for row in rows]


def overdue(engine: Engine, today: date, *, packaged: bool = True) -> list[Overdue]:
    """Return the kinds of tables that are past their expected update.

    Args:
        engine: The database.
        today: The business day.
        packaged: Count the packaged tables too; false where they are there to show with.
    """
    versions = [one.version for one in loaded(engine) if one.in_force and one.version.kind in KINDS]
    if packaged:
        versions += [version for version, _ in library.seeds()]
    return library.overdue(versions, today)


def content(engine: Engine, version: Version) -> bytes:
    """Return the source file of a version.

    Raises:
        KeyError: no such version was loaded.
    """
    for known, packaged in library.seeds():
        if known == version:
            return packaged
    with engine.connect() as conn:
        found = conn.execute(
            text(
                "select content from code_table where kind = :kind and effective_on = :on"
                " and sha256 like :digest || '%'"
            ),
            {"kind": version.kind, "on": version.effective_on, "digest": version.digest},
        ).scalar_one_or_none()
    if found is None:
        raise KeyError(version.name)
    return gzip.decompress(bytes(found))


def at_hand(engine: Engine, folder: Path) -> Library:
    """Return the packaged and loaded tables, making on disk what is not there yet.

    A loaded table takes the place of a packaged one of the same kind and first day.
    """
    current = [one.version for one in loaded(engine) if one.in_force and one.version.kind in KINDS]
    for version in current:
        if not (folder / f"{version.name}.lmdb").exists():
            library.build(folder, version, content(engine, version))
    return library.open_with_seeds(folder, current)


@contextmanager
def as_if_loaded(
    engine: Engine, folder: Path, file: File, *, loads: bool = False
) -> Iterator[tuple[Library, Library]]:
    """Yield the tables at hand, and the same as if a file were loaded; nothing of it is kept.

    Args:
        engine: The database.
        folder: Where the tables are.
        file: The file.
        loads: Its load follows: its table stays on disk.

    Raises:
        services.codes.library.layout.Malformed: the file breaks the kind's layout.
    """
    version = file.version
    known = [one.version for one in loaded(engine) if one.in_force and one.version.kind in KINDS]
    made = folder / f"{version.name}.lmdb"
    there = made.exists()
    before = at_hand(engine, folder)
    library.build(folder, version, file.content)
    try:
        yield before, library.open_with_seeds(folder, [*known, version])
    finally:
        if not there and not loads:
            made.unlink()


def _loaded(row: Any) -> Loaded:
    version = Version(row.kind, row.effective_on, row.sha256[:library.DIGEST])
    return Loaded(
        version=version, source=row.source, sha256=row.sha256, rows=row.rows,
        loaded_at=row.loaded_at, in_force=row.in_force,
    )
