"""What the readers of transaction sets share: gathering the segments of a loop.

A loop is a run of segments whose ids belong to it. Order inside a loop is not judged (senders
differ, and nothing is lost by it); a segment that belongs nowhere is an error, never skipped.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.x12.errors import X12Error
from services.x12.segments import Segment

Raw = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """A payer, payee, provider or person as its segments name it (N1, NM1).

    Attributes:
        entity: Entity identifier, as PR, PE, QC, 82.
        name: Organisation or last name.
        first: First name.
        middle: Middle name.
        qualifier: Of the id: XX an NPI, MI a member id, FI a tax number.
        identifier: The id.
        details: The other segments of its loop (N3, N4, REF, PER, ...), as read.
    """

    entity: str
    name: str
    first: str = ""
    middle: str = ""
    qualifier: str = ""
    identifier: str = ""
    details: tuple[Raw, ...] = field(default=())


def cut(segments: Iterable[Segment], starts: frozenset[str]) -> Iterator[list[Segment]]:
    """Yield runs of segments, each beginning where a segment has one of these ids."""
    piece: list[Segment] = []
    for segment in segments:
        if piece and segment.elements[0] in starts:
            yield piece
            piece = []
        piece.append(segment)
    if piece:
        yield piece


class Cursor:
    """A place in the segments of a transaction set, ST and SE left out, or of a piece of it."""

    def __init__(self, segments: Sequence[Segment], start: int = 1, after: int = 1) -> None:
        """Start at a segment and leave out so many at the end: ST and SE, unless told else."""
        self._segments = segments
        self._end = len(segments) - after
        self._last = len(segments) - 1
        self._at = start

    @property
    def id(self) -> str:
        """Id of the next segment; empty at the end."""
        return self._segments[self._at].elements[0] if self._at < self._end else ""

    @property
    def next(self) -> Segment:
        """The next segment; the last one at the end."""
        return self._segments[min(self._at, self._last)]

    def take(self, wanted: str) -> Segment:
        """Return the next segment, which must have this id.

        Raises:
            X12Error: it has another.
        """
        segment = self._segments[min(self._at, self._last)]
        if self._at >= self._end or segment.elements[0] != wanted:
            raise X12Error(segment.number, wanted, 0, "required")
        self._at += 1
        return segment

    def run(self, ids: frozenset[str]) -> list[Segment]:
        """Return the next segments as long as their ids are among these."""
        start = at = self._at
        segments, end = self._segments, self._end
        while at < end and segments[at].elements[0] in ids:
            at += 1
        self._at = at
        return list(segments[start:at])

    def finish(self) -> None:
        """Say that nothing may follow.

        Raises:
            X12Error: something does.
        """
        if self._at < self._end:
            raise self.next.error("unexpected_segment")


class Hierarchy:
    """HL segments: each names, as its parent, the open HL of the level above."""

    def __init__(self, parents: Mapping[str, str]) -> None:
        """Take level -> level above (empty for the top), from the top down."""
        self._parents = parents
        self._order = list(parents)
        self._open: dict[str, str] = {}

    def descend(self, hl: Segment) -> str:
        """Return the level (HL03) of an HL, which is open from here.

        Raises:
            X12Error: an unknown level, a number that is open already, or another parent.
        """
        number, parent, level = hl.need(1), hl.get(2), hl.need(3)
        if level not in self._parents:
            raise hl.error("bad_code", 3)
        closed = [self._open.pop(name, "") for name in self._order[self._order.index(level):]]
        above = self._open.get(self._parents[level], "")
        if number in closed or number in self._open.values() or above != parent:
            raise hl.error("hierarchy", 2)
        self._open[level] = number
        return level


def raw(segment: Segment) -> Raw:
    """Return a segment's elements as they stand."""
    return tuple(segment.elements)


def person(segment: Segment, details: Sequence[Segment] = ()) -> Party:
    """Return the party of an NM1 segment."""
    return Party(
        segment.need(1), segment.get(3), segment.get(4), segment.get(5),
        segment.get(8), segment.get(9), tuple(map(raw, details)),
    )


def organisation(segment: Segment, details: Sequence[Segment] = ()) -> Party:
    """Return the party of an N1 segment."""
    return Party(
        segment.need(1), segment.get(2), "", "",
        segment.get(3), segment.get(4), tuple(map(raw, details)),
    )
