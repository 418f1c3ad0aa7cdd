"""Procedure codes, modifiers and places of service must have their shape.

Example: line ``99213`` with modifier ``25`` at place ``11`` passes; ``9921``, modifier ``2``,
five modifiers, ``25`` twice, or place ``1`` give one finding each. A line of the hospital has no
place of service, and may have a revenue code alone.

Source: 837P loop 2400 SV101 (HCPCS, up to four modifiers) and SV105/CLM05-1 (place of service).
"""

from collections.abc import Iterator
from datetime import date

from schemas.events import Coded, Finding, Line
from services.claims.edits.edit import CLAIM, hold
from services.claims.edits.edit import line as line_place
from services.claims.terms import Terms
from services.codes import hcpcs, modifiers, pos

MOST_MODIFIERS = 4


def valid_codes(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold codes, modifiers and places that no payer can read."""
    institutional = coded.bill.claim_type == "institutional"
    if not institutional and not pos.is_valid(coded.bill.place_of_service):
        yield hold("place_of_service_wrong", CLAIM, "The claim's place of service is not on the "
                   "list: choose one.", "CMS place of service codes", 5)
    for position, line in enumerate(coded.bill.lines, 1):
        yield from _line(line, position, institutional)


def _line(line: Line, position: int, institutional: bool) -> Iterator[Finding]:
    place = line_place(position)
    coded = line.code or not institutional  # a revenue code may stand alone
    if coded and not hcpcs.is_valid(line.code):
        yield hold("procedure_malformed", place, f"The procedure of line {position} is not a CPT "
                   "or HCPCS code: five characters, such as 99213 or G0439.", "HCPCS", 5)
    if line.place_of_service and not pos.is_valid(line.place_of_service):
        yield hold("place_of_service_wrong", place, f"The place of service of line {position} is "
                   "not on the list: choose one.", "CMS place of service codes", 5)
    if not all(map(modifiers.is_valid, line.modifiers)):
        yield hold("modifier_malformed", place, f"A modifier of line {position} has not two "
                   "characters: correct it.", "HCPCS modifiers", 5)
    if len(line.modifiers) > MOST_MODIFIERS or len(set(line.modifiers)) < len(line.modifiers):
        yield hold("modifiers_repeated", place, f"Line {position} has more than four modifiers "
                   "or one of them twice: keep each once, four at most.", "837P SV101", 2)
