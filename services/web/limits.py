"""How often somebody may fail to sign in: per account and address, per account, per address.

Failures from one place stop that place early; an account is only slowed for everybody after many
more, so that a stranger cannot lock its owner out with five wrong passwords.

Failures are counted in the memory of the process: one process serves the pages, and one that begins
anew has forgotten them. Behind several, each would allow as many.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MOST_REMEMBERED = 10_000
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """After `most` failures wait `wait_s`, doubled with each one more, up to `longest_s`."""

    most: int
    wait_s: float
    longest_s: float


PAIR = Rule(5, 60.0, 900.0)
ACCOUNT = Rule(20, 60.0, 300.0)
ADDRESS = Rule(50, 60.0, 900.0)


class Limits:
    """Failures by account and address, in the memory of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[Key, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def refuses(self, name: str, address: str) -> bool:
        """Say whether a try has to wait."""
        with self._lock:
            return any(self._waits(key, rule) for key, rule in _keys(name, address))

    def failed(self, name: str, address: str) -> None:
        """Count a failure."""
        with self._lock:
            if len(self._failures) > MOST_REMEMBERED:
                self._forget_old()
            for key, rule in _keys(name, address):
                count, last = self._failures.get(key, (0, 0.0))
                if self._clock() - last > rule.longest_s:
                    count = 0
                self._failures[key] = (count + 1, self._clock())

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of an account from an address."""
        with self._lock:
            self._failures.pop(("pair", name, address), None)

    def _waits(self, key: Key, rule: Rule) -> bool:
        count, last = self._failures.get(key, (0, 0.0))
        if count < rule.most:
            return False
        wait = min(rule.wait_s * 2 ** min(count - rule.most, 10), rule.longest_s)
        return bool(self._clock() - last < wait)

    def _forget_old(self) -> None:
        oldest = self._clock() - PAIR.longest_s
        self._failures = {k: v for k, v in self._failures.items() if v[1] > oldest}
        if len(self._failures) > MOST_REMEMBERED:  # a flood of names: what is left is by address
            self._failures = {k: v for k, v in self._failures.items() if k[0] == "address"}


def _keys(name: str, address: str) -> Iterable[tuple[Key, Rule]]:
    return (
        (("pair", name, address), PAIR), (("account", name, ""), ACCOUNT),
        (("address", "", address), ADDRESS),
    )
