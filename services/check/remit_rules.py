"""Rules of an 835: its balance at three levels, reversals, codes, dates."""

from collections.abc import Iterator, Sequence
from datetime import date

from services.check import lists
from services.check.claim_view import Placed, as_day, component
from services.check.findings import Finding, at, of
from services.x12.remit835 import (
    REVERSAL,
    Balance,
    ClaimPayment,
    Payment,
    ProviderAdjustments,
)
from services.x12.segments import Segment
from services.x12.stream import Part

PREDETERMINATION = "25"


class RemitCheck:
    """One 835 while its parts pass by: the sums run along, claims are not kept."""

    def __init__(self) -> None:
        """Start before ST."""
        self._balance = Balance()
        self._payment: Payment | None = None
        self._whole = True

    def part(self, part: Part, placed: Sequence[Placed]) -> Iterator[Finding]:
        """Yield what is wrong with the next part of the set."""
        self._whole = self._whole and part.error is None
        match part.content:
            case Payment() as payment:
                self._payment = payment
                bpr = part.segments[1]
                if payment.method == "NON" and payment.paid_cents:
                    yield at(bpr, 4, "zero_payment")
            case ClaimPayment() as claim:
                yield from map(of, self._balance.claim(claim))
                yield from _signs(claim, part.segments)
                charged = sum(line.charge_cents for line in claim.lines)
                if claim.lines and charged != claim.charge_cents:
                    yield at(part.segments[0], 3, "lines_charge")
                yield from self._dates(claim, part.segments)
            case ProviderAdjustments() as adjustments:
                self._balance.provider(adjustments.pairs)
        yield from self._codes(part.segments)
        if part.segments[0].id == "SE" and self._payment and self._whole:
            yield from map(of, self._balance.payment(self._payment))

    @property
    def _paid_on(self) -> date | None:
        return self._payment.paid_on if self._payment else None

    def _dates(self, claim: ClaimPayment, segments: Sequence[Segment]) -> Iterator[Finding]:
        if claim.status == PREDETERMINATION:
            return
        period: dict[str, date] = {}
        for dtm in (segment for segment in segments if segment.id == "DTM"):
            day = as_day(dtm.get(2))
            if day is None or dtm.get(1) not in ("472", "150", "151", "232", "233"):
                continue
            if self._paid_on and day > self._paid_on:
                yield at(dtm, 2, "dates_backwards")
            start = period.get({"151": "150", "233": "232"}.get(dtm.get(1), ""))
            if start and day < start:
                yield at(dtm, 2, "dates_backwards")
            period[dtm.get(1)] = day

    def _codes(self, segments: Sequence[Segment]) -> Iterator[Finding]:
        for segment in segments:
            match segment.id:
                case "CAS" | "PLB":
                    yield from _reasons(segment, self._paid_on)
                case "LQ" | "MIA" | "MOA":
                    yield from _remarks(segment)
                case "SVC":
                    yield from _service(segment, self._paid_on)


def _reasons(segment: Segment, on: date | None) -> Iterator[Finding]:
    if segment.id == "CAS":
        for n in range(2, len(segment.elements), 3):
            if segment.get(n) and not lists.on_list("carc", segment.get(n), on):
                yield at(segment, n, "carc")
        return
    for n in range(5, len(segment.elements), 2):  # the map knows the first pair's
        reason = component(segment, n, 0)
        if reason and not lists.on_list("provider_adjustment", reason, None):
            yield at(segment, n, "qualifier")


def _remarks(segment: Segment) -> Iterator[Finding]:
    places = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}.get(segment.id, (2,))
    if segment.id == "LQ" and segment.get(1) != "HE":
        return
    for n in places:
        if segment.get(n) and not lists.is_rarc(segment.get(n)):
            yield at(segment, n, "rarc")


def _service(svc: Segment, on: date | None) -> Iterator[Finding]:
    if component(svc, 1, 0) == "HC" and not lists.is_hcpcs(component(svc, 1, 1)):
        yield at(svc, 1, "procedure_code")
    if svc.get(4) and not lists.on_list("revenue_code", svc.get(4).zfill(4), on):
        yield at(svc, 4, "revenue_code")


def _signs(claim: ClaimPayment, segments: Sequence[Segment]) -> Iterator[Finding]:
    """A reversal is negated; nothing else has a negative charge."""
    clp = segments[0]
    if claim.status != REVERSAL:
        if claim.charge_cents < 0:
            yield at(clp, 3, "negative_charge")
        return
    if claim.charge_cents > 0 or claim.paid_cents > 0:
        yield at(clp, 3 if claim.charge_cents > 0 else 4, "reversal_sign")
    by_number = {segment.number: segment for segment in segments}
    for line in claim.lines:
        if line.charge_cents > 0 or line.paid_cents > 0:
            yield at(
                by_number[line.segment], 2 if line.charge_cents > 0 else 3, "reversal_sign"
            )
