"""How much each payer denies, and why, over claims like the feed's.

    python -m tests.unit.payer.measure --claims 10000

Codes, places and shares follow the chargemaster and the sample; coding errors that only a payer
sees are put into six claims of a hundred, as many as reach the payers in the demo. Pure: the
claims go through front door and adjudication, not files.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from services.payer.adjudicate import History, adjudicate
from services.payer.chance import roll
from services.payer.claim import Claim, ServiceLine
from services.payer.decision import Decision
from services.payer.frontdoor import Known, refuse
from services.payer.habits import Habits
from services.payer.plan import Plan
from services.payer.tables import load

SEED = b"payer 1"
_VISITS = (("99213", 16500, "22"), ("99214", 24000, "22"), ("99213", 16500, "11"),
           ("99284", 86000, "23"), ("99283", 52000, "23"), ("99397", 24500, "11"))  # fmt: skip
_ITEMS = (("36415", 1800), ("80061", 8200), ("85027", 4800), ("71045", 16500), ("93000", 9500))
_DIAGNOSES = ("I10", "E785", "E119", "J449", "I509", "N189", "C189", "Z23")
_ERRORS = ("new_patient", "units", "place", "linkage", "modifier_25", "side")


@dataclass
class Count:
    """What one payer did with its claims; a claim is denied when a line of it is."""

    claims: int = 0
    rejected: int = 0
    denied: int = 0
    denied_whole: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    carcs: Counter[str] = field(default_factory=Counter)


def made(plan: Plan, number: int, *, errors_per_myriad: int = 600) -> Claim:
    """Return the n-th generated claim of a payer."""
    chance = roll(b"claims", plan.payer_id, str(number))
    code, charge, place = _VISITS[chance % len(_VISITS)]
    day = f"{date(2026, 1, 5) + timedelta(days=chance // 7 % 160):%Y%m%d}"
    lines = [_line(1, code, charge, place, day)]
    if chance // 11 % 3 == 0:
        item, price = _ITEMS[chance // 13 % len(_ITEMS)]
        lines.append(_line(2, item, price, place, day))
    diagnosis = _DIAGNOSES[chance // 17 % (len(_DIAGNOSES) - 1)]
    claim = Claim(
        control_number=f"C{number:08d}", frequency="1", payer_claim_number="",
        total_cents=sum(line.charge_cents for line in lines), place=place,
        diagnoses=(diagnosis, "I10"), lines=tuple(lines), authorization="", attachment=False,
        member_id=f"{chance // 19 % 10**11:011d}", family="RIVERA", given="ALEX", born="19600412",
        sex="F", billing_npi="1234567893", billing_name="DEMO", rendering_npi="1234567893",
        rendering_family="NGUYEN", rendering_given="TAYLOR",
    )  # fmt: skip
    if chance // 23 % 10_000 < errors_per_myriad:
        claim = _err(claim, _ERRORS[chance // 29 % len(_ERRORS)])
    return claim


def _line(number: int, code: str, charge: int, place: str, day: str) -> ServiceLine:
    return ServiceLine(
        number=number, line_id=f"L{number}", code=code, modifiers=(), units=1,
        charge_cents=charge, pointers=(1,), place=place, served_on=day, authorization="",
    )  # fmt: skip


def _err(claim: Claim, kind: str) -> Claim:
    first, *rest = claim.lines
    if kind == "new_patient":
        first = replace(first, code="99203", place="11")
    elif kind == "units":
        first = replace(first, units=2)
    elif kind == "place":
        first = replace(first, code="99213", place="23")
    elif kind == "linkage":
        first = replace(first, code="93000", place="11")
        claim = replace(claim, diagnoses=("S93401A",))
    elif kind == "modifier_25":
        rest = [replace(_line(2, "96360", 18500, first.place, first.served_on))]
    else:
        first = replace(first, code="29075", place="23")
    lines = (first, *rest)
    return replace(claim, lines=lines, total_cents=sum(line.charge_cents for line in lines))


def measure(plan: Plan, claims: int) -> Count:
    """Return what a payer does with that many first claims."""
    tables, count = load(), Count()
    history = History(received_on=date(2026, 6, 20))
    for number in range(claims):
        claim = made(plan, number)
        count.claims += 1
        if refuse(claim, plan, Known(), tables, SEED):
            count.rejected += 1
            continue
        _add(count, adjudicate(claim, history, plan, Habits(tables, SEED)))
    return count


def _add(count: Count, decision: Decision) -> None:
    denied = [reasons for reasons in map(_denials, decision.lines) if reasons]
    if denied:
        count.denied += 1
        count.denied_whole += len(denied) == len(decision.lines)
        count.reasons[decision.reason] += 1
        count.carcs.update({carc for reasons in denied for carc in reasons})


def _denials(line: object) -> set[str]:
    adjustments = line.adjustments  # type: ignore[attr-defined]
    return {a.carc for a in adjustments} - {"1", "2", "3", "45", "253"}


def main() -> None:
    """Print the table of README.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--claims", type=int, default=10_000)
    asked = parser.parse_args()
    out = sys.stdout.write
    out("| payer | claims | rejected | denied | wholly | of the denials: coding | others |\n")
    for plan in load().plans.values():
        c = measure(plan, asked.claims)
        decided = c.claims - c.rejected
        coding = sum(n for reason, n in c.reasons.items() if reason.startswith("coding/"))
        others = ", ".join(
            f"{reason} {100 * n / c.denied:.0f} %"
            for reason, n in c.reasons.most_common()
            if not reason.startswith("coding/")
        )
        out(
            f"| {plan.payer_id} | {c.claims} | {100 * c.rejected / c.claims:.1f} % "
            f"| {100 * c.denied / decided:.1f} % | {100 * c.denied_whole / decided:.1f} % "
            f"| {100 * coding / c.denied:.0f} % | {others} |\n"
        )


if __name__ == "__main__":
    main()
