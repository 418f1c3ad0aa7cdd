"""A partner's files by SFTP: the local half, and a thread of its own for each partner.

    spool/NAME     complete, ours; the partner has at most `.NAME.part`
    begun/NAME     its rename at the partner was asked for: it may be there   (unknown)
    neither        delivered

    from_payer/NAME  an answer, complete; then what becomes of it is as with a drop folder

Every round (`sftp_round.py`) is one connection, made by a thread that only this partner waits for:
a dead or slow partner holds up nobody. Rounds happen only while the gateway asks (`deliver`,
`stable`), so a gateway without the lock touches nothing.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from services.gateway.channel import Away, Delivery
from services.gateway.folders import Folders, sync
from services.gateway.partners import Sftp
from services.gateway.sftp_login import Pace, Trouble, connected
from services.gateway.sftp_round import Round, Seen

log = structlog.get_logger()
BEGUN = "begun"


@dataclass(slots=True)
class Remote:
    """The files of one partner with an SFTP account.

    Attributes:
        local: The partner's local folders.
        account: Host, user, folders.
        keys: Where private keys are.
        pace: How often and how long.
        trouble: Why the last round did not end well; empty if it did.
        rounds: How many rounds have ended.
    """

    local: Folders
    account: Sftp
    keys: Path
    pace: Pace = field(default_factory=Pace)
    trouble: str = ""
    rounds: int = 0
    _seen: Seen = field(default_factory=dict)
    _thread: threading.Thread | None = None
    _due: float = 0.0
    _failures: int = 0
    _closed: bool = False

    def make(self) -> None:
        """Make the local folders that are not there."""
        self.local.make()
        (self.local.root / BEGUN).mkdir(mode=0o700, exist_ok=True)

    def spool(self, name: str, content: bytes) -> None:
        """Keep a complete file of ours, durable; one whose delivery was begun stays as it is."""
        if not (self.local.root / BEGUN / name).exists():
            self.local.spool(name, content)

    def deliver(self, name: str) -> Delivery:
        """Have a file delivered by the next round; return how far it is.

        A file that a round is busy with is waiting: what can be told is told when the round ends.
        """
        begun, spooled = (self.local.root / folder / name for folder in (BEGUN, "spool"))
        if spooled.exists():
            self._wake(soon=True)
            return "waiting"
        if not begun.exists():
            return "delivered"
        if self._busy():
            return "waiting"
        found: Delivery = "unknown" if begun.exists() else "delivered"  # that round may have ended
        self._wake(soon=False)
        return found

    def settle(self, name: str) -> None:
        """Forget a file the partner has."""
        for folder in (self.local.root / BEGUN, self.local.root / "spool"):
            (folder / name).unlink(missing_ok=True)
            sync(folder)

    def stable(self) -> list[str]:
        """Return answers that were brought here; have a round look for more."""
        self._wake(soon=False)
        return self.local.stable()

    def read(self, name: str) -> bytes:
        """Return the bytes of an answer."""
        return self.local.read(name)

    def archive(
        self, name: str, new_name: str, sealed: bytes, folder: str = "from_payer"
    ) -> None:
        """Leave sealed bytes in the archive and take the clear file away."""
        self.local.archive(name, new_name, sealed, folder)

    def file_away(self, name: str, folder: str, new_name: str) -> None:
        """Move an answer elsewhere under a name of ours."""
        self.local.file_away(name, folder, new_name)

    def lying(self) -> Iterator[bytes]:
        """Yield files that were begun, and what lies in the partner's folder for ours.

        Raises:
            Away: the partner's folder cannot be looked at.
        """
        for path in sorted((self.local.root / BEGUN).iterdir()):
            yield path.read_bytes()
        try:
            yield from asyncio.run(self._lying())
        except Trouble as trouble:
            raise Away(str(trouble)) from None

    def close(self) -> None:
        """Begin no further round, and wait a moment for one that runs."""
        self._closed = True
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    async def _lying(self) -> list[bytes]:
        async with connected(self.account, self.keys, self.pace) as client:
            return await Round(client, self.account, self.local, self.pace, {}).lying()

    def _wake(self, soon: bool) -> None:
        """Begin a round if none runs and it is time for one."""
        if self._closed or self._busy():
            return
        now = time.monotonic()
        if now < self._due and not (soon and not self._failures and self._new_in_spool()):
            return
        self._thread = threading.Thread(
            target=self._run, name=f"sftp-{self.local.root.name}", daemon=True
        )
        self._thread.start()

    def _busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _new_in_spool(self) -> bool:
        return any(not path.name.startswith(".") for path in (self.local.root / "spool").iterdir())

    def _run(self) -> None:
        reason = ""
        try:
            reason = asyncio.run(self._round())
        except Trouble as trouble:
            reason = str(trouble)
        except Exception as bug:  # it must not silence the partner for good
            reason = "bug"
            log.exception("bug", payer_id=self.local.root.name, kind=type(bug).__name__)
        self._failures = self._failures + 1 if reason else 0
        wait = self.pace.every_s
        if reason:
            wait = min(self.pace.again_s * 2 ** (self._failures - 1), self.pace.most_again_s)
            log.warning("sftp_trouble", payer_id=self.local.root.name, reason=reason)
        self._due = time.monotonic() + wait
        self.trouble = reason
        self.rounds += 1

    async def _round(self) -> str:
        """Deliver, then collect; return what went wrong with a single file, if anything."""
        async with connected(self.account, self.keys, self.pace) as client:
            one = Round(client, self.account, self.local, self.pace, self._seen)
            reasons = [await one.deliver(name) for name in one.spooled()]
            reasons.append(await one.collect())
        return next(filter(None, reasons), "")
