"""What rules and code tables did when their day came: what is due, what was done, to which claims.

Validation keeps the rules in force (`rule_in_force`); a recall goes by that table, so that nothing
is recalled before validation would judge it anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from schemas import codec, topics
from schemas.events import Rule
from services.claims import lifecycle
from services.claims.impact import Change
from services.claims.rules import Begun
from services.db import bulk
from services.db.tables.recalls import RECALL, RECALL_CLAIM

LOCK_SPACE = 7306


@dataclass(frozen=True, slots=True)
class Told:
    """One claim that a rule or a table was about, as it was noted.

    Attributes:
        rule_id: The rule, or ``table:<kind>``.
        revision: Of it.
        effective_on: Its day.
        done: Whether the recall is finished.
        change: The claim.
    """

    rule_id: str
    revision: int
    effective_on: date
    done: bool
    change: Change


def lock(conn: Connection) -> bool:
    """Take the recall for this transaction; false when another process has it."""
    return bool(conn.execute(
        text("select pg_try_advisory_xact_lock(:space, 0)"), {"space": LOCK_SPACE}
    ).scalar_one())


def in_force(conn: Connection) -> tuple[Rule, ...]:
    """Return the latest event of each rule, as validation keeps them."""
    rows = conn.execute(text("select event from rule_in_force order by rule_id"))
    return tuple(codec.decode(topics.RULE.name, bytes(row.event)) for row in rows)


def undone(conn: Connection, begun: Iterable[Begun], now: datetime) -> dict[Begun, datetime]:
    """Return what has begun and was not dealt with yet, and since when it is being dealt with."""
    found = {(one.rule_id, one.revision): one for one in begun}
    bulk.insert(conn, RECALL, [
        {"rule_id": one.rule_id, "revision": one.revision, "effective_on": one.effective_on,
         "began_at": now, "done_at": None}
        for _, one in sorted(found.items())
    ], conflict="nothing")
    rows = conn.execute(text("select rule_id, revision, began_at from recall where done_at is null"
                             " order by began_at, rule_id, revision"))
    return {found[key]: row.began_at for row in rows
            if (key := (row.rule_id, row.revision)) in found}


def waiting(conn: Connection, since: datetime) -> bool:
    """Say whether a version coded before then is not judged yet, as far as is known here."""
    return conn.execute(
        text(
            "select from coding c left join claim_version v"
            " on v.encounter_id = c.encounter_id and v.version = c.version"
            " where c.recorded_at < :since and not exists (select from coding later where"
            " later.encounter_id = c.encounter_id and later.version > c.version)"
            " and (v.version is null or v.state <> all(:out) and c.version > (select count(*)"
            " from timeline t where t.encounter_id = c.encounter_id and t.topic = :validated))"
            " limit 1"
        ),
        {
            "since": since, "validated": topics.VALIDATED.name,
            "out": [lifecycle.SENT, lifecycle.SUPERSEDED, lifecycle.NOTHING_TO_VOID],
        },
    ).first() is not None


def note(conn: Connection, one: Begun, changes: Iterable[Change]) -> None:
    """Keep which claims a rule or table was about; a claim once."""
    bulk.insert(conn, RECALL_CLAIM, [
        {"rule_id": one.rule_id, "revision": one.revision, "encounter_id": change.encounter_id,
         "version": change.version, "effect": change.effect, "cents": change.cents,
         "edit": change.edit, "place": change.place}
        for change in changes
    ], conflict="nothing")


def finish(conn: Connection, done: Sequence[Begun], now: datetime) -> None:
    """Close recalls."""
    conn.execute(
        text(
            "update recall set done_at = :now from unnest(cast(:ids as text[]),"
            " cast(:revisions as int[])) as done (rule_id, revision)"
            " where recall.rule_id = done.rule_id and recall.revision = done.revision"
        ),
        {"now": now, "ids": [one.rule_id for one in done],
         "revisions": [one.revision for one in done]},
    )


def told(conn: Connection, rule_id: str = "") -> list[Told]:
    """Return the claims that rules and tables were about, the latest recall first."""
    rows = conn.execute(
        text(
            "select r.rule_id, r.revision, r.effective_on, r.done_at is not null as done,"
            " c.encounter_id, c.version, c.effect, c.cents, c.edit, c.place"
            " from recall r join recall_claim c"
            " on c.rule_id = r.rule_id and c.revision = r.revision"
            " where :rule in ('', r.rule_id)"
            " order by r.began_at desc, r.rule_id, r.revision, c.effect, c.encounter_id"
        ),
        {"rule": rule_id},
    )
    return [
        Told(row.rule_id, row.revision, row.effective_on, row.done,
             Change(row.encounter_id, row.version, row.effect, row.cents, row.edit, row.place))
        for row in rows
    ]
