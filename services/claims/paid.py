"""What a payer paid of what was charged, code by code: the history behind a score. Pure.

Of every decision that stands, the lines that were not denied count: what this payer pays for a code
when it pays. A reversal takes its decision's lines out, a correction puts its own in. Inpatient
money sits at the claim, so a stay counts as its DRG. Left out: voids, and what a later payer paid
(its share says nothing of the charge).

Example: charged $150.00 and paid $60.00 for 99213, $40.00 denied of 20610: 99213 counts $60.00 of
$150.00; 20610 counts nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.events import Adjudicated, Bill
from services.claims import adjustments, lifecycle, standing
from services.claims.score import Paid

STAY = "inpatient"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision on a submission, as it is kept.

    Attributes:
        decided_on: Date of the remittance, ISO.
        remittance_id: The remittance.
        ordinal: Position in it.
        reversal: It takes a decision back.
        payer_claim_number: CLP07.
        charge_cents: CLP03, signed.
        paid_cents: CLP04, signed.
        denies: Whether something was denied.
        codes: Code -> what was paid of its lines that were not denied.
    """

    decided_on: str
    remittance_id: str
    ordinal: int
    reversal: bool
    payer_claim_number: str
    charge_cents: int
    paid_cents: int
    denies: bool
    codes: Mapping[str, Paid]

    @property
    def key(self) -> tuple[str, str, int]:
        """When it was made, and what makes it one."""
        return self.decided_on, self.remittance_id, self.ordinal


def ruling(event: Adjudicated) -> Ruling | None:
    """Return what is kept of a decision; none of a predetermination, which decides nothing."""
    if event.status == lifecycle.PREDETERMINATION:
        return None
    reversal = event.status == lifecycle.REVERSAL
    found = () if reversal else adjustments.denials(event)
    counts = not (reversal or event.bill.prior or event.frequency == lifecycle.VOID)
    denied = frozenset(one.position for one in found)
    return Ruling(
        event.decided_on.isoformat(), event.remittance_id, event.ordinal, reversal,
        event.payer_claim_number, event.charge_cents, event.paid_cents, bool(found),
        _codes(event, denied) if counts else {},
    )


def lines(bill: Bill) -> list[tuple[str, str, int]]:
    """Return what a bill charges: (line id, code, charge); a stay as its DRG."""
    if bill.encounter_class == STAY:
        return [("", _stay(bill), bill.charge_cents)]
    return [(one.line_id, one.code or one.revenue_code, one.charge_cents) for one in bill.lines]


def denied_on(rulings: Sequence[Ruling], billed_cents: int) -> date | None:
    """Return when the latest decision was made that stands and denies something."""
    stand = [one for one in standing.standing(rulings, billed_cents) if one.denies]
    return date.fromisoformat(stand[-1].decided_on) if stand else None


def totals(rulings: Sequence[Ruling], billed_cents: int) -> dict[str, Paid]:
    """Return what a submission adds to the history: code -> paid, charged, lines."""
    found: dict[str, Paid] = {}
    for one in standing.standing(rulings, billed_cents):
        for code, paid in one.codes.items():
            found[code] = plus(found.get(code, Paid()), paid)
    return found


def plus(one: Paid, other: Paid, sign: int = 1) -> Paid:
    """Return two of them together; with sign -1, their difference.

    >>> plus(Paid(5, 10, 1), Paid(2, 4, 1), -1)
    Paid(paid_cents=3, charged_cents=6, lines=0)
    """
    return Paid(*(a + sign * b for a, b in zip(one, other, strict=True)))


def difference(before: Mapping[str, Paid], after: Mapping[str, Paid]) -> dict[str, Paid]:
    """Return what changes from one contribution to another, code by code."""
    codes = sorted({*before, *after})
    changed = {c: plus(after.get(c, Paid()), before.get(c, Paid()), -1) for c in codes}
    return {code: one for code, one in changed.items() if any(one)}


def _codes(event: Adjudicated, denied: Iterable[int]) -> dict[str, Paid]:
    bill, left_out = event.bill, set(denied)
    if bill.encounter_class == STAY:
        whole = Paid(event.paid_cents, event.charge_cents, 1)
        return {} if left_out else {_stay(bill): whole}
    if 0 in left_out:
        return {}
    if event.paid_cents and not any(line.paid_cents for line in event.lines):
        return {} if left_out else {"": Paid(event.paid_cents, event.charge_cents, 1)}
    found: dict[str, Paid] = {}
    for index, line in enumerate(event.lines):
        position = adjustments.position_of(line, index, bill) or -1 - index
        if position in left_out or line.charge_cents <= 0:
            continue
        billed = bill.lines[position - 1] if position > 0 else None
        code = (billed.code or billed.revenue_code) if billed else line.code
        paid = Paid(line.paid_cents, line.charge_cents, 1)
        found[code] = plus(found.get(code, Paid()), paid)
    return found


def _stay(bill: Bill) -> str:
    return f"DRG {bill.institutional.drg}" if bill.institutional and bill.institutional.drg else ""
