"""Claim and remittance aligned: each line as coded, beside what the payer decided on it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from schemas.events import Adjudicated, Coded, PaidLine
from services.codes import hcpcs, icd10cm, pos, revenue
from services.codes.reference import Reference
from services.worklist.shown import page, stay, wording

MOST_BELOW = 12


def shown(
    coded: Coded, decided: Adjudicated | None, reference: Reference | None = None
) -> page.Coding:
    """Return one version of the coding, each line beside the payer's decision on it."""
    bill = coded.bill
    paid = {line.line_id: line for line in decided.lines} if decided else {}
    return page.Coding(
        version=coded.version,
        coder_id=coded.coder_id,
        place_of_service=bill.place_of_service,
        charge_cents=bill.charge_cents,
        diagnoses=tuple(
            page.DiagnosisShown(
                position=n, code=d.code, words=icd10cm.describe(d.code),
                problem=_problem(d.code, bill.starts_on), below=_below(d.code, bill.starts_on),
                assigned_by=d.assigned_by, source=d.source, present=d.present,
                needs_presence=stay.needs_presence(bill, d.code),
            )
            for n, d in enumerate(bill.diagnoses, start=1)
        ),
        lines=tuple(_line(n, line, paid) for n, line in enumerate(bill.lines, start=1)),
        stay=stay.shown(bill, reference),
    )


def _line(number: int, line: Any, paid: Mapping[str, PaidLine]) -> page.LineShown:
    answer = paid.get(line.line_id)
    return page.LineShown(
        number=number, line_id=line.line_id, code=line.code, revenue_code=line.revenue_code,
        words=hcpcs.describe(line.code) or revenue.describe(line.revenue_code),
        modifiers=line.modifiers, units=line.units, charge_cents=line.charge_cents,
        pointers=line.pointers, place_of_service=line.place_of_service,
        place_words=pos.describe(line.place_of_service), served_on=line.served_on,
        assigned_by=line.assigned_by, source=line.source, decided=answer is not None,
        paid_cents=answer.paid_cents if answer else 0,
        adjustments=tuple(map(wording.adjustment, answer.adjustments)) if answer else (),
        remarks=wording.remarks(answer.remarks) if answer else (),
    )


def _problem(code: str, on: date) -> str:
    if icd10cm.is_valid(code, on):
        return ""
    return "a category, not billable" if icd10cm.exists(code) else "no such code"


def _below(code: str, on: date) -> tuple[page.Said, ...]:
    if not icd10cm.exists(code) or icd10cm.is_valid(code, on):
        return ()
    found = icd10cm.billable_below(code)
    return tuple(page.Said(code=e.code, words=e.words) for e in found[:MOST_BELOW])
