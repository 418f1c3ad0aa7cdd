"""In which order work is done: the published score of a work item.

    expected payment x chance to overturn / days left to the nearest of the payer's clocks

- *Expected payment* is what is at stake times the rate at which this payer pays charges for these
  codes, of lines it did not deny.
- *Chance* is how often what came back of this payer for this reason was paid after all, of what was
  answered. What was never refused, or never billed (held, not coded), has none: it counts whole.
- *Days left* are at least 1.

Both histories fall back from the particular to the general (code, payer, plan, all; reason, payer,
plan, all) and small numbers lean on the next wider level: with n cases, its own figure counts
n / (n + k), the wider one the rest; k is `LINES` lines, or `ITEMS` items. Where nothing at all is
known, one half. Every part is kept beside the score, so that the sum can be shown.

A deadline of the payer's within 7 days, or past, goes first (`band` 0), nearest first; in band 1
the score decides. The score is in cents a day left.

Example: $200.00 denied, CO-11; the payer paid $30,000.00 of $80,000.00 charged for this code (37
lines) and no other; 13 of 21 overturned; 18 days left. Rate 0.38, chance 0.62: $2.58 a day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from services.claims.clocks import SOON_DAYS, Clock, named

LINES, ITEMS = 10, 5
UNKNOWN = 0.5
DENIED_KINDS = ("held", "rejection", "denial", "manual_denial")
"""Kinds that were refused, by the payer or by us."""
NEVER_BILLED = ("held", "coding")
"""Kinds of which the payer knows nothing yet: it has nothing to overturn."""
CODE, REASON, PAYER, PLAN, ALL, NONE = "code", "reason", "payer", "plan", "all", "none"
UNBILLED = "unbilled"
ORDER = (CODE, REASON, PAYER, PLAN, ALL, NONE)


class Paid(NamedTuple):
    """What was paid of what was charged, over how many lines."""

    paid_cents: int = 0
    charged_cents: int = 0
    lines: int = 0


class Won(NamedTuple):
    """How many were paid after all, of how many that were answered."""

    won: int = 0
    decided: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """What is known of what payers paid and overturned.

    Attributes:
        codes: (payer, code) -> what was paid.
        paid: Payer -> what was paid, over all codes.
        reasons: (payer, kind, reason) -> what was overturned.
        won: (payer, kind) -> what was overturned, over all reasons.
        plans: Payer -> kind of plan.
    """

    codes: Mapping[tuple[str, str], Paid] = field(default_factory=dict)
    paid: Mapping[str, Paid] = field(default_factory=dict)
    reasons: Mapping[tuple[str, str, str], Won] = field(default_factory=dict)
    won: Mapping[tuple[str, str], Won] = field(default_factory=dict)
    plans: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stake:
    """What of an item decides its place.

    Attributes:
        kind: Of the item.
        payer_id: The payer.
        reason: The first of its reasons: ``CO-11``, an edit, a status.
        at_stake_cents: Charge.
        lines: (code, charge) of the services concerned.
        due: The nearest clock; none when nothing runs.
    """

    kind: str
    payer_id: str
    reason: str
    at_stake_cents: int
    lines: tuple[tuple[str, int], ...] = ()
    due: Clock | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """An item's place in the order.

    Attributes:
        band: 0 when a payer's deadline is within 7 days or past, else 1.
        score: Cents a day left.
        parts: What it is made of, for the page: see `words`.
    """

    band: int
    score: int
    parts: Mapping[str, Any]


def score(stake: Stake, history: History, today: date) -> Score:
    """Return an item's place in the order on a business day."""
    rate, paid, paid_level = _rate(stake, history)
    chance, won, won_level = _chance(stake, history)
    rate, chance = round(rate, 4), round(chance, 4)  # as shown, so that the sum can be done again
    expected = round(stake.at_stake_cents * rate)
    due = stake.due
    left = (due.due_on - today).days if due else None
    band = 0 if due and due.payers and left is not None and left <= SOON_DAYS else 1
    days = max(1, left) if left is not None else 1
    return Score(band, round(expected * chance / days), {
        "charge_cents": stake.at_stake_cents, "expected_cents": expected,
        "rate": rate, "paid_rate": [*paid, paid_level],
        "chance": chance, "overturn": [*won, won_level],
        "days_left": left, "due_rule": due.rule if due else "",
    })


def _rate(stake: Stake, history: History) -> tuple[float, Paid, str]:
    """Return the rate of an item's codes, weighed by their charges, what it stands on, and where.

    A payment of the payer's that has no place is worth what it is.
    """
    if stake.kind == "remittance":
        return 1.0, Paid(), NONE
    lines = [line for line in stake.lines if line[1] > 0] or [("", 1)]
    total = sum(charge for _, charge in lines)
    weighed, known, level = 0.0, dict[str, tuple[Paid, str]](), CODE
    for code, charge in lines:
        rate, found, at = _rate_of(stake.payer_id, code, history)
        weighed += rate * charge / total
        known[code if at == CODE else at] = found, at
        level = max(level, at, key=ORDER.index)
    shown = [found for found, at in known.values() if at == level]
    return weighed, Paid(*map(sum, zip(*shown, strict=True))), level


def _rate_of(payer_id: str, code: str, history: History) -> tuple[float, Paid, str]:
    plan = history.plans.get(payer_id, "")
    in_plan = [one for key, one in history.paid.items() if history.plans.get(key) == plan]
    return _leaning(
        (
            (CODE, history.codes.get((payer_id, code), Paid())),
            (PAYER, history.paid.get(payer_id, Paid())),
            (PLAN, _sum(in_plan) if plan else Paid()),
            (ALL, _sum(history.paid.values())),
        ),
        lambda one: (one.lines, one.paid_cents, one.charged_cents), LINES, Paid(),
    )


def _chance(stake: Stake, history: History) -> tuple[float, Won, str]:
    if stake.kind in NEVER_BILLED:
        return 1.0, Won(), UNBILLED
    if stake.kind not in DENIED_KINDS:
        return 1.0, Won(), NONE
    kind, payer = "denial" if stake.kind == "manual_denial" else stake.kind, stake.payer_id
    same = {key[0]: one for key, one in history.won.items() if key[1] == kind}
    plan = history.plans.get(payer, "")
    in_plan = [one for key, one in same.items() if plan and history.plans.get(key) == plan]
    return _leaning(
        (
            (REASON, history.reasons.get((payer, kind, stake.reason), Won())),
            (PAYER, same.get(payer, Won())),
            (PLAN, _won(in_plan)),
            (ALL, _won(same.values())),
        ),
        lambda one: (one.decided, one.won, one.decided), ITEMS, Won(),
    )


def _leaning(levels: Any, read: Any, k: int, nothing: Any) -> tuple[float, Any, str]:
    """Return the figure of the most particular level, each leaning on the next wider one."""
    value, found, at = UNKNOWN, nothing, NONE
    for level, one in reversed(levels):
        n, part, whole = read(one)
        if n <= 0 or whole <= 0:
            continue
        own = min(1.0, max(0.0, part / whole))
        value = (n * own + k * value) / (n + k)
        found, at = one, level
    return value, found, at


def _sum(many: Iterable[Paid]) -> Paid:
    found = tuple(many)
    return Paid(*(sum(one[part] for one in found) for part in range(3)))


def _won(many: Iterable[Won]) -> Won:
    found = tuple(many)
    return Won(*(sum(one[part] for one in found) for part in range(2)))


def order(band: int, due_on: date, score: int, item_id: str) -> tuple[int, int, int, str]:
    """Return what sorts items: band, then in band 0 the due date, then the score.

    >>> urgent = order(0, date(2026, 7, 3), 10, "b"), order(0, date(2026, 7, 2), 1, "a")
    >>> sorted([order(1, date(2026, 7, 1), 999, "c"), *urgent])[0][3]
    'a'
    """
    return band, due_on.toordinal() if band == 0 else 0, -score, item_id


def words(parts: Mapping[str, Any]) -> str:
    r"""Return the sum in words, for whoever asks why an item stands where it stands.

    >>> said = words({"charge_cents": 20000, "expected_cents": 7600, "rate": 0.38,
    ...               "paid_rate": [3000000, 8000000, 37, "code"], "chance": 0.59,
    ...               "overturn": [13, 21, "reason"], "days_left": 18, "due_rule": "appeal"})
    >>> print(*said.split(" x "), sep="\n")
    $200.00
    38 % paid (this code, this payer, n 37)
    59 % won (13 of 21, shrunk towards the next wider rate) / 18 days (appeal)
    """
    if not parts:
        return ""
    _, _, lines, paid_at = parts["paid_rate"]
    won, decided, won_at = parts["overturn"]
    said = [f"${parts['charge_cents'] // 100:,}.{parts['charge_cents'] % 100:02d}"]
    if parts["rate"] != 1.0:
        where = f"{_WHERE[paid_at]}, n {lines}" if lines else _WHERE[paid_at]
        said.append(f"{100 * parts['rate']:.0f} % paid ({where})")
    if won_at == UNBILLED:
        said.append("100 % (not billed yet)")
    elif parts["chance"] != 1.0:
        said.append(f"{100 * parts['chance']:.0f} % won ({_of(won, decided, won_at)})")
    left = parts["days_left"]
    if left is None:
        return " x ".join(said)
    days = f"{max(1, left)} day{'' if left <= 1 else 's'}"
    return f"{' x '.join(said)} / {days} ({named(parts['due_rule'])})"


def _of(won: int, decided: int, at: str) -> str:
    """Return what a chance stands on; that small numbers lean on wider ones is said."""
    if not decided:
        return "nothing answered yet"
    wider = "" if at == REASON else f", {_WHERE[at]}"
    towards = "one half" if at == ALL else "the next wider rate"
    return f"{won} of {decided}{wider}, shrunk towards {towards}"


_WHERE = {
    CODE: "this code, this payer", REASON: "this reason", PAYER: "this payer",
    PLAN: "payers of this kind", ALL: "all payers", NONE: "nothing known: one half",
}
