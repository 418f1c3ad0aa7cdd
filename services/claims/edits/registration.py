"""Registration: the coverage holds on the day, payers stand in the order in which they pay.

Source: 42 CFR 411 (Medicare secondary payer), 42 USC 1396a(a)(25) (Medicaid pays last), 45 CFR
162.920 (837 loop 2320); the payer's own terms for authorisations.
"""

from collections.abc import Iterator

from schemas.events import NO_DAY
from services.claims.edits.edit import CLAIM, Case, Fault, edit

FAMILY = "registration"
LAST_RESORT = "medicaid"
WITH_ACCIDENT_DAY = ("AA", "OA")


@edit(FAMILY, snip=7, version=2, source="the payer's coverage dates; 42 CFR 422.318 for stays")
def coverage_not_in_force(case: Case) -> Iterator[Fault]:
    """The coverage holds from the first to the last day of service; of a stay, on the first.

    Example: coverage from 1 January to 31 March; service on 31 March passes, on 1 April not. A stay
    from 30 March to 2 April passes: who covers the admission pays until the discharge.
    """
    cover, bill = case.bill.coverage, case.bill
    early = cover.starts_on != NO_DAY and bill.starts_on < cover.starts_on
    last = bill.starts_on if case.inpatient else bill.ends_on
    late = cover.ends_on is not None and last > cover.ends_on
    if early or late:
        yield Fault(CLAIM, "The coverage does not hold on the days of service: check the "
                    "registration for the coverage that does.")


@edit(FAMILY, snip=7, source="42 USC 1396a(a)(25): Medicaid pays last")
def last_payer_first(case: Case) -> Iterator[Fault]:
    """Medicaid pays after everybody else. Example: Medicaid first with Medicare after is found."""
    bill = case.bill
    first = bill.coverage.plan == LAST_RESORT and not bill.prior
    if first and any(one.plan != LAST_RESORT for one in bill.others):
        yield Fault(CLAIM, "Medicaid stands before another payer, and it pays last: put the other "
                    "coverage first.")


@edit(FAMILY, snip=2, source="837 SBR01: each payer once")
def payer_repeated(case: Case) -> Iterator[Fault]:
    """A payer stands once in the order of payers. Example: BCBS first and second is found."""
    payers = [case.bill.coverage.payer_id, *(one.payer_id for one in case.bill.others)]
    if len(set(payers)) < len(payers):
        yield Fault(CLAIM, "The same payer stands twice in the order of payers: register each "
                    "coverage once.")


@edit(FAMILY, snip=4, source="837 CLM11, DTP*439")
def accident_day_missing(case: Case) -> Iterator[Fault]:
    """An accident has its day. Example: related cause AA without a day is found, EM passes."""
    bill = case.bill
    if bill.related_cause in WITH_ACCIDENT_DAY and bill.accident_on is None:
        yield Fault(CLAIM, "The claim is about an accident and its day is missing: register it.")
    elif bill.accident_on is not None and bill.accident_on > bill.ends_on:
        yield Fault(CLAIM, "The accident is after the service: correct its day.")


EDITS = (coverage_not_in_force, last_payer_first, payer_repeated, accident_day_missing)
