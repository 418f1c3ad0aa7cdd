"""FHIR R4: what was done at an encounter (procedures, reports, vaccines, drugs) -> items."""

from collections.abc import Iterable, Iterator
from datetime import date

from services.codes import pcs
from services.intake.fields import day, instant_or_none, items, words
from services.intake.lines import Json
from services.intake.visit import Item

PROCEDURE_CODES = ("http://www.ama-assn.org/go/cpt", "http://www.cms.gov/Medicare/Coding/HCPCS")
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
SIDES = {"left": "LT", "right": "RT"}
SURGEON = "304292004"
EMERGENCY_ROOM, MEDICATION = "emergency_room", "medication"
"""What the chargemaster is asked for when a stay began there, and when a drug was given."""


def procedures(resources: Iterable[Json], on: date) -> Iterator[Item]:
    """Yield an item for each procedure with a code of a kind that is charged or coded here."""
    for procedure in resources:
        code = coding(procedure.get("code"), PROCEDURE_CODES)
        snomed = coding(procedure.get("code"), (SNOMED,))
        code = code or (snomed if snomed in pcs.documented() else "")
        if code and words(procedure, "status") in ("completed", ""):
            start = day(procedure, "performedPeriod", "start") or day(
                procedure, "performedDateTime"
            )
            yield Item(
                match=code, on=start or on, side=_side(procedure), minutes=_minutes(procedure),
                by=_surgeon(procedure),
            )


def reports(resources: Iterable[Json], on: date) -> Iterator[Item]:
    """Yield an item for each report."""
    for report in resources:
        code = coding(report.get("code"), (LOINC,))
        if code:
            yield Item(match=code, on=day(report, "effectiveDateTime") or on)


def medications(resources: Iterable[Json], on: date) -> Iterator[Item]:
    """Yield an item for each drug that was given."""
    for one in resources:
        if words(one, "status") in ("completed", ""):
            given = day(one, "effectiveDateTime") or day(one, "effectivePeriod", "start")
            yield Item(match=MEDICATION, on=given or on)


def coding(codeable: object, systems: tuple[str, ...]) -> str:
    """Return the first code of some systems in a CodeableConcept, or nothing."""
    for one in items(codeable, "coding"):
        if words(one, "system") in systems and words(one, "code"):
            return words(one, "code")
    return ""


def _side(content: Json) -> str:
    site = " ".join(
        words(s, "text") + " " + words(s, "coding", "display") for s in items(content, "bodySite")
    )
    return next((side for word, side in SIDES.items() if word in site.lower()), "")


def _minutes(procedure: Json) -> int:
    start = instant_or_none(procedure, "performedPeriod", "start")
    end = instant_or_none(procedure, "performedPeriod", "end")
    return int((end - start).total_seconds() // 60) if start and end else 0


def _surgeon(procedure: Json) -> str:
    """Return who operated, as the source calls them, or nothing."""
    for performer in items(procedure, "performer"):
        if words(performer, "function", "coding", "code") == SURGEON:
            return words(performer, "actor", "reference").rpartition("/")[2]
    return ""
