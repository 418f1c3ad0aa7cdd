"""What a code table, or a rule, would change for claims that are not paid yet, before it holds.

Both sides judge the same claims on the same day; only a verdict that changes is told.

    would fail   coded, not sent, lets through today and would be held
    would pass   held today and would go on
    sent         sent, not decided, and would be held: nothing can be done but know it

Example: a rule that holds 99215 from today: a visit coded yesterday and still here would fail, one
that went out last week is told as sent.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from schemas.events import Coded
from services.claims import edits
from services.claims.edits.own import EditSet
from services.claims.history import History
from services.claims.terms import Terms

FAIL, PASS, SENT = "would_fail", "would_pass", "sent"
EFFECTS = (FAIL, PASS, SENT)


@dataclass(frozen=True, slots=True)
class Side:
    """By what a claim is judged: today's, or what is about to hold."""

    edits: EditSet
    terms: Terms


@dataclass(frozen=True, slots=True)
class Change:
    """A claim whose verdict would change.

    Attributes:
        encounter_id: The encounter.
        version: Of its coding.
        effect: would_fail, would_pass or sent.
        cents: Its charge.
        edit: The first edit that holds it, then or today.
        place: Where.
    """

    encounter_id: str
    version: int
    effect: str
    cents: int
    edit: str
    place: str


def changes(
    cases: Iterable[tuple[Coded, bool, History]], today: date, before: Side, after: Side
) -> Iterator[Change]:
    """Yield the claims whose verdict would change.

    Args:
        cases: Coded versions that are next, or out and undecided, whether they were sent, and
            what is known of the patient's encounters.
        today: The business day.
        before: As it holds.
        after: As it would.
    """
    for coded, sent, beside in cases:
        first, then = (_held(coded, today, side, beside) for side in (before, after))
        if bool(first) == bool(then) or (sent and not then):
            continue
        effect = SENT if sent else FAIL if then else PASS
        edit, place = then or first or ("", "")
        cents = coded.bill.charge_cents
        yield Change(coded.encounter_id, coded.version, effect, cents, edit, place)


def _held(
    coded: Coded, today: date, side: Side, beside: History
) -> tuple[str, str] | None:
    """Return which edit holds a version first, and where."""
    found = edits.judge(coded, today, side.terms, side.edits, beside).findings
    return next(((f.edit, f.place) for f in found if f.severity == "hold"), None)


def totals(found: Iterable[Change]) -> dict[str, tuple[int, int]]:
    """Return effect -> (claims, cents), every effect named."""
    claims: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for one in found:
        claims[one.effect] += 1
        cents[one.effect] += one.cents
    return {effect: (claims[effect], cents[effect]) for effect in EFFECTS}
