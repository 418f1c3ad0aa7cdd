"""Take in encounters."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from services.cli import (
    CannotRun,
    Count,
    Day,
    app,
    database,
    not_in_a_shadow,
    settings_with_ids,
)

if TYPE_CHECKING:
    from services.intake.load import Loader, Summary
    from services.settings import Settings

SHOWN = 20


@app.command
def intake(
    *paths: Path,
    limit: Count | None = None,
    as_of: Day | None = None,
    keep_dates: bool = False,
    copies: Count = 1,
    json_: bool = False,
) -> int:
    """Take in encounters from FHIR folders, FHIR Bundles or CSV folders.

    Args:
        paths: Folders or files; the project's own sample when none is given.
        limit: Stop after so many encounters.
        as_of: Move dates so that the newest encounter is the day before; today by default.
        keep_dates: Leave dates as they are.
        copies: Take in every visit so often, as other patients' (for load tests).
        json_: One object instead of lines.

    Returns:
        1 if anything was refused.
    """
    from services.intake import sample
    from services.intake.shift import OtherShift

    told = settings_with_ids()
    not_in_a_shadow(told)
    missing = next((path for path in paths if not path.exists()), None)
    if missing:
        raise CannotRun(f"{missing}: no such file or folder")
    try:
        loader = _loader(told, limit, as_of, keep_dates, copies)
        summary = loader.load(paths or (sample.FOLDER,))
    except OtherShift as moved:
        raise CannotRun(
            f"this home moves dates by {moved.args[0]} days, so they cannot stay as they are"
        ) from None
    if json_:
        sys.stdout.write(json.dumps(as_dict(summary)) + "\n")
    else:
        _print(summary)
    return 1 if summary.refused else 0


def _loader(
    told: "Settings", limit: int | None, as_of: date | None, keep_dates: bool, copies: int
) -> "Loader":
    from services.codes import reference
    from services.intake.load import Loader
    from services.phi import keys

    engine = database(told, "claimloop-intake")
    try:
        key = keys.read(told.site_key_path)
        parties = reference.load(told.reference)
    except (keys.SiteKeyError, reference.InvalidReference) as why:
        raise CannotRun(str(why)) from None
    clock = told.clock
    return Loader(
        engine=engine, key=key, reference=parties, now=clock.now,
        as_of=as_of or clock.today(), keep_dates=keep_dates, limit=limit,
        copies=copies,
    )


def as_dict(summary: "Summary") -> dict[str, object]:
    """Return what a load did, for JSON."""
    return {
        "encounters": summary.states.total(),
        "states": dict(sorted(summary.states.items())),
        "lacks": dict(sorted(summary.lacks.items())),
        "outcomes": dict(sorted(summary.outcomes.items())),
        "refused": summary.refused,
        "refusals": [
            {"file": r.file, "line": r.line, "field": r.field, "rule": r.rule}
            for r in summary.refusals
        ],
        "shift_days": summary.shift_days,
    }


def _print(summary: "Summary") -> None:
    for refusal in summary.refusals[:SHOWN]:
        sys.stderr.write(
            f"refused: {refusal.file}, line {refusal.line}, {refusal.field}: {refusal.rule}\n"
        )
    if summary.refused > SHOWN:
        sys.stderr.write(f"refused: {summary.refused - SHOWN} more\n")
    lines = [f"{summary.states.total():8,} encounters read, dates moved {summary.shift_days} days"]
    lines += [f"{count:8,} {state}" for state, count in sorted(summary.states.items())]
    lines += [f"{count:8,} wait for: {name}" for name, count in sorted(summary.lacks.items())]
    lines += [f"{count:8,} {outcome}" for outcome, count in sorted(summary.outcomes.items())]
    lines.append(f"{summary.refused:8,} refused")
    sys.stdout.write("\n".join(lines) + "\n")
