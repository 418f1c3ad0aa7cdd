"""The decision on one claim: pure, from the claim, what the payer has of it, tables and seed.

    duplicate -> filing limit -> another payer first -> reasons (claim)
        -> second payer: what the first one left
        -> coding rules and reasons (line) -> price the rest, or the stay as a whole

A denial is never random at the moment: it derives from HMAC(seed, claim key), so it is the same
whenever and in whatever company the claim arrives.
"""

from dataclasses import dataclass, replace
from datetime import date

from services.payer.chance import happens, roll
from services.payer.claim import Claim
from services.payer.coding import Case, faults
from services.payer.decision import (
    SEQUENCES,
    Decision,
    LineDecision,
    refused_line,
    refused_whole,
)
from services.payer.habits import Habits
from services.payer.plan import Plan
from services.payer.pricing import price
from services.payer.reasons import reason_for
from services.payer.second import pay_rest
from services.payer.stays import price_stay
from services.payer.tables import Outcome, Reason

UNPROCESSABLE = "MA130"
_PUT_RIGHT = 3000  # of 10,000 mistakes, when the claim comes again


@dataclass(frozen=True, slots=True)
class History:
    """What the payer has of a claim when it comes in.

    Attributes:
        duplicate: The same claim, as an original, is pending or decided.
        attempt: How many decisions on this claim came before.
        reason: What the last of them said.
        received_on: Day of receipt.
    """

    duplicate: bool = False
    attempt: int = 0
    reason: str = ""
    received_on: date = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """One reason for a set of lines; `rest` answers the others of an unprocessable claim."""

    rule: str
    outcome: Outcome


def adjudicate(claim: Claim, history: History, plan: Plan, habits: Habits) -> Decision:
    """Return what is paid on each line, and why not the rest."""
    decision = _decide(claim, history, plan, habits)
    late = ("interest", plan, claim.key, str(history.attempt))
    if decision.paid_cents > 0 and habits.has(*late):
        yearly = decision.paid_cents * plan.interest_percent // 100
        decision = replace(decision, interest_cents=yearly * habits.days(*late) // 365)
    return decision


def _decide(claim: Claim, history: History, plan: Plan, habits: Habits) -> Decision:
    tables, seed, attempt = habits.tables, habits.seed, history.attempt
    if claim.frequency == "1" and history.duplicate:
        return refused_whole(claim, reason="duplicate", group="CO", carc="18", attempt=attempt)
    if claim.frequency == "1" and _late(claim, history, plan):
        return refused_whole(claim, reason="timely", group="CO", carc="29", attempt=attempt)
    if _not_first(claim, plan, seed):
        return refused_whole(
            claim, reason="coordination", group="OA", carc="22", remarks=("MA04",), attempt=attempt
        )
    reason = reason_for(claim, plan, tables, seed, attempt)
    if reason is not None and (reason.scope == "claim" or claim.inpatient):
        return _for_reason(claim, history, plan, reason)
    prior = claim.decided
    if prior is not None and claim.sequence != "P":
        return pay_rest(claim, prior, plan, tables, attempt)
    case = Case(claim, plan, tables, seed)
    broken = faults(case) or _mistaken(case, history)
    if claim.inpatient:
        return _stay(case, history, habits, broken.get(0, ""))
    return _by_line(case, history, habits, broken, reason)


def _by_line(
    case: Case, history: History, habits: Habits, broken: dict[int, str], reason: Reason | None
) -> Decision:
    claim, plan, tables = case.claim, case.plan, case.tables
    refusals = {i: _refusal(case, rule) for i, rule in broken.items()}
    if any(_unprocessable(case, refusal) for refusal in refusals.values()):
        return _unprocessed(claim, history, refusals)
    capped = {}
    if habits.has("partial_units", plan, claim.key):
        limits = {i: tables.policies.get(claim.lines[i].code) for i in broken}
        capped = {
            i: limit.most_units
            for i, limit in limits.items()
            if broken[i] == "units" and limit and 0 < limit.most_units < claim.lines[i].units
        }
    decided: dict[int, LineDecision] = {
        i: refused_line(claim.lines[i], r.outcome.group, r.outcome.carc, (r.outcome.remark,))
        for i, r in refusals.items()
        if i not in capped
    }
    why = f"coding/{next(iter(broken.values()))}" if broken else "paid"
    if reason is not None:
        dearest = max(range(len(claim.lines)), key=lambda i: (claim.lines[i].charge_cents, -i))
        if dearest not in decided:
            line = claim.lines[dearest]
            decided[dearest] = refused_line(line, reason.group, reason.carc, reason.remarks)
            why = reason.category if why == "paid" else why
    decided |= price(claim, tuple(decided), capped, plan, tables, case.seed)
    lines = tuple(decided[index] for index in range(len(claim.lines)))
    return _decision(claim, history, why, lines, _appeal_rights(plan))


def _stay(case: Case, history: History, habits: Habits, rule: str) -> Decision:
    claim, plan = case.claim, case.plan
    if not rule:
        return price_stay(claim, plan, habits, _appeal_rights(plan), history.attempt)
    outcome = _refusal(case, rule).outcome
    return refused_whole(
        claim,
        reason=f"coding/{rule}",
        group=outcome.group,
        carc=outcome.carc,
        line_remarks=(outcome.remark,),
        remarks=_appeal_rights(plan),
        attempt=history.attempt,
    )


def _appeal_rights(plan: Plan) -> tuple[str, ...]:
    return ("MA01",) if plan.kind == "medicare" else ()


def _late(claim: Claim, history: History, plan: Plan) -> bool:
    day = claim.first_day if claim.facility is None else claim.last_day
    if not day.isdigit() or claim.decided is not None:
        return False  # after another payer's decision the limit counts from that
    return (history.received_on - _day(day)).days > plan.filing_days


def _day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return date.max  # not a day: never late


def _not_first(claim: Claim, plan: Plan, seed: bytes) -> bool:
    """Say whether the payer holds that another one, named on the claim, should pay first."""
    if not claim.others or claim.sequence != "P" or claim.decided is not None:
        return False
    return happens(plan.other_first_myriad, seed, "other first", plan.payer_id, claim.key)


def _mistaken(case: Case, history: History) -> dict[int, str]:
    """Return lines denied though the coding is right: the payer is sometimes wrong.

    A claim that comes again after a coding denial is now and then denied for the old reason, or
    for another. A first claim is denied by mistake where the draw says so, and stays denied in
    most cases however often it comes.
    """
    claim, plan, seed = case.claim, case.plan, case.seed
    about = (plan.payer_id, claim.key)
    if history.attempt and history.reason.startswith("coding/"):
        attempt = str(history.attempt)
        if happens(plan.uphold_myriad, seed, "upheld", *about, attempt):
            return {0: history.reason.removeprefix("coding/")}
        if happens(plan.again_myriad, seed, "another", *about, attempt):
            return {0: _other(case)}
    stays = not history.attempt or not happens(_PUT_RIGHT, seed, "wrong put right", *about)
    if stays and happens(plan.wrong_myriad, seed, "wrong", *about):
        return {0 if claim.inpatient else len(claim.lines) - 1: _other(case)}
    return {}


def _other(case: Case) -> str:
    if case.claim.inpatient:
        return "wrong_drg"
    if len(case.claim.lines) < 2:
        return "wrong_linkage"
    rules = ("wrong_bundled", "wrong_linkage")
    return rules[roll(case.seed, "which mistake", case.plan.payer_id, case.claim.key) % 2]


def _refusal(case: Case, rule: str) -> _Refusal:
    return _Refusal(rule, case.tables.outcome(rule, case.claim.kind, case.plan.kind))


def _unprocessable(case: Case, refusal: _Refusal) -> bool:
    """Say whether a coding fault makes the claim unprocessable (MA130) rather than denied."""
    share = refusal.outcome.unprocessable_myriad
    return happens(share, case.seed, "unprocessable", case.plan.payer_id, case.claim.key)


def _unprocessed(claim: Claim, history: History, refusals: dict[int, _Refusal]) -> Decision:
    first = next(iter(refusals.values()))

    def decide(index: int) -> LineDecision:
        line, refusal = claim.lines[index], refusals.get(index)
        if refusal is None:  # nothing of an unprocessable claim is paid
            return refused_line(line, "CO", "16", (first.outcome.remark,))
        outcome = refusal.outcome
        return refused_line(line, outcome.group, outcome.carc, (outcome.remark,))

    lines = tuple(decide(index) for index in range(len(claim.lines)))
    decision = _decision(claim, history, f"coding/{first.rule}", lines, (UNPROCESSABLE,))
    return replace(decision, unprocessable=True)


def _for_reason(claim: Claim, history: History, plan: Plan, reason: Reason) -> Decision:
    unprocessable = reason.unprocessable and not plan.takes(claim.kind, "7")
    return refused_whole(
        claim,
        reason=reason.category,
        group=reason.group,
        carc=reason.carc,
        line_remarks=reason.remarks,
        remarks=reason.claim_remarks + ((UNPROCESSABLE,) if unprocessable else ()),
        status="4" if reason.status == "4" else "",
        attempt=history.attempt,
        unprocessable=unprocessable,
    )


def _decision(
    claim: Claim,
    history: History,
    reason: str,
    lines: tuple[LineDecision, ...],
    remarks: tuple[str, ...],
) -> Decision:
    return Decision(
        status=SEQUENCES.get(claim.sequence, "1"),
        charge_cents=sum(line.charge_cents for line in lines),
        lines=lines,
        remarks=remarks,
        reason=reason,
        unprocessable=False,
        attempt=history.attempt,
    )
