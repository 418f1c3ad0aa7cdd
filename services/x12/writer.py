"""Segments to bytes. Nothing can be injected: an element that holds a delimiter is refused.

`Writer.add` takes one segment; a tuple is a composite. Free text (names, addresses, notes) goes
through `Writer.text` first, which maps what X12's basic character set has not, and what this
partner's delimiters take away from it.
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from functools import cache

from services.x12.errors import X12Error
from services.x12.segments import Delimiters

Element = str | tuple[str, ...]
_KEPT = re.compile(r"[^A-Z0-9 !\"&'()+,\-./;?=#]")
_SPACES = re.compile(r" {2,}")
_PLAIN = re.compile(r"[A-Z0-9.,'#/&-]+(?: [A-Z0-9.,'#/&-]+)*")


def plain(text: str, longest: int, taken: str = "") -> str:
    """Return free text in X12's basic character set: capitals, no accents, no delimiter.

    Args:
        text: Anything.
        longest: It is cut there.
        taken: Characters of the set that serve as delimiters; none of them is among those of
            everyday names and addresses.

    >>> plain("  Müller~ *José ", 60)
    'MULLER JOSE'
    """
    upper = text.upper()
    if len(upper) <= longest and _PLAIN.fullmatch(upper):
        return upper
    folded = unicodedata.normalize("NFKD", upper).upper()
    mapped = _KEPT.sub(" ", "".join(c for c in folded if not unicodedata.combining(c)))
    for mark in taken:
        mapped = mapped.replace(mark, " ")
    return _SPACES.sub(" ", mapped).strip()[:longest].rstrip()


@cache
def _bad(delimiters: Delimiters) -> re.Pattern[str]:
    """Return what no segment holds: the terminator, the repetition mark, what is not ASCII."""
    marks = re.escape(delimiters.repetition + delimiters.terminator)
    return re.compile(f"[^ -~]|[{marks}]")


class Writer:
    """Collects segments, counted, under one set of delimiters."""

    __slots__ = ("_bad", "_component", "_delimiters", "_element", "_segments", "_taken")

    def __init__(self, delimiters: Delimiters | None = None) -> None:
        """Start empty."""
        self._delimiters = found = delimiters or Delimiters()
        self._element, self._component = found.element, found.component
        self._bad = _bad(found)
        marks = (found.element, found.component, found.repetition, found.terminator)
        self._taken = "".join(mark for mark in marks if not _KEPT.match(mark))
        self._segments: list[str] = []

    @property
    def count(self) -> int:
        """Segments so far."""
        return len(self._segments)

    def text(self, value: str, longest: int) -> str:
        """Return free text as `plain` does, without this writer's delimiters."""
        return plain(value, longest, self._taken)

    def add(self, *elements: Element) -> None:
        """Add a segment; empty elements at its end are left out.

        Raises:
            X12Error: an element holds a delimiter, a control or a non-ASCII character.
        """
        inside = 0
        try:
            segment = self._element.join(elements)  # type: ignore[arg-type]
        except TypeError:
            flat, inside = self._flat(elements)
            segment = self._element.join(flat)
        if (
            self._bad.search(segment)
            or segment.count(self._element) != len(elements) - 1
            or segment.count(self._component) != inside
        ):
            raise self._fault(elements)
        self._segments.append(segment.rstrip(self._element))

    def words(
        self, name: str, element: int, value: str, longest: int, shortest: int = 1
    ) -> str:
        """Return required free text, mapped and cut.

        Raises:
            X12Error: too little is left of it.
        """
        mapped = plain(value, longest, self._taken)
        if len(mapped) < shortest:
            raise self.wrong(name, element, "too_short" if mapped else "required")
        return mapped

    def code(
        self, name: str, element: int, value: str, longest: int = 50, shortest: int = 1
    ) -> str:
        """Return a required id or code as it is: it is never cut or mapped.

        Raises:
            X12Error: it is absent, too short or too long.
        """
        if not value or value.isspace():
            raise self.wrong(name, element, "required")
        if not shortest <= len(value) <= longest:
            raise self.wrong(name, element, "too_long" if len(value) > longest else "too_short")
        return value

    def one_of(self, name: str, element: int, value: str, codes: Container[str]) -> str:
        """Return a code of a list.

        Raises:
            X12Error: it is not in the list.
        """
        if value not in codes:
            raise self.wrong(name, element, "bad_code")
        return value

    def wrong(self, name: str, element: int, rule: str) -> X12Error:
        """Return an error that points at the segment about to be added."""
        return X12Error(len(self._segments) + 1, name, element, rule)

    def isa(self, *elements: str) -> None:
        """Add ISA01 to ISA15; ISA11 and ISA16 come from the delimiters.

        Raises:
            X12Error: an element has not its fixed length or holds a delimiter.
        """
        marks = self._delimiters
        given = ("ISA", *elements[:10], "", *elements[11:])
        position = self._faulty(given)
        if position is not None:
            raise X12Error(self.count + 1, "ISA", position, "bad_text")
        fields = ("ISA", *elements[:10], marks.repetition, *elements[11:], marks.component)
        raw = marks.element.join(fields)
        if len(raw) != 105:
            raise X12Error(self.count + 1, "ISA", 0, "isa_length")
        self._segments.append(raw)

    def back_to(self, count: int) -> None:
        """Forget what was added after the first ``count`` segments."""
        del self._segments[count:]

    def getvalue(self) -> bytes:
        """Return what was written, a line break after each segment."""
        return _bytes(self._segments, self._delimiters)

    def _flat(self, elements: Sequence[Element]) -> tuple[list[str], int]:
        """Return the elements as text, and the component separators that belong there."""
        mark, flat, inside = self._component, [], 0
        for element in elements:
            if isinstance(element, tuple):
                joined = mark.join(element)
                if element and joined.count(mark) != len(element) - 1:
                    raise self._fault(elements)
                element = joined.rstrip(mark)
                inside += element.count(mark)
            flat.append(element)
        return flat, inside

    def _fault(self, elements: Sequence[Element]) -> X12Error:
        position = self._faulty(elements) or 0
        return X12Error(self.count + 1, str(elements[0]), position, "bad_text")

    def _faulty(self, elements: Sequence[Element]) -> int | None:
        """Return the position of the first element that cannot be written."""
        for position, element in enumerate(elements):
            for part in element if isinstance(element, tuple) else (element,):
                if self._bad.search(part) or self._element in part or self._component in part:
                    return position
        return None


def written(segments: Iterable[Sequence[str]], delimiters: Delimiters) -> bytes:
    """Return segments as they were read, under the delimiters they were read with."""
    return _bytes([delimiters.element.join(elements) for elements in segments], delimiters)


def _bytes(segments: Sequence[str], delimiters: Delimiters) -> bytes:
    end = delimiters.terminator + "\n"
    return (end.join(segments) + end).encode() if segments else b""
