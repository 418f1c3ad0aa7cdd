"""How a coder codes a bill of the hospital, when nothing goes wrong. Pure.

Diagnoses are the documented ones at full length, the principal first; external causes stand apart;
an inpatient's have their present-on-admission indicator and procedures in ICD-10-PCS. Lines have
neither pointers nor place of service.
"""

import dataclasses
from collections.abc import Callable, Iterable

from schemas.events import Bill, Diagnosis, Institutional, Line, Procedure
from services.codes import icd10cm, mce, poa
from services.worklist.bill import together

INPATIENT = "inpatient"
INJURED = "T14.90XA"
"""What is coded first when the record names an external cause first."""
MOST_DIAGNOSES = 25

Resolve = Callable[[str], str | None]
"""A documented code -> the code that may be billed; none when a person has to choose."""


def encode(
    bill: Bill, coder: str, resolve: Resolve, line_of: Callable[[Line], Line]
) -> Bill | None:
    """Return the coding of a bill, or none when a person has to code it.

    Args:
        bill: As documented.
        coder: Who answers for it.
        resolve: Completes a diagnosis code.
        line_of: Codes a line, but for pointers.
    """
    held = bill.institutional
    if held is None:
        return None
    found = _coded(bill, coder, resolve)
    if found is None:
        return None
    causes = tuple(d for d in found if is_external(d.code))
    diagnoses = _ordered(bill, [d for d in found if not is_external(d.code)], resolve)
    if not diagnoses or (causes and causes[0] is found[0]):
        injury = Diagnosis(code=INJURED, assigned_by=coder, source="coder")
        present = _present(bill, injury, INJURED)
        diagnoses.insert(0, dataclasses.replace(injury, present=present))
    stay = dataclasses.replace(
        held, external_causes=causes, admitting=_billable(held.admitting, diagnoses, resolve),
        visit_reasons=_reasons(held, diagnoses, resolve),
        procedures=tuple(
            Procedure(
                code=one.code, performed_on=one.performed_on, assigned_by=coder, source="coder"
            )
            for one in held.procedures
        ),
    )
    return grouped(dataclasses.replace(
        bill, diagnoses=tuple(diagnoses[:MOST_DIAGNOSES]), institutional=stay,
        lines=tuple(map(line_of, bill.lines)),
    ))


def grouped(bill: Bill) -> Bill:
    """Return an inpatient's bill with the MS-DRG of its discharge date, where it has one."""
    held = bill.institutional
    if held is None or bill.encounter_class != INPATIENT or not mce.AT_HAND:
        return bill
    found = mce.group(mce.Stay(
        bill.ends_on, bill.patient.age_years, bill.patient.sex, held.patient_status,
        tuple((one.code, one.present) for one in bill.diagnoses),
        tuple(one.code for one in held.procedures),
    )) if bill.patient.sex in mce.SEXES else ""
    if found in mce.UNGROUPABLE:
        found = ""
    return dataclasses.replace(bill, institutional=dataclasses.replace(held, drg=found))


def is_external(code: str) -> bool:
    """Say whether a diagnosis is an external cause (chapter 20: V00 to Y99).

    >>> is_external("W19.XXXA"), is_external("T14.90XA")
    (True, False)
    """
    return "V00" <= code[:3] <= "Y99"


def _coded(bill: Bill, coder: str, resolve: Resolve) -> list[Diagnosis] | None:
    found: dict[str, Diagnosis] = {}
    named = [documented.code for documented in bill.diagnoses]
    for documented in bill.diagnoses:
        code = resolve(documented.code)
        if code is None and _said_better(documented.code, named):
            continue
        if code is None:
            return None
        found.setdefault(code, Diagnosis(
            code=code, assigned_by=coder, source="coder", present=_present(bill, documented, code)
        ))
    out = together.left_out(tuple(found))
    return None if out is None else [one for one in found.values() if one.code not in out]


def _said_better(category: str, documented: Iterable[str]) -> bool:
    """Say whether a code below a category is documented beside it."""
    return any(code != category and code.startswith(category) for code in documented)


def _present(bill: Bill, documented: Diagnosis, code: str) -> str:
    """Return the indicator: as documented, else present, of an inpatient's unless exempt."""
    if bill.encounter_class != INPATIENT or poa.is_exempt(code):
        return ""
    return documented.present or poa.PRESENT


def _ordered(bill: Bill, found: list[Diagnosis], resolve: Resolve) -> list[Diagnosis]:
    """Return the diagnoses with the principal first.

    Where the admission diagnosis says more than the discharge diagnosis of the same category, it
    is the principal one and the other is left out (guideline I.B.2: the highest specificity).
    """
    held = bill.institutional
    admitting = resolve(held.admitting) if held and held.admitting else None
    if bill.encounter_class != INPATIENT or not found or admitting in (None, found[0].code):
        return found
    principal = next((d for d in found if d.code == admitting), None)
    if principal is None or principal.code[:3] != found[0].code[:3]:
        return found
    return [principal, *(d for d in found[1:] if d is not principal)]


def _billable(code: str, diagnoses: Iterable[Diagnosis], resolve: Resolve) -> str:
    """Return the admission diagnosis as it may be billed: else the principal one."""
    if not code:
        return ""
    return resolve(code) or next(iter(diagnoses)).code


def _reasons(
    held: Institutional, diagnoses: Iterable[Diagnosis], resolve: Resolve
) -> tuple[str, ...]:
    """Return the reasons for an outpatient's visit; an external cause is none."""
    if held.facility_type.startswith("11"):
        return ()
    found = (resolve(code) for code in held.visit_reasons)
    named = dict.fromkeys(code for code in found if code and not is_external(code))
    principal = next(iter(diagnoses)).code
    return tuple(named) or ((principal,) if icd10cm.exists(principal) else ())
