"""The code tables of the site: load, list, compare, look up."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

from services.cli import CannotRun, app, database, settings_with_ids

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.claims.impact import Change
    from services.codes.library.library import Version
    from services.db.stores.codes import File
    from services.settings import Settings

codes = App(name="codes", help="Load, list, compare and look up code tables.")
app.command(codes)


@codes.command
def load(
    kind: str, file: Path, *, effective: date, dry_run: bool = False, json_: bool = False
) -> int:
    """Load a table in its publisher's own layout; says first which unpaid claims it changes.

    Versions are kept for ever. The worklist then recalls what is coded and not sent and would now
    be judged otherwise.

    Args:
        kind: As `codes list` names it.
        file: The published file.
        effective: From when it holds.
        dry_run: Load nothing; show each unpaid claim that would then fail or pass.
        json_: One object instead of lines; of a dry run one a claim, then one of totals.
    """
    from services.claims import impact
    from services.cli import effects
    from services.codes.library.layout import Malformed
    from services.db.stores import codes as store
    from services.worklist.rulebook import tables

    told, engine = _open(kind)
    try:
        content = file.read_bytes()
    except OSError as why:
        raise CannotRun(f"{file}: {why.strerror}") from None
    table = store.File(kind, content, effective, file.name)
    try:
        found = _impact(told, engine, table, loads=not dry_run)
        if dry_run or not json_:
            effects.show(found, each=dry_run, json_=json_)
        if dry_run:
            return 0
        rows, version = tables.load(engine, table, told.clock.now()), table.version
    except Malformed as why:
        sys.stderr.write(f"claimloop: {file.name}, {why}: nothing was loaded\n")
        return 1
    store.at_hand(engine, told.home / "codes")
    if json_:
        row = {"version": version.name, "rows": rows, "impact": impact.totals(found)}
        sys.stdout.write(json.dumps(row) + "\n")
    else:
        known = f"{rows} rows" if rows else "known already"
        print(f"{version.name}: {known}")  # noqa: T201
    return 0


def _impact(
    told: "Settings", engine: "Engine", table: "File", *, loads: bool
) -> "list[Change]":
    """Return what a table changes for claims that are coded and not decided."""
    from services.cli import effects
    from services.db.stores import codes as store
    from services.db.stores.validation import Reader

    folder = told.home / "codes"
    with store.as_if_loaded(engine, folder, table, loads=loads) as libraries:
        with engine.connect() as conn:
            edits = Reader().read(conn).on(told.clock.today())
        return effects.before_and_after(told, engine, (edits, edits), libraries)


@codes.command(name="list")
def list_(*, json_: bool = False) -> None:
    """Show every kind of table: which versions are there, what is missing, what is past its date.

    ``packaged`` without a day is a list or shape that the program carries until you load yours.

    Args:
        json_: One object a version instead of a table.
    """
    from services.db.stores import codes as store
    from services.ops import tables

    told, engine = _open()
    says = tables.sentence(store.overdue(engine, told.clock.today(), packaged=not told.demo))
    if says and not json_:
        print(says)  # noqa: T201
    for row in _listed(told, engine):
        if json_:
            sys.stdout.write(json.dumps(row) + "\n")
        else:
            print(f"{row['kind']:27} {row['effective_on'] or '-':10} {row['rows'] or '':>9} "  # noqa: T201
                  f"{row['state']:10} {row['source']}")


@codes.command
def articles(file: Path, *names: str, groups: Path | None = None) -> int:
    """Write billing articles of CMS's Medicare Coverage Database as a table `coverage`.

    As `claimloop codes articles current_article.zip A57554 > coverage.csv`, then `codes load
    coverage coverage.csv`. One file holds all policies of a site: name every article, and add by
    hand what no article lists. Read each article's own words before it is loaded.

    Which diagnoses are for which procedures of an article with several groups stands in its words
    alone: tell it in a table, or any covered diagnosis supports any of its procedures, and a claim
    without one is warned and not held.

    Args:
        file: CMS's download of current articles, as it is.
        names: Of articles, as A57554.
        groups: Your table: article, procedures (a group's number or a code), diagnoses (a group's
            number, or nothing if no list is for them), covered (yes or no).
    """
    import csv

    from services.claims import data
    from services.codes.library.articles import HEADER, Article, pairs, read
    from services.codes.library.layout import Malformed

    if not names:
        raise CannotRun("name the articles, as A57554")
    areas = {row["state"]: row["jurisdiction"] for row in data.rows("jurisdictions.csv")}
    found: list[Article] = []
    reading = groups or file
    try:
        told = pairs(groups.read_text("utf-8-sig").splitlines()) if groups else {}
        reading = file
        with file.open("rb") as archive:
            found, faults = read(archive, names, areas, told)
    except OSError as why:
        raise CannotRun(f"{reading}: {why.strerror}") from None
    except UnicodeDecodeError:
        raise CannotRun(f"{reading}: is no text in UTF-8") from None
    except Malformed as why:
        faults = [f"{reading.name}, {why}"]
    if faults:
        for fault in faults:
            sys.stderr.write(f"claimloop: {fault}\n")
        sys.stderr.write("claimloop: nothing was written\n")
        return 1
    written = csv.writer(sys.stdout, lineterminator="\n")
    written.writerow(HEADER)
    for one in found:
        written.writerows(one.rows())
        if one.note():
            sys.stderr.write(f"claimloop: {one.name} {one.note()}\n")
    return 0


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
        code: The code, or `column1|column2` for a pair; the first alone shows all its pairs
            (of `coverage`: all its jurisdictions).
        on: The day; today when not given.
        json_: One object instead of lines.
    """
    from services.codes import sets
    from services.db.stores import codes as store

    told, engine = _open(kind)
    tables, day = store.at_hand(engine, told.home / "codes"), on or told.clock.today()
    version, rows = tables.in_force(kind, day), tables.rows(kind, code, day)
    carried = sets.carried(kind, code, day) if rows is None and kind in sets.CARRIED else None
    pairs = {} if rows else tables.pairs(kind, code, day)
    if json_:
        name = version.name if version else None
        out = {"version": name, "rows": rows} | ({"packaged": carried[0]} if carried else {})
        sys.stdout.write(json.dumps(out | ({"pairs": pairs} if pairs else {})) + "\n")
    else:
        for key in pairs or (code,):
            for line in _said(kind, key, day, version, pairs.get(key, rows), carried):
                print(line)  # noqa: T201
    return 0 if rows or pairs or (carried and carried[0]) else 1


def _said(
    kind: str, code: str, day: date, version: "Version | None", rows: list[list[object]] | None,
    carried: tuple[bool, str] | None,
) -> list[str]:
    """Return what is known of a code, in lines a person reads."""
    from services.codes.library.kinds import KINDS

    if carried is not None:
        there, words = carried
        says = (words or "is on it") if there else "is not on it"
        return [f"{code} on {day}, by the packaged list (the site loaded none): {says}"]
    if rows is None or version is None:
        return [f"no data: no {kind} table holds on {day}: load one with `claimloop codes load`"]
    found = [f"{code}: {KINDS[kind].told(row)} ({version.name})" for row in rows]
    return found or [f"{code} is not in {version.name}"]


@codes.command
def changes(
    *, coder: str, since: date | None = None, on: date | None = None, json_: bool = False
) -> int:
    """Show what changed in the codes a coder used: gone, subdivided, changed; exit 1 if any did.

    Args:
        coder: The coder's id, as on coded versions.
        since: From which business day; 90 days back when not given.
        on: By the tables of this day; today's when not given.
        json_: One object a code instead of lines.
    """
    from services.db.stores import codes as store
    from services.worklist.desk import code_changes

    told, engine = _open()
    tables, day = store.at_hand(engine, told.home / "codes"), on or told.clock.today()
    with engine.connect() as conn:
        found = code_changes.told(conn, tables, coder, day, since)
    for one in found:
        if json_:
            row = {"system": one.use.system, "code": one.use.code, "what": one.what,
                   "kind": one.kind, "says": one.says, "below": list(one.below),
                   "times": one.use.times, "last_on": one.use.last_on.isoformat()}
            sys.stdout.write(json.dumps(row) + "\n")
        else:
            below = f" ({', '.join(one.below)})" if one.below else ""
            visits = "1 visit" if one.use.times == 1 else f"{one.use.times} visits"
            print(f"{one.what:10} {one.says}{below} Used on {visits}, "  # noqa: T201
                  f"last on {one.use.last_on}.")
    if not found and not json_:
        print(f"nothing changed in the codes that {coder} used")  # noqa: T201
    return 1 if found else 0


def _open(kind: str = "") -> "tuple[Settings, Engine]":
    from services.codes.library.kinds import KINDS

    if kind and kind not in KINDS:
        raise CannotRun(f"{kind} is no kind of table: {', '.join(sorted(KINDS))}")
    told = settings_with_ids()
    return told, database(told, "codes")


def _listed(told: "Settings", engine: "Engine") -> list[dict[str, Any]]:
    from services.codes import sets
    from services.codes.library import library
    from services.codes.library.kinds import KINDS
    from services.db.stores import codes as store

    found: list[tuple[Version, int, str, bool]] = [
        (one.version, one.rows, one.source, one.in_force) for one in store.loaded(engine)]
    found += [(version, library.count(version.kind, content), "packaged", True)
              for version, content in library.seeds()]
    today, rows = told.clock.today(), []
    late = {one.kind: one for one in library.overdue((one[0] for one in found), today)}
    for kind in KINDS.values():
        mine = sorted(one for one in found if one[0].kind == kind.name)
        for version, count, source, in_force in mine:
            past = late.get(kind.name)
            here = past is not None and past.effective_on == version.effective_on
            state = "replaced" if not in_force else "past due" if here else "loaded"
            rows.append({"kind": kind.name, "effective_on": version.effective_on.isoformat(),
                         "rows": count, "state": state, "source": source, "name": version.name,
                         "days_past_due": past.days if past and here else 0})
        if not mine:
            state = "packaged" if kind.name in sets.CARRIED else "no data"
            rows.append({"kind": kind.name, "effective_on": None, "rows": 0, "state": state,
                         "days_past_due": 0, "source": kind.source, "name": ""})
    return rows


def _rows(engine: "Engine", name: str) -> Any:
    from services.codes.library import library
    from services.db.stores import codes as store

    try:
        version = library.Version.named(name)
        return library.parse(version.kind, store.content(engine, version))
    except (KeyError, ValueError):
        raise CannotRun(f"{name} is no version that was loaded") from None
