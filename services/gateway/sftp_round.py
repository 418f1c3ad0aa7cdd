"""One connection to a partner's SFTP server: bring what is spooled, fetch what is complete.

Ours:   spool/NAME ─put─▶ TO/.NAME.part ─ begun/NAME ─ rename ─▶ TO/NAME, begun/NAME removed
Theirs: FROM/NAME, unchanged for a while ─get─▶ from_payer/.NAME.part ─▶ from_payer/NAME, then
        FROM/NAME ─ rename ─▶ DONE/NAME

A cut while the part is written is nothing: it is written again. From `begun` on the file may be
there: what lies under its name with the same bytes is proof, a part that still lies there is proof
of the contrary, neither tells nothing. Nothing of theirs is overwritten, ever.
"""

import asyncio
import hashlib
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import structlog

from services.gateway.folders import LARGEST, UNFINISHED, Folders, sync
from services.gateway.partners import Sftp
from services.gateway.sftp_login import Pace, Trouble

log = structlog.get_logger()
T = TypeVar("T")
_REFUSALS = (asyncssh.SFTPFailure, asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied)
BLOCK = 1 << 18
MOST_ENTRIES = 20_000
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,149}")


@dataclass(frozen=True, slots=True)
class Look:
    """How a file of theirs was seen.

    Attributes:
        size: In bytes.
        changed: Its time there.
        since: Since when it is so, by the machine's monotonic clock.
        digest: Once it is held here, of its bytes: it is only to be moved there.
    """

    size: int
    changed: int
    since: float
    digest: str = ""


Seen = dict[str, Look]


@dataclass(slots=True)
class Round:
    """What is done on one connection.

    Attributes:
        client: Logged in.
        account: The folders there.
        local: The folders here.
        pace: How long.
        seen: Their files as last seen; kept from round to round.
    """

    client: asyncssh.SFTPClient
    account: Sftp
    local: Folders
    pace: Pace
    seen: Seen

    def spooled(self) -> list[str]:
        """Return our files that are not known to be there, those that were begun first."""
        begun, spool = (
            sorted(p.name for p in (self.local.root / folder).iterdir() if p.name[0] != ".")
            for folder in ("begun", "spool")
        )
        return begun + [name for name in spool if name not in begun]

    async def deliver(self, name: str) -> str:
        """Take one file as far as it goes; return why it did not arrive, or nothing.

        Raises:
            Trouble, OSError, asyncssh.Error: the connection is of no further use.
        """
        try:
            async with asyncio.timeout(self.pace.file_s):
                return await self._deliver(name)
        except _REFUSALS:
            return "refused"

    async def _deliver(self, name: str) -> str:
        final, part = f"{self.account.to_folder}/{name}", f"{self.account.to_folder}/.{name}.part"
        here, begun = self.local.root / "spool" / name, self.local.root / "begun" / name
        content = (begun if begun.exists() else here).read_bytes()
        there = await self._compare(final, content)
        if there == "same":
            _remove(begun)
            _remove(here)
            return ""
        if there == "other":
            return "name_taken"
        if not begun.exists():
            await self._put(part, content)
            here.rename(begun)
            sync(begun.parent)
            sync(here.parent)
        elif await self._compare(part, content) != "same":
            return ""  # unknown: only an answer or a person can tell
        await self._request(self.client.rename(part, final))
        _remove(begun)
        log.info("file_delivered", payer_id=self.local.root.name, file=name)
        return ""

    async def _put(self, part: str, content: bytes) -> None:
        async with self._opened(part, "wb") as file:
            for at in range(0, len(content), BLOCK):
                await self._request(file.write(content[at : at + BLOCK]))
        found = await self._request(self.client.lstat(part))
        if found.size != len(content):
            raise Trouble("short")

    async def _compare(self, path: str, content: bytes) -> str:
        """Return whether a remote file is these bytes: same, other or none."""
        try:
            found = await self._request(self.client.lstat(path))
        except asyncssh.SFTPNoSuchFile:
            return "none"
        if found.size != len(content):
            return "other"
        return "same" if await self._get(path, len(content)) == content else "other"

    async def _get(self, path: str, size: int) -> bytes:
        """Return a remote file of a known size; one byte more than that if it has grown."""
        content = bytearray()
        async with self._opened(path, "rb") as file:
            while len(content) <= size:
                block = await self._request(file.read(min(BLOCK, size + 1 - len(content))))
                if not block:
                    break
                content += block
        return bytes(content)

    async def collect(self) -> str:
        """Fetch every complete answer; return what went wrong with one, or nothing."""
        listed = await self._listed()
        for gone in self.seen.keys() - listed.keys():
            del self.seen[gone]
        reason, now = "", time.monotonic()
        for name, found in sorted(listed.items()):
            known = self.seen.get(name)
            if known is None or (known.size, known.changed) != found:
                self.seen[name] = Look(*found, since=now)
            elif now - known.since >= self.pace.settled_s:
                try:
                    async with asyncio.timeout(self.pace.file_s):
                        reason = await self._take(name, known) or reason
                except _REFUSALS:
                    reason = "refused"
        return reason

    async def _listed(self) -> dict[str, tuple[int, int]]:
        """Return size and time of their files: regular ones that do not say they are unfinished."""
        listed: dict[str, tuple[int, int]] = {}
        async with asyncio.timeout(self.pace.file_s):
            async for entry in self.client.scandir(self.account.from_folder):
                name, info = str(entry.filename), entry.attrs
                unfinished = name.startswith(".") or name.endswith(UNFINISHED)
                if info.type == asyncssh.FILEXFER_TYPE_REGULAR and not unfinished:
                    listed[name] = info.size or 0, info.mtime or 0
                if len(listed) >= MOST_ENTRIES:
                    break
        return listed

    async def _take(self, name: str, known: Look) -> str:
        """Bring a complete answer here, then move it there; return what is wrong with it."""
        path = f"{self.account.from_folder}/{name}"
        if not known.digest:
            here = self.local.root / "from_payer" / local_name(name)
            if known.size > LARGEST:
                return "limit_file"
            if here.exists():
                return ""  # one of that name is being taken in: next time
            content = await self._get(path, known.size)
            info = await self._request(self.client.lstat(path))
            if len(content) != known.size or (info.size, info.mtime) != (known.size, known.changed):
                del self.seen[name]
                return ""
            _keep(here, content)
            known = replace(known, digest=hashlib.sha256(content).hexdigest())
            self.seen[name] = known
        await self._move(path, name, known.digest)
        del self.seen[name]
        return ""

    async def _move(self, path: str, name: str, digest: str) -> None:
        """Move an answer to the folder for those we hold; under another name if its own is there.

        Raises:
            asyncssh.SFTPError: it cannot be moved; it stays and is not fetched again.
        """
        done = f"{self.account.done_folder}/{name}"
        for other in ("", f".{digest[:8]}", *(f".{digest[:8]}.{n}" for n in range(2, 100))):
            try:
                await self._request(self.client.lstat(done + other))
            except asyncssh.SFTPNoSuchFile:
                await self._request(self.client.rename(path, done + other))
                return

    async def lying(self) -> list[bytes]:
        """Return the files in the folder for ours.

        Raises:
            OSError, asyncssh.Error, Trouble: not all of them can be read.
        """
        found = []
        async for entry in self.client.scandir(self.account.to_folder):
            if entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR:
                path = f"{self.account.to_folder}/{entry.filename!s}"
                found.append(await self._get(path, min(entry.attrs.size or 0, LARGEST)))
        return found

    @asynccontextmanager
    async def _opened(self, path: str, mode: str) -> AsyncIterator[Any]:
        file: Any = await self._request(self.client.open(path, mode))
        try:
            yield file
        finally:
            # a server that hangs must not hold us on the way out
            with suppress(TimeoutError, asyncssh.Error):
                await self._request(file.close())

    async def _request(self, request: Awaitable[T]) -> T:
        async with asyncio.timeout(self.pace.request_s):
            return await request


def local_name(name: str) -> str:
    """Return the name an answer gets here: its own if that is harmless.

    >>> local_name("a.835"), local_name("../a")
    ('a.835', 'received-61b4c98bfb92bdc9')
    """
    if _NAME.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return f"received-{digest[:16]}"


def _keep(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    sync(path.parent)


def _remove(path: Path) -> None:
    if path.exists():
        path.unlink()
        sync(path.parent)
