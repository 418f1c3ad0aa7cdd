"""Providers have an NPI whose check digit is right.

Source: CMS, NPI check digit; 837 loops 2010AA, 2310A and 2310B, NM109.
"""

from collections.abc import Iterator
from functools import lru_cache

from services.claims.edits.edit import CLAIM, INSTITUTIONAL, PROFESSIONAL, Case, Fault, edit
from services.codes import npi

SOURCE = "45 CFR 162.406, NPI check digit"
FAMILY = "structure"
_valid = lru_cache(maxsize=4096)(npi.is_valid)


@edit(FAMILY, snip=5, source=SOURCE)
def billing_npi_wrong(case: Case) -> Iterator[Fault]:
    """The billing NPI's check digit is right. Example: 1234567893 passes, 1234567890 does not."""
    if not _valid(case.bill.billing_npi):
        yield Fault(CLAIM, "The billing provider's NPI is missing or its check digit is wrong: "
                    "correct the facility's NPI.")


@edit(FAMILY, snip=5, source=SOURCE, claim_types=frozenset({PROFESSIONAL}))
def rendering_npi_wrong(case: Case) -> Iterator[Fault]:
    """The rendering NPI's check digit is right. Example: as for the billing NPI."""
    if not _valid(case.bill.rendering_npi):
        yield Fault(CLAIM, "The rendering provider's NPI is missing or its check digit is wrong: "
                    "correct the provider's NPI.")


@edit(FAMILY, snip=2, source="837I loop 2310A", claim_types=frozenset({INSTITUTIONAL}))
def attending_npi_wrong(case: Case) -> Iterator[Fault]:
    """A claim of the hospital names who attended, with a right check digit.

    Example: 1234567893 passes, 1234567890 and nothing do not.
    """
    stay = case.bill.institutional
    if stay is not None and not _valid(stay.attending_npi):
        yield Fault(CLAIM, "The attending provider's NPI is missing or its check digit is wrong: "
                    "name who attended.")


EDITS = (billing_npi_wrong, rendering_npi_wrong, attending_npi_wrong)
