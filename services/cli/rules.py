"""The rules of the hospital: draft, review, publish, retire, roll back, compare, replay."""

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from services.cli import CannotRun, app, database, settings_with_ids

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.claims.rules import Life
    from services.db.stores.rules import Person
    from services.settings import Settings

As = Annotated[str, Parameter(name="--as")]
From = Annotated[date | None, Parameter(name="--from")]
rules = App(name="rules", help="The hospital's own rules, and where it wants edits and how hard.")
app.command(rules)


@rules.command
def draft(file: Path, *, as_: As) -> int:
    """Draft a rule, or the next version of one.

    Args:
        file: TOML: id, kind, words, severity, each, expression, source, scope, days of service.
        as_: Who drafts it: a sign-in name.
    """
    from services.worklist.rulebook import rules as desk

    def act(engine: "Engine", by: str, told: "Settings") -> "Life":
        rule_id, content = desk.read(_bytes(file))
        return desk.draft(engine, rule_id, content, by, told.clock.now())

    return _do(act, as_, approves=False)


@rules.command
def review(rule_id: str, *, as_: As) -> int:
    """Say that you reviewed the latest version; it cannot be your own.

    Args:
        rule_id: The rule.
        as_: Who reviews it: a supervisor's or ops' sign-in name.
    """
    from services.worklist.rulebook import rules as desk

    return _do(lambda engine, by, told: desk.review(engine, rule_id, by, told.clock.now()), as_)


@rules.command
def publish(rule_id: str, *, as_: As, from_: From = None, dry_run: bool = False) -> int:
    """Publish the latest reviewed version; says first which unpaid claims it fails or passes.

    Args:
        rule_id: The rule.
        as_: Who publishes it: a supervisor's or ops' sign-in name.
        from_: The business day from which it judges; today when not given.
        dry_run: Only show it, with each claim.
    """
    return _dated("publish", rule_id, as_, from_, dry_run=dry_run)


@rules.command
def retire(rule_id: str, *, as_: As, from_: From = None, dry_run: bool = False) -> int:
    """Retire what is published; says first which unpaid claims that fails or passes.

    Args:
        rule_id: The rule.
        as_: Who retires it: a supervisor's or ops' sign-in name.
        from_: The business day from which it judges no more; today when not given.
        dry_run: Only show it, with each claim.
    """
    return _dated("retire", rule_id, as_, from_, dry_run=dry_run)


@rules.command
def rollback(rule_id: str, *, as_: As, from_: From = None, dry_run: bool = False) -> int:
    """Publish the version before; says first which unpaid claims that fails or passes.

    Args:
        rule_id: The rule.
        as_: Who does it: a supervisor's or ops' sign-in name.
        from_: The business day from which it judges; today when not given.
        dry_run: Only show it, with each claim.
    """
    return _dated("roll_back", rule_id, as_, from_, dry_run=dry_run)


@rules.command
def diff(old: str, new: str, *, json_: bool = False) -> int:
    """Compare two versions, each as `id@version`; exit 1 if they differ.

    Args:
        old: One version; `id` alone is its latest.
        new: Another.
        json_: One object instead of lines.
    """
    from services.claims import rules as domain

    _, engine = opened()
    found = domain.difference(version(engine, old), version(engine, new))
    if json_:
        sys.stdout.write(json.dumps({name: [a, b] for name, a, b in found}) + "\n")
    for name, before, after in () if json_ else found:
        print(f"{name}: {before!r} -> {after!r}")  # noqa: T201
    if not found and not json_:
        print("nothing differs")  # noqa: T201
    return 1 if found else 0


@rules.command(name="list")
def list_(*, json_: bool = False) -> None:
    """Show every rule: its latest version, its state, what judges today.

    Args:
        json_: One object a rule instead of a table.
    """
    from services.claims.edits import own
    from services.db.stores import rules as store

    told, engine = opened()
    today = told.clock.today()
    with engine.connect() as conn:
        lives = store.lives(conn)
    for life in lives:
        event, latest = life.event(), life.versions[life.latest]
        entry = own.in_force(event, today) if event else None
        row = {"id": life.rule_id, "version": life.latest, "state": life.state(today),
               "judges": entry.version if entry else None, "kind": latest.kind,
               "severity": latest.severity, "words": latest.words or latest.about}
        if json_:
            sys.stdout.write(json.dumps(row) + "\n")
        else:
            print(f"{row['id']:24} v{row['version']:<3} "  # noqa: T201
                  f"{str(row['state']).replace('_', ' '):11} {life.judging(today)}; "
                  f"{row['kind']}, {row['severity']}: {row['words']}")
    if not lives and not json_:
        print("no rule was drafted")  # noqa: T201


@rules.command(name="fields")
def fields_() -> None:
    """Show what an expression can name."""
    from services.claims.edits import expression

    for name, (kind, says) in expression.FIELDS.items():
        print(f"{name:16} {kind:13} {says}")  # noqa: T201
    print(f"{'lines':16} {'list of lines':13} every service line; with each = \"line\": line")  # noqa: T201
    for name, (kind, says) in expression.LINE.items():
        print(f"{'line.' + name:16} {kind:13} {says}")  # noqa: T201
    print(f"{'diagnosis':16} {'text':13} the code, with each = \"diagnosis\"")  # noqa: T201


def _dated(act: str, rule_id: str, as_: str, from_: date | None, *, dry_run: bool) -> int:
    from services.cli import effects
    from services.worklist.rulebook import rules as desk

    def do(engine: "Engine", by: str, told: "Settings") -> "Life | None":
        now, on = told.clock.now(), from_ or told.clock.today()
        with engine.connect() as conn:
            edits = desk.foreseen(conn, act, rule_id, by, now, on)
        effects.show(effects.before_and_after(told, engine, edits), each=dry_run)
        step: Callable[..., Life] = getattr(desk, act)
        return None if dry_run else step(engine, rule_id, by, now, on)

    return _do(do, as_)


def _do(act: Callable[..., "Life | None"], name: str, *, approves: bool = True) -> int:
    """Do one act as a person; exit 1 with one line when it is refused."""
    from services.claims.rules import Refused
    from services.worklist.rulebook.rules import APPROVERS

    told, engine = opened()
    who = person(engine, name)
    if approves and who.role not in APPROVERS:
        sys.stderr.write(f"claimloop: a {who.role} may not do this: {', '.join(APPROVERS)}\n")
        return 1
    try:
        life = act(engine, who.user_id, told)
    except Refused as why:
        sys.stderr.write(f"claimloop: {why}\n")
        return 1
    if life is None:
        return 0
    done = life.acts[-1]
    since = f" from {done.effective_on}" if done.effective_on else ""
    print(f"{life.rule_id}: version {done.version} {done.act.replace('_', ' ')}{since}")  # noqa: T201
    return 0


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as why:
        raise CannotRun(f"{file}: {why.strerror}") from None


def opened() -> "tuple[Settings, Engine]":
    """Return the settings and the database.

    Raises:
        CannotRun: none is known, or it does not answer.
    """
    told = settings_with_ids()
    return told, database(told, "rules")


def person(engine: "Engine", name: str) -> "Person":
    """Return who signs in by a name.

    Raises:
        CannotRun: nobody may.
    """
    from services.db.stores import rules as store

    with engine.connect() as conn:
        found = store.person(conn, name)
    if found is None:
        raise CannotRun(f"nobody who may sign in is called {name}: see `claimloop user add`")
    return found


def version(engine: "Engine", name: str) -> Any:
    """Return a version of a rule, named `id` or `id@version`.

    Raises:
        CannotRun: there is none.
    """
    from services.db.stores import rules as store

    rule_id, at, number = name.partition("@")
    with engine.connect() as conn:
        versions = next((one.versions for one in store.lives(conn) if one.rule_id == rule_id), {})
    wanted = number if at else str(max(versions, default=""))
    if wanted not in map(str, versions):
        raise CannotRun(f"{name} is no version of a rule: see `claimloop rules list`")
    return versions[int(wanted)]
