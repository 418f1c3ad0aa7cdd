"""Visits of the sample become claims that two validators accept, of first and second payers."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import islice

import pytest

from schemas import events
from services.codes import chargemaster, reference
from services.gateway import claims, partners
from services.intake import fhir, sample
from services.intake.build import Draft, Site, draft
from services.intake.visit import Visit
from services.phi.keys import SiteKey
from services.x12 import document, write837
from services.x12.claim837 import Claim
from tests.unit.x12 import made, others

VISITS = 80
PARTIES = reference.load()
PROVIDERS = {provider.npi: provider for provider in PARTIES.providers.values()}


def ready() -> Iterator[Draft]:
    """Yield the first visits that are ready to be billed."""
    site = Site(SiteKey(bytes(32)), PARTIES, chargemaster.load(), timedelta())
    visits = (one for one in fhir.Reader(sample.FOLDER).read() if isinstance(one, Visit))
    drafts = (draft(visit, site) for visit in visits)
    return islice((one for one in drafts if one.event.state == "ready"), VISITS)


def half(line: events.Line) -> events.PaidLine:
    """Return a decision that pays half of a line."""
    paid = line.charge_cents // 2
    reason = events.Adjustment(group="CO", carc="45", amount_cents=line.charge_cents - paid)
    return events.PaidLine(
        line_id=line.line_id, code=line.code or line.revenue_code, units=line.units,
        charge_cents=line.charge_cents, paid_cents=paid, adjustments=(reason,),
    )


def submissions(number: int, bill: events.Bill) -> Iterator[events.Submitted]:
    """Yield the claim to the first payer, and to the second once the first has decided."""
    if bill.claim_type == "professional":  # the coder points at the diagnoses
        bill = replace(bill, lines=tuple(replace(line, pointers=(1,)) for line in bill.lines))
    first = events.Submitted(
        control_number=f"P{number}", payer_id=bill.coverage.payer_id, frequency="1", bill=bill
    )
    yield first
    if bill.others:
        decided = tuple(map(half, bill.lines))
        prior = events.Prior(
            payer_id=bill.coverage.payer_id, payer_claim_number="ICN1", lines=decided,
            decided_on=date(2026, 6, 1), paid_cents=sum(line.paid_cents for line in decided),
        )
        yield replace(
            first, control_number=f"S{number}", payer_id=bill.others[0].payer_id, sequence="S",
            bill=replace(bill, coverage=bill.others[0], others=bill.others[1:], prior=(prior,)),
        )


@pytest.fixture(scope="module")
def batches() -> dict[tuple[str, str], list[Claim]]:
    found: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for number, one in enumerate(ready()):
        bill = one.event.bill
        person = asdict(one.demographics)
        for event in submissions(number, bill):
            claim = claims.claim(event, person, PARTIES, PROVIDERS)
            found[event.payer_id, bill.claim_type].append(claim)
    return found


def test_every_visit_becomes_a_claim_that_others_accept(
    batches: dict[tuple[str, str], list[Claim]],
) -> None:
    for (payer, claim_type), batch in batches.items():
        envelope = claims.submission(
            partners.load()[payer], claim_type, PARTIES, 1, made.SUBMISSION.at
        )
        written = write837.write(envelope, batch)
        assert written.refused == {}, payer
        assert others.pyx12_errors(written.content) == [], payer
        assert others.x12sdk_sets(written.content) == len(written.sets), payer
        assert document.check([written.content]) == [], payer


def test_the_sample_has_claims_of_both_guides_and_second_payers(
    batches: dict[tuple[str, str], list[Claim]],
) -> None:
    every = [claim for batch in batches.values() for claim in batch]
    assert {claim.guide for claim in every} == {"005010X222A1", "005010X223A2"}
    second = [claim for claim in every if claim.sequence == "S"]
    assert second
    for claim in second:
        (other,) = claim.others
        reasons = [*other.adjustments, *(
            reason for line in claim.lines for one in line.decisions for reason in one.adjustments
        )]
        told = (other.paid_cents or 0) + sum(reason.amount_cents for reason in reasons)
        assert told == claim.charge_cents
