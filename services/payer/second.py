"""We are not the first payer: the first one's decision stands, and we pay of what it left.

    line: charge - OA-23 (what the first payer paid and took off) - CO-45 - PR-3 = paid

What is left is the first payer's group PR. Worked, in cents: charge 20000, the first payer paid
7200 and took 11000 off (CO-45), left PR-2 1800
    20000 - 18200 (OA-23) = 1800 paid

Never more is paid than we would allow ourselves. Where the first payer decided on the claim and
not on its lines, we do too.
"""

from services.payer.claim import Adjustment, Claim, OtherPayer, ServiceLine
from services.payer.decision import SEQUENCES, Decision, LineDecision, decided_line
from services.payer.plan import Plan
from services.payer.pricing import allowed_on
from services.payer.tables import Tables


def pay_rest(claim: Claim, prior: OtherPayer, plan: Plan, tables: Tables, attempt: int) -> Decision:
    """Return what we pay after another payer's decision."""
    charge = sum(line.charge_cents for line in claim.lines)
    whole = claim.inpatient or not prior.lines or any(a.group == "PR" for a in prior.adjustments)
    lines: tuple[LineDecision, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    if whole:
        left = min(max(_left(prior), 0), charge)
        own = sum(_own(claim, line, plan, tables) for line in claim.lines)
        adjustments = _adjust(charge, left, left if claim.inpatient else own, 0)
    else:
        lines = tuple(_line(claim, line, prior, plan, tables) for line in claim.lines)
    return Decision(
        status=SEQUENCES.get(claim.sequence, "2"),
        charge_cents=charge,
        lines=lines,
        adjustments=adjustments,
        remarks=(),
        reason="paid",
        unprocessable=False,
        attempt=attempt,
        inpatient=claim.inpatient,
    )


def _left(prior: OtherPayer) -> int:
    every = [*prior.adjustments, *(a for line in prior.lines for a in line.adjustments)]
    return sum(one.cents for one in every if one.group == "PR")


def _own(claim: Claim, line: ServiceLine, plan: Plan, tables: Tables) -> int:
    return min(line.charge_cents, allowed_on(claim, line, plan, tables))


def _line(
    claim: Claim, line: ServiceLine, prior: OtherPayer, plan: Plan, tables: Tables
) -> LineDecision:
    said = [a for v in prior.lines if v.line == line.number for a in v.adjustments]
    left = sum(one.cents for one in said if one.group == "PR")
    left = min(max(left, 0), line.charge_cents)
    policy = tables.policies.get(line.code)
    copay = plan.copay_cents if policy is not None and policy.visit else 0
    own = _own(claim, line, plan, tables)
    return decided_line(line, _adjust(line.charge_cents, left, own, copay), allowed_cents=left)


def _adjust(charge: int, left: int, own: int, copay: int) -> tuple[Adjustment, ...]:
    payable = min(left, own)
    owed = min(copay, payable)
    adjustments = (
        Adjustment("OA", "23", charge - left),
        Adjustment("CO", "45", left - payable),
        Adjustment("PR", "3", owed),
    )
    return tuple(one for one in adjustments if one.cents)
