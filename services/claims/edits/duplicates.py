"""A service is billed once: two lines alike in code, date, modifiers and place are one too many.

Example: 85025 twice on one day gives one finding on the second line; 85025 and 85025 with
modifier 91 (repeated laboratory test) pass, and so do two days.

Source: CMS Claims Processing Manual, ch. 1, sect. 120 (exact duplicates); NCCI manual, ch. I.
"""

from collections.abc import Iterator
from datetime import date

from schemas.events import Coded, Finding
from services.claims.edits.edit import hold
from services.claims.edits.edit import line as line_place
from services.claims.terms import Terms

SOURCE = "CMS Claims Processing Manual, ch. 1, sect. 120"


def line_once(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold a line that repeats an earlier one."""
    first: dict[tuple[object, ...], int] = {}
    for position, line in enumerate(coded.bill.lines, 1):
        key = (
            line.code, line.revenue_code, line.served_on, frozenset(line.modifiers),
            line.place_of_service,
        )
        earlier = first.setdefault(key, position)
        if earlier != position:
            yield hold("line_repeated", line_place(position), f"Line {position} repeats line "
                       f"{earlier}: drop it, add its units to line {earlier}, or add the "
                       "modifier that the record supports (76, 77, 91, 59).", SOURCE, 4)
