"""What changed in the codes that a coder used, between the tables of two days.

    gone         it could be billed then, and cannot any more
    subdivided   the same, and there are longer codes below it to choose from
    changed      a table says otherwise of it: words, status, most units

Example: a coder used E11.9 until 30 September; in the edition of October it is a category with
codes below: subdivided, with the codes to choose from. Of a list that a site loaded the words are
compared too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.claims.edits import listed
from services.codes import days, icd10cm
from services.codes.library.kinds import KINDS
from services.codes.library.library import Library, holds

GONE, CHANGED, SUBDIVIDED = "gone", "changed", "subdivided"
DIAGNOSIS, PROCEDURE, SERVICE, MODIFIER = "diagnosis", "procedure", "service", "modifier"
MOST_BELOW = 12
LISTS = {SERVICE: ("hcpcs", "cpt"), MODIFIER: ("modifier",)}
"""What a code may be billed by; dated rows."""
SAYING = tuple(kind for kind in KINDS if kind.startswith("mue_") or kind in ("opps", "add_on"))
"""Tables that say something of a service's code."""


@dataclass(frozen=True, slots=True)
class Use:
    """A code as a coder used it.

    Attributes:
        system: diagnosis, procedure, service or modifier.
        code: As billed.
        times: On how many encounters.
        last_on: Last day of service.
    """

    system: str
    code: str
    times: int
    last_on: date


@dataclass(frozen=True, slots=True)
class CodeChange:
    """What changed in a code that was used.

    Attributes:
        use: How it was used.
        what: gone, subdivided or changed.
        kind: The table that says so.
        says: In one sentence.
        below: Codes to choose from, for what was subdivided; not more than a dozen.
    """

    use: Use
    what: str
    kind: str
    says: str
    below: tuple[str, ...] = ()


def changes(
    used: Iterable[Use], library: Library, old: date, new: date
) -> Iterator[CodeChange]:
    """Yield what changed in some codes between the tables of two days, in the order of the codes.

    Args:
        used: The codes.
        library: The code tables at hand.
        old: A day of the former tables.
        new: A day of the tables that follow.
    """
    for use in sorted(used, key=lambda one: (one.system, one.code)):
        if use.system in (DIAGNOSIS, PROCEDURE):
            yield from _icd(use, library, old, new)
        else:
            yield from _listed(use, library, old, new)
        if use.system == SERVICE:
            yield from _said(use, library, old, new)


def _icd(use: Use, library: Library, old: date, new: date) -> Iterator[CodeChange]:
    diagnosis = use.system == DIAGNOSIS
    valid = listed.diagnosis_valid if diagnosis else listed.procedure_valid
    kind = listed.DIAGNOSES if diagnosis else listed.PROCEDURES
    plain = icd10cm.compact(use.code) if diagnosis else use.code
    if not valid(library, use.code, old):
        return
    if valid(library, use.code, new):
        yield from _worded(use, library, (kind, plain), old, new)
        return
    below = tuple(_below(library, kind, plain, new))
    if below:
        shown = tuple(map(icd10cm.dotted, below)) if diagnosis else below
        yield CodeChange(
            use, SUBDIVIDED, kind, f"{use.code} is subdivided: code one of those below it.",
            shown[:MOST_BELOW],
        )
    else:
        yield CodeChange(
            use, GONE, kind, f"{use.code} cannot be billed any more: code what took its place."
        )


def _worded(
    use: Use, library: Library, where: tuple[str, str], old: date, new: date
) -> Iterator[CodeChange]:
    kind, key = where
    before, after = library.rows(kind, key, old), library.rows(kind, key, new)
    if before and after and before[0][1] != after[0][1]:
        yield CodeChange(use, CHANGED, kind, f"{use.code} means otherwise: {after[0][1]}.")


def _below(library: Library, kind: str, plain: str, on: date) -> Iterator[str]:
    """Yield the codes below one that can be billed on a day, without dots."""
    table = library.table(kind, on) if listed.counts(library, kind, on) else None
    if table is None:
        packaged = days.DIAGNOSES if kind == listed.DIAGNOSES else days.PROCEDURES
        yield from (code for code in days.beginning(packaged, plain)
                    if len(code) > len(plain) and days.holds(packaged, code, on))
        return
    for code in table.keys(plain):
        if not code.startswith(plain):
            return
        if len(code) > len(plain) and table.rows(code)[0][0] is True:
            yield code


def _listed(use: Use, library: Library, old: date, new: date) -> Iterator[CodeChange]:
    for kind in LISTS[use.system]:
        before, after = (_in_list(library, kind, use.code, day) for day in (old, new))
        if before and after is not None and not after:
            yield CodeChange(
                use, GONE, kind, f"{use.code} cannot be billed any more: code what took its place."
            )
        elif before and after and before != after:
            yield CodeChange(use, CHANGED, kind, f"{use.code} means otherwise: {after[0]}.")


def _in_list(library: Library, kind: str, code: str, on: date) -> list[str] | None:
    """Return the words of a dated list for a code on a day; none when there is no list."""
    rows = library.rows(kind, code, on)
    if rows is None:
        return None
    return [str(row[2]) if len(row) > 2 else "" for row in rows if holds(row[0], row[1], on)]


def _said(use: Use, library: Library, old: date, new: date) -> Iterator[CodeChange]:
    for kind in SAYING:
        first, then = library.in_force(kind, old), library.in_force(kind, new)
        if first is None or then is None or first == then:
            continue
        before, after = library.rows(kind, use.code, old), library.rows(kind, use.code, new)
        if before != after:
            yield CodeChange(
                use, CHANGED, kind, f"{use.code}: {KINDS[kind].words} said "
                f"{_short(kind, before)}, and since {then.effective_on.isoformat()} "
                f"{_short(kind, after)}.",
            )


def _short(kind: str, rows: list[list[object]] | None) -> str:
    return "; ".join(KINDS[kind].told(row) for row in rows or ()) or "nothing of it"
