"""Diagnoses are ICD-10-CM codes that may be billed on the day that counts, each once.

Source: ICD-10-CM Official Guidelines, I.B.2 (highest number of characters) and I.B.12.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import islice

from services.claims.edits.edit import WARN, Case, Fault, diagnosis, edit
from services.claims.edits.listed import is_diagnosis
from services.codes import icd10cm

FAMILY = "codes"
TABULAR = "ICD-10-CM tabular list"
EXAMPLES = 3
BETTER_SAID = ("placeholder_missing", "seventh_character_missing")


@edit(FAMILY, snip=5, source=f"{TABULAR}; guideline I.B.2", silenced_by=BETTER_SAID)
def diagnosis_incomplete(case: Case) -> Iterator[Fault]:
    """A diagnosis is coded in full. Example: E11.9 passes, E11 is a category."""
    for position, one in enumerate(case.bill.diagnoses, 1):
        below = () if is_diagnosis(case, one.code) else _below(one.code, case.on)
        if below:
            yield Fault(diagnosis(position), f"Diagnosis {position}, {one.code}, is a category "
                        f"and not a billable code: code it in full, such as {', '.join(below)}.")


@edit(FAMILY, snip=5, source=TABULAR, silenced_by=BETTER_SAID)
def diagnosis_unknown(case: Case) -> Iterator[Fault]:
    """A diagnosis is a code of the list on that day. Example: E11.99 is none."""
    for position, one in enumerate(case.bill.diagnoses, 1):
        if not is_diagnosis(case, one.code) and not _below(one.code, case.on):
            yield Fault(diagnosis(position), f"Diagnosis {position}, {one.code or 'empty'}, is "
                        "not an ICD-10-CM code on the date that counts: correct it from the "
                        "record.")


@edit(FAMILY, snip=4, severity=WARN, source="ICD-10-CM guideline I.B.12",
      silenced_by=("mce_duplicate_of_principal",))
def diagnosis_repeated(case: Case) -> Iterator[Fault]:
    """A code is reported once for an encounter. Example: I10 twice."""
    seen: set[str] = set()
    for position, one in enumerate(case.bill.diagnoses, 1):
        if one.code in seen:
            yield Fault(diagnosis(position), f"{one.code} is reported twice: leave out diagnosis "
                        f"{position}.")
        seen.add(one.code)


@lru_cache(maxsize=4096)
def _below(code: str, on: date) -> tuple[str, ...]:
    """Return the first codes under a category that may be billed on a day, if it is one."""
    if not icd10cm.exists(code) or icd10cm.is_valid(code, on):
        return ()
    below = (one.code for one in icd10cm.billable_below(code) if icd10cm.is_valid(one.code, on))
    return tuple(islice(below, EXAMPLES))


EDITS = (diagnosis_incomplete, diagnosis_unknown, diagnosis_repeated)
