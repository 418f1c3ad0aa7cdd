"""Which of a payer's adjustments deny, and which only price.

CLP02 never says what was denied; the adjustments (CAS) with the paid amount do. Of a line, or of
the claim where the payer adjusted the claim as a whole, what is left when pricing and patient
share are dropped is a denial:

    whole    nothing was paid, and what is left explains (nearly) all of the charge that the
             contract leaves to be paid
    in part  anything else with an amount above zero left

Example: a charge of $150.00, paid $0.00, CO-45 $40.00 and CO-11 $110.00: $110.00 of the $110.00
that the contract leaves is denied by 11: whole. Paid $60.00 with CO-45 $40.00 and CO-151 $50.00:
in part, $50.00. Paid $0.00 with PR-1 $150.00: the deductible; not a denial.

Rows of `data/carc_routing.csv` say which codes price: dated, apart for institutional claims (where
a packaged line of a paid claim is pricing), and for single payers, whose rows go before those for
all (a contract's own codes; 24 where the hospital is paid by head). A code that no row knows
denies. A claim whose whole payment went to deductible, coinsurance or copay is paid, too.

Source: claims-domain reference, sections 1 and 4.4; X12 RFI 1423, 1079, 1885 on CLP02.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from schemas.events import Adjudicated, Adjustment, Bill, PaidLine
from services.claims import data, dated

NEARLY_ALL = 95
"""Percent of the charge less contractual amounts."""
PATIENT_SHARE = ("1", "2", "3")
DUPLICATE = "18"


@dataclass(frozen=True, slots=True)
class Row:
    """How a CARC is treated: whether it denies, and who looks at it.

    Attributes:
        place: Position in the table, which breaks ties.
        denial: yes, no, unpaid_line (denies only a line that was not paid) or unpaid_claim.
        category: CODING, AUTH, ...
        team: Who owns it.
        action: What is usually done.
        about: What of the line it finds fault with: diagnosis, procedure, modifier, units.
    """

    place: int
    denial: str
    category: str
    team: str
    action: str
    about: str


UNKNOWN = Row(10_000, "yes", "OTHER", "BILLING", "TRIAGE", "")
"""What no row knows is looked at by billing, never dropped."""


@lru_cache(maxsize=4096)
def row(carc: str, claim_type: str, payer_id: str, on: date) -> Row:
    """Return the row of a code that holds for a claim type and payer on the day of the decision.

    A payer's own row goes before one for all; of several, the first.
    """
    best: Row | None = None
    for place, found in enumerate(data.rows("carc_routing.csv")):
        first, last = dated.span(found)
        fits = found["carc"] == carc and found["claim_type"] in ("", claim_type)
        if not (fits and first <= on <= last and found["payer_id"] in ("", payer_id)):
            continue
        names = ("denial", "category", "team", "action", "about")
        one = Row(place, *(found[name] for name in names))
        if found["payer_id"]:
            return one
        best = best or one
    return best or UNKNOWN


@dataclass(frozen=True, slots=True)
class Denial:
    """One reason why a line, or the claim, was not paid.

    Attributes:
        position: Of the line in the bill, from 1; 0 for the whole claim, below 0 for a line that
            is not of the bill.
        line_id: Its control number.
        adjustment: Group, CARC, amount.
        remarks: RARCs of the line and the claim.
        row: How the CARC is treated.
        charge_cents: What was denied: the line's charge when whole, else the amounts left.
    """

    position: int
    line_id: str
    adjustment: Adjustment
    remarks: tuple[str, ...]
    row: Row
    charge_cents: int


def denials(event: Adjudicated) -> tuple[Denial, ...]:
    """Return every reason why something was denied, claim first, then lines in their order."""
    found = list(
        _cut(event, 0, "", (event.charge_cents, event.paid_cents), event.adjustments, event.remarks)
    )
    for index, line in enumerate(event.lines):
        position = position_of(line, index, event.bill) or -1 - index
        line_id = line.line_id or (event.bill.lines[position - 1].line_id if position > 0 else "")
        remarks = tuple(dict.fromkeys((*line.remarks, *event.remarks)))
        amounts = (line.charge_cents, line.paid_cents)
        found += _cut(event, position, line_id, amounts, line.adjustments, remarks)
    return tuple(found)


def _cut(
    event: Adjudicated,
    position: int,
    line_id: str,
    amounts: tuple[int, int],
    adjustments: Sequence[Adjustment],
    remarks: tuple[str, ...],
) -> Iterator[Denial]:
    """Yield the adjustments that deny this line or claim."""
    charge, paid = amounts
    kind, payer, on = event.bill.claim_type, event.payer_id, event.decided_on
    treated = [(a, row(a.carc, kind, payer, on)) for a in adjustments]
    left = [(a, r) for a, r in treated if a.amount_cents > 0 and _denies(r, paid, event)]
    if not left or charge <= 0:
        return
    total = sum(a.amount_cents for a, _ in left)
    kept = {id(a) for a, _ in left}
    contractual = sum(
        a.amount_cents for a, _ in treated if id(a) not in kept and a.carc not in PATIENT_SHARE
    )
    whole = paid == 0 and 100 * total >= NEARLY_ALL * (charge - contractual)
    for adjustment, found in left:
        yield Denial(position, line_id, adjustment, remarks, found, charge if whole else total)


def _denies(found: Row, line_paid: int, event: Adjudicated) -> bool:
    match found.denial:
        case "no":
            return False
        case "unpaid_line":
            return line_paid <= 0
        case "unpaid_claim":
            return not _paid(event)
        case _:
            return True


def _paid(event: Adjudicated) -> bool:
    """Say whether a claim was paid, by the payer or for the patient to pay."""
    shared = (a for line in event.lines for a in line.adjustments)
    return event.paid_cents > 0 or any(
        a.group == "PR" and a.carc in PATIENT_SHARE and a.amount_cents > 0
        for a in (*event.adjustments, *shared)
    )


def denied_cents(found: Sequence[Denial]) -> int:
    """Return the charge denied, each line counted once."""
    by_place = {denial.position: denial.charge_cents for denial in found}
    return by_place[0] if 0 in by_place else sum(by_place.values())


def position_of(line: PaidLine, index: int, bill: Bill) -> int:
    """Return which line of the bill was decided, from 1; 0 when none can be told.

    By its control number; where the payer left that out, by its place, if the procedure agrees,
    and else by the first line with that procedure.
    """
    if line.line_id:
        return next((n for n, b in enumerate(bill.lines, 1) if b.line_id == line.line_id), 0)
    if index < len(bill.lines) and bill.lines[index].code == line.code:
        return index + 1
    return next((n for n, b in enumerate(bill.lines, 1) if b.code == line.code), 0)
