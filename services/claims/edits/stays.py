"""What a hospital may not bill beside a stay: the payment window, readmission on the same day.

Part of the family `history`: a stay is compared with what was let through for other encounters at
the same hospital and for the same payer.

Source: 42 CFR 412.2(c)(5) and 413.40(c)(2); CMS Claims Processing Manual, ch. 3, sect. 40.2.5
(repeat admissions) and 40.3 (outpatient services treated as inpatient services).
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from functools import lru_cache

from services.claims import data
from services.claims.edits.edit import CLAIM, INSTITUTIONAL, OFF, Case, Fault, edit
from services.claims.edits.history import FAMILY
from services.claims.history import NOTHING, STAY, Billed, BilledLine, began_on, kind, line_of

WINDOW = "42 CFR 412.2(c)(5), 413.40(c)(2); CMS Claims Processing Manual, ch. 3, sect. 40.3"
REPEATED_STAY, UNRELATED = "B4", "51"
"""Condition codes: a readmission that has nothing to do with the stay before; services that have
nothing to do with the admission."""
OUTPATIENT = frozenset({"13", "85"})
CRITICAL_ACCESS = "282NC0060X"
EXEMPT_FROM_IPPS = ("273", "276", "281", "282E", "282J", "282NC2000X", "283")
"""Taxonomies of hospitals and units outside the inpatient prospective payment system."""
IPPS_DAYS, OTHER_DAYS = 3, 1
DIAGNOSTIC, OUTSIDE = "diagnostic", "outside"
TRANSFERRED = frozenset({"02", "05", "30", "43", "62", "63", "65", "66", "82", "85", "90", "91"})
"""Patient status: went on to another hospital, or is still there."""


@edit(FAMILY, snip=7, severity=OFF, compares=True, claim_types=frozenset({INSTITUTIONAL}),
      source=WINDOW)
def within_payment_window(case: Case) -> Iterator[Fault]:
    """What a hospital does for an outpatient just before it admits him is part of the stay.

    Three days before admission and its day; one day where the hospital is not paid under IPPS,
    none at a critical access hospital. Diagnostic services always; others unless condition code 51
    says that they have nothing to do with it, which it cannot on the day of admission. Ambulance
    and maintenance dialysis never. Example: a CT scan on 1 March, admitted on 4 March: found; on
    28 February it passes.
    """
    if kind(case.bill) not in OUTPATIENT:
        return
    mine = tuple(map(line_of, case.bill.lines))
    for stay in _at_this_hospital(case):
        if stay.kind == STAY and _inside(case, mine, _conditions(case), stay.starts_on):
            yield Fault(CLAIM, f"The patient was admitted here (encounter {stay.encounter_id}) "
                        "within the payment window: bill these services on the claim of the stay, "
                        "or those that are neither diagnostic nor related with condition code 51.")
            return


@edit(FAMILY, snip=7, severity=OFF, compares=True, claim_types=frozenset({INSTITUTIONAL}),
      source=WINDOW)
def payment_window_apart(case: Case) -> Iterator[Fault]:
    """A stay holds what the hospital did within the payment window before it.

    Example: the emergency visit of 3 March was billed as an outpatient's and the patient admitted
    on 4 March: found on the claim of the stay; a visit of 28 February passes.
    """
    if kind(case.bill) != STAY:
        return
    admitted = began_on(case.bill)
    for other in _at_this_hospital(case):
        if other.kind in OUTPATIENT and _inside(case, other.lines, other.conditions, admitted):
            yield Fault(CLAIM, "Outpatient services within the payment window before this stay "
                        f"are billed apart (encounter {other.encounter_id}): add them to this "
                        "claim and void the other, or bill what is unrelated with condition code "
                        "51.")


def _at_this_hospital(case: Case) -> Iterator[Billed]:
    bill = case.bill
    for other in (case.history or NOTHING).others:
        if (other.facility_id, other.payer_id) == (bill.facility_id, bill.coverage.payer_id):
            yield other


def window(taxonomy: str) -> int | None:
    """Return the days of a hospital's payment window before admission; none where there is none.

    >>> window("282N00000X"), window("283Q00000X"), window("282NC0060X")
    (3, 1, None)
    """
    if taxonomy == CRITICAL_ACCESS:
        return None
    return OTHER_DAYS if taxonomy.startswith(EXEMPT_FROM_IPPS) else IPPS_DAYS


def _inside(
    case: Case, billed: tuple[BilledLine, ...], conditions: Collection[str], admitted: date
) -> bool:
    """Say whether a line belongs to a stay of this hospital that began on a day."""
    days = window(case.terms.hospitals.get(case.bill.facility_id, ""))
    if days is None:
        return False
    first = admitted - timedelta(days=days)
    attested = UNRELATED in conditions
    for one in billed:
        sort = _sort(one.revenue_code)
        bound = sort == DIAGNOSTIC or one.served_on == admitted or not attested
        if first <= one.served_on <= admitted and sort != OUTSIDE and bound:
            return True
    return False


@lru_cache(maxsize=4096)
def _sort(revenue_code: str) -> str:
    """Return diagnostic, outside (never part of a stay) or nothing."""
    return next((row["kind"] for row in data.rows("payment_window.csv")
                 if row["first"] <= revenue_code <= row["last"]), "")


@edit(FAMILY, snip=7, severity=OFF, compares=True, claim_types=frozenset({INSTITUTIONAL}),
      source="CMS Claims Processing Manual, ch. 3, sect. 40.2.5")
def readmitted_same_day(case: Case) -> Iterator[Fault]:
    """Who goes home and is admitted again on that day has one stay, if it is the same matter.

    Example: discharged home on 8 March and admitted again on 8 March: found on the claim that is
    judged second; with condition code B4 on the second stay's claim it passes, and so it does
    after a transfer (patient status 02).
    """
    if kind(case.bill) != STAY:
        return
    began, ended = began_on(case.bill), case.bill.ends_on
    for other in _at_this_hospital(case):
        if other.kind != STAY:
            continue
        again = other.ends_on == began and REPEATED_STAY not in _conditions(case)
        before = other.starts_on == ended and REPEATED_STAY not in other.conditions
        status = other.patient_status if again else _status(case)
        if (again or before) and status not in TRANSFERRED:
            yield Fault(CLAIM, "The patient was discharged and admitted here again on one day "
                        f"(encounter {other.encounter_id}): bill one stay, or the second one with "
                        "condition code B4 if it is unrelated.")


def _status(case: Case) -> str:
    stay = case.bill.institutional
    return stay.patient_status if stay else ""


def _conditions(case: Case) -> tuple[str, ...]:
    stay = case.bill.institutional
    return stay.conditions if stay else ()


EDITS = (within_payment_window, payment_window_apart, readmitted_same_day)
