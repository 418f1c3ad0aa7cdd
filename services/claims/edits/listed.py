"""Whether a code may be billed on the day that counts: by the site's own list, else the packaged.

A list that a site loaded decides from its first day on, as long as no later edition is packaged:
who loads nothing for a year is judged by what is packaged, not by an old list of his own.
"""

from services.claims.edits.edit import Case
from services.codes import days, icd10cm, pcs

DIAGNOSES, PROCEDURES = "icd10cm", "icd10pcs"


def is_diagnosis(case: Case, code: str) -> bool:
    """Say whether an ICD-10-CM code may be billed on the case's day. Example: E11 may not."""
    found = _loaded(case, DIAGNOSES, icd10cm.compact(code))
    if found is None:
        return icd10cm.is_valid(code, case.on)
    return found and code in (icd10cm.dotted(code), icd10cm.compact(code))


def is_procedure(case: Case, code: str) -> bool:
    """Say whether an ICD-10-PCS code may be billed on the case's day. Example: 02703ZZ may."""
    found = _loaded(case, PROCEDURES, code)
    return pcs.is_valid(code, case.on) if found is None else found


def _loaded(case: Case, kind: str, code: str) -> bool | None:
    """Say what the site's list holds of a code; none when it has no list that counts."""
    version = case.terms.library.in_force(kind, case.on)
    if version is None or version.effective_on < min(days.edition(case.on), days.LATEST):
        return None
    return any(row[0] is True for row in case.rows(kind, code))
