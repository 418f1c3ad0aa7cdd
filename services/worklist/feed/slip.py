"""What a slip is: a right coding -> the same with one error, or none where it cannot carry it."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.events import Bill

SEX_EDITED = frozenset({"medicaid", "commercial", "government"})
"""Plans that still ask whether diagnosis and sex fit."""


@dataclass(frozen=True, slots=True)
class Slip:
    """Who errs, and a number to choose by."""

    coder: str
    number: int

    def of(self, options: list[int]) -> int | None:
        """Return one of some positions, if there is one."""
        return options[self.number % len(options)] if options else None


Put = Callable[[Bill, Slip], Bill | None]
