"""Billing and rendering provider must have an NPI whose check digit is right.

Example: 1234567893 passes (Luhn sum over 80840 and the number is 70); 1234567890 does not.

Source: CMS, NPI check digit; 837P loops 2010AA and 2310B, NM109.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from schemas.events import Coded, Finding
from services.claims.edits.edit import CLAIM, hold
from services.claims.terms import Terms
from services.codes import npi

SOURCE = "45 CFR 162.406, NPI check digit"
_valid = lru_cache(maxsize=4096)(npi.is_valid)


def valid_npi(coded: Coded, today: date, terms: Terms) -> Iterator[Finding]:
    """Hold a claim whose billing or rendering NPI is missing or mistyped.

    A claim of the hospital names the attending provider instead (`institutional`).
    """
    if not _valid(coded.bill.billing_npi):
        yield hold("billing_npi_wrong", CLAIM, "The billing provider's NPI is missing or its "
                   "check digit is wrong: correct the facility's NPI.", SOURCE, 5)
    if coded.bill.claim_type != "institutional" and not _valid(coded.bill.rendering_npi):
        yield hold("rendering_npi_wrong", CLAIM, "The rendering provider's NPI is missing or its "
                   "check digit is wrong: correct the provider's NPI.", SOURCE, 5)
