"""A claim of an 837 as its loops: what the rules look at.

Nothing here refuses: an element that cannot be read is none, since the reader and the map have
found it already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from services.x12.errors import X12Error
from services.x12.segments import Segment
from services.x12.values import cents, days


class Placed(NamedTuple):
    """A segment and its loop, as 2310B; the loop is empty where the map has no place for it."""

    loop: str
    segment: Segment


@dataclass(slots=True)
class Line:
    """Loop 2400 with the decisions of other payers on it (2430), each from its SVD on."""

    lx: Segment
    own: list[Segment] = field(default_factory=list)
    decisions: list[list[Segment]] = field(default_factory=list)

    @property
    def service(self) -> Segment | None:
        """SV1 or SV2."""
        return first(self.own, "SV1") or first(self.own, "SV2")

    @property
    def charge_cents(self) -> int | None:
        """SV102 or SV203."""
        service = self.service
        return amount(service, 2 if service.id == "SV1" else 3) if service else None

    @property
    def span(self) -> tuple[date, date] | None:
        """Days of service."""
        return span(first(self.own, "DTP", "472"))


@dataclass(slots=True)
class Claim:
    """Loop 2300 and what stands above and below it.

    Attributes:
        clm: CLM.
        institutional: Whether the guide is the 837I.
        level: HL03 of the level it stands in: 22 subscriber, 23 patient.
        above: The segments of the levels above, with their loops.
        own: Segments of loop 2300.
        parties: Segments of loops 2310.
        others: Loops 2320 with their 2330, each from its SBR on.
        lines: Loops 2400.
        made_on: The day the file was made (GS04).
    """

    clm: Segment
    institutional: bool
    level: str
    above: list[Placed]
    made_on: date | None
    own: list[Segment] = field(default_factory=list)
    parties: list[Placed] = field(default_factory=list)
    others: list[list[Placed]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def facility(self) -> str:
        """CLM05-1: place of service, or the first digits of the type of bill."""
        return component(self.clm, 5, 0)

    @property
    def frequency(self) -> str:
        """CLM05-3."""
        return component(self.clm, 5, 2)

    @property
    def inpatient(self) -> bool:
        """Whether the type of bill is that of an inpatient stay."""
        return self.institutional and self.facility in ("11", "18", "21", "28", "41")

    @property
    def span(self) -> tuple[date, date] | None:
        """First and last day: the statement's (DTP*434), or those of the lines."""
        stated = span(first(self.own, "DTP", "434"))
        if stated:
            return stated
        spans = [found for line in self.lines if (found := line.span)]
        return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else None


def claim(
    placed: Sequence[Placed], above: list[Placed], level: str, *, institutional: bool,
    made_on: date | None,
) -> Claim:
    """Return the claim whose segments these are, from CLM on."""
    found = Claim(placed[0].segment, institutional, level, above, made_on)
    for item in placed:
        if item.loop == "2300":
            found.own.append(item.segment)
        elif item.loop.startswith("2310"):
            found.parties.append(item)
        elif item.loop.startswith(("2320", "2330")):
            _other(found, item)
        else:
            _line(found, item)
    return found


def _other(found: Claim, item: Placed) -> None:
    if item.loop == "2320" and item.segment.id == "SBR":
        found.others.append([item])
    elif found.others:
        found.others[-1].append(item)


def _line(found: Claim, item: Placed) -> None:
    loop, segment = item
    if segment.id == "LX":
        found.lines.append(Line(segment))
    elif not found.lines:
        return
    elif loop == "2400":
        found.lines[-1].own.append(segment)
    elif loop == "2430":
        if segment.id == "SVD":
            found.lines[-1].decisions.append([])
        if found.lines[-1].decisions:
            found.lines[-1].decisions[-1].append(segment)


def first(segments: Sequence[Segment], name: str, qualifier: str = "") -> Segment | None:
    """Return the first segment with this id and, if given, this first element."""
    for segment in segments:
        if segment.id == name and (not qualifier or segment.get(1) == qualifier):
            return segment
    return None


def component(segment: Segment, element: int, index: int) -> str:
    """Return a component of an element, empty when absent."""
    parts = segment.parts(element)
    return parts[index] if index < len(parts) else ""


def amount(segment: Segment | None, element: int) -> int | None:
    """Return an amount in cents; none when it is absent or ill-formed."""
    try:
        return cents(segment, element) if segment and segment.get(element) else None
    except X12Error:
        return None


def span(segment: Segment | None) -> tuple[date, date] | None:
    """Return first and last day of a DTP; none when it is absent or ill-formed."""
    try:
        return days(segment, 2, 3) if segment else None
    except X12Error:
        return None


def as_day(text: str) -> date | None:
    """Return a YYYYMMDD date; none when it is no date."""
    if not (len(text) == 8 and text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def adjusted(segments: Sequence[Segment]) -> int:
    """Return the sum of all CAS triples, in cents."""
    return sum(
        amount(cas, at) or 0
        for cas in segments if cas.id == "CAS"
        for at in range(3, len(cas.elements), 3)
    )
