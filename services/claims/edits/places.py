"""Where a service may be done, how often a day, and what stands under a revenue code.

Rows of `data/place_rules.csv`: ranges of codes with the places of service, the most units a day, or
the revenue codes they go with; dated, with their source. Ranges hold numbers only.

Source: CMS Claims Processing Manual, ch. 12, sect. 20.4.2 and 30.6 (places of visits), ch. 25
(revenue codes), ch. 26, sect. 10.5 (place of service).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.claims import data, dated
from services.claims.edits.edit import (
    INSTITUTIONAL,
    PROFESSIONAL,
    WARN,
    Case,
    Fault,
    edit,
    line,
)

FAMILY = "places"


@dataclass(frozen=True, slots=True)
class Row:
    """What goes with a range of codes."""

    first: str
    last: str
    fits: frozenset[str]
    days: tuple[date, date]
    words: str


@lru_cache(maxsize=8192)
def _rows(rule: str, code: str) -> tuple[Row, ...]:
    return tuple(
        Row(row["first"], row["last"], frozenset(row["fits"].split()), dated.span(row),
            row["words"])
        for row in data.rows("place_rules.csv")
        if row["rule"] == rule and row["first"] <= code <= row["last"]
    )


def _holding(rule: str, code: str, on: date) -> Iterator[Row]:
    return (row for row in _rows(rule, code) if row.days[0] <= on <= row.days[1])


@edit(FAMILY, snip=5, source="CMS Claims Processing Manual, ch. 12, sect. 30.6",
      claim_types=frozenset({PROFESSIONAL}))
def place_of_visit(case: Case) -> Iterator[Fault]:
    """A visit is billed where such visits are made. Example: 99213 at 21 is found, at 11 passes."""
    for position, one in case.lines():
        where = one.place_of_service or case.bill.place_of_service
        for row in _holding("place", one.code, one.served_on):
            if where not in row.fits:
                yield Fault(line(position), f"{one.code} on line {position} is {row.words} and "
                            f"is not made at place {where}: correct the place or the code.")


@edit(FAMILY, snip=5, source="the codes' own definition: once a day")
def once_a_day(case: Case) -> Iterator[Fault]:
    """What is reported once a day has one unit. Example: 99213 with 2 units is found."""
    for position, one in case.lines():
        for row in _holding("once", one.code, one.served_on):
            if one.units > 1:
                yield Fault(line(position), f"{one.code} on line {position} is {row.words} and "
                            f"has {one.units} units: it is reported once.")


@edit(FAMILY, snip=5, severity=WARN, source="CMS Claims Processing Manual, ch. 25",
      claim_types=frozenset({INSTITUTIONAL}))
def revenue_of_service(case: Case) -> Iterator[Fault]:
    """A service stands under a revenue code it goes with. Example: 99283 under 0300 is found."""
    for position, one in case.lines():
        for row in _holding("revenue", one.code, one.served_on) if one.code else ():
            if not any(one.revenue_code.startswith(fit) for fit in row.fits):
                yield Fault(line(position), f"{one.code} on line {position} is {row.words} and "
                            f"stands under {one.revenue_code}: correct the price list.")


EDITS = (place_of_visit, once_a_day, revenue_of_service)
