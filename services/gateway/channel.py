"""How files travel to and from one partner: by drop folder (`folders.py`) or SFTP (`sftp.py`).

    spool (durable, ours) ──▶ deliver ──▶ delivered | waiting | unknown
    stable ──▶ read ──▶ one transaction ──▶ archive or file_away

Whatever the way: nothing is delivered under a second name, a file that may have been delivered is
never sent again, and a call never waits for a partner.
"""

from collections.abc import Iterable
from typing import Literal, Protocol

Delivery = Literal["delivered", "waiting", "unknown"]


class Away(Exception):  # noqa: N818 - says what it is
    """A partner's folder cannot be looked at; the message is one of a closed set of reasons."""


class Channel(Protocol):
    """The files of one partner."""

    def make(self) -> None:
        """Make the local folders that are not there."""

    def spool(self, name: str, content: bytes) -> None:
        """Keep a complete file of ours, durable, to be delivered; again is the same file."""

    def deliver(self, name: str) -> Delivery:
        """Have a spooled file delivered and return how far it is.

        ``waiting``: the partner cannot have it yet. ``unknown``: it may have it; only what lies
        in its folder, an answer or a person can tell, and it is not sent again.
        """

    def settle(self, name: str) -> None:
        """Note that the partner has a file: an answer or a person said so."""

    def stable(self) -> list[str]:
        """Return the names of complete answers."""

    def read(self, name: str) -> bytes:
        """Return the bytes of an answer.

        Raises:
            services.gateway.folders.NotAFile: a link, a device, too large, or it changed meanwhile.
            FileNotFoundError: it is gone.
        """

    def archive(
        self, name: str, new_name: str, sealed: bytes, folder: str = "from_payer"
    ) -> None:
        """Leave the sealed bytes of an answer in the archive, and take the clear file away."""

    def file_away(self, name: str, folder: str, new_name: str) -> None:
        """Move an answer elsewhere under a name of ours."""

    def lying(self) -> Iterable[bytes]:
        """Yield the files of ours the partner has not taken, and those it may have.

        Raises:
            Away: it cannot be told.
        """
