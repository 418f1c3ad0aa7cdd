"""What of a stay a coder corrects: what was present on admission, and the procedures."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from schemas.events import Bill, Diagnosis, Institutional, Procedure
from services.codes import pcs, poa
from services.worklist.bill.hospital import INPATIENT

MOST_PROCEDURES = 25
BEFORE = timedelta(days=3)
"""Of admission: from here on a procedure belongs to the stay."""

Typed = tuple[tuple[str, date | None], ...] | None
Wrong = tuple[str, str]
"""A field and why it cannot be taken, as a sentence."""


def corrected(
    bill: Bill, diagnoses: tuple[str, ...], present: tuple[str, ...], procedures: Typed,
    coder_id: str,
) -> tuple[Institutional | None, list[Wrong]]:
    """Return the stay as corrected, and everything that is wrong with the correction.

    Args:
        bill: As coded last.
        diagnoses: As typed.
        present: The indicator of each, as typed.
        procedures: Codes with their days, as typed; none leaves them.
        coder_id: Who answers for it.
    """
    held = bill.institutional
    if held is None or bill.encounter_class != INPATIENT:
        return held, []
    wrong = list(_presence(diagnoses, present))
    if procedures is None:
        return held, wrong
    known = {one.code: one for one in held.procedures}
    done = []
    for number, (code, on) in enumerate(procedures, start=1):
        wrong += _procedure(bill, number, code, on, known)
        old = known.get(code)
        if old is not None and on in (None, old.performed_on):
            done.append(old)
        elif on is not None:
            done.append(
                Procedure(code=code, performed_on=on, assigned_by=coder_id, source="coder")
            )
    if len(procedures) > MOST_PROCEDURES:
        wrong.append(("procedure 26", f"A claim has at most {MOST_PROCEDURES} procedures."))
    if len({code for code, _ in procedures}) < len(procedures):
        wrong.append(("procedures", "A procedure stands there twice."))
    return replace(held, procedures=tuple(done)), wrong


def _presence(diagnoses: tuple[str, ...], present: tuple[str, ...]) -> Iterator[Wrong]:
    typed = (*present, *("",) * len(diagnoses))
    for number, (code, said) in enumerate(zip(diagnoses, typed, strict=False), start=1):
        if not poa.is_exempt(code) and not poa.is_valid(said):
            yield (
                f"diagnosis {number}",
                f"{code}: say whether it was present on admission: Y, N, U or W.",
            )


def _procedure(
    bill: Bill, number: int, code: str, on: date | None, known: dict[str, Procedure]
) -> Iterator[Wrong]:
    field = f"procedure {number}"
    if not pcs.is_valid(code):
        yield field, f"{code} has not the shape of an ICD-10-PCS code."
    elif on is None and code not in known:
        yield field, f"{code}: say on which day it was done."
    elif on is not None and not bill.starts_on - BEFORE <= on <= bill.ends_on:
        yield field, f"{code}: the day is not within the stay."


def with_presence(
    bill: Bill, diagnoses: tuple[Diagnosis, ...], present: tuple[str, ...]
) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of a stay with their indicators; those exempt have none."""
    if bill.encounter_class != INPATIENT or bill.institutional is None:
        return diagnoses
    typed = (*present, *("",) * len(diagnoses))
    return tuple(
        replace(one, present="" if poa.is_exempt(one.code) else said)
        for one, said in zip(diagnoses, typed, strict=False)
    )
