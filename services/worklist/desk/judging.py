"""The edits as validation runs them, for the pages: same terms, tables, rules and history.

    coded version ──▶ rules and tables in force ──▶ the patient's other visits ──▶ findings

Nothing is written and nothing is locked: validation judges again before a claim goes.
"""

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from schemas.events import Coded, Finding
from services.claims import edits
from services.claims.edits import Judgement
from services.claims.edits.edit import Edit
from services.claims.edits.own import EditSet
from services.claims.terms import Terms
from services.db.stores import billed
from services.db.stores.validation import Reader


class Judge:
    """Judges what a person types by what validation would judge it by."""

    def __init__(self, terms: Terms) -> None:
        """Keep the terms; rules and code tables are read again when they changed."""
        self._terms = terms
        self._reader = Reader(terms.tables)

    def judge(self, conn: Connection, coded: Coded, today: date) -> Judgement:
        """Return what validation would say of a version on a business day."""
        return self.both(conn, (coded,), today)[0]

    def both(
        self, conn: Connection, versions: tuple[Coded, ...], today: date
    ) -> tuple[Judgement, ...]:
        """Return what validation would say of some versions of one encounter's coding."""
        terms, rules = self.terms(conn, today)
        known = billed.read(conn, versions)
        return tuple(
            edits.judge(one, today, terms, rules, known[billed.patient(one)].history(one))
            for one in versions
        )

    def only(
        self, conn: Connection, coded: Coded, today: date, families: frozenset[str]
    ) -> tuple[Finding, ...]:
        """Return what the edits of some families find, where they need no history."""
        terms, rules = self.terms(conn, today)
        some = _some(rules, families)
        return edits.judge(coded, today, terms, some).findings

    def terms(self, conn: Connection, today: date) -> tuple[Terms, EditSet]:
        """Return the terms and the edits in force on a business day."""
        known = self._reader.read(conn)
        library = known.library or self._terms.library
        return replace(self._terms, library=library), known.on(today)

    def edit(self, conn: Connection, edit_id: str, today: date) -> Edit | None:
        """Return an edit in force by its id, the hospital's own among them."""
        _, rules = self.terms(conn, today)
        return next((one for one in rules.edits if one.id == edit_id), None)


_KEPT: dict[tuple[int, frozenset[str]], tuple[EditSet, EditSet]] = {}


def _some(rules: EditSet, families: frozenset[str]) -> EditSet:
    """Return the edits of some families; the same object while the rules are the same."""
    key = (id(rules), families)
    if key not in _KEPT or _KEPT[key][0] is not rules:
        if len(_KEPT) > 8:
            _KEPT.clear()
        chosen = tuple(
            one for one in rules.edits if one.family in families and not one.compares
        )
        _KEPT[key] = rules, EditSet(chosen, rules.rows, rules.version)
    return _KEPT[key][1]
