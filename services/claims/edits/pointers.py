"""Each line must point to one to four of the claim's diagnoses.

Example, with two diagnoses: pointers (1, 2) pass; () is missing, (3,) points nowhere, (1, 1)
repeats, and five pointers are one too many.

Source: 837P loop 2400 SV107, diagnosis code pointers 1 to 12, at most four, the first required.
"""

from collections.abc import Iterator
from datetime import date

from schemas.events import Coded, Finding, Line
from services.claims.edits.edit import hold
from services.claims.edits.edit import line as line_place
from services.claims.terms import Terms

SOURCE = "837P SV107"
MOST = 4


def valid_pointers(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold lines whose diagnosis pointers are missing, dangling, repeated or too many.

    Lines of an institutional claim have none.
    """
    if coded.bill.claim_type == "institutional":
        return
    count = len(coded.bill.diagnoses)
    for position, line in enumerate(coded.bill.lines, 1):
        yield from _line(line, position, count)


def _line(line: Line, position: int, count: int) -> Iterator[Finding]:
    place, pointers = line_place(position), line.pointers
    if not pointers:
        yield hold("pointer_missing", place, f"Line {position} points to no diagnosis: point it "
                   "to the diagnosis it was done for.", SOURCE, 2)
    elif min(pointers) < 1 or max(pointers) > count:
        yield hold("pointer_dangling", place, f"Line {position} points to a diagnosis that is "
                   f"not there: point it to one of the {count} listed.", SOURCE, 4)
    if len(pointers) > MOST or len(set(pointers)) < len(pointers):
        yield hold("pointers_repeated", place, f"Line {position} has more than four diagnosis "
                   "pointers or one of them twice: keep each once, four at most.", SOURCE, 2)
