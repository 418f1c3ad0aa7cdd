"""National Correct Coding Initiative: pairs not reported together, most units, add-on codes.

Four pair tables and four unit tables (Medicare and Medicaid, practitioner and outpatient
hospital); which applies to whom stands in `data/adoption.csv`, since payers adopt them or not.
Stays are not judged: clotting factor on an inpatient claim has a code and units, and no limit.

Source: CMS, NCCI policy manual, ch. I; MLN SE19025 (59 and X{EPSU} on either column from
2019-07-01); NCCI frequently asked questions on MUE adjudication indicators; CR 7501 (add-on
codes).
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import permutations

from schemas.events import Line
from services.claims import data
from services.claims.edits.edit import (
    INSTITUTIONAL,
    OFF,
    PROFESSIONAL,
    Case,
    Edit,
    Fault,
    line,
)
from services.codes.library.library import holds

FAMILY = "ncci"
PAIRS = "CMS NCCI procedure-to-procedure edits"
UNITS = "CMS NCCI medically unlikely edits"
DISTINCT = frozenset({"59", "XE", "XP", "XS", "XU"})
EITHER_COLUMN_FROM = date(2019, 7, 1)
TABLES = {
    "medicare_practitioner": PROFESSIONAL, "medicare_hospital": INSTITUTIONAL,
    "medicaid_practitioner": PROFESSIONAL, "medicaid_hospital": INSTITUTIONAL,
}
NO_BYPASS = "NCCI: no modifier bypasses a pair with indicator 0"
ABSOLUTE = "NCCI: a limit with adjudication indicator 2 is absolute"


@lru_cache(maxsize=1)
def _bypassing() -> frozenset[str]:
    """Return the modifiers that may bypass a pair with indicator 1."""
    return frozenset(row["modifier"] for row in data.rows("ncci_modifiers.csv"))


def _bypassed(first: Line, second: Line, on: date) -> bool:
    """Say whether a modifier tells two services apart; first is the column 1 service.

    Before 2019-07-01 modifier 59 and X{EPSU} counted on the column 2 code only.
    """
    allowed = _bypassing()
    ahead = allowed if on >= EITHER_COLUMN_FROM else allowed - DISTINCT
    return not allowed.isdisjoint(second.modifiers) or not ahead.isdisjoint(first.modifiers)


def _indicator(case: Case, table: str, first: str, second: str, on: date) -> str:
    """Return the modifier indicator of a pair on a day; nothing when it is no pair."""
    for row in case.rows(table, f"{first}|{second}", on):
        starts, ends, indicator = map(str, row)
        if holds(starts, ends, on):
            return indicator
    return ""


def _judged(case: Case) -> Iterator[tuple[int, Line]]:
    """Yield the lines with their positions; none of a stay, of which NCCI says nothing."""
    return iter(()) if case.inpatient else case.lines()


def _pairs(case: Case, table: str) -> Iterator[tuple[int, int, Line, Line, str]]:
    """Yield each pair of lines of one day that the table knows: positions, lines, indicator."""
    for (i, first), (j, second) in permutations(_judged(case), 2):
        if first.code and second.code and first.served_on == second.served_on:
            indicator = _indicator(case, table, first.code, second.code, first.served_on)
            if indicator in ("0", "1"):
                yield i, j, first, second, indicator


def _never(name: str, claim_type: str) -> Edit:
    table = f"ptp_{name}"

    def judge(case: Case) -> Iterator[Fault]:
        """The column 2 service of a pair with indicator 0 is never paid beside column 1.

        Example: a pair with indicator 0 on one day is found with and without modifier 59.
        """
        for i, j, first, second, indicator in _pairs(case, table):
            if indicator == "0":
                yield Fault(line(j), f"{second.code} is part of {first.code} (line {i}) on the "
                            f"same day and no modifier separates them: drop line {j}.")

    return Edit(
        f"{table}_never", FAMILY, judge, 5, PAIRS, OFF, claim_types=frozenset({claim_type}),
        tables=(table,), guardrail=NO_BYPASS,
    )


def _unless_distinct(name: str, claim_type: str) -> Edit:
    table = f"ptp_{name}"

    def judge(case: Case) -> Iterator[Fault]:
        """The column 2 service of a pair with indicator 1 needs a modifier that tells it apart.

        Example: a pair with indicator 1 on one day is found; with 59 on either line (column 2
        before 2019-07-01) it passes, and so it does on two days.
        """
        for i, j, first, second, indicator in _pairs(case, table):
            if indicator == "1" and not _bypassed(first, second, first.served_on):
                yield Fault(line(j), f"{second.code} is part of {first.code} (line {i}) on the "
                            f"same day: drop line {j}, or, if the record shows a separate site "
                            "or session, add the modifier that says so (XS, XE, XP, XU, 59 or "
                            "an anatomic one).")

    return Edit(
        f"{table}_unless_distinct", FAMILY, judge, 5, PAIRS, OFF,
        claim_types=frozenset({claim_type}), tables=(table,),
    )


def _most(case: Case, table: str, code: str, on: date) -> tuple[int, str]:
    """Return the most units of a code and the adjudication indicator; (0, "") when unpublished."""
    for row in case.rows(table, code, on):
        return int(str(row[0])), str(row[1])
    return 0, ""


def _over_a_day(case: Case, table: str, absolute: bool) -> Iterator[Fault]:
    """Yield codes whose units of a day are over a limit by day (indicators 2 and 3)."""
    days: dict[tuple[str, date], list[int]] = {}
    for position, one in _judged(case):
        if one.code:
            days.setdefault((one.code, one.served_on), []).append(position)
    for (code, on), positions in days.items():
        most, indicator = _most(case, table, code, on)
        units = sum(case.bill.lines[position - 1].units for position in positions)
        if indicator == ("2" if absolute else "3") and units > most:
            remedy = ("correct the units from the record" if absolute else
                      "correct the units, or send the record with the claim")
            yield Fault(line(positions[-1]), f"{units} units of {code} on one day are more than "
                        f"the {most} that are likely, and then none is paid: {remedy}.")


def _units_day_absolute(name: str, claim_type: str) -> Edit:
    table = f"mue_{name}"

    def judge(case: Case) -> Iterator[Fault]:
        """Units of a code on one day are within an absolute limit (indicator 2).

        Example: limit 1; lines of 1 and 1 unit on one day are found, on two days they pass.
        """
        yield from _over_a_day(case, table, absolute=True)

    return Edit(
        f"{table}_absolute", FAMILY, judge, 5, UNITS, OFF, claim_types=frozenset({claim_type}),
        tables=(table,), guardrail=ABSOLUTE,
    )


def _units_day(name: str, claim_type: str) -> Edit:
    table = f"mue_{name}"

    def judge(case: Case) -> Iterator[Fault]:
        """Units of a code on one day are within a clinical limit (indicator 3).

        Example: limit 4; 5 units in one line or in two are found; 4 pass.
        """
        yield from _over_a_day(case, table, absolute=False)

    return Edit(
        f"{table}_day", FAMILY, judge, 5, UNITS, OFF, claim_types=frozenset({claim_type}),
        tables=(table,),
    )


def _units_line(name: str, claim_type: str) -> Edit:
    table = f"mue_{name}"

    def judge(case: Case) -> Iterator[Fault]:
        """Units of a line are within a limit by line (indicator 1).

        Example: limit 2; a line of 3 units is found, two lines of 2 units pass.
        """
        for position, one in _judged(case):
            most, indicator = _most(case, table, one.code, one.served_on)
            if indicator == "1" and one.units > most:
                yield Fault(line(position), f"{one.units} units of {one.code} on line {position} "
                            f"are more than the {most} that are likely: correct the units, or "
                            "report the services on lines of their own with the modifier that "
                            "the record supports.")

    return Edit(
        f"{table}_line", FAMILY, judge, 5, UNITS, OFF, claim_types=frozenset({claim_type}),
        tables=(table,),
    )


def _add_on_alone(case: Case) -> Iterator[Fault]:
    """An add-on code stands beside a primary procedure of the same day.

    Example: type 1 names its primary codes, and one of them must be there; type 3 names some and
    the payer may take others, so any other procedure passes; type 2 names none, likewise.
    """
    for position, one in _judged(case):
        rows = [list(map(str, row)) for row in case.rows("add_on", one.code, one.served_on)]
        rows = [row for row in rows if holds(row[2], row[3], one.served_on)]
        if not rows:
            continue
        beside = {
            other.code for other in case.bill.lines
            if other is not one and other.served_on == one.served_on and other.code != one.code
        }
        named = {row[0] for row in rows}
        strict = all(row[1] == "1" for row in rows)
        if not beside or (strict and beside.isdisjoint(named)):
            yield Fault(line(position), f"{one.code} is an add-on code and its primary procedure "
                        f"is not on the same day: add {_some(named)}, or drop line {position}.")


def _some(codes: set[str]) -> str:
    known = sorted(codes - {"*"})[:3]
    return " or ".join(known) if known else "the primary procedure"


ADD_ON_ALONE = Edit(
    "add_on_alone", FAMILY, _add_on_alone, 5, "CMS NCCI add-on code edits, CR 7501", OFF,
    tables=("add_on",),
)
EDITS = (
    *(make(name, claim_type) for name, claim_type in TABLES.items()
      for make in (_never, _unless_distinct, _units_day_absolute, _units_day, _units_line)),
    ADD_ON_ALONE,
)
