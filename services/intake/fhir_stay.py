"""FHIR R4: what a source says of admission, discharge and the authorisation of a stay."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from services.intake.fields import day, dig, items, words
from services.intake.lines import Json
from services.intake.visit import Named, Stay

ADMISSION_DIAGNOSIS = "AD"


def read(
    content: Json, diagnosed: Iterable[tuple[str, Named | None]], responses: Iterable[Json],
    on: date, named: Callable[[object], Named | None],
) -> Stay:
    """Return admission and discharge of an encounter.

    Args:
        content: The encounter.
        diagnosed: Role and diagnosis of each of its diagnoses.
        responses: The ClaimResponses about its patient.
        on: The day it began.
        named: Reads a CodeableConcept.
    """
    hospitalization = dig(content, "hospitalization")
    reasons = (named(reason) for reason in items(content, "reasonCode"))
    return Stay(
        priority=words(content, "priority", "coding", "code"),
        origin=words(hospitalization, "admitSource", "coding", "code"),
        disposition=words(hospitalization, "dischargeDisposition", "coding", "code"),
        admitting=next((n for role, n in diagnosed if role == ADMISSION_DIAGNOSIS), None),
        reasons=tuple(reason for reason in reasons if reason is not None),
        authorization=next(_authorisations(responses, on), ""),
    )


def _authorisations(responses: Iterable[Json], on: date) -> Iterator[str]:
    """Yield the numbers of the authorisations in force on a day."""
    for response in responses:
        if words(response, "use") != "preauthorization":
            continue
        starts = day(response, "preAuthPeriod", "start") or date.min
        ends = day(response, "preAuthPeriod", "end") or date.max
        number = words(response, "preAuthRef")
        if number and starts <= on <= ends and words(response, "status") in ("", "active"):
            yield number
