"""What a change of rules or tables does to claims, in lines a person reads."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.claims.edits.own import EditSet
    from services.claims.impact import Change
    from services.claims.terms import Terms
    from services.codes.library.library import Library
    from services.settings import Settings

SAYS = {
    "would_fail": "not sent, and held from then on", "would_pass": "held, and let go",
    "sent": "sent and not decided: known, not changed",
}


def terms(
    told: "Settings", engine: "Engine", library: "Library | None" = None
) -> "Terms":
    """Return by what claims are judged, not sent: with the tables at hand, or some others."""
    from services.claims import terms as domain
    from services.codes import reference
    from services.db.stores import codes

    tables = library or codes.at_hand(engine, told.home / "codes")
    return domain.of(None, reference.load(told.reference), tables)


def before_and_after(
    told: "Settings", engine: "Engine", edits: "tuple[EditSet, EditSet]",
    libraries: "tuple[Library, Library] | None" = None,
) -> "list[Change]":
    """Return the unpaid claims whose verdict changes between two sets of edits, or of tables."""
    from services.claims import impact
    from services.db.stores import history

    if libraries:
        known = [terms(told, engine, one) for one in libraries]
    else:
        known = [terms(told, engine)] * 2
    before, after = (impact.Side(*pair) for pair in zip(edits, known, strict=True))
    with engine.connect() as conn:
        return list(impact.changes(
            history.unpaid(conn), told.clock.today(), before, after))


def show(found: "Sequence[Change]", *, each: bool, json_: bool = False) -> None:
    """Print what changes: each claim if asked for, and the totals."""
    from services.claims import impact

    for one in found if each else ():
        if json_:
            sys.stdout.write(json.dumps(asdict(one)) + "\n")
        else:
            line(one)
    if json_:
        sys.stdout.write(json.dumps({"totals": impact.totals(found)}) + "\n")
    else:
        totals(found)


def totals(found: "Iterable[Change]") -> None:
    """Print claims and dollars, effect by effect."""
    from services.claims import impact

    for effect, (count, cents) in impact.totals(found).items():
        claims = "1 claim" if count == 1 else f"{count:,} claims"
        print(f"{effect}: {claims}, {dollars(cents)} ({SAYS[effect]})")  # noqa: T201


def line(one: "Change", more: str = "") -> None:
    """Print one claim and what becomes of it."""
    print(f"{one.effect:10} {dollars(one.cents):>14} {one.encounter_id} "  # noqa: T201
          f"v{one.version} {one.edit} {one.place}{more}")


def dollars(cents: int) -> str:
    """Return an amount as it is read."""
    return f"${cents // 100:,}.{cents % 100:02}"
