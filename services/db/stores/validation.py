"""What validation keeps: the rules as published, and the overrides that were refused.

A rule comes to the worker of its own partition; all workers read the same table, so a rule judges
everywhere from the batch after the one that brought it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Rule
from services.claims.edits import STANDARD
from services.claims.edits.own import CODE_SET, EditSet, in_force
from services.claims.overrides import Refusal
from services.codes.library.library import Library
from services.db import bulk
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


def save(conn: Connection, rules: Sequence[Rule], refused: Iterable[Refused]) -> None:
    """Write rules that were published, keeping the highest revision, and refused overrides."""
    rows = [
        {"rule_id": rule.rule_id, "revision": rule.revision, "event": codec.encode(rule)}
        for rule in sorted(rules, key=lambda rule: rule.rule_id)
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
        for one in refused for refusal in one.refusals
    ], conflict="nothing")
