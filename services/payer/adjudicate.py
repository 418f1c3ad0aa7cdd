"""The decision on one claim: pure, from the claim, what the payer has of it, tables and seed.

    duplicate  -> filing limit -> habits (claim) -> coding rules and habits (line) -> price the rest

A denial is never random at the moment: it derives from HMAC(seed, claim key), so it is the same
whenever and in whatever company the claim arrives.
"""

from dataclasses import dataclass, replace
from datetime import date

from services.payer.chance import happens, roll
from services.payer.claim import Claim, Decision, LineDecision
from services.payer.coding import Case, faults
from services.payer.habits import habit_of
from services.payer.pricing import price, refused_line
from services.payer.tables import Habit, Outcome, Plan, Tables

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


def adjudicate(claim: Claim, history: History, plan: Plan, tables: Tables, seed: bytes) -> Decision:
    """Return what is paid on each line, and why not the rest."""
    if claim.frequency == "1" and history.duplicate:
        return _whole(claim, history, "duplicate", "18")
    if claim.frequency == "1" and _late(claim, history, plan):
        return _whole(claim, history, "timely", "29")
    habit = habit_of(claim, plan, tables, seed, history.attempt)
    if habit is not None and habit.scope == "claim":
        return _by_habit(claim, history, plan, habit)
    case = Case(claim, plan, tables, seed)
    broken = faults(case) or _mistaken(case, history)
    refusals = {i: _Refusal(rule, tables.outcome(rule, plan.kind)) for i, rule in broken.items()}
    if any(_unprocessable(case, refusal) for refusal in refusals.values()):
        return _unprocessed(claim, history, refusals)
    decided: dict[int, LineDecision] = {
        i: refused_line(claim.lines[i], r.outcome.group, r.outcome.carc, (r.outcome.remark,))
        for i, r in refusals.items()
    }
    reason = f"coding/{next(iter(broken.values()))}" if broken else "paid"
    if habit is not None:
        dearest = max(range(len(claim.lines)), key=lambda i: (claim.lines[i].charge_cents, -i))
        if dearest not in decided:
            line = claim.lines[dearest]
            decided[dearest] = refused_line(line, habit.group, habit.carc, habit.remarks)
            reason = habit.category if reason == "paid" else reason
    decided |= price(claim, tuple(decided), plan, tables, seed)
    remarks = ("MA01",) if plan.kind == "medicare" else ()
    lines = tuple(decided[index] for index in range(len(claim.lines)))
    return _decision(history, reason, lines, remarks)


def _late(claim: Claim, history: History, plan: Plan) -> bool:
    first = claim.first_day
    if not first.isdigit():
        return False
    return (history.received_on - _day(first)).days > plan.filing_days


def _day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return date.max  # not a day: never late


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
        return {len(claim.lines) - 1: _other(case)}
    return {}


def _other(case: Case) -> str:
    if len(case.claim.lines) < 2:
        return "wrong_linkage"
    rules = ("wrong_bundled", "wrong_linkage")
    return rules[roll(case.seed, "which mistake", case.plan.payer_id, case.claim.key) % 2]


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
    decision = _decision(history, f"coding/{first.rule}", lines, (UNPROCESSABLE,))
    return replace(decision, unprocessable=True)


def _by_habit(claim: Claim, history: History, plan: Plan, habit: Habit) -> Decision:
    unprocessable = habit.unprocessable and "7" not in plan.frequencies
    remarks = habit.claim_remarks + ((UNPROCESSABLE,) if unprocessable else ())
    lines = tuple(refused_line(one, habit.group, habit.carc, habit.remarks) for one in claim.lines)
    decision = _decision(history, habit.category, lines, remarks)
    return replace(decision, status=habit.status, unprocessable=unprocessable)


def _whole(
    claim: Claim, history: History, reason: str, carc: str, remarks: tuple[str, ...] = ()
) -> Decision:
    lines = tuple(refused_line(line, "CO", carc, ()) for line in claim.lines)
    return _decision(history, reason, lines, remarks)


def _decision(
    history: History, reason: str, lines: tuple[LineDecision, ...], remarks: tuple[str, ...]
) -> Decision:
    return Decision(
        status="1",
        lines=lines,
        remarks=remarks,
        reason=reason,
        unprocessable=False,
        attempt=history.attempt,
    )
