"""The drop folders: complete files in, answers out, each by one rename.

    <exchange>/<payer>/to_payer/NAME        -> <home>/payer/<payer>/received/N-NAME
    <exchange>/<payer>/from_payer/.NAME.part -> <exchange>/<payer>/from_payer/NAME

A dot-file or part is never read; what is renamed is complete and on disk.
"""

import fcntl
import hashlib
import os
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from services.payer.journal import Journal


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of all payers."""

    exchange: Path
    home: Path

    def prepare(self, payer_ids: Iterable[str]) -> None:
        """Create what is missing."""
        for payer_id in payer_ids:
            for folder in (
                self.exchange / payer_id / "to_payer",
                self.exchange / payer_id / "from_payer",
                self.received(payer_id),
            ):
                folder.mkdir(parents=True, exist_ok=True)

    def lock(self) -> TextIO:
        """Take the payer's folder for this process; it is free again when the process ends.

        Raises:
            BlockingIOError: another payer works here: two would both answer.
        """
        (self.home / "payer").mkdir(parents=True, exist_ok=True)
        handle = (self.home / "payer" / "lock").open("w")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return handle

    def received(self, payer_id: str) -> Path:
        """Return where a payer keeps what it received."""
        return self.home / "payer" / payer_id / "received"

    def waiting(self, payer_id: str) -> list[Path]:
        """Return the complete files in a drop folder, by name: no dot-files, no parts."""
        with os.scandir(self.exchange / payer_id / "to_payer") as entries:
            names = [
                entry.name
                for entry in entries
                if not entry.name.startswith(".")
                and not entry.name.endswith((".part", ".tmp"))
                and entry.is_file(follow_symlinks=False)
            ]
        return [self.exchange / payer_id / "to_payer" / name for name in sorted(names)]

    def keep(self, path: Path, payer_id: str, stored_as: str) -> None:
        """Move a journaled file out of the drop folder."""
        target = self.received(payer_id) / stored_as
        path.rename(target)
        sync(target.parent)
        sync(path.parent)

    def pending_move(self, journal: Journal, payer_id: str, path: Path, content: bytes) -> str:
        """Return where a file that is in the journal already still has to go; empty if new.

        It was journaled and the process died before the move: then nothing lies at its place yet.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        for row in journal.rows(
            "select stored_as from file where payer_id = ? and file_name = ? and sha256 = ?",
            payer_id,
            path.name,
            sha256,
        ):
            if not (self.received(payer_id) / row["stored_as"]).exists():
                return str(row["stored_as"])
        return ""

    def send(
        self,
        journal: Journal,
        now: str,
        recovering: bool = False,
        closed: Container[str] = (),
    ) -> int:
        """Deliver every answer that is due, but of payers that are closed; return how many.

        The part is fsynced before `spooled` is committed, so afterwards: part there = not yet
        delivered, rename it; part gone = delivered (and perhaps already taken away).
        """
        if recovering:
            for row in journal.rows("select * from answer where state = 'spooled'"):
                if self._part(row["payer_id"], row["name"]).exists():
                    self._deliver(row["payer_id"], row["name"])
            self._mark(journal, "sent", "spooled", now)
        rows = journal.rows(
            "select answer_id, payer_id, name, content from answer "
            "where state = 'due' and due_at <= ? order by due_at, answer_id",
            now,
        )
        due = [row for row in rows if row["payer_id"] not in closed]
        if not due:
            return 0
        for row in due:
            _write(self._part(row["payer_id"], row["name"]), row["content"])
        for payer_id in {row["payer_id"] for row in due}:
            sync(self.exchange / payer_id / "from_payer")
        with journal.transaction():
            journal.change(
                "update answer set state = 'spooled' where answer_id = ?",
                [(row["answer_id"],) for row in due],
            )
        for row in due:
            self._deliver(row["payer_id"], row["name"])
        for payer_id in {row["payer_id"] for row in due}:
            sync(self.exchange / payer_id / "from_payer")
        self._mark(journal, "sent", "spooled", now)
        return len(due)

    def _mark(self, journal: Journal, state: str, before: str, now: str) -> None:
        with journal.transaction():
            journal.change(
                "update answer set state = ?, sent_at = ? where state = ?", [(state, now, before)]
            )

    def _part(self, payer_id: str, name: str) -> Path:
        return self.exchange / payer_id / "from_payer" / f".{name}.part"

    def _deliver(self, payer_id: str, name: str) -> None:
        part = self._part(payer_id, name)
        part.rename(part.with_name(name))


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def sync(folder: Path) -> None:
    """Make renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
