"""Which of a payer's decisions on a claim stand, whatever came when and however often.

A payer speaks of one claim (CLM01) in many occurrences: a decision, its exact negation (CLP02 22),
a correction of it, each perhaps in a remittance of its own; and a claim that it split (277CA A5)
comes back in parts that add up, each with a number (CLP07) and a part of the charge.

    1. a reversal takes back one decision: the earliest with its number and its amounts negated,
       else with its number, else with its amounts negated;
    2. decisions that together charge more than was billed cannot all stand (a correction has come
       and its reversal has not): from the latest back, each stands that still fits.

Example: billed $190.00; decisions of $190.00 on 20 and on 26 March: the second stands. Decisions of
$100.00 and of $90.00: both stand. A reversal of the first: the second stands.

Source: X12 RFI 1147 and 227 on reversal and correction; claims-domain reference, section 4.5.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar


class Occurrence(Protocol):
    """One occurrence of a claim in a remittance; predeterminations are none."""

    @property
    def key(self) -> tuple[object, str, int]:
        """Date of the remittance, the remittance, the position in it."""

    @property
    def reversal(self) -> bool:
        """It takes a decision back (CLP02 22)."""

    @property
    def payer_claim_number(self) -> str:
        """CLP07."""

    @property
    def charge_cents(self) -> int:
        """CLP03, signed."""

    @property
    def paid_cents(self) -> int:
        """CLP04, signed."""


T = TypeVar("T", bound=Occurrence)


def add(known: Sequence[T], one: T) -> tuple[T, ...]:
    """Return the occurrences with one more, in the order they were made; a second copy is none."""
    if any(one.key == other.key for other in known):
        return tuple(known)
    return tuple(sorted((*known, one), key=lambda o: o.key))


def standing(occurrences: Iterable[T], billed_cents: int) -> tuple[T, ...]:
    """Return the decisions that stand, in the order they were made.

    Args:
        occurrences: Decisions and reversals, in the order they were made.
        billed_cents: What was billed; when it is not known, only the latest can stand.
    """
    left = _left(tuple(occurrences))
    if not billed_cents:
        return tuple(left[-1:])
    if sum(one.charge_cents for one in left) <= billed_cents:
        return tuple(left)
    fitting, total = left[-1:], sum(one.charge_cents for one in left[-1:])
    for one in reversed(left[:-1]):
        if total + one.charge_cents <= billed_cents:
            fitting, total = [one, *fitting], total + one.charge_cents
    return tuple(fitting)


def first(occurrences: Iterable[T], billed_cents: int) -> tuple[T, ...]:
    """Return the first decision with the parts that came after it, taken back or not.

    Args:
        occurrences: Decisions and reversals, in the order they were made.
        billed_cents: What was billed; when it is not known, there are no parts.
    """
    parts, total = list[T](), 0
    for one in occurrences:
        if parts and not billed_cents:
            break
        if not one.reversal and (not parts or total + one.charge_cents <= billed_cents):
            parts, total = [*parts, one], total + one.charge_cents
    return tuple(parts)


def _left(occurrences: Sequence[T]) -> list[T]:
    """Return the decisions that no reversal takes back."""
    left = [one for one in occurrences if not one.reversal]
    reversals = [one for one in occurrences if one.reversal]
    for same in (_exact, _number, _amounts):
        unmatched = []
        for reversal in reversals:
            taken = next((one for one in left if same(reversal, one)), None)
            if taken is None:
                unmatched.append(reversal)
            else:
                left.remove(taken)
        reversals = unmatched
    return left


def _number(reversal: Occurrence, one: Occurrence) -> bool:
    return reversal.payer_claim_number == one.payer_claim_number


def _amounts(reversal: Occurrence, one: Occurrence) -> bool:
    return (-reversal.charge_cents, -reversal.paid_cents) == (one.charge_cents, one.paid_cents)


def _exact(reversal: Occurrence, one: Occurrence) -> bool:
    return _number(reversal, one) and _amounts(reversal, one)
