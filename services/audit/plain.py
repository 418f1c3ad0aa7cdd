"""X12 without a library: split by the separators ISA names, one segment at a time.

A few lines on purpose: it checks nothing and knows no guide, so that it shares no mistake with the
gateway's reader.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

ISA_LENGTH = 106


class Unreadable(Exception):  # noqa: N818 - says what happened
    """Not what this reader understands; the message is one of a closed set."""


@dataclass(frozen=True, slots=True)
class Part:
    """A segment: its elements, the component separator, where it begins and its terminator ends."""

    elements: list[str]
    component: str
    begins: int
    ends: int

    def __getitem__(self, position: int) -> str:
        """Return an element; empty where the segment ends before it."""
        return self.elements[position] if position < len(self.elements) else ""

    def components(self, position: int) -> list[str]:
        """Return the components of an element."""
        return self[position].split(self.component)

    def __len__(self) -> int:
        """Return the position of the last element."""
        return len(self.elements) - 1


def segments(content: bytes) -> Iterator[Part]:
    """Yield the segments of a file, which may hold several interchanges.

    Raises:
        Unreadable: it does not begin with an interchange header.
    """
    text = content.decode("latin-1")
    at, size = 0, len(text)
    element = component = terminator = ""
    while at < size:
        if text[at] in "\r\n":
            at += 1
            continue
        if text.startswith("ISA", at):
            if size - at < ISA_LENGTH:
                raise Unreadable("no_interchange")
            element, component, terminator = text[at + 3], text[at + 104], text[at + 105]
        if not terminator:
            raise Unreadable("no_interchange")
        end = text.find(terminator, at)
        end = size if end < 0 else end
        yield Part(text[at:end].split(element), component, at, end + 1)
        at = end + 1
    if not terminator:
        raise Unreadable("no_interchange")


def cents(text: str) -> int:
    """Return an amount in cents; an empty one is nothing.

    >>> cents("-12.5"), cents("")
    (-1250, 0)

    Raises:
        Unreadable: it is no number, or holds a part of a cent.
    """
    if not text:
        return 0
    try:
        found = Decimal(text) * 100
    except InvalidOperation:
        raise Unreadable("no_number") from None
    if found != int(found):
        raise Unreadable("part_of_a_cent")
    return int(found)
