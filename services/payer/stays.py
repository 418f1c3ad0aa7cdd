"""An inpatient claim is paid as a whole, by its principal diagnosis: no line is priced.

    charge - CO-45 (above the price of the stay) - PR-1 - PR-2 - CO-253 = paid

Worked, in cents: charge 2500000, weight 1.270 x base 690000 = 876300, deductible 167600
    2500000 - 1623700 (CO-45) - 167600 (PR-1) - 14174 (CO-253, 2 % of the rest) = 694526 paid

Where the price is above the charge, a payer pays no more than the charge, or it pays its price
and says so by a negative CO-94 (habit ``in_excess``).
"""

from datetime import date

from services.payer.claim import Adjustment, Claim
from services.payer.decision import SEQUENCES, Decision
from services.payer.habits import Habits
from services.payer.plan import Plan


def price_stay(
    claim: Claim, plan: Plan, habits: Habits, remarks: tuple[str, ...], attempt: int
) -> Decision:
    """Return the decision on an inpatient claim with which nothing is wrong."""
    stay = habits.tables.stay(claim.diagnoses[0])
    charge = sum(line.charge_cents for line in claim.lines)
    worth = plan.drg_base_cents * stay.weight // 1000
    above = habits.has("in_excess", plan, claim.key)
    price = worth if above else min(worth, charge)
    deductible = min(plan.inpatient_deductible_cents, price)
    rest = price - deductible
    coinsurance = 0 if plan.kind == "medicare" else rest * plan.coinsurance_percent // 100
    sequestered = (rest - coinsurance) * plan.sequestration_percent // 100
    adjustments = (
        Adjustment("CO", "45", max(charge - price, 0)),
        Adjustment("CO", "94", min(charge - price, 0)),
        Adjustment("CO", "253", sequestered),
        Adjustment("PR", "1", deductible),
        Adjustment("PR", "2", coinsurance),
    )
    return Decision(
        status=SEQUENCES.get(claim.sequence, "1"),
        charge_cents=charge,
        lines=(),
        adjustments=tuple(one for one in adjustments if one.cents),
        remarks=remarks,
        reason="paid",
        unprocessable=False,
        attempt=attempt,
        drg=(claim.facility.drg if claim.facility else "") or stay.drg,
        drg_weight=stay.weight,
        drg_cents=worth,
        days=_days(claim),
        inpatient=True,
    )


def _days(claim: Claim) -> int:
    try:
        first, last = date.fromisoformat(claim.first_day), date.fromisoformat(claim.last_day)
    except ValueError:
        return 1
    return max((last - first).days, 1)
