"""A second, small reader of 835 files, for their money alone.

It shares nothing with the gateway's reader: split by the delimiters ISA gives, walk the segments.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

ISA_LENGTH = 106


class Unreadable(Exception):  # noqa: N818 - says what happened
    """Not an 835 this reader understands; the message is one of a closed set."""


@dataclass(slots=True)
class Line:
    """A service line: charge, paid, adjusted, in cents."""

    charge: int
    paid: int
    adjusted: int = 0


@dataclass(slots=True)
class Occurrence:
    """A claim in a remittance; money in cents."""

    control_number: str
    status: str
    charge: int
    paid: int
    patient: int
    payer_claim_number: str
    adjusted: int = 0
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Remittance:
    """A transaction set: what was paid, under which trace, for which claims."""

    paid: int
    paid_on: str
    trace: str = ""
    payer_key: str = ""
    payee: str = ""
    claims: list[Occurrence] = field(default_factory=list)
    provider: int = 0

    def unbalanced(self) -> list[str]:
        """Return at which of the three levels it does not balance."""
        lines = all(x.charge - x.adjusted == x.paid for c in self.claims for x in c.lines)
        claims = all(
            c.charge - c.adjusted - sum(x.adjusted for x in c.lines) == c.paid for c in self.claims
        )
        whole = sum(c.paid for c in self.claims) - self.provider == self.paid
        levels = {"line": lines, "claim": claims, "remittance": whole}
        return [level for level, fits in levels.items() if not fits]


def read(content: bytes) -> list[Remittance]:
    """Return the remittances of a file; an empty list when it holds no 835.

    Raises:
        Unreadable: no interchange header, or money that is no number.
    """
    found: list[Remittance] = []
    inside = False
    for segment in _segments(content):
        name = segment[0]
        if name == "ST":
            inside = segment[1] == "835"
        elif inside:
            _take(found, name, segment + [""] * 12)
    return found


def _segments(content: bytes) -> Iterator[list[str]]:
    text = content.decode("latin-1")
    if not text.startswith("ISA") or len(text) < ISA_LENGTH:
        raise Unreadable("no_interchange")
    element, terminator = text[3], text[105]
    for part in text.split(terminator):
        segment = part.strip("\r\n")
        if segment:
            yield segment.split(element)


def _take(found: list[Remittance], name: str, part: list[str]) -> None:
    if name == "BPR":
        sign = -1 if part[3] == "D" else 1
        found.append(Remittance(sign * _cents(part[2]), part[16] if len(part) > 16 else ""))
        return
    if not found:
        return
    remit = found[-1]
    if name == "TRN":
        remit.trace, remit.payer_key = part[2], part[3]
    elif name == "N1" and part[1] == "PE":
        remit.payee = part[4]
    elif name == "CLP":
        amounts = (_cents(part[3]), _cents(part[4]), _cents(part[5]))
        remit.claims.append(Occurrence(part[1], part[2], *amounts, part[7]))
    elif name == "PLB":
        remit.provider += sum(_cents(part[n]) for n in range(4, len(part), 2))
    elif remit.claims and name == "SVC":
        remit.claims[-1].lines.append(Line(_cents(part[2]), _cents(part[3])))
    elif remit.claims and name == "CAS":
        claim = remit.claims[-1]
        place: Occurrence | Line = claim.lines[-1] if claim.lines else claim
        place.adjusted += sum(_cents(part[n]) for n in range(3, len(part), 3))


def _cents(text: str) -> int:
    if not text:
        return 0
    try:
        cents = Decimal(text) * 100
    except InvalidOperation:
        raise Unreadable("no_number") from None
    if cents != int(cents):
        raise Unreadable("part_of_a_cent")
    return int(cents)
