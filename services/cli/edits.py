"""The edits: what is checked, by whose word, how hard, and whether anybody may override it."""

import json
import sys
from typing import TYPE_CHECKING, Any

from cyclopts import App

from services.cli import CannotRun, app

if TYPE_CHECKING:
    from services.claims.edits.edit import Edit

edits = App(name="edits", help="List the edits and show what one says.")
app.command(edits)


@edits.command(name="list")
def list_(*, family: str = "", json_: bool = False) -> None:
    """Show every edit, family by family, in the order in which they run.

    Args:
        family: Only this one.
        json_: One object an edit instead of a table.
    """
    from services.claims.edits import EDITS

    names = dict.fromkeys(edit.family for edit in EDITS)
    if family and family not in names:
        raise CannotRun(f"no family is called {family}: {', '.join(names)}")
    for name in names:
        mine = [edit for edit in EDITS if edit.family == name and family in ("", name)]
        if mine and not json_:
            print(f"{name} ({len(mine)})")  # noqa: T201
        for edit in mine:
            if json_:
                sys.stdout.write(json.dumps(_row(edit)) + "\n")
            else:
                guarded = "guardrail " if edit.guardrail else ""
                print(f"  {edit.id:44} {_where(edit):22} {guarded}{edit.source}")  # noqa: T201


@edits.command
def show(edit_id: str, *, json_: bool = False) -> None:
    """Show what an edit says, with its example, and where it applies.

    Args:
        edit_id: As `edits list` and findings name it.
        json_: One object instead of text.
    """
    from services.claims.edits import ALL_BY_ID, adoption

    edit = ALL_BY_ID.get(edit_id)
    if edit is None:
        raise CannotRun(f"no edit is called {edit_id}: see `claimloop edits list`")
    rows = [
        {"severity": row.severity, "days": [day.isoformat() for day in row.days]}
        | {name: value for name, value in zip(adoption.SCOPE, row.scope, strict=True) if value}
        for row in adoption.rows() if row.about in (edit.id, f"family:{edit.family}")
    ]
    if json_:
        sys.stdout.write(json.dumps(_row(edit) | {"says": edit.words, "adopted": rows}) + "\n")
        return
    print(f"{edit.id} ({edit.family}, SNIP {edit.snip}, version {edit.version}): "  # noqa: T201
          f"{_where(edit)}")
    print(f"source: {edit.source}\n\n{edit.words}")  # noqa: T201
    if edit.guardrail:
        print(f"\nNobody may override it: {edit.guardrail}")  # noqa: T201
    if edit.tables:
        print(f"\nIt needs the code tables {', '.join(edit.tables)}.")  # noqa: T201
    for row in rows:
        where = ", ".join(f"{n} {v}" for n, v in row.items() if n not in ("severity", "days"))
        print(f"{row['severity']} for {where or 'all'}")  # noqa: T201


def _where(edit: "Edit") -> str:
    """Return severity and claim types in a few words."""
    kinds = "" if len(edit.claim_types) != 1 else f", {next(iter(edit.claim_types))}"
    return ("as adopted" if edit.severity == "off" else edit.severity) + kinds


def _row(edit: "Edit") -> dict[str, Any]:
    return {
        "id": edit.id, "family": edit.family, "snip": edit.snip, "source": edit.source,
        "severity": edit.severity, "version": edit.version, "tables": list(edit.tables),
        "claim_types": sorted(edit.claim_types), "guardrail": edit.guardrail,
        "silenced_by": list(edit.silenced_by),
    }
