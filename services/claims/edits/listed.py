"""Whether a code may be billed on the day that counts: by the site's own list, else the packaged.

A list that a site loaded decides from its first day on, as long as no later edition is packaged:
who loads nothing for a year is judged by what is packaged, not by an old list of his own.
"""

import re
from datetime import date
from functools import lru_cache

from services.claims.edits.edit import Case
from services.codes import days, icd10cm, pcs, poa
from services.codes.library.library import Library, holds
from services.codes.sets import SETS

DIAGNOSES, PROCEDURES, EXEMPT = "icd10cm", "icd10pcs", "poa_exempt"
MODIFIERS = "modifier"
LEVEL_2 = re.compile(r"(?!P[1-6])[A-Z][A-Z0-9]")
"""Modifiers of HCPCS Level II; the others, digits first and P1 to P6, are CPT's."""


def is_diagnosis(case: Case, code: str) -> bool:
    """Say whether an ICD-10-CM code may be billed on the case's day. Example: E11 may not."""
    return diagnosis_valid(case.terms.library, code, case.on)


def is_procedure(case: Case, code: str) -> bool:
    """Say whether an ICD-10-PCS code may be billed on the case's day. Example: 02703ZZ may."""
    return procedure_valid(case.terms.library, code, case.on)


def is_exempt(case: Case, code: str) -> bool:
    """Say whether a diagnosis needs no present on admission.

    Example: Z87.891 needs none, I10 does.
    """
    listed = case.terms.library.rows(EXEMPT, icd10cm.dotted(code), case.on)
    if listed is None:
        return poa.is_exempt(code)
    return any(holds(str(row[0]), str(row[1]), case.on) for row in listed)


def is_listed(case: Case, kind: str, code: str, on: date) -> bool:
    """Say whether a code of another set may be billed on a day: by the site's list, if it has one.

    Of modifiers it decides those of Level II, which CMS's file holds. Example: without a list of
    places 11 may and 1 may not.
    """
    ours = code and (kind != MODIFIERS or LEVEL_2.fullmatch(code))
    listed = case.terms.library.rows(kind, code, on) if ours else None
    if listed is None:
        return SETS[kind].is_valid(code, on)
    return any(holds(str(row[0]), str(row[1]), on) for row in listed)


@lru_cache(maxsize=16384)
def diagnosis_valid(library: Library, code: str, on: date) -> bool:
    """Say whether an ICD-10-CM code may be billed on a day."""
    found = _loaded(library, DIAGNOSES, icd10cm.compact(code), on)
    if found is None:
        return icd10cm.is_valid(code, on)
    return found and code in (icd10cm.dotted(code), icd10cm.compact(code))


@lru_cache(maxsize=16384)
def procedure_valid(library: Library, code: str, on: date) -> bool:
    """Say whether an ICD-10-PCS code may be billed on a day."""
    found = _loaded(library, PROCEDURES, code, on)
    return pcs.is_valid(code, on) if found is None else found


def _loaded(library: Library, kind: str, code: str, on: date) -> bool | None:
    """Say what the site's list holds of a code; none when it has no list that counts."""
    if not counts(library, kind, on):
        return None
    return any(row[0] is True for row in library.rows(kind, code, on) or ())


def counts(library: Library, kind: str, on: date) -> bool:
    """Say whether the site's list decides on a day: it is of the edition in force, or later."""
    version = library.in_force(kind, on)
    return version is not None and version.effective_on >= min(days.edition(on), days.LATEST)
