"""Each line of a professional claim points to one to four of its diagnoses.

Source: 837P loop 2400 SV107, diagnosis code pointers 1 to 12, at most four, the first required.
"""

from collections.abc import Iterator
from functools import partial

from services.claims.edits.edit import PROFESSIONAL, Case, Fault, edit, line

MOST = 4
rule = partial(edit, "structure", source="837P SV107", claim_types=frozenset({PROFESSIONAL}))


@rule(snip=2)
def pointer_missing(case: Case) -> Iterator[Fault]:
    """A line points to a diagnosis. Example: pointers (1, 2) pass, none do not."""
    for position, one in case.lines():
        if not one.pointers:
            yield Fault(line(position), f"Line {position} points to no diagnosis: point it to "
                        "the diagnosis it was done for.")


@rule(snip=4)
def pointer_dangling(case: Case) -> Iterator[Fault]:
    """A pointer points to a diagnosis of the claim. Example: with two diagnoses 3 does not."""
    count = len(case.bill.diagnoses)
    for position, one in case.lines():
        if one.pointers and not 1 <= min(one.pointers) <= max(one.pointers) <= count:
            yield Fault(line(position), f"Line {position} points to a diagnosis that is not "
                        f"there: point it to one of the {count} listed.")


@rule(snip=2)
def pointers_repeated(case: Case) -> Iterator[Fault]:
    """A line has up to four pointers, each once. Example: (1, 1) repeats one."""
    for position, one in case.lines():
        if len(one.pointers) > MOST or len(set(one.pointers)) < len(one.pointers):
            yield Fault(line(position), f"Line {position} has more than four diagnosis pointers "
                        "or one of them twice: keep each once, four at most.")


EDITS = (pointer_missing, pointer_dangling, pointers_repeated)
