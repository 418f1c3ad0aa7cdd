"""What a line is worth: the plan's allowed amount, less what the patient owes.

    charge - CO-45 (above the allowed amount) - PR-1 - PR-2 - PR-3 - CO-253 = paid

Worked, in cents: charge 20000, allowed 9000, copay 2000
    20000 - 11000 (CO-45) - 2000 (PR-3) = 7000 paid
"""

from collections.abc import Sequence

from services.payer.chance import happens
from services.payer.claim import Adjustment, Claim, LineDecision, ServiceLine
from services.payer.tables import Plan, Tables


def price(
    claim: Claim, refused: Sequence[int], plan: Plan, tables: Tables, seed: bytes
) -> dict[int, LineDecision]:
    """Return the decision on every line that is not refused, by its index.

    The deductible is open by chance of member and claim, not by what else was paid this year:
    a running total would make decisions depend on the order of arrival.
    """
    priced: dict[int, LineDecision] = {}
    open_deductible = 0
    if happens(plan.deductible_myriad, seed, "deductible", plan.payer_id, claim.key):
        open_deductible = plan.deductible_cents
    for index, line in enumerate(claim.lines):
        if index in refused:
            continue
        allowed = min(line.charge_cents, _allowed(line, plan, tables))
        deductible = min(open_deductible, allowed)
        open_deductible -= deductible
        policy = tables.policies.get(line.code)
        visit = policy is not None and policy.visit
        priced[index] = _decide(line, allowed, deductible, visit, plan)
    return priced


def refused_line(
    line: ServiceLine, group: str, carc: str, remarks: tuple[str, ...]
) -> LineDecision:
    """Return a line on which nothing is paid, for one reason."""
    adjustments = (Adjustment(group, carc, line.charge_cents),) if line.charge_cents else ()
    return _line(line, 0, 0, adjustments, tuple(filter(None, remarks)))


def _allowed(line: ServiceLine, plan: Plan, tables: Tables) -> int:
    fee = tables.fees.get(line.code)
    if fee is None:
        return line.charge_cents * plan.default_percent // 100
    return fee * line.units * plan.fee_percent // 100


def _decide(
    line: ServiceLine, allowed: int, deductible: int, visit: bool, plan: Plan
) -> LineDecision:
    rest = allowed - deductible
    copay = min(plan.copay_cents, rest) if visit else 0
    coinsurance = 0 if copay else rest * plan.coinsurance_percent // 100
    payable = rest - copay - coinsurance
    sequestered = payable * plan.sequestration_percent // 100
    adjustments = (
        Adjustment("CO", "45", line.charge_cents - allowed),
        Adjustment("CO", "253", sequestered),
        Adjustment("PR", "1", deductible),
        Adjustment("PR", "2", coinsurance),
        Adjustment("PR", "3", copay),
    )
    kept = tuple(adjustment for adjustment in adjustments if adjustment.cents)
    return _line(line, payable - sequestered, allowed, kept, ())


def _line(
    line: ServiceLine,
    paid: int,
    allowed: int,
    adjustments: tuple[Adjustment, ...],
    remarks: tuple[str, ...],
) -> LineDecision:
    return LineDecision(
        line_id=line.line_id,
        code=line.code,
        modifiers=line.modifiers,
        units=line.units,
        served_on=line.served_on,
        charge_cents=line.charge_cents,
        paid_cents=paid,
        allowed_cents=allowed,
        adjustments=adjustments,
        remarks=remarks,
    )
