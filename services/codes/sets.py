"""The code sets, each a module with the same four verbs: what to ask when the set is a value.

``compact(code)``, ``is_valid(code, on)``, ``validate(code, on)`` and ``describe(code)``; `on` is
the day of service, of discharge for an inpatient. Which of them know days is `DATED`.
"""

from datetime import date
from typing import Protocol

from services.codes import (
    bill_type,
    carc,
    hcpcs,
    hipps,
    icd10cm,
    modifiers,
    npi,
    patient_status,
    pcs,
    poa,
    pos,
    rarc,
    revenue,
    taxonomy,
)


class CodeSet(Protocol):
    """What every code set can be asked."""

    def compact(self, code: str, /) -> str:
        """Return a code as it is kept."""

    def is_valid(self, code: str, on: date, /) -> bool:
        """Say whether a code may be used on a day."""

    def validate(self, code: str, on: date, /) -> str:
        """Return the compact code, or raise ValueError with the rule."""

    def describe(self, code: str, /) -> str:
        """Return what a code means, or nothing."""


SETS: dict[str, CodeSet] = {
    "icd10cm": icd10cm, "icd10pcs": pcs, "hcpcs": hcpcs, "hipps": hipps, "modifier": modifiers,
    "place": pos, "revenue": revenue, "bill_type": bill_type, "patient_status": patient_status,
    "present_on_admission": poa, "taxonomy": taxonomy, "npi": npi, "carc": carc, "rarc": rarc,
}
DATED = frozenset({"icd10cm", "icd10pcs", "modifier", "place", "bill_type", "patient_status"})
"""Those whose answer may differ by day; the others know a shape, or one list."""
CARRIED = frozenset(SETS) - {"hcpcs", "hipps", "npi", "present_on_admission"} | {"poa_exempt"}
"""Kinds of tables of which the program carries a list or the shape, until a site loads its own."""


def carried(kind: str, code: str, on: date) -> tuple[bool, str]:
    """Return whether the carried list of a kind holds a code on a day, and what it says of it.

    >>> carried("place", "11", date(2026, 1, 1)), carried("poa_exempt", "I10", date(2026, 1, 1))
    ((True, 'Office'), (False, ''))
    """
    if kind == "poa_exempt":
        return poa.is_exempt(code), icd10cm.describe(code) if poa.is_exempt(code) else ""
    ours = SETS[kind]
    holds = ours.is_valid(code, on)
    return holds, ours.describe(code) if holds else ""
