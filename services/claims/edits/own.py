"""Published rules as edits: the hospital's own, and where it wants the others and how hard.

    Rule event ──▶ the entry in force today ──▶ an edit of its own, and a row of adoption

A row of the hospital's outranks the packaged ones. An own rule that errs or goes beyond its bound
on a claim holds it, as any edit does.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from schemas.events import NO_DAY, Rule, RuleVersion
from services.claims import dated
from services.claims.edits import expression
from services.claims.edits.adoption import Row
from services.claims.edits.edit import OFF, Case, Edit, Fault

OWN, ADOPTION, CODE_SET = "own", "adoption", "code_set"
KINDS = (OWN, ADOPTION, CODE_SET)
FAMILY = "own"


@dataclass(frozen=True, slots=True, eq=False)
class EditSet:
    """The edits that may apply, and the rows that say where; compared by identity.

    Attributes:
        edits: In the order in which they run.
        rows: The packaged rows, then the hospital's.
        version: Names the edits and the published rules.
    """

    edits: tuple[Edit, ...]
    rows: tuple[Row, ...]
    version: str

    def with_rules(self, rules: Iterable[Rule], today: date) -> "EditSet":
        """Return the set as the rules in force on a business day change it."""
        entries = sorted(
            ((rule.rule_id, entry) for rule in rules if (entry := in_force(rule, today))),
            key=lambda pair: pair[0],
        )
        judging = [pair for pair in entries if pair[1].kind in (OWN, ADOPTION)]
        if not judging:
            return self
        own = tuple(edit_of(name, entry) for name, entry in judging if entry.kind == OWN)
        rows = tuple(row_of(name, entry) for name, entry in judging)
        digest = hashlib.sha256(repr(judging).encode()).hexdigest()[:8]
        return EditSet((*self.edits, *own), (*self.rows, *rows), f"{self.version}+{digest}")


def in_force(rule: Rule, today: date) -> RuleVersion | None:
    """Return what a rule says on a business day: of the entries that have begun, the last one.

    >>> one = RuleVersion(version=1, effective_on=date(2026, 1, 1))
    >>> two = RuleVersion(version=2, effective_on=date(2026, 3, 1))
    >>> in_force(Rule(timetable=(one, two)), date(2026, 2, 1)).version
    1
    """
    begun = [entry for entry in rule.timetable if entry.effective_on <= today]
    return begun[-1] if begun and not begun[-1].retired else None


def edit_id(rule_id: str) -> str:
    """Return how a rule of the hospital's stands in findings.

    >>> edit_id("no-99215")
    'own:no-99215'
    """
    return f"{FAMILY}:{rule_id}"


def edit_of(rule_id: str, rule: RuleVersion) -> Edit:
    """Return an own rule as an edit; it applies where its row says."""

    def judge(case: Case) -> Iterator[Fault]:
        asked = expression.compiled(rule.expression, rule.each)
        for place in asked.broken(case.bill):
            yield Fault(place, rule.words)

    judge.__doc__ = f"{rule.words}\n\nBroken where: {rule.expression}"
    return Edit(
        edit_id(rule_id), FAMILY, judge, 0, rule.source, OFF, rule.version, team=rule.team
    )


def row_of(rule_id: str, rule: RuleVersion) -> Row:
    """Return where a rule holds and how hard."""
    scope = (rule.payer_id, rule.plan, rule.facility_id, rule.department, rule.claim_type)
    first = dated.ALWAYS if rule.starts_on == NO_DAY else rule.starts_on
    about = edit_id(rule_id) if rule.kind == OWN else rule.about
    return Row(about, scope, (first, rule.ends_on or dated.FOREVER), rule.severity, ours=True)
