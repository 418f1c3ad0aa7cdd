"""The edits: what is checked, by whose word, how hard, and whether anybody may override it."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from services.cli import CannotRun, NotThere, app

if TYPE_CHECKING:
    from schemas.events import Evidence
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
        raise NotThere(f"no edit is called {edit_id}: see `claimloop edits list`")
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


@edits.command
def override(
    encounter: str, edit: str, place: str, *, reason: str, evidence: Sequence[str],
    as_: Annotated[str, Parameter(name="--as")],
) -> int:
    """Take a finding that holds a coding upon yourself; exit 1 when it is refused.

    The next version of the coding says so, and validation judges it. What is refused is counted.

    Args:
        encounter: The encounter's id.
        edit: Id of the edit, as its finding names it.
        place: Where it found it: `claim`, `line 1`, `diagnosis 2`.
        reason: documented, distinct_service, payer_confirmed, payer_exception or rule_misfires.
        evidence: A passage of a note that supports it, as NOTE:START:END in characters; may be
            given again.
        as_: Your sign-in name; a supervisor's.
    """
    from services.claims.overrides import Refusal
    from services.cli.rules import opened, person
    from services.phi import keys
    from services.worklist.bill import overriding
    from services.worklist.item.items import Conflict

    told, engine = opened()
    who = person(engine, as_)
    asked = overriding.Asked(encounter, edit, place, reason, tuple(map(_passage, evidence)))
    try:
        site = keys.read(told.site_key_path)
        by = overriding.By(site.opaque("person", as_, length=20), who.role)
        with engine.begin() as conn:
            done = overriding.override(conn, site, by, asked, told.clock.now())
    except keys.SiteKeyError as why:
        raise CannotRun(str(why)) from None
    except LookupError:
        raise NotThere(f"{encounter} was never coded") from None
    except Conflict:
        sys.stderr.write(f"claimloop: the coding of {encounter} moved on: look at it again\n")
        return 1
    if isinstance(done, Refusal):
        sys.stderr.write(f"claimloop: {overriding.words(done.why, edit)}\n")
        return 1
    print(f"{encounter}: version {done.version} overrides {edit} at {place}")  # noqa: T201
    return 0


def _passage(told: str) -> "Evidence":
    from schemas.events import Evidence

    note_id, _, rest = told.rpartition(":")
    note_id, _, start = note_id.rpartition(":")
    if not (note_id and start.isdigit() and rest.isdigit()):
        raise CannotRun(f"{told} is no passage: NOTE:START:END, in characters")
    return Evidence(note_id=note_id, start=int(start), end=int(rest))


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
