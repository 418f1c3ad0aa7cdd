"""The exchange folders of one partner, and every file operation on them.

    spool/       our files, complete and fsynced, not yet delivered
    to_payer/    appears here by one rename
    from_payer/  the payer's files appear here by one rename
    archive/     answers that were posted or copies, sealed     quarantine/  what was not posted

Nothing of theirs is trusted: files are opened by folder descriptor without following links, only
regular files of a stable size are read, they are filed under names of our own, nothing is unpacked.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.gateway.channel import Delivery

NAMES = ("spool", "to_payer", "from_payer", "archive", "quarantine")
UNFINISHED = (".part", ".tmp", ".filepart")
LARGEST = 64_000_000


class NotAFile(Exception):  # noqa: N818 - says what it is
    """Something in the folder is no regular file, is too large or changed while it was read."""


@dataclass(slots=True)
class Folders:
    """The folders of one partner.

    Attributes:
        root: ``<exchange>/<payer id>``.
        seen: Size and time of the files of the last scan.
    """

    root: Path
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def make(self) -> None:
        """Make the folders that are not there; those that are ours alone, for us alone."""
        self.root.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            shared = name in ("to_payer", "from_payer")
            (self.root / name).mkdir(mode=0o777 if shared else 0o700, exist_ok=True)

    def spool(self, name: str, content: bytes) -> None:
        """Write a complete file to the spool, durable; the same bytes again are the same file."""
        folder = self.root / "spool"
        part = folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(folder / name)
        sync(folder)

    def deliver(self, name: str) -> Delivery:
        """Move a file from the spool to the payer by one rename; gone means delivered."""
        try:
            (self.root / "spool" / name).rename(self.root / "to_payer" / name)
        except FileNotFoundError:
            return "delivered"
        sync(self.root / "to_payer")
        sync(self.root / "spool")
        return "delivered"

    def settle(self, name: str) -> None:
        """Do nothing: a rename has happened or not."""

    def lying(self) -> Iterator[bytes]:
        """Yield the files the payer has not taken yet."""
        for path in sorted((self.root / "to_payer").iterdir()):
            try:
                yield path.read_bytes()
            except OSError:
                continue  # taken this moment: then the payer's answer tells

    def stable(self) -> list[str]:
        """Return answer files whose size and time are as at the last scan, by name."""
        found = {}
        with os.scandir(self.root / "from_payer") as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.endswith(UNFINISHED):
                    continue
                info = entry.stat(follow_symlinks=False)
                if not stat.S_ISDIR(info.st_mode):
                    found[entry.name] = (info.st_size, info.st_mtime_ns)
        ready = sorted(name for name, size in found.items() if self.seen.get(name) == size)
        self.seen = found
        return ready

    def read(self, name: str) -> bytes:
        """Return the bytes of an answer file.

        Raises:
            NotAFile: a link, a device, too large, or it changed meanwhile.
            FileNotFoundError: it is gone.
        """
        folder = os.open(self.root / "from_payer", os.O_RDONLY | os.O_DIRECTORY)
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            handle = os.open(name, flags, dir_fd=folder)
        except FileNotFoundError:
            raise
        except OSError:
            raise NotAFile("not_regular") from None
        finally:
            os.close(folder)
        with os.fdopen(handle, "rb") as file:
            before = os.fstat(handle)
            if not stat.S_ISREG(before.st_mode):
                raise NotAFile("not_regular")
            if before.st_size > LARGEST:
                raise NotAFile("limit_file")
            content = file.read(LARGEST + 1)
            after = os.fstat(handle)
        if len(content) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            raise NotAFile("changed")
        return content

    def archive(
        self, name: str, new_name: str, sealed: bytes, folder: str = "from_payer"
    ) -> None:
        """Leave the sealed bytes of an answer in the archive, and take the clear file away."""
        self.seen.pop(name, None)
        coming = self.root / "archive" / f".{new_name}"
        with coming.open("wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        coming.rename(self.root / "archive" / new_name)
        sync(self.root / "archive")
        (self.root / folder / name).unlink(missing_ok=True)
        sync(self.root / folder)

    def file_away(self, name: str, folder: str, new_name: str) -> None:
        """Move an answer file elsewhere under a name of ours."""
        self.seen.pop(name, None)
        try:
            (self.root / "from_payer" / name).rename(self.root / folder / new_name)
        except FileNotFoundError:
            return  # another gateway was first
        sync(self.root / folder)
        sync(self.root / "from_payer")


def sync(folder: Path) -> None:
    """Make renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
