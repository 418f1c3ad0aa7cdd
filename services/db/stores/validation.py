"""What validation keeps: rules as published, overrides it refused, what each encounter bills.

A rule comes to the worker of its own partition; all workers read the same table, so a rule judges
everywhere from the batch after the one that brought it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Coded, Event, Rule
from services.claims.edits import HELD, STANDARD, Judgement, verdict
from services.claims.edits.own import CODE_SET, EditSet, in_force
from services.claims.overrides import Refusal
from services.codes.library.library import Library
from services.db import bulk
from services.db.stores import billed
from services.db.tables.rules import OVERRIDE_REFUSAL, RULE_IN_FORCE

_REVISIONS = text("select rule_id, revision from rule_in_force order by rule_id")
_EVENTS = text("select event from rule_in_force order by rule_id")


class Rules:
    """The rules as published, and the edits they make of a day."""

    def __init__(self, rules: Iterable[Rule] = (), library: Library | None = None) -> None:
        """Keep the rules, and the code tables that were at hand when they were read."""
        self._rules = tuple(rules)
        self.library = library
        self._of_day: dict[date, EditSet] = {}

    def on(self, today: date) -> EditSet:
        """Return the edits of a business day."""
        if today not in self._of_day:
            self._of_day = {today: STANDARD.with_rules(self._rules, today)}
        return self._of_day[today]

    def code_sets(self) -> tuple[str, ...]:
        """Return the versions of code tables that rules name."""
        entries = (in_force(rule, date.max) for rule in self._rules)
        return tuple(sorted(entry.about for entry in entries if entry and entry.kind == CODE_SET))


class Reader:
    """Reads the rules again when one has changed, and the code tables when a rule names one."""

    def __init__(self, tables: Callable[[], Library] | None = None) -> None:
        """Start with no rules.

        Args:
            tables: Opens the code tables that are at hand; none where they never change.
        """
        self._tables = tables
        self._seen: tuple[tuple[str, int], ...] = ()
        self._rules = Rules()

    def read(self, conn: Connection) -> Rules:
        """Return the rules as they stand in this transaction."""
        seen = tuple((row.rule_id, row.revision) for row in conn.execute(_REVISIONS))
        if seen != self._seen:
            events = (codec.decode(topics.RULE.name, bytes(r.event)) for r in conn.execute(_EVENTS))
            before, rules = self._rules, tuple(events)
            fresh = Rules(rules)
            changed = fresh.code_sets() != before.code_sets()
            fresh.library = self._tables() if changed and self._tables else before.library
            self._seen, self._rules = seen, fresh
        return self._rules


@dataclass(frozen=True, slots=True)
class Refused:
    """Overrides of one coded version that had no effect."""

    event_id: str
    at: datetime
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class State:
    """By what the coded versions of a patient are judged, and what came of it; or of a rule.

    Attributes:
        rules: As published.
        known: What the patient's encounters bill.
        rule: A rule that was published.
        refused: Overrides that had no effect.
    """

    rules: Rules
    known: billed.Known = billed.NONE
    rule: Rule | None = None
    refused: tuple[Refused, ...] = ()

    def published(self, rule: Rule) -> "State | None":
        """Return what is known after a rule event; none when it says nothing new."""
        newer = self.rule is None or rule.revision > self.rule.revision
        return replace(self, rule=rule) if newer else None

    def after(self, coded: Coded, judged: Judgement, now: datetime) -> "State":
        """Return what is known once a version was judged."""
        held = verdict(judged.findings) == HELD
        refused = Refused(coded.event_id, now, judged.refused)
        known = self.known.after(coded, held=held)
        return replace(self, known=known, refused=(*self.refused, refused))


def key(event: Event) -> str:
    """Return what keys the state of an event: the patient, or the rule."""
    return billed.patient(event) if isinstance(event, Coded) else getattr(event, "rule_id", "")


def load(conn: Connection, reader: Reader, events: Sequence[Event]) -> dict[str, State]:
    """Return patient -> state, the patients locked until the transaction ends."""
    rules, coded = reader.read(conn), [event for event in events if isinstance(event, Coded)]
    billed.lock(conn, coded)
    return {kid: State(rules, known) for kid, known in billed.read(conn, coded).items()}


def save(conn: Connection, changed: Mapping[str, State]) -> None:
    """Write rules, keeping the highest revision, refused overrides, and what encounters bill."""
    rules = sorted((one.rule for one in changed.values() if one.rule), key=lambda r: r.rule_id)
    rows = [
        {"rule_id": rule.rule_id, "revision": rule.revision, "event": codec.encode(rule)}
        for rule in rules
    ]
    bulk.merge(
        conn, RULE_IN_FORCE, rows, sets="revision = excluded.revision, event = excluded.event",
        where="rule_in_force.revision < excluded.revision",
    )
    bulk.insert(conn, OVERRIDE_REFUSAL, [
        {
            "event_id": one.event_id, "edit": refusal.override.edit,
            "place": refusal.override.place, "why": refusal.why, "by": refusal.override.by,
            "at": one.at,
        }
        for state in changed.values() for one in state.refused for refusal in one.refusals
    ], conflict="nothing")
    billed.save(conn, {kid: state.known for kid, state in changed.items()})
