"""Enrolment: who rendered and who bills is enrolled with the payer on the day.

Table: `enrolment`, the site's own list by NPI and payer, dated
(`services.codes.library.enrolment`).

Source: 42 CFR 424.505 and 424.516 (Medicare: enrolled to be paid, changes reported), 42 CFR
438.602(b) and 455.410 (Medicaid: enrolled and screened); other payers' contracts.
"""

from collections.abc import Iterator

from services.claims.edits.edit import CLAIM, PROFESSIONAL, Case, Fault, edit
from services.codes.library.enrolment import EVERY
from services.codes.library.library import holds

FAMILY = "enrolment"
TABLE = "enrolment"


def _enrolled(case: Case, number: str) -> bool:
    """Say whether a provider is enrolled; who is not in the list at all is not judged."""
    rows = [tuple(map(str, row)) for row in case.rows(TABLE, number)] if number else []
    payer = case.bill.coverage.payer_id
    return not rows or any(
        named in (payer, EVERY) and holds(starts, ends, case.on) for named, starts, ends in rows
    )


@edit(FAMILY, snip=7, source="42 CFR 424.505, 455.410; the payer's contract", tables=(TABLE,))
def biller_not_enrolled(case: Case) -> Iterator[Fault]:
    """The billing provider is enrolled with the payer on the day.

    Example: enrolled with MEDICAID until 31 March; service on 31 March passes, on 1 April not.
    """
    if not _enrolled(case, case.bill.billing_npi):
        yield Fault(CLAIM, "The billing provider is not enrolled with this payer on the day of "
                    "service: complete the enrolment, or bill under the provider who is.")


@edit(FAMILY, snip=7, source="42 CFR 424.505, 455.410; the payer's contract", tables=(TABLE,),
      claim_types=frozenset({PROFESSIONAL}))
def renderer_not_enrolled(case: Case) -> Iterator[Fault]:
    """Who rendered the service is enrolled with the payer on the day.

    Example: a physician whose enrolment with BCBS begins on 1 July; a visit on 30 June is found.
    A physician of whom the list says nothing passes: nobody knows.
    """
    if not _enrolled(case, case.bill.rendering_npi):
        yield Fault(CLAIM, "The rendering provider is not enrolled with this payer on the day of "
                    "service: complete the enrolment (ask for an earlier first day), or bill "
                    "under the provider who is.")


EDITS = (biller_not_enrolled, renderer_not_enrolled)
