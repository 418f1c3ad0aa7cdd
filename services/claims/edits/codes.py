"""Procedure codes, modifiers and places of service have their shape.

Source: 837P loop 2400 SV101 (HCPCS, up to four modifiers), SV105 and CLM05-1; 837I SV202.
"""

from collections.abc import Iterator
from functools import partial

from services.claims.edits.edit import (
    CLAIM,
    PROFESSIONAL,
    Case,
    Fault,
    edit,
    line,
)
from services.codes import hcpcs, modifiers, pos

MOST_MODIFIERS = 4
FAMILY = "codes"
only_professional = partial(edit, claim_types=frozenset({PROFESSIONAL}))


@only_professional(FAMILY, snip=5, source="CMS place of service codes")
def place_of_service_wrong(case: Case) -> Iterator[Fault]:
    """Claim and lines name a place of the list. Example: 11 passes, 1 does not."""
    if not pos.is_valid(case.bill.place_of_service, case.on):
        yield Fault(CLAIM, "The claim's place of service is not on the list: choose one.")
    for position, one in case.lines():
        if one.place_of_service and not pos.is_valid(one.place_of_service, one.served_on):
            yield Fault(line(position), f"The place of service of line {position} is not on the "
                        "list: choose one.")


@edit(FAMILY, snip=5, source="HCPCS")
def procedure_malformed(case: Case) -> Iterator[Fault]:
    """A procedure has a code's shape. Example: 99213 passes, 9921 does not.

    A line of an institutional claim may have a revenue code alone.
    """
    for position, one in case.lines():
        if not hcpcs.is_valid(one.code) and (one.code or not one.revenue_code):
            yield Fault(line(position), f"The procedure of line {position} is not a CPT or HCPCS "
                        "code: five characters, such as 99213 or G0439.")


@edit(FAMILY, snip=5, source="HCPCS modifiers")
def modifier_malformed(case: Case) -> Iterator[Fault]:
    """A modifier has two characters. Example: 25 passes, 2 does not."""
    for position, one in case.lines():
        if not all(modifiers.is_valid(each, one.served_on) for each in one.modifiers):
            yield Fault(line(position), f"A modifier of line {position} has not two characters, "
                        "or came after the day of service: correct it.")


@edit(FAMILY, snip=2, source="837 SV101, SV202")
def modifiers_repeated(case: Case) -> Iterator[Fault]:
    """A line has up to four modifiers, each once. Example: 25 and 59 pass, 25 twice does not."""
    for position, one in case.lines():
        if len(one.modifiers) > MOST_MODIFIERS or len(set(one.modifiers)) < len(one.modifiers):
            yield Fault(line(position), f"Line {position} has more than four modifiers or one of "
                        "them twice: keep each once, four at most.")


EDITS = (place_of_service_wrong, procedure_malformed, modifier_malformed, modifiers_repeated)
