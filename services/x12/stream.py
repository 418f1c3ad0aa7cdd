"""A file of any length in constant memory: `stream` yields it part by part.

A part is a claim, a payment, a level above claims, an acknowledgement, or one envelope segment.
Each is read for itself: what cannot be read is refused alone, with its place and rule, and reading
goes on behind it. Every segment of the file stands in exactly one part, so `rewrite` gives the file
back.

A 999 is held as a whole, within `Limits.set_segments`; everything else piece by piece.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from services.x12 import document, read837, remit835, status277, ta1
from services.x12.envelope import (
    Interchange,
    InterchangeSegment,
    OpenSet,
    Transaction,
    walk,
    whole_set,
)
from services.x12.errors import X12Error
from services.x12.segments import Limits, Segment


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a file.

    Attributes:
        kind: TA1, 999, 277CA, 835, 837P, 837I; empty for the envelope and for sets not read.
        interchange: Its interchange; none for ISA itself.
        set_control: ST02; empty outside a set.
        content: What it says; none for segments that say nothing of their own.
        segments: As they stand in the file.
        error: Why it cannot be read.
    """

    kind: str
    interchange: Interchange | None
    set_control: str
    content: Any
    segments: Sequence[Segment]
    error: X12Error | None = None


class PieceReader(Protocol):
    """Reads the pieces of a set in their order; each call may refuse its own piece alone."""

    def read(self, piece: Sequence[Segment]) -> Any:
        """Return what a piece says, a list where it may be several; none when nothing."""


def stream(chunks: Iterable[bytes], limits: Limits | None = None) -> Iterator[Part | X12Error]:
    """Yield all parts of a file, and what is wrong with its envelope.

    A bare error is one of the envelope; after some of them (``truncated``, ``encoding``, a limit)
    nothing more can be told apart.
    """
    limits = limits or Limits()
    wrong: list[X12Error] = []
    try:
        for item in walk(chunks, limits, wrong.append):
            if isinstance(item, OpenSet):
                yield from _set(item, limits)
            elif isinstance(item, InterchangeSegment):
                yield _interchange_verdict(item)
            else:
                yield Part("", None, "", None, (item,))
            yield from wrong
            wrong.clear()
    except X12Error as error:
        wrong.append(error)
    yield from wrong


def rewrite(parts: Iterable[Part | X12Error]) -> Iterator[bytes]:
    """Yield the segments of parts as bytes, each with its interchange's delimiters."""
    for part in parts:
        if isinstance(part, Part):
            for segment in part.segments:
                marks = segment.delimiters
                yield (marks.element.join(segment.elements) + marks.terminator).encode()


def _interchange_verdict(item: InterchangeSegment) -> Part:
    try:
        return Part("TA1", item.interchange, "", ta1.read(item), (item.segment,))
    except X12Error as error:
        return Part("TA1", item.interchange, "", None, (item.segment,), error)


def _set(opened: OpenSet, limits: Limits) -> Iterator[Part]:
    found = document.READERS.get(opened.guide[:10])
    if found is None or found[0] != opened.kind:
        yield from _not_read(opened)
        return
    kind = found[1]
    if kind == "999":
        yield _whole(opened, kind, limits)
        return
    plan = PIECES.get(opened.kind)
    if plan is None:
        yield from _not_read(opened)
        return
    starts, made = plan
    reader = made(opened)
    for piece in _pieces(opened.segments, starts | {"SE"}, limits):
        content, wrong = None, None
        if piece[0].elements[0] != "SE":
            try:
                content = reader.read(piece)
            except X12Error as error:
                wrong = error
        if isinstance(content, list):
            for one, own in zip(content, _shares(piece, len(content)), strict=True):
                yield Part(kind, opened.interchange, opened.control, one, own)
        else:
            yield Part(kind, opened.interchange, opened.control, content, piece, wrong)


def _shares(piece: list[Segment], count: int) -> list[list[Segment]]:
    """Return the segments of each of several claims of one patient: from its TRN on."""
    at = [n for n, segment in enumerate(piece) if segment.elements[0] == "TRN"][1:count]
    return [piece[a:b] for a, b in pairwise([0, *at, len(piece)])]


def _pieces(
    segments: Iterable[Segment], starts: frozenset[str], limits: Limits
) -> Iterator[list[Segment]]:
    """Yield the runs of `loops.cut`, within the limits.

    Raises:
        X12Error: a run, or their number, is beyond its limit.
    """
    piece: list[Segment] = []
    count = 0
    for segment in segments:
        if segment.elements[0] in starts and piece:
            yield piece
            piece = []
            count += 1
            if count > limits.set_claims:
                raise segment.error("limit_claims")
        if len(piece) >= limits.claim_segments:
            raise segment.error("limit_claim")
        piece.append(segment)
    if piece:
        yield piece


def _whole(opened: OpenSet, kind: str, limits: Limits) -> Part:
    body = whole_set(opened, limits)
    transaction = Transaction(
        opened.interchange, opened.group, opened.kind, opened.control, opened.guide, body
    )
    try:
        (content,) = document.READERS[opened.guide[:10]][2](transaction)
    except X12Error as error:
        return Part(kind, opened.interchange, opened.control, None, body, error)
    return Part(kind, opened.interchange, opened.control, content, body)


def _not_read(opened: OpenSet) -> Iterator[Part]:
    error = None
    for at, segment in enumerate(opened.segments):
        error = None if at else segment.error("not_supported", 3)
        yield Part("", opened.interchange, opened.control, None, (segment,), error)


# set -> the ids pieces begin with, and what reads them
PIECES: dict[str, tuple[frozenset[str], Callable[[OpenSet], PieceReader]]] = {
    "835": (remit835.STARTS, lambda _: remit835.Reader()),
    "277": (status277.STARTS, lambda _: status277.Reader()),
    "837": (read837.STARTS, lambda opened: read837.Reader(opened.guide, opened.control)),
}
