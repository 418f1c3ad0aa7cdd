"""Chance that is the same on every run: from the demo's seed and a stable id, never a stream."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def number(seed: int, *parts: str) -> int:
    """Return 64 bits that derive from the seed and some parts."""
    message = "\x1f".join(parts).encode()
    return int.from_bytes(hmac.digest(str(seed).encode(), message, hashlib.sha256)[:8])


def share(seed: int, *parts: str) -> float:
    """Return a number from 0 to below 1."""
    return number(seed, *parts) / 2**64


def choice(options: Sequence[T], seed: int, *parts: str) -> T:
    """Return one of some options."""
    return options[number(seed, *parts) % len(options)]
