"""Claims and submissions to write."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from services.x12 import claim837


def diagnoses(*codes: str) -> tuple[claim837.Diagnosis, ...]:
    """Return diagnoses."""
    return tuple(claim837.Diagnosis(code=code) for code in codes)


ADDRESS = claim837.Address(street="12 Main Street", city="Springfield", state="MA", zip="01101")
BILLING = claim837.BillingProvider(
    name="Riverside Demo Hospital", npi="2000000010", tax_id="001234567", taxonomy="282N00000X",
    address=claim837.Address(
        street="100 Hospital Drive", city="Somerville", state="MA", zip="021430001"
    ),
)
CLAIM = claim837.Claim(
    control_number="ABCDEFGHIJ2345672345", place_of_service="11", frequency="1",
    payer_claim_number="", diagnoses=diagnoses("E11.9", "I10"),
    lines=(
        claim837.ServiceLine(
            line_id="L1", code="99213", modifiers=("25",), charge_cents=12550, units=1,
            pointers=(1, 2), place_of_service="11", served_on=date(2026, 5, 4),
        ),
        claim837.ServiceLine(
            line_id="L2", code="G0008", modifiers=(), charge_cents=3000, units=2,
            pointers=(1,), place_of_service="22", served_on=date(2026, 5, 4),
        ),
    ),
    billing=BILLING,
    rendering=claim837.Provider(
        family="Abbott", given="Avery", npi="2000001109", taxonomy="207RC0000X"
    ),
    subscriber=claim837.Subscriber(
        family="O'Neil", given="José", member_id="1EG4TE5MK73", birth_date=date(1950, 2, 3),
        sex="F", address=ADDRESS,
    ),
    payer=claim837.PayerName(name="Demo Medicare Part B", number="99001", filing="MB"),
)
SUBMISSION = claim837.Submission(
    sender_qualifier="ZZ", sender="CLAIMLOOP1", receiver_qualifier="ZZ", receiver="99001",
    receiver_name="Demo Medicare", submitter_name="Riverside Demo Hospital",
    contact="Patient Accounts", phone="6175550101", usage="T",
    at=datetime(2026, 5, 10, 12, 30, tzinfo=UTC), interchange_control=1, group_control=1,
    first_set_control=1,
)


def claim(number: int = 1, **changes: Any) -> claim837.Claim:
    """Return a claim with its own control number and some fields changed."""
    return replace(CLAIM, control_number=f"CTRL{number:06d}", **changes)


def submission(**changes: Any) -> claim837.Submission:
    """Return a submission with some fields changed."""
    return replace(SUBMISSION, **changes)
