"""The rules as the `rules` command keeps them: versions, and who did what with them."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, text

from schemas.events import RuleVersion
from services.claims.rules import Act, Life
from services.db import bulk
from services.db.tables.rules import RULE_ACT, RULE_VERSION

LOCK_SPACE = 7305
_DECODER = msgspec.json.Decoder(RuleVersion)


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: the account's opaque id and its role."""

    user_id: str
    role: str


def person(conn: Connection, name: str) -> Person | None:
    """Return who signs in by a name; none if nobody may."""
    row = conn.execute(
        text(
            "select cast(user_id as text) as user_id, role from user_account"
            " where name = :name and not disabled"
        ),
        {"name": name},
    ).one_or_none()
    return Person(row.user_id, row.role) if row else None


def lock(conn: Connection, rule_id: str) -> None:
    """Let one act on a rule wait for another, until the transaction ends."""
    conn.execute(
        text("select pg_advisory_xact_lock(:space, hashtext(:rule))"),
        {"space": LOCK_SPACE, "rule": rule_id},
    )


def lives(conn: Connection, rule_id: str = "") -> list[Life]:
    """Return the rules in order of their ids; or the one, which may have no versions yet."""
    which = {"rule": rule_id}
    versions: dict[str, dict[int, RuleVersion]] = {rule_id: {}} if rule_id else {}
    acts: dict[str, list[Act]] = {}
    for row in conn.execute(text(
        "select rule_id, version, content from rule_version"
        " where :rule in ('', rule_id) order by rule_id, version"), which):
        versions.setdefault(row.rule_id, {})[row.version] = _DECODER.decode(bytes(row.content))
    for row in conn.execute(text(
        "select rule_id, version, act, by, at, effective_on from rule_act"
        " where :rule in ('', rule_id) order by seq"), which):
        acts.setdefault(row.rule_id, []).append(
            Act(row.act, row.version, row.by, row.at, row.effective_on))
    return [Life(name, known, tuple(acts.get(name, ()))) for name, known in versions.items()]


def add(conn: Connection, rule_id: str, act: Act, content: RuleVersion | None) -> None:
    """Keep an act, and the version it brings, if it brings one."""
    if content:
        row = {"rule_id": rule_id, "version": act.version, "content": msgspec.json.encode(content)}
        bulk.insert(conn, RULE_VERSION, [row])
    bulk.insert(conn, RULE_ACT, [{
        "rule_id": rule_id, "version": act.version, "act": act.act, "by": act.by, "at": act.at,
        "effective_on": act.effective_on,
    }])
