"""The life of a rule: drafted, reviewed by another person, published from a day, retired.

    draft ──▶ reviewed ──▶ published from a day ──▶ retired from a day
                               ▲     │ a newer version
                               └─────┘ rollback: the former version from a day

What may be drafted is checked here, and in one line. The state of a rule is what its acts say;
`event` is what everybody else hears of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from schemas import ids
from schemas.events import NO_DAY, Rule, RuleVersion
from services.claims import edits, routing
from services.claims.edits import expression, own
from services.claims.edits.edit import HOLD, OFF, SEVERITIES

DRAFTED, REVIEWED, PUBLISHED, RETIRED, ROLLED_BACK = (
    "drafted", "reviewed", "published", "retired", "rolled_back",
)
PUBLISHING = frozenset({PUBLISHED, RETIRED, ROLLED_BACK})
NAME = re.compile(r"[a-z][a-z0-9_-]{2,59}")
FREE_PLANS = ("commercial", "medicare_advantage", "government")
"""Plans whose payer may have adopted a guardrail otherwise than Medicare and Medicaid."""


class Refused(Exception):  # noqa: N818 - the answer is no
    """An act that may not be done; the message is one line."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what with which version.

    Attributes:
        act: drafted, reviewed, published, retired or rolled_back.
        version: The version; for a rollback, the former one it publishes.
        by: Opaque id of the person.
        at: Business time.
        effective_on: From which business day; of what is published, retired or rolled back.
    """

    act: str
    version: int
    by: str
    at: datetime
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """A rule: its versions and its acts, in order.

    Attributes:
        rule_id: Its name.
        versions: Version -> content.
        acts: In the order in which they were done.
    """

    rule_id: str
    versions: Mapping[int, RuleVersion]
    acts: Sequence[Act]

    @property
    def latest(self) -> int:
        """The version drafted last; 0 for none."""
        return max(self.versions, default=0)

    def done(self, act: str, version: int) -> Act | None:
        """Return the last act of a kind on a version."""
        found = [one for one in self.acts if (one.act, one.version) == (act, version)]
        return found[-1] if found else None

    def event(self) -> Rule | None:
        """Return what is published of it; none while nothing is."""
        acts = [one for one in self.acts if one.act in PUBLISHING]
        if not acts:
            return None
        last = acts[-1]
        return Rule(
            event_id=ids.derive("rule", self.rule_id, len(acts)), occurred_at=last.at,
            recorded_at=last.at, rule_id=self.rule_id, revision=len(acts), acted_by=last.by,
            timetable=tuple(
                replace(self.versions[one.version], effective_on=one.effective_on or NO_DAY,
                        retired=one.act == RETIRED)
                for one in acts
            ),
        )

    def state(self, today: date) -> str:
        """Return draft, reviewed, published, scheduled, rolled_back or retired; of its latest."""
        event = self.event()
        if event is None or not self.done(PUBLISHED, self.latest):
            return REVIEWED if self.done(REVIEWED, self.latest) else "draft"
        now, last = own.in_force(event, today), event.timetable[-1]
        if now and now.version == self.latest:
            return PUBLISHED
        if last.retired:
            return RETIRED
        return ROLLED_BACK if last.version < self.latest else "scheduled"

    def judging(self, today: date) -> str:
        """Return in words which version judges today, and which from a later day."""
        event = self.event()
        if event is None:
            return "judges nothing"
        now, last = own.in_force(event, today), event.timetable[-1]
        says = f"v{now.version} judges" if now else "judges nothing"
        then = "nothing" if last.retired else f"v{last.version}"
        return says if last.effective_on <= today else f"{says}, {then} from {last.effective_on}"


def drafted(life: Life, version: RuleVersion, by: str, at: datetime) -> Act:
    """Return the act of drafting the next version.

    Raises:
        Refused: what it says cannot be a rule, or is what the latest version says.
    """
    wrong = next(faults(life.rule_id, version), "")
    if wrong:
        raise Refused(f"{life.rule_id}: {wrong}")
    if life.latest and not difference(life.versions[life.latest], version):
        raise Refused(f"{life.rule_id}: version {life.latest} says the same")
    return Act(DRAFTED, life.latest + 1, by, at)


def reviewed(life: Life, by: str, at: datetime) -> Act:
    """Return the act of reviewing the latest version.

    Raises:
        Refused: it is reviewed already, or the reviewer drafted it.
    """
    version = _known(life)
    draft = life.done(DRAFTED, version)
    if life.done(REVIEWED, version):
        raise Refused(f"{life.rule_id}: version {version} is reviewed")
    if draft and draft.by == by:
        raise Refused(f"{life.rule_id}: who drafted version {version} cannot review it")
    return Act(REVIEWED, version, by, at)


def published(life: Life, by: str, at: datetime, on: date) -> Act:
    """Return the act of publishing the latest version from a day.

    Raises:
        Refused: nobody else reviewed it, it is published, or the day is past.
    """
    version = _known(life)
    if not life.done(REVIEWED, version):
        raise Refused(f"{life.rule_id}: version {version} has not been reviewed by another person")
    if life.done(PUBLISHED, version):
        raise Refused(f"{life.rule_id}: version {version} is published")
    return Act(PUBLISHED, version, by, at, _not_past(life, at, on))


def retired(life: Life, by: str, at: datetime, on: date) -> Act:
    """Return the act of retiring what is published, from a day.

    Raises:
        Refused: nothing is published, it is retired, or the day is past.
    """
    standing = _standing(life)
    return Act(RETIRED, standing.version, by, at, _not_past(life, at, on))


def rolled_back(life: Life, by: str, at: datetime, on: date) -> Act:
    """Return the act of publishing the former version from a day.

    Raises:
        Refused: nothing was published before what is.
    """
    current = _standing(life).version
    acts = [one for one in life.acts if one.act in PUBLISHING and one.act != RETIRED]
    former = [one.version for one in acts if one.version < current]
    if not former:
        raise Refused(f"{life.rule_id}: no version was published before version {current}")
    return Act(ROLLED_BACK, former[-1], by, at, _not_past(life, at, on))


def faults(rule_id: str, rule: RuleVersion) -> Iterator[str]:
    """Yield what is wrong with a draft, the first thing first."""
    if not NAME.fullmatch(rule_id):
        yield "an id has 3 to 60 of a-z, 0-9, - and _, a letter first"
    if rule.kind not in own.KINDS:
        yield f"kind must be one of {', '.join(own.KINDS)}, not {rule.kind!r}"
    if not rule.source.strip():
        yield "a rule names its source: who says so, where"
    if rule.ends_on and rule.ends_on < rule.starts_on:
        yield "ends_on is before starts_on"
    if rule.claim_type not in ("", "professional", "institutional"):
        yield f"claim_type must be professional, institutional or empty, not {rule.claim_type!r}"
    if rule.team and rule.kind != own.OWN:
        yield "a team answers for an own rule only"
    yield from {own.OWN: _own, own.ADOPTION: _adoption}.get(rule.kind, _code_set)(rule)


def _own(rule: RuleVersion) -> Iterator[str]:
    if rule.severity not in SEVERITIES or rule.severity == OFF:
        yield "severity must be hold, warn or info"
    if ": " not in rule.words or len(rule.words) > 300:
        yield "words are one sentence: what is wrong, a colon, what would fix it"
    if rule.team and rule.team not in routing.TEAMS:
        yield f"team must be one of {', '.join(sorted(routing.TEAMS))}, not {rule.team!r}"
    try:
        expression.compiled(rule.expression, rule.each)
    except expression.InvalidExpression as why:
        yield str(why)


def _adoption(rule: RuleVersion) -> Iterator[str]:
    if rule.severity not in SEVERITIES:
        yield f"severity must be one of {', '.join(SEVERITIES)}"
    about = [one for one in edits.EDITS if rule.about in (one.id, f"family:{one.family}")]
    if not about:
        yield f"no edit or family is called {rule.about!r}: see `claimloop edits list`"
    guarded = [one.id for one in about if one.guardrail]
    if guarded and rule.severity != HOLD and rule.plan not in FREE_PLANS:
        yield (f"{guarded[0]} is a guardrail: it may be relaxed only for a plan that adopted it "
               f"otherwise ({', '.join(FREE_PLANS)})")


def _code_set(rule: RuleVersion) -> Iterator[str]:
    if rule.kind == own.CODE_SET and "@" not in rule.about:
        yield "about must name a version of a code table, as `claimloop codes list --json` shows it"


def difference(old: RuleVersion, new: RuleVersion) -> list[tuple[str, str, str]]:
    """Return the fields in which two versions differ: name, old, new."""
    pairs = ((f.name, getattr(old, f.name), getattr(new, f.name)) for f in fields(RuleVersion))
    return [(name, str(a), str(b)) for name, a, b in pairs if a != b and name != "version"]


def events(lives: Iterable[Life]) -> tuple[Rule, ...]:
    """Return what is published of some rules."""
    return tuple(event for life in lives if (event := life.event()))


@dataclass(frozen=True, slots=True)
class Begun:
    """A revision of a rule whose day has come.

    Attributes:
        rule_id: The rule; ``table:<kind>`` for the code tables of a kind.
        revision: Its event, from 1.
        effective_on: Its day.
        about: The edits it changes; empty where that is not known before judging.
    """

    rule_id: str
    revision: int
    effective_on: date
    about: frozenset[str] = frozenset()


def begun(published: Iterable[Rule], today: date) -> Iterator[Begun]:
    """Yield every revision of every rule whose day has come.

    >>> early, late = (RuleVersion(effective_on=date(2026, 3, day)) for day in (1, 9))
    >>> [one.revision for one in begun([Rule(timetable=(early, late))], date(2026, 3, 5))]
    [1]
    """
    for rule in published:
        for revision, entry in enumerate(rule.timetable, 1):
            if entry.effective_on <= today:
                about = frozenset(changed(rule.rule_id, entry))
                yield Begun(rule.rule_id, revision, entry.effective_on, about)


def changed(rule_id: str, entry: RuleVersion) -> set[str]:
    """Return the ids of the edits that a rule makes or adopts; none of a code table's."""
    if entry.kind == own.OWN:
        return {own.edit_id(rule_id)}
    return {one.id for one in edits.EDITS if entry.about in (one.id, f"family:{one.family}")}


def _known(life: Life) -> int:
    if not life.latest:
        raise Refused(f"no rule is called {life.rule_id}")
    return life.latest


def _standing(life: Life) -> RuleVersion:
    """Return what was decided last, if it is not that the rule is retired."""
    _known(life)
    event = life.event()
    if event is None:
        raise Refused(f"{life.rule_id}: nothing of it is published")
    if event.timetable[-1].retired:
        raise Refused(f"{life.rule_id}: it is retired")
    return event.timetable[-1]


def _not_past(life: Life, at: datetime, on: date) -> date:
    if on < at.date():
        raise Refused(f"{life.rule_id}: {on} is past: a rule does not judge what was judged")
    return on
