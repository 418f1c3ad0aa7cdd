"""The edits, in the order they run, and what their findings mean for the claim.

To know what is checked, read `EDITS`. An edit that fails holds the claim: fail closed.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from schemas.events import Coded, Finding
from services.claims.data import FOLDER as TABLES
from services.claims.edits.age_sex import fits_patient
from services.claims.edits.codes import valid_codes
from services.claims.edits.diagnosis import valid_diagnosis
from services.claims.edits.duplicates import line_once
from services.claims.edits.edit import CLAIM, HOLD, WARN, Edit, hold
from services.claims.edits.institutional import revenue_lines, stay_coded, stay_described
from services.claims.edits.pointers import valid_pointers
from services.claims.edits.providers import valid_npi
from services.claims.edits.required import required_claim, required_line
from services.claims.edits.timely import timely_filing
from services.claims.edits.totals import positive_totals
from services.claims.terms import Terms
from services.codes import icd10cm

EDITS: tuple[Edit, ...] = (
    required_claim,
    required_line,
    valid_codes,
    valid_npi,
    valid_diagnosis,
    valid_pointers,
    positive_totals,
    fits_patient,
    line_once,
    stay_described,
    stay_coded,
    revenue_lines,
    timely_filing,
)


def _content_hash() -> str:
    """Return the first twelve digits of the SHA-256 of the edits and their tables."""
    digest = hashlib.sha256()
    for file in (*sorted(Path(__file__).parent.glob("*.py")), TABLES / "age_sex.csv"):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


VOID = "void"
EDIT_SET = _content_hash()
"""Version of the edits: changes with any of their files."""
CODE_SET = icd10cm.EDITION
"""Version of the code sets the edits judge by."""


def check(
    coded: Coded, today: date, terms: Terms, edits: Iterable[Edit] = EDITS
) -> tuple[Finding, ...]:
    """Return what the edits find, in their order; nothing of a void, which repeats a claim."""
    if coded.reason == VOID:
        return ()
    findings: list[Finding] = []
    for edit in edits:
        try:
            findings.extend(edit(coded, today, terms))
        except Exception:  # noqa: BLE001 - whatever is wrong with an edit, the claim stays here
            findings.append(_failed(edit))
    return tuple(findings)


def _failed(edit: Edit) -> Finding:
    name = getattr(edit, "__name__", "unnamed")
    return hold("edit_failed", CLAIM, f"The edit {name} could not judge this claim: it stays "
                "here until the edit is repaired.", "fail closed", 0)


def verdict(findings: Iterable[Finding]) -> str:
    """Return held, warned or clean."""
    severities = {finding.severity for finding in findings}
    if HOLD in severities:
        return "held"
    return "warned" if WARN in severities else "clean"
