"""What a rule would have done: over stored history, before it is published.

Each coded version is judged with the rule and without it, and set beside what became of it:

    would hold     versions that went on and would have stayed
      caught       of those, denied by the payer where the rule finds fault: dollars saved
      stopped      of those, paid: dollars delayed for nothing
      open         of those, not decided yet, or denied elsewhere
    would warn     versions that would go on with a warning
    would release  versions that only the edits it softens held: dollars let go

Example: a rule that holds 99215 on line 1; that line was denied for $150.00: one caught, $150.00.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from schemas.events import Adjudicated, Coded, Finding, Rule, RuleVersion, Validated
from services.claims import adjustments, edits
from services.claims.edits import own
from services.claims.edits.edit import CLAIM, HOLD, WARN
from services.claims.edits.own import EditSet
from services.claims.history import History
from services.claims.terms import Terms

CAUGHT, STOPPED, OPEN, WARNED, RELEASED = "caught", "stopped", "open", "warned", "released"
EFFECTS = (CAUGHT, STOPPED, OPEN, WARNED, RELEASED)
REVERSAL = "22"


@dataclass(frozen=True, slots=True)
class Past:
    """A coded version, what was found on it, and what the payer decided.

    Attributes:
        coded: The version.
        validated: What was said of it, if it was.
        decisions: All decisions on it, in any order.
        history: What is known of the patient's encounters; none where it is not at hand.
    """

    coded: Coded
    validated: Validated | None = None
    decisions: Sequence[Adjudicated] = ()
    history: History | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule would have done to one version.

    Attributes:
        encounter_id: The encounter.
        version: Of its coding.
        effect: caught, stopped, open, warned or released.
        cents: Denied (caught), paid (stopped), else the charge.
        edit: The edit that decides.
        place: Where it found it.
    """

    encounter_id: str
    version: int
    effect: str
    cents: int
    edit: str
    place: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The edits that a rule changes, without it and with it.

    Attributes:
        before: As published.
        after: With the rule.
        changed: Ids of the edits.
    """

    before: EditSet
    after: EditSet
    changed: frozenset[str]


def compared(
    rule_id: str, draft: RuleVersion, published: Iterable[Rule], today: date
) -> Comparison:
    """Return what a draft changes in the edits of a day, if it were published."""
    rules = tuple(published)
    others = tuple(rule for rule in rules if rule.rule_id != rule_id)
    ours = Rule(rule_id=rule_id, timetable=(replace(draft, effective_on=date.min),))
    changed = {own.edit_id(rule_id)}
    changed |= {
        one.id for one in edits.EDITS
        if draft.about and draft.about in (one.id, f"family:{one.family}")
    }
    before = edits.STANDARD.with_rules(rules, today)
    after = edits.STANDARD.with_rules((*others, ours), today)
    return Comparison(_only(before, changed), _only(after, changed), frozenset(changed))


def _only(whole: EditSet, ids: set[str]) -> EditSet:
    mine = tuple(edit for edit in whole.edits if edit.id in ids)
    return EditSet(mine, whole.rows, whole.version)


def replay(compared: Comparison, history: Iterable[Past], terms: Terms) -> Iterator[Effect]:
    """Yield what a rule would have done, version by version; nothing where it changes nothing."""
    for past in history:
        if past.coded.reason == edits.VOID:
            continue
        day = past.coded.recorded_at.date()
        before = edits.judge(past.coded, day, terms, compared.before, past.history).findings
        after = edits.judge(past.coded, day, terms, compared.after, past.history).findings
        effect = _effect(past, before, after, compared.changed)
        if effect:
            yield effect


def _effect(
    past: Past, before: Sequence[Finding], after: Sequence[Finding], changed: frozenset[str]
) -> Effect | None:
    was, would = edits.verdict(before), edits.verdict(after)
    told = past.validated.findings if past.validated else ()
    held = {finding.edit for finding in told if finding.severity == HOLD}
    charge = past.coded.bill.charge_cents
    if would == "held" and was != "held" and not held:
        finding = next(f for f in after if f.severity == HOLD)
        return _outcome(past, finding)
    if was == "held" and would != "held" and held and held <= changed:
        return _said(past, RELEASED, charge, next(f for f in before if f.severity == HOLD))
    if would == "warned" and was == "clean" and not held:
        return _said(past, WARNED, charge, next(f for f in after if f.severity == WARN))
    return None


def _outcome(past: Past, finding: Finding) -> Effect:
    """Return a version that would have stayed, with what the payer made of it."""
    paid = sum(decision.paid_cents for decision in past.decisions)
    standing = [one for one in past.decisions if one.status != REVERSAL]
    last = max(standing, key=lambda one: (one.decided_on, one.ordinal), default=None)
    denied = adjustments.denials(last) if last else ()
    there = [one for one in denied if _meets(finding.place, one.position)]
    if there:
        return _said(past, CAUGHT, adjustments.denied_cents(there), finding)
    if paid > 0 and not denied:
        return _said(past, STOPPED, paid, finding)
    return _said(past, OPEN, past.coded.bill.charge_cents, finding)


def _meets(place: str, position: int) -> bool:
    """Say whether a denial of a line (0: of the claim) is about the place of a finding."""
    kind, _, number = place.partition(" ")
    return kind != "line" or position == 0 or str(position) == number


def _said(past: Past, effect: str, cents: int, finding: Finding) -> Effect:
    return Effect(past.coded.encounter_id, past.coded.version, effect, cents, finding.edit,
                  finding.place or CLAIM)


def totals(effects: Iterable[Effect]) -> dict[str, tuple[int, int]]:
    """Return effect -> (versions, cents), every effect named."""
    versions: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for one in effects:
        versions[one.effect] += 1
        cents[one.effect] += one.cents
    return {effect: (versions[effect], cents[effect]) for effect in EFFECTS}
