"""Charges and units must be positive, line by line and in sum.

Example: a line of 1 unit at $0.01 passes; 0 units, or a charge of $0.00 or -$1.00, do not. The
claim's total is the sum of its lines (CLM02 = sum of SV102), so it needs no edit of its own
beyond being positive and within the ten digits CLM02 may have.

Source: 837P CLM02, SV102, SV104; X12 RFI 2499: no negative charges or units to correct a claim.
"""

from collections.abc import Iterator
from datetime import date

from schemas.events import Coded, Finding
from services.claims.edits.edit import CLAIM, hold
from services.claims.edits.edit import line as line_place
from services.claims.terms import Terms

SOURCE = "837P CLM02, SV102, SV104"
MOST_CENTS = 9_999_999_999
MOST_UNITS = 9_999


def positive_totals(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold lines without a charge or units, and a claim whose total cannot be billed."""
    for position, line in enumerate(coded.bill.lines, 1):
        if line.charge_cents <= 0:
            yield hold("charge_not_positive", line_place(position), f"The charge of line "
                       f"{position} is not above zero: correct the charge or drop the line.",
                       SOURCE, 3)
        if not 1 <= line.units <= MOST_UNITS:
            yield hold("units_wrong", line_place(position), f"The units of line {position} are "
                       f"not between 1 and {MOST_UNITS}: correct them.", SOURCE, 3)
    if coded.bill.lines and not 0 < coded.bill.charge_cents <= MOST_CENTS:
        yield hold("total_wrong", CLAIM, "The claim's total is not above zero or too large: "
                   "correct the line charges.", SOURCE, 3)
