"""What several loops of an 837 are made of: a person, an address, a payer, a payer's reasons."""

from collections.abc import Sequence

from services.x12.claim837 import Address, Adjustment, PayerName
from services.x12.guide837 import GROUPS, MOST_CAS, TRIPLES
from services.x12.values import money
from services.x12.writer import Writer

_SEXES = frozenset("FMU")


def person(
    out: Writer, entity: str, family: str, given: str, qualifier: str = "", number: str = ""
) -> None:
    """Add the NM1 of a person; with a qualifier the number is required.

    Raises:
        X12Error: there is no last name or no number, or the number does not fit.
    """
    last = out.words("NM1", 3, family, 60)
    first = out.text(given, 35) if given else ""
    if not qualifier:
        out.add("NM1", entity, "1", last, first)
        return
    identifier = out.code("NM1", 9, number, 80, 2)
    out.add("NM1", entity, "1", last, first, "", "", "", qualifier, identifier)


def payer(out: Writer, one: PayerName) -> None:
    """Add the NM1 of a payer.

    Raises:
        X12Error: its name or number is missing or does not fit.
    """
    name = out.words("NM1", 3, one.name, 60)
    out.add("NM1", "PR", "2", name, "", "", "", "", "PI", out.code("NM1", 9, one.number, 80, 2))


def address(out: Writer, one: Address, *, full: bool = False) -> None:
    """Add N3 and N4; in full with the nine digits a provider's postal code has.

    Raises:
        X12Error: street, city or state is missing, or the postal code is not one.
    """
    out.add("N3", out.words("N3", 1, one.street, 55))
    postal = one.zip.replace("-", "")
    lengths = (9,) if full else (0, 5, 9)
    if len(postal) not in lengths or not (postal.isascii() and (postal + "0").isdigit()):
        raise out.wrong("N4", 3, "bad_number")
    out.add("N4", out.words("N4", 1, one.city, 30, 2), out.code("N4", 2, one.state, 2, 2), postal)


def sex(out: Writer, value: str) -> str:
    """Return DMG03.

    Raises:
        X12Error: it is none of F, M, U.
    """
    return out.one_of("DMG", 3, value, _SEXES)


def adjustments(out: Writer, found: Sequence[Adjustment]) -> None:
    """Add the CAS of a claim or line: a segment a group, up to six reasons in each.

    A reason without an amount changes no sum and is left out: readers take a zero for an absence.

    Raises:
        X12Error: a group or reason is no code, or there are more than five segments of them.
    """
    if not found:
        return
    groups: dict[str, list[str]] = {}
    for one in found:
        if not one.amount_cents:
            continue
        quantity = "" if one.quantity is None else str(one.quantity)
        reason = out.code("CAS", 2, one.carc, 5)
        group = out.one_of("CAS", 1, one.group, GROUPS)
        groups.setdefault(group, []).extend((reason, money(one.amount_cents), quantity))
    width, segments = 3 * TRIPLES, 0
    for group, triples in groups.items():
        for at in range(0, len(triples), width):
            out.add("CAS", group, *triples[at : at + width])
            segments += 1
    if segments > MOST_CAS:
        raise out.wrong("CAS", 0, "too_many")
