"""Segments to bytes. Nothing can be injected: an element that holds a delimiter is refused.

`Writer.add` takes one segment; a tuple is a composite. Free text (names, addresses) goes through
`plain` first, which maps what X12's basic character set has not.
"""

import re
import unicodedata

from services.x12.errors import X12Error
from services.x12.segments import Delimiters

Element = str | tuple[str, ...]
_KEPT = re.compile(r"[^A-Z0-9 !\"&'()+,\-./;?=#]")
_SPACES = re.compile(r" {2,}")
_PLAIN = re.compile(r"[A-Z0-9.,'#/&-]+(?: [A-Z0-9.,'#/&-]+)*")


def plain(text: str, longest: int) -> str:
    """Return free text in X12's basic character set: capitals, no accents, no delimiter.

    >>> plain("  Müller~ *José ", 60)
    'MULLER JOSE'
    """
    upper = text.upper()
    if len(upper) <= longest and _PLAIN.fullmatch(upper):
        return upper
    folded = unicodedata.normalize("NFKD", upper).upper()
    ascii_only = "".join(c for c in folded if not unicodedata.combining(c))
    return _SPACES.sub(" ", _KEPT.sub(" ", ascii_only)).strip()[:longest].rstrip()


class Writer:
    """Collects segments, counted, under one set of delimiters.

    Attributes:
        count: Segments so far.
    """

    __slots__ = ("_bad", "_delimiters", "_parts", "count")

    def __init__(self, delimiters: Delimiters | None = None) -> None:
        """Start empty."""
        self._delimiters = found = delimiters or Delimiters()
        marks = found.element + found.component + found.repetition + found.terminator
        self._bad = re.compile(f"[^ -~]|[{re.escape(marks)}]")
        self._parts: list[str] = []
        self.count = 0

    def add(self, *elements: Element) -> None:
        """Add a segment; empty elements at its end are left out.

        Raises:
            X12Error: an element holds a delimiter, a control or a non-ASCII character.
        """
        self.count += 1
        bad, out = self._bad, []
        for position, element in enumerate(elements):
            if isinstance(element, tuple):
                element = self._composite(element, position, elements[0])
            elif element and bad.search(element):
                raise X12Error(self.count, str(elements[0]), position, "bad_text")
            out.append(element)
        while not out[-1]:
            out.pop()
        self._parts.append(self._delimiters.element.join(out))

    def isa(self, *elements: str) -> None:
        """Add ISA01 to ISA15; ISA11 and ISA16 come from the delimiters.

        Raises:
            X12Error: an element has not its fixed length or holds a delimiter.
        """
        marks = self._delimiters
        for position, element in enumerate(elements, 1):
            if position != 11 and self._bad.search(element):
                raise X12Error(self.count + 1, "ISA", position, "bad_text")
        fields = ("ISA", *elements[:10], marks.repetition, *elements[11:], marks.component)
        raw = marks.element.join(fields)
        if len(raw) != 105:
            raise X12Error(self.count + 1, "ISA", 0, "isa_length")
        self.count += 1
        self._parts.append(raw)

    def extend(self, other: "Writer") -> None:
        """Add the segments of another writer with the same delimiters."""
        self._parts += other._parts
        self.count += other.count

    def getvalue(self) -> bytes:
        """Return what was written, a line break after each segment."""
        end = self._delimiters.terminator + "\n"
        return (end.join(self._parts) + end).encode("ascii") if self._parts else b""

    def _composite(self, parts: tuple[str, ...], position: int, name: Element) -> str:
        for part in parts:
            if part and self._bad.search(part):
                raise X12Error(self.count, str(name), position, "bad_text")
        joined = self._delimiters.component.join(parts)
        return joined.rstrip(self._delimiters.component)
