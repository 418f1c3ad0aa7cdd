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
from sqlalchemy import Engine

from schemas.events import RuleVersion
from services.claims import rules
from services.claims.rules import Act, Life, Refused
from services.db.stores import rules as store
from services.delivery import outbox

PRODUCER = "worklist"
APPROVERS = frozenset({"supervisor", "ops"})
"""Roles that may review, publish, retire and roll back."""
_OURS = frozenset({"version", "effective_on", "retired"})
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
    return _act(engine, rule_id, lambda life: rules.published(life, by, at, on))


def retire(engine: Engine, rule_id: str, by: str, at: datetime, on: date) -> Life:
    """Retire what is published, from a day.

    Raises:
        Refused: it may not be.
    """
    return _act(engine, rule_id, lambda life: rules.retired(life, by, at, on))


def roll_back(engine: Engine, rule_id: str, by: str, at: datetime, on: date) -> Life:
    """Publish the former version, from a day.

    Raises:
        Refused: it may not be.
    """
    return _act(engine, rule_id, lambda life: rules.rolled_back(life, by, at, on))


def _act(
    engine: Engine, rule_id: str, do: Callable[[Life], Act], content: RuleVersion | None = None
) -> Life:
    with engine.begin() as conn:
        store.lock(conn, rule_id)
        [life] = store.lives(conn, rule_id)
        act = do(life)
        named = replace(content, version=act.version) if content else None
        store.add(conn, rule_id, act, named)
        versions = {**life.versions, act.version: named} if named else life.versions
        after = Life(rule_id, versions, (*life.acts, act))
        event = after.event()
        if event and act.act in rules.PUBLISHING:
            outbox.put(conn, PRODUCER, [event])
    return after
