"""Present on admission: each diagnosis of a stay says whether it was there, unless it is exempt.

A family of its own: not one of the Medicare Code Editor's edits. Acute hospitals report it (bill
type 11x); swing beds and nursing facilities do not.

Source: ICD-10-CM Official Guidelines, Appendix I; CMS Claims Processing Manual,
ch. 3, sect. 20.2.1.
"""

from collections.abc import Iterator
from functools import partial

from services.claims.edits.edit import INSTITUTIONAL, WARN, Case, Fault, diagnosis, edit
from services.claims.edits.listed import is_exempt
from services.codes import poa

rule = partial(
    edit, "poa", source="ICD-10-CM guidelines, Appendix I", claim_types=frozenset({INSTITUTIONAL}),
)


@rule(snip=2, version=2)
def poa_missing(case: Case) -> Iterator[Fault]:
    """A diagnosis of a stay has an indicator. Example: I50.9 with Y passes, without is found.

    Z87.891 is exempt and passes without.
    """
    for position, one in enumerate(case.bill.diagnoses if case.acute else (), 1):
        if not poa.is_valid(one.present) and is_exempt(case, one.code) is False:
            yield Fault(diagnosis(position), f"Diagnosis {position}, {one.code}, does not say "
                        "whether it was present on admission: Y, N, U or W.")


@rule(snip=5, version=2)
def poa_of_exempt(case: Case) -> Iterator[Fault]:
    """A diagnosis that is exempt has no indicator. Example: Z87.891 with Y is found."""
    for position, one in enumerate(case.bill.diagnoses if case.acute else (), 1):
        if one.present and is_exempt(case, one.code):
            yield Fault(diagnosis(position), f"Diagnosis {position}, {one.code}, is exempt from "
                        "present on admission: leave the indicator out.")


@rule(snip=5, severity=WARN, version=2)
def principal_not_present(case: Case) -> Iterator[Fault]:
    """What led to the admission was present on admission. Example: principal I50.9 with N."""
    first = case.bill.diagnoses[:1] if case.acute else ()
    for one in first:
        if one.present == poa.ABSENT:
            yield Fault(diagnosis(1), f"The principal diagnosis, {one.code}, is marked as not "
                        "present on admission: check the indicator or the sequence.")


EDITS = (poa_missing, poa_of_exempt, principal_not_present)
