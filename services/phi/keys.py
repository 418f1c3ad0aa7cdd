"""The site key, and the keys and opaque ids derived from it.

The site key is 32 random bytes in a file of mode 0600, made on first start. If it is gone later,
nothing sealed can be opened and no id can be derived again, so a start is refused.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SiteKeyError(Exception):
    """The site key cannot be used; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class SiteKey:
    """The site key and what derives from it."""

    secret: bytes = field(repr=False)

    def derived(self, purpose: str) -> bytes:
        """Return a 32-byte key for one purpose (``kek``, ``encounter``, ``control``, ...)."""
        return _derive(self.secret, purpose)

    def opaque(self, purpose: str, *parts: str, length: int = 26) -> str:
        """Return an opaque base-32 id of some parts, upper case letters and digits 2 to 7.

        >>> len(SiteKey(b"k" * 32).opaque("encounter", "H1", "E1"))
        26
        """
        message = "\x1f".join(parts).encode()
        digest = hmac.new(self.derived(purpose), message, hashlib.sha256).digest()
        return base64.b32encode(digest).decode()[:length]


@cache
def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, b"claimloop", purpose.encode()).derive(secret)


def read(path: Path) -> SiteKey:
    """Return the site key in a file.

    Raises:
        SiteKeyError: the file is missing, has the wrong size or can be read by others.
    """
    if not path.is_file():
        raise SiteKeyError(f"the site key {path} is missing: restore it from its backup")
    if path.stat().st_mode & 0o077:
        raise SiteKeyError(f"the site key {path} can be read by others: chmod 600 it")
    secret = path.read_bytes()
    if len(secret) != 32:
        raise SiteKeyError(f"the site key {path} is damaged: it must hold 32 bytes")
    return SiteKey(secret)


def create(path: Path, secret: bytes) -> None:
    """Write a new site key, never over an old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(secret)
