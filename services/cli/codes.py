"""The code tables of the site: load, list, compare, look up."""

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

from services.cli import CannotRun, app

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.codes.library.library import Version
    from services.settings import Settings

codes = App(name="codes", help="Load, list, compare and look up code tables.")
app.command(codes)


@codes.command
def load(
    kind: str, file: Path, *, effective: date, dry_run: bool = False, json_: bool = False
) -> int:
    """Load a table in its publisher's own layout; versions are kept for ever.

    Args:
        kind: As `codes list` names it.
        file: The published file.
        effective: From when it holds.
        dry_run: Load nothing; show which unpaid claims would then fail or pass.
        json_: One object instead of a line; of a dry run one a claim, then one of totals.
    """
    from services.codes.library.layout import Malformed
    from services.db.stores import codes as store

    told, engine = _open(kind)
    try:
        content = file.read_bytes()
    except OSError as why:
        raise CannotRun(f"{file}: {why.strerror}") from None
    try:
        if dry_run:
            _impact(told, engine, (kind, content, effective), json_=json_)
            return 0
        version, rows = store.load(engine, kind, content, effective, file.name, told.clock.now())
    except Malformed as why:
        sys.stderr.write(f"claimloop: {file.name}, {why}: nothing was loaded\n")
        return 1
    store.at_hand(engine, told.home / "codes")
    if json_:
        sys.stdout.write(json.dumps({"version": version.name, "rows": rows}) + "\n")
    else:
        known = f"{rows} rows" if rows else "known already"
        print(f"{version.name}: {known}")  # noqa: T201
    return 0


def _impact(
    told: "Settings", engine: "Engine", table: tuple[str, bytes, date], *, json_: bool
) -> None:
    """Show what a table would change for claims that are coded and not decided."""
    from services.claims import impact, terms
    from services.codes import reference
    from services.db.stores import codes as store
    from services.db.stores import history
    from services.db.stores.validation import Reader
    from services.phi import keys

    try:
        site = keys.read(told.site_key_path)
    except keys.SiteKeyError as why:
        raise CannotRun(str(why)) from None
    today, parties = told.clock.today(), reference.load(told.reference)
    with store.as_if_loaded(engine, told.home / "codes", *table) as libraries, \
            engine.connect() as conn:
        edits = Reader().read(conn).on(today)
        before, after = (impact.Side(edits, terms.of(site, parties, one)) for one in libraries)
        found = list(impact.changes(history.undecided(conn), today, before, after))
    for one in found:
        if json_:
            sys.stdout.write(json.dumps(asdict(one)) + "\n")
        else:
            dollars = f"${one.cents // 100:,}.{one.cents % 100:02}"
            print(f"{one.effect:10} {dollars:>14} {one.encounter_id} v{one.version} "  # noqa: T201
                  f"{one.edit} {one.place}")
    totals = impact.totals(found)
    if json_:
        sys.stdout.write(json.dumps({"totals": totals}) + "\n")
    for effect, (count, cents) in () if json_ else totals.items():
        print(f"{effect}: {count} claims, ${cents // 100:,}.{cents % 100:02}")  # noqa: T201


@codes.command(name="list")
def list_(*, json_: bool = False) -> None:
    """Show every kind of table: which versions are there, what is missing, what is past its date.

    Args:
        json_: One object a version instead of a table.
    """
    told, engine = _open()
    for row in _listed(told, engine):
        if json_:
            sys.stdout.write(json.dumps(row) + "\n")
        else:
            print(f"{row['kind']:27} {row['effective_on'] or '-':10} {row['rows'] or '':>9} "  # noqa: T201
                  f"{row['state']:10} {row['source']}")


@codes.command
def diff(old: str, new: str, *, json_: bool = False) -> None:
    """Compare two versions of one kind: what came, what went, what changed.

    Args:
        old: Name of a version, as `codes load` and `codes list --json` show it.
        new: Name of another.
        json_: One object instead of lines.
    """
    from services.codes.library import library

    _, engine = _open()
    first, second = (_rows(engine, name) for name in (old, new))
    came, went, changed = library.diff(first, second)
    if json_:
        sys.stdout.write(json.dumps({"came": came, "went": went, "changed": changed}) + "\n")
        return
    for sign, keys in (("+", came), ("-", went), ("~", changed)):
        for key in keys:
            print(f"{sign} {key}")  # noqa: T201
    print(f"{len(came)} came, {len(went)} went, {len(changed)} changed")  # noqa: T201


@codes.command
def show(kind: str, code: str, *, on: date | None = None, json_: bool = False) -> int:
    """Show what a table says of a code on a day, and which version says it.

    Args:
        kind: As `codes list` names it.
        code: The code, or `column1|column2` for a pair.
        on: The day; today when not given.
        json_: One object instead of lines.
    """
    from services.db.stores import codes as store

    told, engine = _open(kind)
    tables, day = store.at_hand(engine, told.home / "codes"), on or told.clock.today()
    version, rows = tables.in_force(kind, day), tables.rows(kind, code, day)
    if json_:
        name = version.name if version else None
        sys.stdout.write(json.dumps({"version": name, "rows": rows}) + "\n")
    elif rows is None:
        print(f"no data: no {kind} table holds on {day}")  # noqa: T201
    else:
        for row in rows or ("not listed",):
            print(f"{version.name if version else ''}: {code} {row}")  # noqa: T201
    return 0 if rows else 1


def _open(kind: str = "") -> "tuple[Settings, Engine]":
    from services import settings
    from services.codes.library.kinds import KINDS
    from services.db.engine import connect

    if kind and kind not in KINDS:
        raise CannotRun(f"{kind} is no kind of table: {', '.join(sorted(KINDS))}")
    told = settings.load()
    if not told.database_url.get_secret_value():
        raise CannotRun("no database is known: start with `claimloop up`")
    return told, connect(told.database_url.get_secret_value(), name="codes")


def _listed(told: "Settings", engine: "Engine") -> list[dict[str, Any]]:
    from services.codes.library import library
    from services.codes.library.kinds import KINDS
    from services.db.stores import codes as store

    found: list[tuple[Version, int, str, bool]] = [
        (one.version, one.rows, one.source, one.in_force) for one in store.loaded(engine)]
    found += [(version, library.count(version.kind, content), "packaged", True)
              for version, content in library.seeds()]
    today, rows = told.clock.today(), []
    for kind in KINDS.values():
        mine = sorted(one for one in found if one[0].kind == kind.name)
        latest = max((one[0].effective_on for one in mine), default=None)
        due = kind.expected_after(latest) if latest else None
        for version, count, source, in_force in mine:
            past = version.effective_on == latest and due is not None and today > due
            state = "replaced" if not in_force else "past due" if past else "loaded"
            rows.append({"kind": kind.name, "effective_on": version.effective_on.isoformat(),
                         "rows": count, "state": state, "source": source, "name": version.name})
        if not mine:
            rows.append({"kind": kind.name, "effective_on": None, "rows": 0, "state": "no data",
                         "source": kind.source, "name": ""})
    return rows


def _rows(engine: "Engine", name: str) -> Any:
    from services.codes.library import library
    from services.db.stores import codes as store

    try:
        version = library.Version.named(name)
        return library.parse(version.kind, store.content(engine, version))
    except (KeyError, ValueError):
        raise CannotRun(f"{name} is no version that was loaded") from None
