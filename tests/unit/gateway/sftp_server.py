"""A partner's SFTP server in this process, which can be told to fail at a point."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from services.gateway.folders import Folders
from services.gateway.partners import Sftp
from services.gateway.sftp import Remote
from services.gateway.sftp_login import Pace

FAST = Pace(
    every_s=0.02, again_s=0.02, most_again_s=0.05, settled_s=0.0, connect_s=3.0, request_s=2.0,
    file_s=10.0,
)  # fmt: skip


@dataclass
class Partner:
    """One payer's server.

    Attributes:
        root: What its clients see.
        faults: Operation -> what befalls it, once: ``before`` and ``after`` cut the connection
            before or after it is done, ``hang`` never answers, ``refuse`` says no; ``taken`` (of
            a rename): the payer takes the file, then the connection is cut.
        operations: What was asked for: operation and file name.
        logins: Connections that were made.
    """

    root: Path
    host_key: asyncssh.SSHKey
    user_key: asyncssh.SSHKey
    faults: dict[str, str] = field(default_factory=dict)
    operations: list[tuple[str, str]] = field(default_factory=list)
    logins: int = 0
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _listener: Any = None

    def start(self) -> None:
        """Listen, on the same port if it has listened before."""
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        """Listen no more."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _listen(self) -> None:
        keys = asyncssh.import_authorized_keys(self.user_key.export_public_key().decode())
        partner = self

        class Server(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                partner.logins += 1

        self._listener = await asyncssh.listen(
            "127.0.0.1", self.port, server_host_keys=[self.host_key], server_factory=Server,
            authorized_client_keys=keys, sftp_factory=lambda chan: _Files(chan, self),
        )  # fmt: skip
        self.port = self._listener.get_port()

    async def _close(self) -> None:
        self._listener.close()
        await self._listener.wait_closed()

    def account(self, **changes: Any) -> Sftp:
        """What the gateway needs to know of it."""
        told = {
            "host": "127.0.0.1", "port": self.port, "user": "claimloop", "key": "partner",
            "host_key": self.host_key.get_fingerprint(), "to_folder": "inbound",
            "from_folder": "outbound", "done_folder": "done",
        }
        return Sftp(**(told | changes))  # type: ignore[arg-type]

    def holds(self) -> dict[str, bytes]:
        """The files in its folder for ours."""
        return {path.name: path.read_bytes() for path in (self.root / "inbound").iterdir()}


class _Files(asyncssh.SFTPServer):
    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], partner: Partner) -> None:
        super().__init__(chan, chroot=str(partner.root))
        self._partner = partner

    @contextmanager
    def _point(self, operation: str, path: Any) -> Iterator[bool]:
        name = path.decode().rpartition("/")[2] if isinstance(path, bytes) else ""
        self._partner.operations.append((operation, name))
        fault = self._partner.faults.get(operation, "")
        if fault == "refuse":
            raise asyncssh.SFTPPermissionDenied("no")
        if fault in ("before", "hang"):
            del self._partner.faults[operation]
        if fault == "before":
            self.channel.get_connection().abort()
            raise asyncssh.SFTPFailure("gone")
        yield fault == "hang"
        if fault == "after":
            del self._partner.faults[operation]
            self.channel.get_connection().abort()

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        with self._point("put" if pflags & asyncssh.FXF_WRITE else "get", path):
            return super().open(path, pflags, attrs)

    async def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        with self._point("write", b"") as hang:
            if hang:
                await asyncio.sleep(60)
            return int(super().write(file_obj, offset, data))  # type: ignore[arg-type]

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        moved = "rename" if newpath.startswith(b"/inbound") or b"inbound" in newpath else "move"
        taken = self._partner.faults.get(moved) == "taken"
        if taken:
            self._partner.faults[moved] = "after"
        with self._point(moved, newpath):
            done = super().rename(oldpath, newpath)
            if taken:
                super().remove(newpath)
            return done

    def lstat(self, path: bytes) -> Any:
        with self._point("lstat", path):
            return super().lstat(path)

    def scandir(self, path: bytes) -> Any:
        with self._point("list", path):
            return super().scandir(path)


@contextmanager
def serving(folder: Path) -> Iterator[Partner]:
    """Run a server with an empty home."""
    folder.mkdir(exist_ok=True)
    for name in ("inbound", "outbound", "done"):
        (folder / name).mkdir()
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(2)]
    partner = Partner(folder, *keys)
    partner.start()
    try:
        yield partner
    finally:
        partner.stop()


def remote(partner: Partner, home: Path, pace: Pace = FAST, **changes: Any) -> Remote:
    """Return our side of it, with its key."""
    keys = home / "keys"
    keys.mkdir(exist_ok=True)
    (keys / "partner").write_bytes(partner.user_key.export_private_key())
    (keys / "partner").chmod(0o600)
    one = Remote(Folders(home / "BCBS"), partner.account(**changes), keys, pace)
    one.make()
    return one


def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a condition; fail when it does not come in time."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
