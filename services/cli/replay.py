"""What a rule would have done in history; what is judged again when its day came."""

import json
import sys
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from services.cli import effects
from services.cli.rules import opened, rules, version

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.claims.impact import Change


@rules.command
def replay(rule: str, *, json_: bool = False) -> None:
    """Show what a rule would have done over stored history, before it is published.

    Args:
        rule: `id`, whose latest version is meant, or `id@version`.
        json_: One object a claim, then one of totals.
    """
    from services.claims import replay as domain
    from services.claims import rules as rule_domain
    from services.db.stores import history
    from services.db.stores import rules as store

    told, engine = opened()
    content, known = version(engine, rule), effects.terms(told, engine)
    with engine.connect() as conn:
        published = rule_domain.events(store.lives(conn))
        compared = domain.compared(
            rule.partition("@")[0], content, published, told.clock.today())
        found = list(domain.replay(compared, history.versions(conn), known))
    for one in found:
        if json_:
            sys.stdout.write(json.dumps(asdict(one)) + "\n")
        else:
            print(f"{one.effect:9} {effects.dollars(one.cents):>14} {one.encounter_id} "  # noqa: T201
                  f"v{one.version} {one.edit} {one.place}")
    totals = domain.totals(found)
    if json_:
        sys.stdout.write(json.dumps({"totals": totals}) + "\n")
        return
    held = sum(totals[name][0] for name in (domain.CAUGHT, domain.STOPPED, domain.OPEN))
    says = {"caught": "denied where it finds fault", "stopped": "paid without it",
            "open": "not decided, or denied elsewhere", "warned": "go on with a warning",
            "released": "no longer held"}
    print(f"would have held {held:,} {'claim' if held == 1 else 'claims'}")  # noqa: T201
    for name, (count, cents) in totals.items():
        print(f"  {name:9} {count:>6} {effects.dollars(cents):>14}  {says[name]}")  # noqa: T201


@rules.command
def recall(*, dry_run: bool = False, list_: bool = False, json_: bool = False) -> None:
    """Judge again what is coded and not sent; what changes comes back, or goes on.

    The worklist does so by itself when the day of a rule or a code table comes.

    Args:
        dry_run: Only show what would be recalled.
        list_: Only show what rules and tables did when their day came, and what was sent by then.
        json_: One object a claim.
    """
    from services.claims.impact import Side
    from services.db.stores.validation import Reader
    from services.worklist.rulebook import recall as desk

    told, engine = opened()
    if list_:
        _listed(engine, json_=json_)
        return
    known, today = effects.terms(told, engine), told.clock.today()
    with engine.connect() as conn:
        side = Side(Reader().read(conn).on(today), known)
        found = list(desk.changed(conn, today, side))
        out = list(desk.sent(conn, side)) if dry_run else []
    for coded, change in found:
        done = not dry_run and desk.recall(engine, coded, told.clock.now())
        if json_:
            sys.stdout.write(json.dumps(asdict(change) | {"recalled": done}) + "\n")
        else:
            effects.line(change, "" if dry_run else " recalled" if done else " moved on")
    for change in out:
        if json_:
            sys.stdout.write(json.dumps(asdict(change) | {"recalled": False}) + "\n")
        else:
            effects.line(change)
    if not json_:
        effects.totals([*(change for _, change in found), *out])


def _listed(engine: "Engine", *, json_: bool) -> None:
    from services.db.stores import recalls

    with engine.connect() as conn:
        found = recalls.told(conn)
    if not found and not json_:
        print("no rule and no table changed a claim when its day came")  # noqa: T201
    by_cause: dict[tuple[str, int, date], list[Change]] = {}
    for one in found:
        by_cause.setdefault((one.rule_id, one.revision, one.effective_on), []).append(one.change)
    for (rule_id, revision, day), changes in by_cause.items():
        if not json_:
            print(f"{rule_id}, revision {revision}, from {day}")  # noqa: T201
        for change in changes:
            if json_:
                sys.stdout.write(json.dumps(
                    {"rule": rule_id, "revision": revision, "effective_on": day.isoformat()}
                    | asdict(change)) + "\n")
            else:
                effects.line(change)
        if not json_:
            effects.totals(changes)
