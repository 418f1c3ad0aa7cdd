"""Repairs: what is put right without asking, since it changes how a code is written, not which.

`REPAIRS` is the whole list, in order; the writer of `coded` applies it to every version. What would
change the meaning, a digit, a modifier, a place, is never repaired: an edit says what would fix it,
and a coder does it or does not.

Example: g0439 becomes G0439 and E119 becomes E11.9; place 1 stays, since 01 and 11 are both places.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from schemas.events import Bill, Diagnosis, Institutional, Line
from services.codes import hcpcs, icd10cm, modifiers, pcs, poa

SHORT_REVENUE = re.compile(r"[1-9][0-9]{2}")


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair.

    Attributes:
        id: Its name.
        words: What it does.
        of: The bill as it should be written; the same one where nothing is to do.
    """

    id: str
    words: str
    of: Callable[[Bill], Bill]


def _diagnoses(bill: Bill) -> Bill:
    done = tuple(map(_diagnosis, bill.diagnoses))
    stay = bill.institutional
    if stay is None:
        return replace(bill, diagnoses=done)
    held = replace(
        stay, admitting=_dotted(stay.admitting),
        visit_reasons=tuple(map(_dotted, stay.visit_reasons)),
        external_causes=tuple(map(_diagnosis, stay.external_causes)),
    )
    return replace(bill, diagnoses=done, institutional=held)


def _diagnosis(one: Diagnosis) -> Diagnosis:
    return replace(one, code=_dotted(one.code), present=poa.compact(one.present))


def _dotted(code: str) -> str:
    plain = icd10cm.compact(code)
    return icd10cm.dotted(plain) if icd10cm.SHAPE.fullmatch(plain) else code


def _procedures(bill: Bill) -> Bill:
    stay = bill.institutional
    if stay is None:
        return bill
    done = tuple(replace(one, code=pcs.compact(one.code)) for one in stay.procedures)
    held: Institutional = replace(stay, procedures=done)
    return replace(bill, institutional=held)


def _lines(change: Callable[[Line], Line]) -> Callable[[Bill], Bill]:
    return lambda bill: replace(bill, lines=tuple(map(change, bill.lines)))


def _service(one: Line) -> Line:
    told = tuple(map(modifiers.compact, one.modifiers))
    return replace(one, code=hcpcs.compact(one.code), modifiers=tuple(filter(None, told)))


def _revenue(one: Line) -> Line:
    plain = one.revenue_code.strip()
    return replace(one, revenue_code=f"0{plain}" if SHORT_REVENUE.fullmatch(plain) else plain)


REPAIRS = (
    Repair("diagnosis_written", "a diagnosis in capitals with its dot, its indicator in capitals",
           _diagnoses),
    Repair("procedure_written", "an inpatient procedure in capitals without blanks", _procedures),
    Repair("service_written", "a service and its modifiers in capitals without blanks",
           _lines(_service)),
    Repair("revenue_written", "a revenue code of three digits with its leading zero",
           _lines(_revenue)),
)


def repaired(bill: Bill) -> Bill:
    """Return a bill as it should be written; the same one where it is."""
    done = bill
    for one in REPAIRS:
        done = one.of(done)
    return bill if done == bill else done
