"""Chance without a random stream: HMAC of the seed and of what stays the same about a claim."""

import hmac
from collections.abc import Sequence


def roll(seed: bytes, *parts: str) -> int:
    """Return a 64-bit number that only the seed and the parts decide.

    >>> roll(b"1", "a") == roll(b"1", "a") != roll(b"2", "a")
    True
    """
    return int.from_bytes(hmac.digest(seed, "\x1f".join(parts).encode(), "sha256")[:8], "big")


def happens(per_myriad: int, seed: bytes, *parts: str) -> bool:
    """Return whether something of that probability (in 1/10,000) happens to these parts."""
    return per_myriad > 0 and roll(seed, *parts) % 10_000 < per_myriad


def pick(weights: Sequence[int], seed: bytes, *parts: str) -> int:
    """Return an index, each as likely as its weight.

    >>> pick([0, 1, 0], b"1", "a")
    1
    """
    left = roll(seed, *parts) % sum(weights)
    for index, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return index
    raise ValueError("no weights")
