"""What was sent of a visit and what came back of it: every claim, every hop, every payment."""

from collections.abc import Sequence
from typing import TypeVar

from schemas.events import Acknowledged, Adjudicated, Submitted
from services.worklist.shown import page, wording
from services.worklist.shown.happened import REVERSAL, Place, of

A = TypeVar("A", Acknowledged, Adjudicated)
HOPS = {"sent": "Sent to the payer", "999": "Format accepted", "277CA": "Claim accepted"}
REFUSED = {"999": "Format refused", "277CA": "Claim refused"}


def sendings(places: Sequence[Place], control_number: str) -> tuple[page.Sending, ...]:
    """Return what was sent, newest first, each with its answers in business time."""
    made = [
        page.Sending(
            control_number=one.control_number, version=one.version,
            frequency=wording.FREQUENCIES.get(one.frequency, one.frequency),
            made_at=one.occurred_at, charge_cents=one.bill.charge_cents,
            payer_claim_number=_number(places, one), steps=_steps(places, one),
            about=one.control_number == control_number,
        )
        for one in of(places, Submitted)
    ]
    return tuple(sorted(made, key=lambda one: one.made_at, reverse=True))


def _number(places: Sequence[Place], sent: Submitted) -> str:
    numbers = [one.payer_claim_number for one in _answers(places, sent, Adjudicated)]
    return next((number for number in reversed(numbers) if number), "")


def _steps(places: Sequence[Place], sent: Submitted) -> tuple[page.Step, ...]:
    steps = [_hop(one) for one in _answers(places, sent, Acknowledged)]
    steps += [_payment(one) for one in _answers(places, sent, Adjudicated)]
    return tuple(sorted(steps, key=lambda step: step.at))


def _hop(one: Acknowledged) -> page.Step:
    says = HOPS.get(one.hop, one.hop) if one.accepted else REFUSED.get(one.hop, "Refused")
    codes = " ".join(f"{s.category} {s.code}".strip() for s in one.statuses)
    return page.Step(
        at=one.occurred_at, transaction="837" if one.hop == "sent" else one.hop, says=says,
        detail=codes, tone="plain" if one.accepted else "bad",
    )


def _payment(one: Adjudicated) -> page.Step:
    if one.status == REVERSAL:
        says, tone = f"Taken back: {wording.money(one.paid_cents)}", "busy"
    elif one.paid_cents > 0:
        says, tone = f"Paid {wording.money(one.paid_cents)}", "good"
    else:
        says, tone = "Nothing paid", "bad"
    return page.Step(
        at=one.occurred_at, transaction="835", says=says, detail=one.payer_claim_number, tone=tone,
    )


def _answers(places: Sequence[Place], sent: Submitted, kind: type[A]) -> list[A]:
    return [one for one in of(places, kind) if one.control_number == sent.control_number]
