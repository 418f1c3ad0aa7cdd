"""Logging in at a partner's SFTP server: our key, its fingerprint, limits on waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from services.gateway.partners import Sftp


class Trouble(Exception):  # noqa: N818 - says what it is
    """Why a round or a file went no further: one of a closed set of words, safe to log."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how long, in seconds.

    Attributes:
        every_s: From the end of a round to the next, when nothing waits to be sent.
        again_s: The same after a failure, twice as long after each further one.
        most_again_s: And never longer.
        settled_s: A file of theirs is complete when it has not changed for so long.
        connect_s: To be logged in.
        request_s: For an answer to one request.
        file_s: For one file.
    """

    every_s: float = 60.0
    again_s: float = 5.0
    most_again_s: float = 600.0
    settled_s: float = 30.0
    connect_s: float = 30.0
    request_s: float = 60.0
    file_s: float = 900.0


@asynccontextmanager
async def connected(account: Sftp, keys: Path, pace: Pace) -> AsyncIterator[asyncssh.SFTPClient]:
    """Give a client that is logged in at the server with the right host key.

    Raises:
        Trouble: key_file, host_key, login, away, slow, or cut.
    """
    key = keys / account.key
    try:
        if key.stat().st_mode & 0o077:
            raise Trouble("key_file_open_to_others")
        options = _options(account, key, pace)
    except (OSError, asyncssh.KeyImportError):
        raise Trouble("key_file") from None
    try:
        async with asyncio.timeout(pace.connect_s):
            conn = await asyncssh.connect(**options)
    except asyncssh.HostKeyNotVerifiable:
        raise Trouble("host_key") from None
    except asyncssh.PermissionDenied:
        raise Trouble("login") from None
    except TimeoutError:
        raise Trouble("slow") from None
    except (OSError, asyncssh.Error):
        raise Trouble("away") from None
    try:
        async with asyncio.timeout(pace.connect_s):
            client = await conn.start_sftp_client()
        yield client
    except TimeoutError:
        raise Trouble("slow") from None
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.DisconnectError):
        raise Trouble("cut") from None
    except (OSError, asyncssh.Error):
        raise Trouble("refused") from None
    finally:
        conn.abort()


def _options(account: Sftp, key: Path, pace: Pace) -> dict[str, object]:
    class Client(asyncssh.SSHClient):
        def validate_host_public_key(
            self, host: str, addr: str, port: int, key: asyncssh.SSHKey
        ) -> bool:
            return key.get_fingerprint() == account.host_key

    return {
        "host": account.host, "port": account.port, "username": account.user,
        "client_keys": [asyncssh.read_private_key(key)], "preferred_auth": "publickey",
        "known_hosts": ([], [], []),  # no list: the fingerprint decides
        "client_factory": Client, "config": None, "agent_path": None,
        "keepalive_interval": pace.request_s / 4, "keepalive_count_max": 3,
        "login_timeout": pace.connect_s,
    }  # fmt: skip
