"""Errors in the coding of a stay."""

from dataclasses import replace

from schemas.events import Bill
from services.worklist.feed.slip import Put, Slip

INPATIENT_BILL = "11"


def presence_missing(bill: Bill, slip: Slip) -> Bill | None:
    """Leave out whether a diagnosis was present on admission."""
    at = slip.of([i for i, d in enumerate(bill.diagnoses) if d.present])
    if at is None:
        return None
    bare = replace(bill.diagnoses[at], present="")
    return replace(bill, diagnoses=(*bill.diagnoses[:at], bare, *bill.diagnoses[at + 1:]))


def wrong_principal(bill: Bill, slip: Slip) -> Bill | None:
    """Put the second diagnosis of a stay first."""
    held = bill.institutional
    if held is None or held.facility_type != INPATIENT_BILL or len(bill.diagnoses) < 2:
        return None
    first, second, *others = bill.diagnoses
    return replace(bill, diagnoses=(second, first, *others))


def procedure_missing(bill: Bill, slip: Slip) -> Bill | None:
    """Leave out the last procedure of a stay."""
    held = bill.institutional
    if held is None or not held.procedures:
        return None
    return replace(bill, institutional=replace(held, procedures=held.procedures[:-1]))


SLIPS: tuple[Put, ...] = (presence_missing, wrong_principal, procedure_missing)
