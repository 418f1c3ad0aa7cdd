"""The lines of a denial as they were billed: what a lesson is about."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from schemas.events import Bill, Line, Submitted
from services.codes import hcpcs, icd10cm, revenue
from services.worklist.shown import happened
from services.worklist.shown.page import Said
from services.worklist.talk.lessons import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """A denied line as it was billed.

    Attributes:
        number: Of the line on the claim.
        code: HCPCS or CPT; empty where a hospital billed by revenue code alone.
        revenue_code: On a hospital's bill.
        words: What was billed, in our words.
        modifiers: As billed.
        units: As billed.
        charge_cents: As billed.
        diagnoses: Those the line points to; all of them on a hospital's bill.
    """

    number: int
    code: str
    revenue_code: str
    words: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    diagnoses: tuple[Said, ...]


def denied_lines(conn: Connection, lesson: Lesson) -> tuple[Billed, ...]:
    """Return the lines that were denied as the claim had them; every line of a claim denied whole.

    Nothing where the claim was not sent from here.
    """
    row = conn.execute(
        text("select encounter_id, reasons from work_item where rework_id = cast(:id as uuid)"),
        {"id": lesson.rework_id},
    ).one()
    bill = next((
        place.event.bill for place in happened.timeline(conn, str(row.encounter_id))
        if isinstance(place.event, Submitted)
        and place.event.control_number == lesson.control_number
    ), None)
    denied = {one["line_id"] for one in row.reasons if one.get("line_id")}
    return tuple(
        _billed(number, line, bill) for number, line in enumerate(bill.lines, start=1)
        if not denied or line.line_id in denied
    ) if bill else ()


def _billed(number: int, line: Line, bill: Bill) -> Billed:
    codes = [one.code for one in bill.diagnoses]
    pointed = [codes[at - 1] for at in line.pointers if 0 < at <= len(codes)]
    return Billed(
        number=number, code=line.code, revenue_code=line.revenue_code,
        words=hcpcs.describe(line.code) or revenue.describe(line.revenue_code),
        modifiers=line.modifiers, units=line.units, charge_cents=line.charge_cents,
        diagnoses=tuple(
            Said(code=code, words=icd10cm.describe(code))
            for code in (codes if bill.institutional else pointed)
        ),
    )
