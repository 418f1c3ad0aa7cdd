"""What a line is worth: the plan's allowed amount, less what the patient owes.

    charge - CO-45 (above the allowed amount) - PR-1 - PR-2 - PR-3 - CO-253 = paid

Worked, in cents: charge 20000, allowed 9000, copay 2000
    20000 - 11000 (CO-45) - 2000 (PR-3) = 7000 paid

On outpatient hospital claims some lines are packaged: paid with another line, themselves zero.
"""

from collections.abc import Mapping, Sequence

from services.payer.chance import happens
from services.payer.claim import Adjustment, Claim, ServiceLine
from services.payer.decision import LineDecision, decided_line
from services.payer.plan import Plan
from services.payer.tables import Tables


def price(
    claim: Claim,
    refused: Sequence[int],
    capped: Mapping[int, int],
    plan: Plan,
    tables: Tables,
    seed: bytes,
) -> dict[int, LineDecision]:
    """Return the decision on every line that is not refused, by its index.

    The deductible is open by chance of member and claim, not by what else was paid this year:
    a running total would make decisions depend on the order of arrival.

    Args:
        claim: The claim.
        refused: Lines decided already.
        capped: Lines of which only so many units are paid.
        plan: The payer.
        tables: Its rules.
        seed: Its chance.
    """
    priced: dict[int, LineDecision] = {}
    packaged = _packaged(claim, refused, tables)
    open_deductible = open_deductible_of(claim, plan, seed)
    for index, line in enumerate(claim.lines):
        if index in refused:
            continue
        if index in packaged:
            outcome = tables.outcome("packaged", "I", plan.kind)
            zero = Adjustment(outcome.group, outcome.carc, line.charge_cents)
            priced[index] = decided_line(line, (zero,), remarks=(outcome.remark,))
            continue
        over = _over(line, capped.get(index))
        allowed = min(line.charge_cents - over, allowed_on(claim, line, plan, tables))
        deductible = min(open_deductible, allowed)
        open_deductible -= deductible
        policy = tables.policies.get(line.code)
        visit = policy is not None and policy.visit
        priced[index] = _decide(line, over, allowed, deductible, visit, plan, tables, claim.kind)
    return priced


def open_deductible_of(claim: Claim, plan: Plan, seed: bytes) -> int:
    """Return what is open of the deductible when this claim comes."""
    met = happens(plan.deductible_myriad, seed, "deductible", plan.payer_id, claim.key)
    return plan.deductible_cents if met else 0


def allowed_on(claim: Claim, line: ServiceLine, plan: Plan, tables: Tables) -> int:
    """Return what the plan allows for a line, whatever was charged."""
    if claim.facility is not None:
        return line.charge_cents * plan.outpatient_percent // 100
    fee = tables.fees.get(line.code)
    if fee is None:
        return line.charge_cents * plan.default_percent // 100
    return fee * line.units * plan.fee_percent // 100


def _packaged(claim: Claim, refused: Sequence[int], tables: Tables) -> set[int]:
    """Return the lines paid with another one: none where there is no other that is paid."""
    if claim.facility is None:
        return set()
    codes, revenues = (
        tables.facility["packaged_procedure"],
        tables.facility["packaged_revenue"],
    )
    packaged = {
        index
        for index, line in enumerate(claim.lines)
        if index not in refused
        and (line.code in codes if line.code else line.revenue.startswith(revenues))
    }
    paid = set(range(len(claim.lines))) - packaged - set(refused)
    return packaged if paid else set()


def _over(line: ServiceLine, most: int | None) -> int:
    """Return the charge of the units beyond the limit."""
    if most is None or line.units <= most:
        return 0
    return line.charge_cents - line.charge_cents * most // line.units


def _decide(  # noqa: PLR0913 - what a line is priced by
    line: ServiceLine,
    over: int,
    allowed: int,
    deductible: int,
    visit: bool,
    plan: Plan,
    tables: Tables,
    kind: str,
) -> LineDecision:
    rest = allowed - deductible
    copay = min(plan.copay_cents, rest) if visit else 0
    coinsurance = 0 if copay else rest * plan.coinsurance_percent // 100
    payable = rest - copay - coinsurance
    units = tables.outcome("units", kind, plan.kind)
    adjustments = (
        Adjustment(units.group, units.carc, over),
        Adjustment("CO", "45", line.charge_cents - over - allowed),
        Adjustment("CO", "253", payable * plan.sequestration_percent // 100),
        Adjustment("PR", "1", deductible),
        Adjustment("PR", "2", coinsurance),
        Adjustment("PR", "3", copay),
    )
    remarks = (units.remark,) if over else ()
    return decided_line(line, adjustments, allowed_cents=allowed, remarks=remarks)
