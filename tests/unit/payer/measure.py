"""How much each payer denies, and why, over claims like the feed's.

    python -m tests.unit.payer.measure --claims 10000 [--errors 300] [--habits demo]

Codes, places and shares follow the chargemaster and the sample; coding errors that only a payer
sees are put into three claims of a hundred (half of the feed's share: the other half meets an
edit, or cannot be made on the claim, or nobody sees it). Pure: the claims go through front door
and adjudication, not files.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from services.payer.adjudicate import History, adjudicate
from services.payer.chance import roll
from services.payer.claim import Claim, Facility, ServiceLine
from services.payer.decision import Decision
from services.payer.frontdoor import Known, refuse
from services.payer.habits import Habits
from services.payer.plan import Plan
from services.payer.tables import load

SEED = b"payer 1"
ERRORS = 300
_VISITS = (("99213", 16500, "22"), ("99214", 24000, "22"), ("99213", 16500, "11"),
           ("99397", 24500, "11"))  # fmt: skip
_EMERGENCIES = (("99283", 52000), ("99284", 86000), ("99285", 125000))
_ITEMS = (("36415", 1800), ("80061", 8200), ("85027", 4800), ("71045", 16500), ("93000", 9500))
_DIAGNOSES = ("I10", "E785", "E119", "J449", "I509", "N189", "C189")
_STAYS = ("I5021", "J189", "A419", "J441", "N179", "K8000", "I639", "E1165")
_ERRORS = ("new_patient", "units", "place", "linkage", "modifier_25", "side")
_NOT_DENIALS = {"1", "2", "3", "23", "45", "94", "253"}
_GROUPS = {
    "registration": "registration, eligibility", "eligibility": "registration, eligibility",
    "coordination": "registration, eligibility", "claim_data": "claim data",
}  # fmt: skip


@dataclass
class Count:
    """What one payer did with its claims; a claim is denied when a line of it is."""

    claims: int = 0
    rejected: int = 0
    denied: int = 0
    denied_whole: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    carcs: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Denied of those that were decided."""
        return self.denied / (self.claims - self.rejected)

    @property
    def coding(self) -> int:
        """Denied for their coding."""
        return sum(n for reason, n in self.reasons.items() if reason.startswith("coding/"))

    @property
    def categories(self) -> Counter[str]:
        """The others by category, as published."""
        found: Counter[str] = Counter()
        for reason, n in self.reasons.items():
            if not reason.startswith("coding/"):
                found[_GROUPS.get(reason, reason)] += n
        return found


def made(plan: Plan, number: int, kind: str = "P", *, errors: int = ERRORS) -> Claim:
    """Return the n-th generated claim of a payer, professional or institutional."""
    chance = roll(b"claims", plan.payer_id, kind, str(number))
    day = date(2026, 1, 5) + timedelta(days=chance // 7 % 160)
    claim = _professional(chance, day) if kind == "P" else _hospital(chance, day)
    claim = replace(
        claim, control_number=f"C{number:08d}", member_id=f"{chance // 19 % 10**11:011d}"
    )
    if chance // 23 % 10_000 < errors:
        claim = _err(claim, chance // 29)
    return replace(claim, total_cents=sum(line.charge_cents for line in claim.lines))


def _professional(chance: int, day: date) -> Claim:
    code, charge, place = _VISITS[chance % len(_VISITS)]
    lines = [_line(1, code, charge, place, day)]
    if chance // 11 % 3 == 0:
        item, price = _ITEMS[chance // 13 % len(_ITEMS)]
        lines.append(_line(2, item, price, place, day))
    return _claim(lines, place, _DIAGNOSES[chance // 17 % len(_DIAGNOSES)])


def _hospital(chance: int, day: date) -> Claim:
    if chance % 4 == 0:
        nights = 1 + chance // 11 % 6
        lines = [
            replace(_line(1, "", 260_000 * nights, "", day), revenue="0120", units=nights),
            replace(_line(2, "", 180_050 * nights, "", day), revenue="0250"),
        ]
        stay = Facility(
            starts_on=f"{day:%Y%m%d}", ends_on=f"{day + timedelta(days=nights):%Y%m%d}",
            admitted=f"{day:%Y%m%d}1015", admission_type="1", patient_status="01",
            admitting="R079", present=("Y", "Y"), attending_npi="1234567893",
        )  # fmt: skip
        principal = _STAYS[chance // 17 % len(_STAYS)]
        return replace(_claim(lines, "11", principal), facility=stay)
    code, charge = _EMERGENCIES[chance // 13 % len(_EMERGENCIES)]
    lines = [
        replace(_line(1, code, charge, "", day), revenue="0450"),
        replace(_line(2, "36415", 1800, "", day), revenue="0300"),
        replace(_line(3, "", 9500, "", day), revenue="0250"),
    ]
    visit = Facility(
        starts_on=f"{day:%Y%m%d}", ends_on=f"{day:%Y%m%d}", admission_type="1",
        patient_status="01", present=("", ""), attending_npi="1234567893",
    )  # fmt: skip
    diagnosis = _DIAGNOSES[chance // 17 % len(_DIAGNOSES)]
    return replace(_claim(lines, "13", diagnosis), facility=visit)


def _claim(lines: list[ServiceLine], place: str, diagnosis: str) -> Claim:
    return Claim(
        control_number="", frequency="1", payer_claim_number="", total_cents=0, place=place,
        diagnoses=(diagnosis, "I10"), lines=tuple(lines), authorization="", attachment=False,
        member_id="", family="RIVERA", given="ALEX", born="19600412", sex="F",
        billing_npi="1234567893", billing_name="DEMO", rendering_npi="1234567893",
        rendering_family="NGUYEN", rendering_given="TAYLOR",
    )  # fmt: skip


def _line(number: int, code: str, charge: int, place: str, day: date) -> ServiceLine:
    return ServiceLine(
        number=number, line_id=f"L{number}", code=code, modifiers=(), units=1,
        charge_cents=charge, pointers=(1,), place=place, served_on=f"{day:%Y%m%d}",
        authorization="",
    )  # fmt: skip


def _err(claim: Claim, chance: int) -> Claim:
    if claim.facility is None:
        return _err_visit(claim, _ERRORS[chance % len(_ERRORS)])
    if claim.inpatient:
        if chance % 2:
            return replace(claim, facility=replace(claim.facility, present=("", "Y")))
        return replace(claim, diagnoses=("Z9911", *claim.diagnoses[1:]))
    first, *rest = claim.lines
    kind = chance % 3
    if kind == 0:
        rest.append(replace(rest[0], number=4, line_id="L4", code="29075", revenue="0700"))
    elif kind == 1:
        rest.append(replace(rest[0], number=4, line_id="L4", code="96360", revenue="0260"))
    else:
        rest.append(replace(rest[0], number=4, line_id="L4", code="71045", revenue="0320", units=8))
    return replace(claim, lines=(first, *rest))


def _err_visit(claim: Claim, kind: str) -> Claim:
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
        rest = [replace(first, number=2, line_id="L2", code="96360", charge_cents=18500)]
    else:
        first = replace(first, code="29075", place="23")
    return replace(claim, lines=(first, *rest))


def measure(
    plan: Plan, claims: int, kind: str = "P", *, errors: int = ERRORS, profile: str = "demo"
) -> Count:
    """Return what a payer does with that many first claims of a kind."""
    tables, count = load(), Count()
    habits = Habits(tables, SEED, profile)
    history = History(received_on=date(2026, 6, 20))
    for number in range(claims):
        claim = made(plan, number, kind, errors=errors)
        count.claims += 1
        if refuse(claim, plan, Known(), tables, SEED):
            count.rejected += 1
            continue
        _add(count, adjudicate(claim, history, plan, habits))
    return count


def _add(count: Count, decision: Decision) -> None:
    if decision.lines:
        denied = [reasons for reasons in map(_denials, decision.lines) if reasons]
    else:
        denied = [r for r in [{a.carc for a in decision.adjustments} - _NOT_DENIALS] if r]
    if any(line.allowed_cents for line in decision.lines):  # packaged lines are paid with another
        packaged = [r for r in denied if r in ({"97"}, {"234"}) and decision.lines[0].revenue]
        denied = [r for r in denied if r not in packaged]
    if denied:
        count.denied += 1
        count.denied_whole += len(denied) == max(len(decision.lines), 1)
        count.reasons[decision.reason] += 1
        count.carcs.update({carc for reasons in denied for carc in reasons})


def _denials(line: object) -> set[str]:
    adjustments = line.adjustments  # type: ignore[attr-defined]
    return {a.carc for a in adjustments} - _NOT_DENIALS


def main() -> None:
    """Print the table of README.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--errors", type=int, default=ERRORS, help="of 10,000 claims")
    parser.add_argument("--habits", default="demo", help="calm, demo or all")
    asked = parser.parse_args()
    out = sys.stdout.write
    out("| payer | claims | rejected | denied | coding | of the other denials |\n")
    for plan in load().plans.values():
        for kind in plan.claims:
            c = measure(plan, asked.claims, kind, errors=asked.errors, profile=asked.habits)
            rest = c.categories
            others = ", ".join(
                f"{name} {100 * n / rest.total():.0f}" for name, n in rest.most_common()
            )
            out(
                f"| {plan.payer_id} | {kind} | {100 * c.rejected / c.claims:.1f} % "
                f"| {100 * c.share:.1f} % | {100 * c.coding / c.denied:.0f} % | {others} |\n"
            )


if __name__ == "__main__":
    main()
