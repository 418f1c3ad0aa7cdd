"""Bytes to segments: delimiters from ISA alone, limits on everything, constant memory.

    reader = SegmentReader()
    for chunk in chunks:
        for segment in reader.feed(chunk): ...
    reader.close()

Delimiters are single punctuation marks from `ALLOWED`, all four distinct (X12.5, ISA: the element
separator is the fourth character, ISA11 the repetition separator, ISA16 the component separator,
the character after it the segment terminator). Line breaks between segments are skipped.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.x12.errors import X12Error

ALLOWED = frozenset("*~:^>|!_<+=;{}[]\\`$%@?")
ISA_LENGTH = 106
ISA_WIDTHS = (3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
VERSION = "00501"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The four delimiters of an interchange."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    terminator: str = "~"


STANDARD = Delimiters()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read before it is refused.

    Attributes:
        file_bytes: Length of the file.
        segment_characters: Length of one segment.
        elements: Elements in one segment.
        set_segments: Segments of a transaction set that is held as a whole.
        claim_segments: Segments of one claim, payment or level of a set that is streamed.
        set_claims: Claims, payments and levels of one set that is streamed.
        interchanges: Interchanges in one file.
        sets: Groups of an interchange; sets of a group.
    """

    file_bytes: int = 256_000_000
    segment_characters: int = 20_000
    elements: int = 100
    set_segments: int = 500_000
    claim_segments: int = 20_000
    set_claims: int = 2_000_000
    interchanges: int = 10_000
    sets: int = 100_000


class Segment:
    """One segment as read.

    Attributes:
        number: Its position in the file, from 1.
        elements: ``elements[0]`` is the id, ``elements[n]`` the n-th element.
        delimiters: Those of its interchange.
    """

    __slots__ = ("delimiters", "elements", "number")

    def __init__(self, number: int, elements: list[str], delimiters: Delimiters) -> None:
        """Keep the three."""
        self.number = number
        self.elements = elements
        self.delimiters = delimiters

    @property
    def id(self) -> str:
        """Segment id, as CLP."""
        return self.elements[0]

    def get(self, position: int) -> str:
        """Return an element; empty when it is absent."""
        return self.elements[position] if position < len(self.elements) else ""

    def need(self, position: int) -> str:
        """Return a required element.

        Raises:
            X12Error: it is absent.
        """
        value = self.get(position)
        if not value:
            raise self.error("required", position)
        return value

    def parts(self, position: int) -> list[str]:
        """Return the components of an element; none when it is absent."""
        value = self.get(position)
        return value.split(self.delimiters.component) if value else []

    def error(self, rule: str, element: int = 0) -> X12Error:
        """Return an error that points here."""
        return X12Error(self.number, self.id, element, rule)


class SegmentReader:
    """Reads segments out of chunks of bytes; several interchanges may follow each other."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Start before the first interchange."""
        self._limits = limits or Limits()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._buffer = ""
        self._number = 0
        self._bytes = 0
        self._delimiters: Delimiters | None = None
        self._ids: set[str] = set()  # ids met so far: a short list, so each is matched once

    def feed(self, chunk: bytes) -> Iterator[Segment]:
        """Yield the segments that are complete with this chunk.

        Raises:
            X12Error: the bytes break a rule.
        """
        self._bytes += len(chunk)
        if self._bytes > self._limits.file_bytes:
            raise self._error("limit_file")
        self._buffer += self._decoded(chunk)
        position = 0
        while True:
            if self._delimiters is None:
                position, header = self._header(position)
                if header is None:
                    break
                yield header
                continue
            end = self._buffer.find(self._delimiters.terminator, position)
            if end < 0:
                break
            segment = self._segment(self._buffer[position:end], self._delimiters)
            position = end + 1
            if segment.id == "IEA":
                self._delimiters = None
            yield segment
        self._buffer = self._buffer[position:]
        if len(self._buffer) > self._limits.segment_characters:
            raise self._error("limit_segment" if self._delimiters else "not_x12")

    def close(self) -> None:
        """Say that there are no more bytes.

        Raises:
            X12Error: the file is empty or ends inside a segment.
        """
        self._decoded(b"", final=True)
        if not self._number and not self._buffer.strip():
            raise self._error("empty")
        if self._buffer.strip("\r\n "):
            inside = self._delimiters or self._buffer.lstrip("\r\n ").startswith("ISA")
            raise self._error("truncated" if inside else "not_x12")

    def _decoded(self, chunk: bytes, *, final: bool = False) -> str:
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            raise self._error("encoding") from None
        if self._number == 0 and not self._buffer and text.startswith("\ufeff"):
            raise self._error("encoding")
        return text

    def _header(self, position: int) -> tuple[int, Segment | None]:
        """Return the position after the next ISA, and the ISA; none while it is incomplete."""
        text = self._buffer
        while position < len(text) and text[position] in "\r\n ":
            position += 1
        if len(text) - position >= 3 and not text.startswith("ISA", position):
            raise self._error("not_x12")
        if len(text) - position < ISA_LENGTH:
            return position, None
        raw = text[position : position + ISA_LENGTH]
        self._number += 1
        self._delimiters = delimiters = isa_delimiters(raw, self._number)
        elements = raw[:-1].split(delimiters.element)
        return position + ISA_LENGTH, Segment(self._number, elements, delimiters)

    def _segment(self, text: str, delimiters: Delimiters) -> Segment:
        text = text.lstrip("\r\n")
        self._number += 1
        if len(text) > self._limits.segment_characters:
            raise self._error("limit_segment")
        if not text.isprintable() and _CONTROL.search(text):
            raise self._error("control_character")
        elements = text.split(delimiters.element)
        if len(elements) > self._limits.elements:
            raise self._error("limit_elements")
        if elements[0] not in self._ids:
            if not _ID.fullmatch(elements[0]):
                raise self._error("segment_id")
            self._ids.add(elements[0])
        return Segment(self._number, elements, delimiters)

    def _error(self, rule: str) -> X12Error:
        return X12Error(self._number, "", 0, rule)


def isa_delimiters(raw: str, number: int) -> Delimiters:
    """Return the delimiters of a 106-character ISA.

    Raises:
        X12Error: its elements do not have their fixed lengths, its version is not 00501, or a
            delimiter is not allowed or not distinct.
    """
    widths = tuple(map(len, raw[:-1].split(raw[3])))
    if widths != ISA_WIDTHS:
        raise X12Error(number, "ISA", 0, "isa_length")
    found = Delimiters(raw[3], raw[104], raw[82], raw[105])
    if raw[84:89] != VERSION:
        raise X12Error(number, "ISA", 12, "version")
    marks = {found.element: 0, found.component: 16, found.repetition: 11, found.terminator: 16}
    if len(marks) != 4:
        raise X12Error(number, "ISA", 0, "delimiters_not_distinct")
    for mark, element in marks.items():
        if mark not in ALLOWED:
            raise X12Error(number, "ISA", element, "delimiter_not_allowed")
    return found


def segments(chunks: Iterable[bytes], limits: Limits | None = None) -> Iterator[Segment]:
    """Yield all segments of a file given in chunks.

    Raises:
        X12Error: the file breaks a rule; what was yielded before stands.
    """
    reader = SegmentReader(limits)
    for chunk in chunks:
        yield from reader.feed(chunk)
    reader.close()
