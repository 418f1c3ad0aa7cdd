"""Modifiers: those a service needs, those that contradict each other, those a code cannot take.

Rows of `data/modifier_rules.csv`, dated; ranges of codes are ours and hold numbers only.

Source: CMS Claims Processing Manual, ch. 12 and 23; NCCI policy manual, ch. I, E; the modifiers'
own definitions in HCPCS.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from schemas.events import Line
from services.claims import data, dated
from services.claims.edits.edit import PROFESSIONAL, Case, Fault, edit, line
from services.codes import hcpcs, supports

FAMILY = "modifiers"


@dataclass(frozen=True, slots=True)
class Row:
    """What a range of codes needs, or which modifiers do not go together."""

    first: str
    last: str
    modifiers: frozenset[str]
    days: tuple[date, date]


@lru_cache(maxsize=8)
def _rows(rule: str) -> tuple[Row, ...]:
    return tuple(
        Row(row["first"], row["last"], frozenset(row["modifiers"].split()), dated.span(row))
        for row in data.rows("modifier_rules.csv") if row["rule"] == rule
    )


@lru_cache(maxsize=8192)
def _of(rule: str, code: str, on: date) -> tuple[Row, ...]:
    """Return the rows of a rule that hold for a code on a day."""
    return tuple(row for row in _rows(rule)
                 if row.first <= code <= row.last and row.days[0] <= on <= row.days[1])


@edit(FAMILY, snip=5, source="CMS Claims Processing Manual, ch. 12, sect. 30.6.6: modifier 25",
      claim_types=frozenset({PROFESSIONAL}))
def visit_beside_procedure(case: Case) -> Iterator[Fault]:
    """A visit beside a procedure of the same day says with 25 that it stood for itself.

    Example: 99213 with 20610 is found on the visit; 99213-25 with 20610, 99213 with 80061 (a
    test), and 99213-57 with a major procedure pass.
    """
    for position, one in case.lines():
        if not hcpcs.is_evaluation(one.code) or not {"25", "57"}.isdisjoint(one.modifiers):
            continue
        beside = [other.code for other in case.bill.lines if other.served_on == one.served_on
                  and supports.is_procedure(other.code)]
        if beside:
            yield Fault(line(position), f"{one.code} on line {position} stands beside the "
                        f"procedure {beside[0]}: add 25 if the record shows an evaluation of its "
                        "own, otherwise drop the visit.")


@edit(FAMILY, snip=5, version=2, source="HCPCS modifiers LT, RT, 50, of fingers and toes")
def side_missing(case: Case) -> Iterator[Fault]:
    """A procedure on one of two sides names it.

    Example: 20610 is found; 20610-RT passes, 73140-F6 (a finger) and 73565 (both knees) too.
    """
    for position, one in case.lines():
        if any(row.modifiers.isdisjoint(one.modifiers)
               for row in _of("side", one.code, one.served_on)):
            yield Fault(line(position), f"{one.code} on line {position} does not name its side: "
                        "add LT, RT or 50 from the record.")


@edit(FAMILY, snip=5, source="HCPCS modifiers")
def modifiers_contradict(case: Case) -> Iterator[Fault]:
    """Modifiers of a line go together. Example: LT with RT, 26 with TC, GA with GZ do not."""
    for position, one in case.lines():
        for row in _rows("conflict"):
            if len(row.modifiers & set(one.modifiers)) > 1 and _holds(row, one):
                both = " and ".join(sorted(row.modifiers & set(one.modifiers)))
                yield Fault(line(position), f"{both} on line {position} contradict each other: "
                            "keep the one that the record supports.")


@edit(FAMILY, snip=5, version=2, source="HCPCS modifiers 24, 25, 57")
def modifier_of_visits(case: Case) -> Iterator[Fault]:
    """24, 25 and 57 are for visits. Example: 20610-25 is found; 99213-25 and 98006-25 pass."""
    for position, one in case.lines():
        wrong = sorted({"24", "25", "57"} & set(one.modifiers))
        if wrong and not _may_be_visit(one.code):
            yield Fault(line(position), f"{wrong[0]} on line {position} is for visits and "
                        f"{one.code} is none: put it on the visit, or take it off.")


def _may_be_visit(code: str) -> bool:
    """Say whether a code may be an evaluation: by number (99201 until 2020), or of Level II."""
    return (
        hcpcs.is_evaluation(code) or not code[:1].isdigit() or code == "99201"
        or "92002" <= code <= "92014" or "98000" <= code <= "98016"
    )


def _holds(row: Row, one: Line) -> bool:
    return row.days[0] <= one.served_on <= row.days[1]


EDITS = (visit_beside_procedure, side_missing, modifiers_contradict, modifier_of_visits)
