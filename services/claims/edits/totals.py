"""Charges and units are positive, line by line and in sum.

CLM02 is the sum of the lines, so it needs no edit of its own beyond being positive and within
its ten digits.

Source: 837 CLM02, SV102, SV104, SV203, SV205; X12 RFI 2499: no negative charges or units to
correct a claim.
"""

from collections.abc import Iterator
from functools import partial

from schemas.events import Line
from services.claims.edits.edit import CLAIM, Case, Fault, edit, line
from services.codes import hipps

MOST_CENTS = 9_999_999_999
MOST_UNITS = 9_999
QUALITY, SUPPLIED = ("G8", "G9"), "SL"
rule = partial(edit, "structure", snip=3, source="837 CLM02 and service lines")


@rule(version=4)
def charge_not_positive(case: Case) -> Iterator[Fault]:
    """A line's charge is above zero. Example: $0.01 passes, $0.00 and -$1.00 do not.

    What only reports costs nothing, and $0.00 passes: CPT's category II (four digits and F) and the
    quality codes of Level II (G8, G9); so does a vaccine that the state supplied (SL), and a line
    with a HIPPS code, which the payer prices by it (claims processing manual, ch. 3, 6 and 10).
    """
    for position, one in case.lines():
        if one.charge_cents <= 0 and not (one.charge_cents == 0 and _is_free(one)):
            yield Fault(line(position), f"The charge of line {position} is not above zero: "
                        "correct the charge or drop the line.")


def _is_free(one: Line) -> bool:
    return (one.code.endswith("F") or one.code.startswith(QUALITY) or SUPPLIED in one.modifiers
            or one.revenue_code in hipps.REVENUE)


@rule()
def units_wrong(case: Case) -> Iterator[Fault]:
    """A line has 1 to 9,999 units. Example: 0 does not pass."""
    for position, one in case.lines():
        if not 1 <= one.units <= MOST_UNITS:
            yield Fault(line(position), f"The units of line {position} are not between 1 and "
                        f"{MOST_UNITS}: correct them.")


@rule()
def total_wrong(case: Case) -> Iterator[Fault]:
    """The claim's total is above zero and fits CLM02. Example: $100,000,000.00 does not."""
    if case.bill.lines and not 0 < case.bill.charge_cents <= MOST_CENTS:
        yield Fault(CLAIM, "The claim's total is not above zero or too large: correct the line "
                    "charges.")


EDITS = (charge_not_positive, units_wrong, total_wrong)
