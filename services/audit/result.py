"""What an audit says: for each invariant what was looked at and what does not hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

IDS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that does not hold.

    Attributes:
        text: What, in one sentence, without anything of a record's content.
        ids: Opaque ids or coordinates it concerns, at most `IDS_SHOWN`.
        count: How many it concerns.
    """

    text: str
    ids: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """What one invariant's check found.

    Attributes:
        invariant: Its number in the design, as ``I2``.
        says: The invariant in one sentence.
        checked: What was looked at: name -> number.
        violations: None when it holds.
    """

    invariant: str
    says: str
    checked: Mapping[str, int]
    violations: tuple[Violation, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts it."""
        return not self.violations

    def line(self) -> str:
        """Return it as one line for a person."""
        figures = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in self.checked.items())
        verdict = "OK" if self.holds else "VIOLATED"
        return f"{verdict:8} {self.invariant:4} {self.says} ({figures})"


@dataclass(slots=True)
class Doubts:
    """Gathers the ids a sentence is true of, and turns them into violations."""

    _found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, text: str, *ids: str) -> None:
        """Note that something does not hold for some ids."""
        self._found.setdefault(text, []).extend(ids or ("-",))

    def add_all(self, text: str, ids: Iterable[str]) -> None:
        """Note it for each of many ids, if there are any."""
        for one in sorted(ids):
            self.add(text, one)

    def violations(self) -> tuple[Violation, ...]:
        """Return one violation a sentence."""
        return tuple(
            Violation(text, tuple(ids[:IDS_SHOWN]), len(ids)) for text, ids in self._found.items()
        )
