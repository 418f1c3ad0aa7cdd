"""Present on admission: each diagnosis and external cause of a stay says it, unless exempt.

A family of its own: not one of the Medicare Code Editor's edits. Acute hospitals report it (bill
type 11x); swing beds and nursing facilities do not.

Source: ICD-10-CM Official Guidelines, Appendix I; CMS Claims Processing Manual,
ch. 3, sect. 20.2.1.
"""

from collections.abc import Iterator
from functools import partial

from schemas.events import Diagnosis
from services.claims.edits.edit import CLAIM, INSTITUTIONAL, WARN, Case, Fault, diagnosis, edit
from services.claims.edits.listed import is_exempt
from services.codes import poa

rule = partial(
    edit, "poa", source="ICD-10-CM guidelines, Appendix I", claim_types=frozenset({INSTITUTIONAL}),
)


OBSTETRIC = "O"
"""Chapter of which the principal diagnosis may come after the admission: a labour begins well."""


def _told(case: Case) -> Iterator[tuple[str, Diagnosis]]:
    """Yield what says whether it was present: the diagnoses, then the external causes."""
    if not case.acute:
        return
    for position, one in enumerate(case.bill.diagnoses, 1):
        yield diagnosis(position), one
    stay = case.bill.institutional
    for one in stay.external_causes if stay else ():
        yield CLAIM, one


@rule(snip=2, version=3)
def poa_missing(case: Case) -> Iterator[Fault]:
    """A diagnosis or external cause of a stay has an indicator.

    Example: I50.9 with Y passes, without is found; so is a fall, W18.30XA, while a car accident,
    V43.52XA, and Z87.891 are exempt and pass without.
    """
    for place, one in _told(case):
        if not poa.is_valid(one.present) and not is_exempt(case, one.code):
            yield Fault(place, f"{_named(place, one)} does not say whether it was present on "
                        "admission: Y, N, U or W.")


@rule(snip=5, version=3)
def poa_of_exempt(case: Case) -> Iterator[Fault]:
    """A diagnosis or external cause that is exempt has no indicator. Example: Z87.891 with Y."""
    for place, one in _told(case):
        if one.present and is_exempt(case, one.code):
            yield Fault(place, f"{_named(place, one)} is exempt from present on admission: leave "
                        "the indicator out.")


def _named(place: str, one: Diagnosis) -> str:
    what = "External cause" if place == CLAIM else f"{place.capitalize()},"
    return f"{what} {one.code}" + ("" if place == CLAIM else ",")


@rule(snip=5, severity=WARN, version=3)
def principal_not_present(case: Case) -> Iterator[Fault]:
    """What led to the admission was present on admission. Example: principal I50.9 with N.

    O70.1 with N passes: what goes wrong in a delivery comes after the admission for it.
    """
    first = case.bill.diagnoses[:1] if case.acute else ()
    for one in first:
        if one.present == poa.ABSENT and not one.code.startswith(OBSTETRIC):
            yield Fault(diagnosis(1), f"The principal diagnosis, {one.code}, is marked as not "
                        "present on admission: check the indicator or the sequence.")


EDITS = (poa_missing, poa_of_exempt, principal_not_present)
