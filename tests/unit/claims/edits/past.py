"""What the edits that compare say of a bill beside other encounters' bills."""

from datetime import date

from services.claims import edits
from services.claims.edits import documentation, history, stays
from services.claims.history import History, of
from tests.builders import TERMS, coded

TODAY = date(2026, 3, 20)
OURS = (*documentation.EDITS, *history.EDITS, *stays.EDITS)


def beside(*bills):
    """A history with an encounter for each bill."""
    others = (of(coded(encounter_id=f"other-{at}", bill=one)) for at, one in enumerate(bills))
    return History(tuple(sorted(others, key=lambda one: (one.starts_on, one.encounter_id))))


def found(mine, *others, terms=TERMS):
    """Edit, severity and place of what is found on a bill beside others."""
    findings = edits.check(coded(bill=mine), TODAY, terms, OURS, beside(*others))
    return [(f.edit, f.severity, f.place) for f in findings]
