"""What people do with rules, each in one transaction with the event that tells of it.

Whoever acts is named; the domain says who may do what.

    act ──▶ rule_version, rule_act ──▶ outbox ──▶ (the worklist's relay) ──▶ claims.rule
"""

import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine

from schemas.events import RuleVersion
from services.claims import edits, rules
from services.claims.edits.own import EditSet
from services.claims.rules import Act, Life, Refused
from services.db.stores import rules as store
from services.delivery import outbox

PRODUCER = "worklist"
APPROVERS = frozenset({"supervisor", "ops"})
"""Roles that may review, publish, retire and roll back."""
_OURS = frozenset({"version", "effective_on", "retired"})
DATED: dict[str, Callable[[Life, str, datetime, date], Act]] = {
    "publish": rules.published, "retire": rules.retired, "roll_back": rules.rolled_back,
}
"""What is done with a rule from a day on."""
_KEYS = {field.name for field in fields(RuleVersion)} - _OURS


def read(content: bytes) -> tuple[str, RuleVersion]:
    """Return the id and the content of a draft: TOML, the fields of a rule's version by name.

    Raises:
        Refused: it is no TOML, has other fields, or a value of another type.
    """
    try:
        told: dict[str, Any] = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise Refused(f"not a rule in TOML: {why}") from None
    rule_id = told.pop("id", None)
    if not isinstance(rule_id, str):
        raise Refused("a rule has an id: id = \"...\"")
    if unknown := sorted(told.keys() - _KEYS):
        raise Refused(f"{rule_id}: a rule has no field {unknown[0]}: {', '.join(sorted(_KEYS))}")
    try:
        return rule_id, msgspec.convert(told, RuleVersion)
    except msgspec.ValidationError as why:
        raise Refused(f"{rule_id}: {why}") from None


def draft(engine: Engine, rule_id: str, content: RuleVersion, by: str, at: datetime) -> Life:
    """Keep a draft as the next version of a rule.

    Raises:
        Refused: it may not be.
    """
    return _act(engine, rule_id, lambda life: rules.drafted(life, content, by, at), content)


def review(engine: Engine, rule_id: str, by: str, at: datetime) -> Life:
    """Note that another person reviewed the latest version.

    Raises:
        Refused: it may not be.
    """
    return _act(engine, rule_id, lambda life: rules.reviewed(life, by, at))


def publish(engine: Engine, rule_id: str, by: str, at: datetime, on: date) -> Life:
    """Publish the latest version from a day.

    Raises:
        Refused: it may not be.
    """
    return _act(engine, rule_id, lambda life: DATED["publish"](life, by, at, on))


def retire(engine: Engine, rule_id: str, by: str, at: datetime, on: date) -> Life:
    """Retire what is published, from a day.

    Raises:
        Refused: it may not be.
    """
    return _act(engine, rule_id, lambda life: DATED["retire"](life, by, at, on))


def roll_back(engine: Engine, rule_id: str, by: str, at: datetime, on: date) -> Life:
    """Publish the former version, from a day.

    Raises:
        Refused: it may not be.
    """
    return _act(engine, rule_id, lambda life: DATED["roll_back"](life, by, at, on))


def foreseen(
    conn: Connection, act: str, rule_id: str, by: str, at: datetime, on: date
) -> tuple[EditSet, EditSet]:
    """Return the edits of the day of an act, as they would be without it and with it.

    Raises:
        Refused: the act may not be.
    """
    [life] = store.lives(conn, rule_id)
    after = _after(life, DATED[act](life, by, at, on)).event()
    published = rules.events(store.lives(conn))
    others = tuple(one for one in published if one.rule_id != rule_id)
    return (
        edits.STANDARD.with_rules(published, on),
        edits.STANDARD.with_rules((*others, after) if after else others, on),
    )


def _act(
    engine: Engine, rule_id: str, do: Callable[[Life], Act], content: RuleVersion | None = None
) -> Life:
    with engine.begin() as conn:
        store.lock(conn, rule_id)
        [life] = store.lives(conn, rule_id)
        act = do(life)
        named = replace(content, version=act.version) if content else None
        store.add(conn, rule_id, act, named)
        after = _after(life, act, named)
        event = after.event()
        if event and act.act in rules.PUBLISHING:
            outbox.put(conn, PRODUCER, [event])
    return after


def _after(life: Life, act: Act, content: RuleVersion | None = None) -> Life:
    """Return a rule's life with one more act, and the version it brings."""
    versions = {**life.versions, act.version: content} if content else life.versions
    return Life(life.rule_id, versions, (*life.acts, act))
