"""Diagnoses must be ICD-10-CM codes that may be billed on the first day of service.

Example: E11.9 passes on 2026-03-01. E11 is a category: one finding that names the codes below
it. E11.99 is no code: one finding. I10 twice: a warning, since guideline I.B.12 wants a code
reported once for an encounter.

Source: ICD-10-CM Official Guidelines, I.B.2 (highest number of characters) and I.B.12.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from schemas.events import Coded, Finding
from services.claims.edits.edit import diagnosis as diagnosis_place
from services.claims.edits.edit import hold, warn
from services.claims.terms import Terms
from services.codes import icd10cm

VALID = "ICD-10-CM tabular list, {}"
ONCE = "ICD-10-CM guideline I.B.12"
EXAMPLES = 3


def valid_diagnosis(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold codes that do not exist or are not complete; warn of repeated ones."""
    seen: set[str] = set()
    for position, diagnosis in enumerate(coded.bill.diagnoses, 1):
        code, place = diagnosis.code, diagnosis_place(position)
        if not icd10cm.is_valid(code, coded.bill.starts_on):
            yield _unusable(code, position)
        if code in seen:
            yield warn("diagnosis_repeated", place, f"{code} is reported twice: leave out "
                       f"diagnosis {position}.", ONCE, 4)
        seen.add(code)


def _unusable(code: str, position: int) -> Finding:
    place, source = diagnosis_place(position), VALID.format(icd10cm.EDITION)
    below = _below(code)
    if below:
        return hold("diagnosis_incomplete", place, f"Diagnosis {position}, {code}, is a category "
                    f"and not a billable code: code it in full, such as {', '.join(below)}.",
                    source, 5)
    return hold("diagnosis_unknown", place, f"Diagnosis {position}, {code or 'empty'}, is not an "
                "ICD-10-CM code on the date of service: correct it from the record.", source, 5)


@lru_cache(maxsize=4096)
def _below(code: str) -> tuple[str, ...]:
    """Return the first billable codes under a category, if it is one."""
    if not icd10cm.exists(code):
        return ()
    return tuple(entry.code for entry in icd10cm.billable_below(code)[:EXAMPLES])
