"""Interchange acknowledgement TA1: whether the partner could open our file at all.

``TA1*<ISA13>*<date>*<time>*<A, E or R>*<note>``; A accepted, E accepted with errors noted,
R rejected: nothing in the interchange was looked at.
"""

from dataclasses import dataclass

from services.x12.envelope import InterchangeSegment


@dataclass(frozen=True, slots=True)
class InterchangeVerdict:
    """One TA1: ``control`` is the ISA13 it answers."""

    control: str
    code: str
    note: str

    @property
    def accepted(self) -> bool:
        """True for A and E."""
        return self.code in ("A", "E")


def read(item: InterchangeSegment) -> InterchangeVerdict:
    """Return what a TA1 says.

    Raises:
        X12Error: an element is missing or its code unknown.
    """
    segment = item.segment
    if segment.need(4) not in ("A", "E", "R"):
        raise segment.error("bad_code", 4)
    return InterchangeVerdict(segment.need(1), segment.get(4), segment.get(5))
