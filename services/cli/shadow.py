"""``claimloop shadow``: measure a host's billing from its files, without ever sending."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

from services.cli import CannotRun, app, database, settings_with_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

    from services.settings import Settings
    from services.shadow import corrections
    from services.shadow.load import Importer, Summary

shadow = App(
    name="shadow", help="Measure a host's billing from its 837, 999, 277CA and 835 files."
)
app.command(shadow)
SHOWN = 20


@shadow.command
def init() -> None:
    """Make this home a shadow's, for ever: nothing that sends is ever started in it."""
    from services import settings
    from services.local import instance, programs
    from services.local.errors import StartError

    told = settings.load()
    if not told.shadow and (told.home / "run.json").is_file():
        raise CannotRun(f"{told.home} is in use already: name another CLAIMLOOP_HOME")
    try:
        running = instance.start(told, programs.CORE, _says, remember={"shadow": True})
    except StartError as why:
        raise CannotRun(str(why)) from None
    _closed(running)
    _says(f"{running.home} is a shadow home: `claimloop up --detach`, then `shadow import`")


@shadow.command(name="import")
def import_(
    *paths: Path,
    columns: Path | None = None,
    payers: Path | None = None,
    final: bool = False,
    json_: bool = False,
) -> int:
    """Take in the host's files, in any order; the same again changes nothing.

    Args:
        paths: Files and folders: 837P, 837I, 999, TA1, 277CA, 835, and coding files (CSV).
        columns: TOML that says what the coding file calls its columns.
        payers: CSV with the columns number and payer_id: who the host's payers are.
        final: Nothing more will come: tell also what waits for a coder or an earlier claim.
        json_: One object instead of lines.

    Returns:
        1 if a file was quarantined.
    """
    from services.shadow.closed import NotAShadow

    missing = next((path for path in paths if not path.exists()), None)
    if missing:
        raise CannotRun(f"{missing}: no such file or folder")
    told = _shadow_settings()
    try:
        summary = _importer(told, columns, payers).run(paths, final=final)
    except NotAShadow as why:
        raise CannotRun(str(why)) from None
    if json_:
        sys.stdout.write(json.dumps(as_dict(summary)) + "\n")
    else:
        _print(summary)
    return 1 if summary.quarantined else 0


@shadow.command
def export(
    *,
    csv: Path | None = None,
    x12: Path | None = None,
    suffix: str = "",
    again: bool = False,
    json_: bool = False,
) -> int:
    """Hand corrections to the host, as a CSV or as 837 files; nothing is sent.

    Args:
        csv: The file to write; it must not exist.
        x12: The folder to write into; it is made.
        suffix: Appended to the host's CLM01 in the 837; without it a claim keeps its number.
        again: Also what was handed over before.
        json_: One object instead of lines.

    Returns:
        1 if a correction could not be made into a claim: a CSV beside the files says which.
    """
    from services.shadow import corrections, handover

    if (csv is None) == (x12 is None):
        raise CannotRun("name either --csv FILE or --x12 FOLDER")
    told = _shadow_settings()
    form, database, now = "csv" if csv else "x12", _engine(told), told.clock.now()
    desk = _correcting(told)
    with database.begin() as conn:
        found = corrections.gather(conn, desk, form, again=again)
        if csv:
            done = handover.Written({csv.name: handover.as_csv(found)}, found, ())
            _put(csv.parent, done.files if found else {})
        else:
            done = handover.as_x12(found, desk.site, suffix, now)
            why = handover.refusals_csv(done.refused)
            extra = {f"refused-{now:%y%j%H%M%S}.csv": why} if done.refused else {}
            _put(x12 or Path(), {**done.files, **extra})
        corrections.note(conn, form, done.done, now)
    refused = Counter(why for _, why in done.refused)
    shown = {
        "corrections": len(found), "handed_over": len(done.done),
        "files": sorted(done.files) if done.done else [],
        "refused": dict(refused),
    }
    if json_:
        sys.stdout.write(json.dumps(shown) + "\n")
    else:
        for said, count in refused.items():
            _says(f"refused: {count}: {said}")
        sys.stdout.write(f"{len(done.done)} of {len(found)} corrections handed over\n")
    return 1 if done.refused else 0


def _put(folder: Path, files: "Mapping[str, bytes]") -> None:
    """Write files that only their owner can read, none over another."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            path.touch(mode=0o600, exist_ok=False)
            path.write_bytes(content)
    except FileExistsError as error:
        raise CannotRun(f"{error.filename} exists: name another") from None
    except OSError as error:
        raise CannotRun(f"{error.filename}: cannot be written ({error.strerror})") from None


def _correcting(told: "Settings") -> "corrections.Desk":
    from services.claims import terms
    from services.codes import reference
    from services.phi import keys
    from services.shadow import corrections

    try:
        site = keys.read(told.site_key_path)
        parties = reference.load(told.reference)
    except (keys.SiteKeyError, reference.InvalidReference) as why:
        raise CannotRun(str(why)) from None
    return corrections.Desk(site, terms.of(site, parties), parties, told.clock.today())


@shadow.command
def report(*, json_: bool = False) -> None:
    """Show what was measured: claims, denials by whom and why, and what a loop would return.

    Args:
        json_: One object instead of tables.
    """
    from services.shadow import report as measured

    told = _shadow_settings()
    with _engine(told).connect() as conn:
        found = measured.measure(conn)
    if json_:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write(measured.as_text(found))


def _shadow_settings() -> "Settings":
    told = settings_with_ids()
    if not told.shadow:
        raise CannotRun(f"{told.home} is no shadow home: make one with `claimloop shadow init`")
    return told


def _engine(told: "Settings") -> "Engine":
    return database(told, "claimloop-shadow")


def _closed(told: "Settings") -> None:
    """Close the database of a shadow home."""
    from services.shadow import closed

    database = _engine(told)
    try:
        with database.begin() as conn:
            closed.close(conn, told.clock.now())
    except closed.NotAShadow as why:
        raise CannotRun(str(why)) from None
    finally:
        database.dispose()


def _importer(told: "Settings", columns: Path | None, payers: Path | None) -> "Importer":
    from services.claims import terms
    from services.codes import reference
    from services.phi import keys
    from services.shadow import codingfile
    from services.shadow import payers as payer_list
    from services.shadow.load import Importer

    try:
        site = keys.read(told.site_key_path)
        parties = reference.load(told.reference)
        known = payer_list.load(payers, parties)
        mapped = codingfile.columns(columns)
    except (
        keys.SiteKeyError, reference.InvalidReference, payer_list.InvalidPayers,
        codingfile.InvalidColumns,
    ) as why:
        raise CannotRun(str(why)) from None
    return Importer(
        _engine(told), site, known, terms.of(site, parties), told.clock.now, mapped
    )


def as_dict(summary: "Summary") -> dict[str, Any]:
    """Return what an import did, for JSON."""
    return {
        "files": dict(sorted(summary.files.items())),
        "kinds": dict(sorted(summary.kinds.items())),
        "quarantined": [{"file": name, "reason": why} for name, why in summary.quarantined],
        "documents": summary.documents,
        "refused": summary.refused,
        "claims": dict(sorted(summary.claims.items())),
        "answers": dict(sorted(summary.answers.items())),
        "waiting": dict(sorted(summary.waiting.items())),
    }


def _print(summary: "Summary") -> None:
    for name, why in summary.quarantined[:SHOWN]:
        _says(f"quarantined: {name}: {why}")
    if len(summary.quarantined) > SHOWN:
        _says(f"quarantined: {len(summary.quarantined) - SHOWN} more")
    lines = [f"{count:8,} files {state}" for state, count in sorted(summary.files.items())]
    lines += [f"{count:8,} files of {kind}" for kind, count in sorted(summary.kinds.items())]
    lines.append(f"{summary.documents:8,} claims, answers and rows, {summary.refused:,} refused")
    lines.append(f"{summary.claims['told']:8,} claims told")
    lines.append(f"{summary.answers['told']:8,} answers told")
    lines += [f"{count:8,} wait, {what}" for what, count in sorted(summary.waiting.items())]
    sys.stdout.write("\n".join(lines) + "\n")


def _says(line: str) -> None:
    sys.stderr.write(line + "\n")
