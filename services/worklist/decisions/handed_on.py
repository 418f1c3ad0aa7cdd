"""The correction that goes along with an item, from team to team, until billing releases it.

A coder's codes and patient access's coverage leave together: whoever comes second adds to what the
first handed on, and takes nothing of it away.
"""

from dataclasses import replace

from schemas import codec
from schemas.events import Bill, Coded
from services.worklist.decisions.case import Case, next_version
from services.worklist.shown import record

COVERED = ("coverage", "others", "prior", "demographics", "authorized")
"""What of a bill is registration's, never a coder's."""


def correction(case: Case) -> Coded | None:
    """Return what was handed on, if it is of the coding as it stands."""
    found = record.proposed(case.row)
    fits = found is not None and found.version == case.current.version + 1
    return found if fits else None


def covered(bill: Bill, by: Bill) -> Bill:
    """Return a bill with the coverage of another."""
    return replace(bill, **{name: getattr(by, name) for name in COVERED})


def coverage_alone(case: Case) -> bytes | None:
    """Return what stays of it once a coder finds the coding right: the coverage, if that is new."""
    found = correction(case)
    bill = covered(case.current.bill, found.bill) if found else case.current.bill
    if bill == case.current.bill:
        return None
    return codec.encode(next_version(
        case, replace(case.current, bill=bill, evidence=(), overrides=())
    ))
