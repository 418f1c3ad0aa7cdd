"""What is coded and not sent is judged again when a rule or a code table took effect.

A verdict that changes makes a next version of the same coding, reason ``recheck``: what would be
held comes back to a coder, what was held without need goes on. A version goes its usual way through
validation; nothing is sent from here. What went out meanwhile is left alone, and what people gave
up: written off, closed, or about to be. If a version goes out in the same moment, its recheck is
held, and its correction waits for the payer's answer.

    rule_in_force ──▶ whose day has come? ──▶ judge what is not sent ──▶ recheck, recall_claim
                                          ──▶ judge what is sent     ──▶ recall_claim (listed)
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice

import structlog
from sqlalchemy import Connection, Engine, text

from schemas.events import Coded, Finding
from services.claims import edits, rules
from services.claims.impact import FAIL, PASS, SENT, Change, Side
from services.claims.replay import Past
from services.claims.rules import Begun
from services.claims.terms import Terms
from services.clock import Clock
from services.db.stores import billed, history, recalls
from services.db.stores.validation import Reader
from services.worklist.bill import coding
from services.worklist.item.items import Conflict

log = structlog.get_logger()
RECHECK = "recheck"
GIVE_UP_S = 600.0
"""How long a recall stays open for versions that validation has not judged: dead letters."""


def changed(conn: Connection, today: date, side: Side) -> Iterator[tuple[Coded, Change]]:
    """Yield unsent versions whose recorded verdict is not the one they would get."""
    waiting = (past for past in history.unsent(conn) if past.coded.reason != edits.VOID)
    while batch := list(islice(waiting, history.BATCH)):
        known = billed.read(conn, [past.coded for past in batch])
        for past in batch:
            if past.validated is None:
                continue
            others = known[billed.patient(past.coded)].history(past.coded)
            found = edits.judge(past.coded, today, side.terms, side.edits, others).findings
            was, held = past.validated.verdict == "held", edits.verdict(found) == "held"
            if was != held:
                told = found if held else past.validated.findings
                yield past.coded, _change(past, FAIL if held else PASS, told)


def sent(conn: Connection, side: Side) -> Iterator[Change]:
    """Yield versions that are sent and not decided, and would not have gone out."""
    for past in history.outstanding(conn):
        if past.coded.reason == edits.VOID:
            continue
        day = past.coded.recorded_at.date()  # neither the passing of days nor other visits count
        found = edits.judge(past.coded, day, side.terms, side.edits, past.history).findings
        if edits.verdict(found) == "held":
            yield _change(past, SENT, found)


def _change(past: Past, effect: str, told: Iterable[Finding]) -> Change:
    first = next(finding for finding in told if finding.severity == "hold")
    return Change(
        past.coded.encounter_id, past.coded.version, effect, past.coded.bill.charge_cents,
        first.edit, first.place,
    )


def recall(
    engine: Engine, seen: Coded, now: datetime, noted: tuple[Begun, Change] | None = None
) -> bool:
    """Write the next version of a coding for validation to judge; False if it moved on since.

    Args:
        engine: The database.
        seen: The version.
        now: Business time.
        noted: Kept in the same transaction: what took effect, and what it does to the claim.
    """
    following = coding.following(
        seen, reason=RECHECK, recorded_at=now, occurred_at=now, evidence=seen.evidence,
        overrides=seen.overrides,
    )
    try:
        with engine.begin() as conn:
            out = conn.execute(
                text(
                    "select 1 from submission where encounter_id = :id and version = :version"
                    " and ordinal is not null"
                ),
                {"id": seen.encounter_id, "version": seen.version},
            ).first()
            if out:
                return False
            if _given_up(conn, seen):
                return False
            coding.record(conn, following, seen.version)
            if noted:
                recalls.note(conn, noted[0], [noted[1]])
    except Conflict:
        return False
    return True


def _given_up(conn: Connection, seen: Coded) -> bool:
    """Say whether people wrote the version off, closed it, or asked to write it off."""
    return bool(conn.execute(
        text(
            "select exists (select from work_item where encounter_id = :id and version = :version"
            " and kind = 'held' and status = 'open' and (state = 'decided' or"
            " (state = 'waiting' and waits_for = 'approval')))"
        ),
        {"id": seen.encounter_id, "version": seen.version},
    ).scalar_one())


class Recalls:
    """Looks whether the day of a rule or a table has come, and recalls; each is dealt with once."""

    def __init__(
        self, engine: Engine, terms: Terms, clock: Clock, give_up_s: float = GIVE_UP_S
    ) -> None:
        self._engine, self._terms, self._clock = engine, terms, clock
        self._reader, self._give_up_s = Reader(terms.tables), give_up_s
        self._first: dict[Begun, float] = {}

    def look(self) -> int:
        """Deal with what has begun; return how many claims were recalled."""
        now = self._clock.now()
        with self._engine.begin() as conn:
            if not recalls.lock(conn):
                return 0
            begun = rules.begun(recalls.in_force(conn), now.date())
            return self._deal(conn, recalls.undone(conn, begun, now), now)

    def _deal(self, conn: Connection, undone: dict[Begun, datetime], now: datetime) -> int:
        """Judge once when something begins, and again when all that was under way is judged."""
        if not undone:
            return 0
        open_ = list(undone)
        fresh = not self._first.keys() >= undone.keys()
        for one in open_:
            self._first.setdefault(one, time.monotonic())
        long_ago = time.monotonic() - self._give_up_s
        last = (
            all(self._first[one] < long_ago for one in open_)
            or not recalls.waiting(conn, max(undone.values()))
        )
        if not fresh and not last:
            return 0
        count = self._judge(conn, open_, now)
        if last:
            recalls.finish(conn, open_, now)
            for one in open_:
                del self._first[one]
                log.info("recalled", rule=one.rule_id, revision=one.revision)
        return count

    def _judge(self, conn: Connection, begun: Sequence[Begun], now: datetime) -> int:
        known = self._reader.read(conn)
        today = now.date()
        terms = replace(self._terms, library=known.library or self._terms.library)
        side = Side(known.on(today), terms)
        count = 0
        for coded, change in changed(conn, today, side):
            count += recall(self._engine, coded, now, (_cause(begun, change), change))
        for change in sent(conn, side):
            recalls.note(conn, _cause(begun, change), [change])
        return count


def _cause(begun: Sequence[Begun], change: Change) -> Begun:
    """Return what a change comes of: the latest that is about its edit, else the latest."""
    return next((one for one in reversed(begun) if change.edit in one.about), begun[-1])
