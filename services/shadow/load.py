"""One import: every file of the paths, in any order, then everything that is complete is told."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from services.claims.terms import Terms
from services.phi.keys import SiteKey
from services.shadow import closed, read, settle, store, told
from services.shadow.codingfile import Columns
from services.shadow.payers import Payers
from services.shadow.read import Facts, Refused


@dataclass(slots=True)
class Summary:
    """What an import did.

    Attributes:
        files: taken, quarantined, known -> files.
        kinds: Kind -> files taken.
        quarantined: (name, reason) of the files that were not taken.
        documents: Claims, answers and rows in the files taken.
        refused: Claims and rows in the files taken that cannot be represented.
        claims: told, refused, or what claims wait for -> how many in this import.
        answers: told or waiting -> how many.
        waiting: ``kind: what it waits for`` -> how many wait in all.
    """

    files: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    quarantined: list[tuple[str, str]] = field(default_factory=list)
    documents: int = 0
    refused: int = 0
    claims: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    waiting: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Importer:
    """What an import needs beside its paths."""

    engine: Engine
    site: SiteKey
    payers: Payers
    terms: Terms
    now: Callable[[], datetime]
    columns: Columns = field(default_factory=Columns)

    def run(self, paths: Sequence[Path], *, final: bool = False) -> Summary:
        """Take the files of some paths and tell what is complete.

        Raises:
            services.shadow.closed.NotAShadow: the database is a live system's.
        """
        summary = Summary()
        with self.engine.begin() as conn:
            closed.close(conn, self.now())
        for path in _files(paths):
            self._file(path, summary)
        with self.engine.begin() as conn:
            _lock(conn)
            desk = settle.Desk(self.site, self.payers, self.terms, self.now())
            summary.claims = settle.claims(conn, desk, final=final)
            summary.answers = told.answers(conn, desk, final=final)
            summary.waiting = dict(settle.waiting_counts(conn))
        return summary

    def _file(self, path: Path, summary: Summary) -> None:
        try:
            sha256, size = read.digest(path), path.stat().st_size
            with self.engine.begin() as conn:
                _lock(conn)
                if store.taken(conn, sha256):
                    summary.files["known"] += 1
                    return
            facts = read.read(path, self.columns)
            self._take(path.name, sha256, size, facts, summary)
        except OSError as error:
            self._refuse(path, summary, f"cannot be read ({error.strerror or error.errno})")
        except Refused as why:
            self._refuse(path, summary, str(why))
        except (DataError, IntegrityError):
            self._refuse(path, summary, "refused by the database")
        except SQLAlchemyError:
            raise  # the database is away: nothing is known of the file
        except Exception as bug:  # noqa: BLE001 - one file must not keep the others out
            self._refuse(path, summary, f"bug: {type(bug).__name__}")

    def _take(
        self, name: str, sha256: bytes, size: int, facts: Facts, summary: Summary
    ) -> None:
        with self.engine.begin() as conn:
            _lock(conn)
            refused = store.add(conn, store.Desk(self.site, self.payers), sha256, facts)
            store.add_file(
                conn,
                store.file_row(
                    sha256, name, size, self.now(), kind=facts.kind,
                    documents=facts.documents, refused=refused,
                ),
            )
        summary.files["taken"] += 1
        summary.kinds[facts.kind] += 1
        summary.documents += facts.documents
        summary.refused += refused

    def _refuse(self, path: Path, summary: Summary, reason: str) -> None:
        """Keep a file that was not taken, sealed, with the reason."""
        summary.files["quarantined"] += 1
        summary.quarantined.append((path.name, reason))
        try:
            size = path.stat().st_size
            content = path.read_bytes() if size <= store.MOST_KEPT else None
            sha256 = read.digest(path)
        except OSError:
            return
        about = sha256.hex()
        kept = store.seal(self.site, content, about) if content is not None else None
        with self.engine.begin() as conn:
            row = store.file_row(
                sha256, path.name, size, self.now(), reason=reason, content=kept
            )
            store.add_file(conn, row)


def _lock(conn: Connection) -> None:
    """Let one import at a time write."""
    conn.execute(text("select pg_advisory_xact_lock(hashtext('shadow'))"))


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files of some paths, folders below them included, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                found for found in path.rglob("*")
                if found.is_file()
                and not any(part.startswith(".") for part in found.relative_to(path).parts)
            )
        else:
            yield path
