"""No code without documentation: what a correction adds names the passage that supports it.

The coders' pages ask for the passage before they take a correction; this holds what comes another
way. It sees that a passage is named, not that it says so.

Source: ICD-10-CM guidelines, sect. I.A.19 and I.B.14 (a code stands on the provider's
documentation); 42 CFR 482.24(c) (the record supports the diagnosis and describes the care).
"""

from collections.abc import Iterator

from services.claims.edits.edit import Case, Fault, diagnosis, edit, line, procedure
from services.claims.history import CORRECTION, RECHECK, codes, is_founded

SOURCE = "ICD-10-CM guidelines I.A.19 and I.B.14; 42 CFR 482.24(c)"
UNDOCUMENTED = "No code without documentation: name the passage of the record, or leave it out."


@edit("documentation", snip=0, source=SOURCE, guardrail=UNDOCUMENTED, compares=True)
def code_undocumented(case: Case) -> Iterator[Fault]:
    """A correction that adds a diagnosis or a procedure names a passage of the record.

    Example: version 1 has E11.9; a correction to E11.9 and N18.30 without evidence is found on
    diagnosis 2. With a passage for it, or one for all, it passes, and so does version 1 sent again
    as it was. Of an encounter whose earlier versions are not known nothing is said.
    """
    own = case.history.own if case.history else None
    if own is None or case.coded.reason not in (CORRECTION, RECHECK):
        return
    for place, (key, code) in zip(_places(case), codes(case.bill), strict=True):
        if code and code not in own.codes and not is_founded(case.coded, key):
            yield Fault(place, f"{code} is added by a correction that names no passage of the "
                        "record for it: mark the passage that supports it, or leave the code out.")


def _places(case: Case) -> Iterator[str]:
    """Yield where the codes of a bill stand, in their order."""
    for position in range(1, len(case.bill.diagnoses) + 1):
        yield diagnosis(position)
    for position, one in case.lines():
        if one.code:
            yield line(position)
    stay = case.bill.institutional
    for position in range(1, len(stay.procedures if stay else ()) + 1):
        yield procedure(position)


EDITS = (code_undocumented,)
