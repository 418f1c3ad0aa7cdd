"""What a decision puts into remittances, and when: mostly once; by habit in parts, or taken back.

    decided            the decision
    split (A5)         two decisions under two numbers, which add up to the claim
    replaced           the old decision back, then the new one: together, or in two files bridged
                       by PLB WO
    voided             the old decision back
    takeback           after some days the decision back and a smaller one; collected at once, or
                       put off and collected later (PLB WO)
    stray              somebody else's claim beside it, taken back after some days

Pure: the same claim causes the same rows at the same distance in time.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.payer.chance import roll
from services.payer.claim import Adjustment, Claim, ServiceLine
from services.payer.decision import Decision, LineDecision, decided_line, refused_whole
from services.payer.habits import Habits
from services.payer.plan import Plan

DECISION, REVERSAL, COLLECT = "decision", "reversal", "collect"
SECOND_PART = "-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A decision that was given and not taken back since."""

    claim_id: int
    number: str
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing a remittance is to say.

    Attributes:
        kind: decision, reversal or collect (only a provider adjustment).
        number: CLP07.
        at: From when it may be said.
        decision: What is given or taken back.
        claim_id: The earlier claim it speaks of; none for the one just decided.
        claim: A claim that is nobody's here; none where it is one of the journal's.
        provider_cents: PLB WO: negative puts off, positive collects.
        settles: With it the claim just decided counts as answered.
        series: Remittances kept apart: ``zero`` for what pays nothing, or empty.
    """

    kind: str
    number: str
    at: datetime
    decision: Decision | None = None
    claim_id: int | None = None
    claim: Claim | None = None
    provider_cents: int = 0
    settles: bool = False
    series: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Writes down what is due for the claims of one payer."""

    plan: Plan
    habits: Habits

    def of(
        self,
        claim: Claim,
        decision: Decision | None,
        number: str,
        at: datetime,
        given: Sequence[Given],
    ) -> Iterator[Due]:
        """Return what is due for a claim.

        Args:
            claim: The claim.
            decision: What was decided; none for a void.
            number: Our number of it.
            at: When it may be given.
            given: What was given before on the claim it replaces or voids.
        """
        if decision is None:
            for index, old in enumerate(given):
                yield self._back(old, at, settles=not index)
            return
        moved = [one for one in given if one.decision.paid_cents or one.decision.patient_cents]
        later = at
        about = (claim.key, str(decision.attempt))
        bridged = bool(moved) and self.habits.has("two_files", self.plan, *about)
        if bridged:
            wait = self.plan.remit_days + self.habits.days("two_files", self.plan, *about)
            later = at + timedelta(days=wait)
        for old in moved:
            paid = old.decision.paid_cents if bridged else 0
            yield replace(self._back(old, at), provider_cents=-paid)
            if paid:
                yield Due(kind=COLLECT, number=old.number, at=later, provider_cents=paid)
        parts = self.parts(claim, decision, number)
        for index, (own, part) in enumerate(parts):
            wait = self.habits.days("split", self.plan, *about) if index else 0
            yield Due(
                kind=DECISION, number=own, at=later + timedelta(days=wait), decision=part,
                settles=not index, series="" if moved else self._series(part),
            )  # fmt: skip
        yield from self._stray(claim, later, *about)
        if len(parts) == 1:
            yield from self._takeback(claim, decision, number, later, *about)

    def parts(self, claim: Claim, decision: Decision, number: str) -> list[tuple[str, Decision]]:
        """Return the numbers and decisions a claim is split into on acceptance; mostly one."""
        first_time = claim.frequency == "1" and not decision.attempt
        # a hospital's lines are packaged into each other: they stay together
        whole = claim.facility is not None or bool(decision.adjustments)
        if whole or not first_time or len(decision.lines) < 2:
            return [(number, decision)]
        if not self.habits.has("split", self.plan, claim.key):
            return [(number, decision)]
        half = (len(decision.lines) + 1) // 2
        first = _part(decision, decision.lines[:half])
        second = replace(_part(decision, decision.lines[half:]), interest_cents=0)
        return [(number, first), (number + SECOND_PART, second)]

    def _back(self, old: Given, at: datetime, settles: bool = False) -> Due:
        return Due(
            kind=REVERSAL, number=old.number, at=at, decision=old.decision,
            claim_id=old.claim_id, settles=settles,
        )  # fmt: skip

    def _series(self, decision: Decision) -> str:
        apart = not decision.paid_cents and self.habits.has("zero_apart", self.plan)
        return "zero" if apart else ""

    def _takeback(
        self, claim: Claim, decision: Decision, number: str, at: datetime, *about: str
    ) -> Iterator[Due]:
        if decision.paid_cents <= 0 or not self.habits.has("takeback", self.plan, *about):
            return
        wait = self.plan.remit_days + self.habits.days("takeback", self.plan, *about)
        then = at + timedelta(days=wait)
        if roll(self.habits.seed, "takeback to", self.plan.payer_id, *about) % 2:
            less = _less(claim, decision)
        else:  # the member was not covered after all
            less = refused_whole(
                claim, reason="eligibility", group="PR", carc="27", attempt=decision.attempt
            )
        put_off = 0
        if self.habits.has("takeback_late", self.plan, *about):
            put_off = decision.paid_cents - less.paid_cents
            days = self.plan.remit_days + self.habits.days("takeback_late", self.plan, *about)
            collected = then + timedelta(days=days)
            yield Due(kind=COLLECT, number=number, at=collected, provider_cents=put_off)
        yield Due(kind=REVERSAL, number=number, at=then, decision=decision, provider_cents=-put_off)
        yield Due(kind=DECISION, number=number, at=then, decision=less)

    def _stray(self, claim: Claim, at: datetime, *about: str) -> Iterator[Due]:
        if not self.habits.has("stray", self.plan, *about):
            return
        number = roll(self.habits.seed, "stray", self.plan.payer_id, *about)
        stranger, decision = _stranger(claim, number)
        wait = self.plan.remit_days + self.habits.days("stray", self.plan, *about)
        own = f"S{number % 10**12:012d}"
        for kind, when in ((DECISION, at), (REVERSAL, at + timedelta(days=wait))):
            yield Due(kind=kind, number=own, at=when, decision=decision, claim=stranger)


def _part(decision: Decision, lines: tuple[LineDecision, ...]) -> Decision:
    return replace(decision, lines=lines, charge_cents=sum(line.charge_cents for line in lines))


def _less(claim: Claim, decision: Decision) -> Decision:
    """Return a decision by a lower contract price: a tenth of the payment is taken off (CO-45)."""
    if not decision.lines:
        lower = _lowered(decision.adjustments, decision.paid_cents)
        return replace(decision, adjustments=lower, interest_cents=0)
    lines = tuple(
        replace(
            line,
            adjustments=_lowered(line.adjustments, line.paid_cents),
            paid_cents=line.paid_cents - line.paid_cents // 10,
        )
        for line in decision.lines
    )
    return replace(decision, lines=lines, interest_cents=0)


def _lowered(adjustments: tuple[Adjustment, ...], paid: int) -> tuple[Adjustment, ...]:
    more = paid // 10
    price = [one for one in adjustments if (one.group, one.carc) == ("CO", "45")]
    rest = tuple(one for one in adjustments if one not in price)
    total = more + sum(one.cents for one in price)
    return (Adjustment("CO", "45", total), *rest) if total else adjustments


def _stranger(claim: Claim, number: int) -> tuple[Claim, Decision]:
    """Return another provider's claim that got into this provider's remittance by mistake."""
    charge = 5_000 + number % 40_000
    line = ServiceLine(
        number=1, line_id="", code="99213", modifiers=(), units=1, charge_cents=charge,
        pointers=(1,), place="11", served_on=claim.first_day, authorization="",
    )  # fmt: skip
    control = base64.b32encode(number.to_bytes(8, "big")).decode("ascii")[:10]
    stranger = replace(
        claim, control_number=f"Z{control}", frequency="1", payer_claim_number="",
        total_cents=charge, place="11", lines=(line,), member_id=f"{number % 10**11:011d}",
        family="STRANGER", given="SAM", others=(), facility=None, sequence="P",
        rendering_npi="",
    )  # fmt: skip
    decided = decided_line(line, (Adjustment("CO", "45", charge // 3),))
    decision = Decision(
        status="1", charge_cents=charge, lines=(decided,), remarks=(), reason="paid",
        unprocessable=False, attempt=0,
    )  # fmt: skip
    return stranger, decision
