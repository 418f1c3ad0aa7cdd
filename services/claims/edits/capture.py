"""Charge capture: what is usually charged together, both ways, in dollars.

Rows of `data/partners.csv`. A bill holds what was coded and charged, not the whole record, so this
compares the two within the bill: a coded procedure without the charge it always has is money left
behind (`charge_missing`); a charge without the service that gives rise to it is money that is not
owed (`charge_undocumented`). Both are warnings: the record decides, and both weigh the same.

Source: the hospital's own practice; 42 CFR 413.53 (charges alike for all patients), OIG compliance
guidance for hospitals (63 FR 8987: billing for services not rendered).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.claims import data
from services.claims.edits.edit import CLAIM, WARN, Case, Fault, edit, line, procedure
from services.codes import chargemaster, pcs

FAMILY = "capture"
MISSING, UNDOCUMENTED = "missing", "undocumented"
HCPCS, PCS, REVENUE = "hcpcs", "pcs", "revenue"
Billed = list[tuple[int, str]]
"""Positions and codes."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is seen, and of what one has to be beside it."""

    seen_in: str
    span: tuple[str, str]
    partner_in: str
    partners: tuple[str, ...]
    words: str
    why: str

    def is_about(self, code: str) -> bool:
        """Say whether this is about a code."""
        return _within(code, self.span)

    def answered_by(self, codes: Iterable[str]) -> bool:
        """Say whether one of some codes is a partner."""
        return any(_fits(code, partner) for code in codes for partner in self.partners)


@lru_cache(maxsize=65536)
def _about(rule: str, inpatient: bool, kind: str, code: str) -> tuple[Row, ...]:
    """Return the rows that a code of a kind makes ask."""
    return tuple(row for row in _rows(rule, inpatient)
                 if row.seen_in == kind and row.is_about(code))


@lru_cache(maxsize=8)
def _rows(rule: str, inpatient: bool) -> tuple[Row, ...]:
    claims = "inpatient" if inpatient else "outpatient"
    return tuple(
        Row(row["seen_in"], (row["first"], row["last"]), row["partner_in"],
            tuple(row["partners"].split()), row["words"], row["source"])
        for row in data.rows("partners.csv") if row["rule"] == rule and row["claims"] == claims
    )


def _within(code: str, span: tuple[str, str]) -> bool:
    low, high = span
    return bool(code) and low <= code[:len(low)] and code[:len(high)] <= high


@lru_cache(maxsize=65536)
def _fits(code: str, partner: str) -> bool:
    low, _, high = partner.partition("-")
    return _within(code, (low, high or low))


def _billed(case: Case, kind: str) -> Billed:
    """Return the codes of a kind with their positions: of lines, or of procedures."""
    if kind == PCS:
        stay = case.bill.institutional
        procedures = stay.procedures if stay is not None else ()
        return [(position, one.code) for position, one in enumerate(procedures, 1)]
    if kind == REVENUE:
        return [(position, one.revenue_code) for position, one in case.lines()]
    return [(position, one.code) for position, one in case.lines()]


def _alone(case: Case, rule: str) -> Iterator[tuple[Row, int, str]]:
    """Yield what stands without a partner: row, position, code; one lack is told once."""
    told = set[tuple[str, ...]]()
    inpatient = case.inpatient
    for kind in (PCS, REVENUE, HCPCS) if case.bill.institutional else (HCPCS,):
        for position, code in _billed(case, kind):
            for row in _about(rule, inpatient, kind, code):
                if row.partners in told:
                    continue
                if not row.answered_by(other for _, other in _billed(case, row.partner_in)):
                    told.add(row.partners)
                    yield row, position, code


def worth(cents: int | None) -> str:
    """Return money for a sentence.

    >>> worth(184_050), worth(None)
    ('worth $1,840.50', 'of unknown price')
    """
    return "of unknown price" if cents is None else f"worth ${cents // 100:,}.{cents % 100:02d}"


def _price(row: Row, code: str) -> int | None:
    """Return what the missing charge costs by the price list, if that says it."""
    prices = chargemaster.load()
    if row.partner_in != REVENUE:
        return prices.price(row.partners[0])
    charges = (prices.item(match) for match in pcs.documented_as(code))
    return next((one.charge_cents for one in charges if one), None)


@edit(FAMILY, snip=0, severity=WARN, source="the hospital's own practice")
def charge_missing(case: Case) -> Iterator[Fault]:
    """What is coded has the charge that it always has.

    Example: dialysis (5A1D70Z) on a stay without revenue code 080x is found, and so is 80048
    without the draw of blood (36415); with them both pass.
    """
    for row, position, code in _alone(case, MISSING):
        place = procedure(position) if row.seen_in == PCS else line(position)
        kind = "revenue code " if row.partner_in == REVENUE else ""
        yield Fault(place, f"{code} is {row.words} and its charge, {kind}{row.partners[0]}, "
                    f"{worth(_price(row, code))}, is not on the claim ({row.why}): ask charge "
                    "integrity, and add it if the record shows it.")


@edit(FAMILY, snip=0, severity=WARN, source="OIG compliance guidance for hospitals, 63 FR 8987")
def charge_undocumented(case: Case) -> Iterator[Fault]:
    """What is charged has the service that gives rise to it.

    Example: revenue code 0801 (dialysis) on a stay without a procedure 5A1D is found, and so is a
    draw of blood with nothing tested.
    """
    for row, position, code in _alone(case, UNDOCUMENTED):
        cents = case.bill.lines[position - 1].charge_cents
        yield Fault(line(position) if position else CLAIM, f"{code} on line {position}, "
                    f"{row.words}, {worth(cents)}, stands alone ({row.why}): code what was done, "
                    "or take the charge off if the record does not show it.")


EDITS = (charge_missing, charge_undocumented)
