"""Procedure codes, modifiers and places of service have their shape.

A line of revenue code 0022, 0023 or 0024 has a HIPPS rate code instead of a procedure.

Source: 837P loop 2400 SV101 (HCPCS, up to four modifiers), SV105 and CLM05-1; 837I SV202 (HCPCS
or HIPPS).
"""

import re
from collections.abc import Iterator
from functools import partial

from schemas.events import Line
from services.claims.edits.edit import (
    CLAIM,
    INSTITUTIONAL,
    OFF,
    PROFESSIONAL,
    Case,
    Fault,
    edit,
    line,
)
from services.claims.edits.listed import MODIFIERS, is_listed
from services.codes import hcpcs, hipps
from services.codes.library.library import holds

MOST_MODIFIERS = 4
FAMILY = "codes"
only_professional = partial(edit, claim_types=frozenset({PROFESSIONAL}))
only_institutional = partial(edit, claim_types=frozenset({INSTITUTIONAL}))


@only_professional(FAMILY, snip=5, source="CMS place of service codes")
def place_of_service_wrong(case: Case) -> Iterator[Fault]:
    """Claim and lines name a place of the list. Example: 11 passes, 1 does not."""
    if not is_listed(case, "place", case.bill.place_of_service, case.on):
        yield Fault(CLAIM, "The claim's place of service is not on the list: choose one.")
    for position, one in case.lines():
        where = one.place_of_service
        if where and not is_listed(case, "place", where, one.served_on):
            yield Fault(line(position), f"The place of service of line {position} is not on the "
                        "list: choose one.")


def _procedures(case: Case) -> Iterator[tuple[int, Line]]:
    """Yield the lines, less those with a HIPPS rate code."""
    return (each for each in case.lines() if each[1].revenue_code not in hipps.REVENUE)


def _rated(case: Case) -> Iterator[tuple[int, Line]]:
    """Yield the lines with a HIPPS rate code."""
    return (each for each in case.lines() if each[1].revenue_code in hipps.REVENUE)


@edit(FAMILY, snip=5, source="HCPCS", version=2)
def procedure_malformed(case: Case) -> Iterator[Fault]:
    """A procedure has a code's shape. Example: 99213 passes, 9921 does not.

    A line of an institutional claim may have a revenue code alone.
    """
    for position, one in _procedures(case):
        if not hcpcs.is_valid(one.code) and (one.code or not one.revenue_code):
            yield Fault(line(position), f"The procedure of line {position} is not a CPT or HCPCS "
                        "code: five characters, such as 99213 or G0439.")


@edit(FAMILY, snip=5, source="HCPCS modifiers")
def modifier_malformed(case: Case) -> Iterator[Fault]:
    """A modifier has two characters and exists on its day. Example: 25 passes, 2 does not.

    XS passes since 2015. Where the site loaded CMS's list, that decides those of Level II.
    """
    for position, one in case.lines():
        if not all(is_listed(case, MODIFIERS, each, one.served_on) for each in one.modifiers):
            yield Fault(line(position), f"A modifier of line {position} has not two characters, "
                        "or is on no list of the day of service: correct it.")


@edit(FAMILY, snip=2, source="837 SV101, SV202")
def modifiers_repeated(case: Case) -> Iterator[Fault]:
    """A line has up to four modifiers, each once. Example: 25 and 59 pass, 25 twice does not."""
    for position, one in case.lines():
        if len(one.modifiers) > MOST_MODIFIERS or len(set(one.modifiers)) < len(one.modifiers):
            yield Fault(line(position), f"Line {position} has more than four modifiers or one of "
                        "them twice: keep each once, four at most.")


def _unlisted(case: Case, kind: str, shape: re.Pattern[str]) -> Iterator[Fault]:
    """Yield the procedures of a level that the site's list does not hold on their day."""
    for position, one in _procedures(case):
        if shape.fullmatch(one.code) and not any(
            holds(str(row[0]), str(row[1]), one.served_on)
            for row in case.rows(kind, one.code, one.served_on)
        ):
            yield Fault(line(position), f"{one.code} is not a code of {one.served_on}: correct "
                        "it from the record, or load the list that has it.")


@only_institutional(FAMILY, snip=5, source="CMS, definition and use of HIPPS codes")
def hipps_malformed(case: Case) -> Iterator[Fault]:
    """A line of 0022, 0023 or 0024 has the HIPPS code of its payment system.

    Example: A0101 under 0024 (inpatient rehabilitation), 1AA11 under 0023 (home health) and KAGD1
    under 0022 (skilled nursing) pass; 1AA11 under 0024, 99213 or nothing does not.
    """
    for position, one in _rated(case):
        if not hipps.fits(one.code, one.revenue_code):
            yield Fault(line(position), f"Line {position}, revenue code {one.revenue_code}, has no "
                        "HIPPS code of its payment system: take the one that the grouper gave for "
                        "the assessment.")


def _has_rate(case: Case) -> bool:
    return any(True for _ in _rated(case))


@only_institutional(FAMILY, snip=5, source="CMS, HIPPS codes", tables=("hipps",),
                    concerns=_has_rate, silenced_by=("hipps_malformed",))
def hipps_not_listed(case: Case) -> Iterator[Fault]:
    """A HIPPS code is on the site's list on the day of service.

    Example: where A0101 is listed, it passes under 0024 and A9901 is found; no list is packaged, so
    until the site loads CMS's, a claim with such a line says `no_data`.
    """
    for position, one in _rated(case):
        if not is_listed(case, "hipps", one.code, one.served_on):
            yield Fault(line(position), f"{one.code} is no HIPPS code of {one.served_on}: take the "
                        "one that the grouper gave, or load the list that has it.")


@edit(FAMILY, snip=5, source="CMS, HCPCS quarterly update", severity=OFF, tables=("hcpcs",))
def hcpcs_not_listed(case: Case) -> Iterator[Fault]:
    """A Level II code is on the site's list on the day of service.

    Example: where G0439 is listed from 2011-01-01, it passes that day and is found the day before.
    For a site that loads CMS's quarterly file and adopts this; no list is packaged.
    """
    yield from _unlisted(case, "hcpcs", hcpcs.LEVEL_2)


@edit(FAMILY, snip=5, source="AMA, CPT under licence", severity=OFF, tables=("cpt",))
def cpt_not_listed(case: Case) -> Iterator[Fault]:
    """A CPT code is on the site's licensed list on the day of service.

    Example: where 99213 is listed, it passes and 99299 is found. For a site with a licence.
    """
    yield from _unlisted(case, "cpt", hcpcs.LEVEL_1)


EDITS = (
    place_of_service_wrong, procedure_malformed, hipps_malformed, hipps_not_listed,
    hcpcs_not_listed, cpt_not_listed, modifier_malformed, modifiers_repeated,
)
