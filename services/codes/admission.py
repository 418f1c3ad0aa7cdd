"""Admission and discharge on an institutional claim: type, point of origin and patient status.

``data/admission.csv`` has our own words and, where FHIR has a code for it (priority, admit source,
discharge disposition), that code.
"""

from functools import cache

from services.codes import data

TABLE = "admission.csv"
TYPE, SOURCE, STATUS = "type", "source", "status"
STILL_A_PATIENT, DIED = "30", "20"


@cache
def _words(kind: str) -> dict[str, str]:
    return {row["code"]: row["words"] for row in data.rows(TABLE) if row["kind"] == kind}


@cache
def _of_fhir(kind: str) -> dict[str, str]:
    return {
        row["source"]: row["code"]
        for row in data.rows(TABLE) if row["kind"] == kind and row["source"]
    }


def is_valid(kind: str, code: str) -> bool:
    """Say whether a code of a kind (type, source or status) is known."""
    return code in _words(kind)


def describe(kind: str, code: str) -> str:
    """Return our words for a code, or nothing.

    >>> describe(STATUS, "20")
    'Died'
    """
    return _words(kind).get(code, "")


def code_of(kind: str, fhir: str) -> str:
    """Return the code for a FHIR code, or nothing.

    >>> code_of(TYPE, "EM"), code_of(STATUS, "snf"), code_of(STATUS, "")
    ('1', '03', '')
    """
    return _of_fhir(kind).get(fhir, "")
