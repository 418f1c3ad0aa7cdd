"""Interchanges, groups and transaction sets: ISA GS ST..SE GE IEA, counted and matched.

    ISA -- TA1*                  one item each
        -- GS -- ST .. SE*  GE   one `Transaction` each, as soon as its SE is read
    IEA

A file may hold several interchanges, a group several sets. Counts and control numbers of every
trailer are checked; the first broken rule ends the file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.x12.errors import X12Error
from services.x12.segments import Limits, Segment, segments
from services.x12.values import whole


@dataclass(frozen=True, slots=True)
class Interchange:
    """ISA: who sent what to whom."""

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    date: str
    time: str
    control: str
    usage: str


@dataclass(frozen=True, slots=True)
class Group:
    """GS: a functional group."""

    functional_id: str
    sender: str
    receiver: str
    control: str
    version: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction set, ST and SE included.

    Attributes:
        interchange: Its interchange.
        group: Its group.
        kind: ST01, as 835.
        control: ST02.
        guide: ST03, or GS08 where the set does not name its guide.
        segments: From ST to SE.
    """

    interchange: Interchange
    group: Group
    kind: str
    control: str
    guide: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class InterchangeSegment:
    """A TA1 as it stands in an interchange; `services.x12.ta1` reads it."""

    interchange: Interchange
    segment: Segment


Item = Transaction | InterchangeSegment


def read(chunks: Iterable[bytes], limits: Limits | None = None) -> Iterator[Item]:
    """Yield every transaction set and TA1 of a file.

    Raises:
        X12Error: an envelope rule is broken.
    """
    limits = limits or Limits()
    stream = segments(chunks, limits)
    for segment in stream:
        yield from _interchange(segment, stream, limits)


def _interchange(isa: Segment, stream: Iterator[Segment], limits: Limits) -> Iterator[Item]:
    if isa.id != "ISA":
        raise isa.error("envelope_order")
    head = _isa(isa)
    groups = 0
    for segment in stream:
        match segment.id:
            case "TA1":
                yield InterchangeSegment(head, segment)
            case "GS":
                groups += 1
                yield from _group(segment, head, stream, limits)
            case "IEA":
                _trailer(segment, groups, head.control)
                return
            case _:
                raise segment.error("envelope_order")
    raise isa.error("truncated")


def _group(
    gs: Segment, interchange: Interchange, stream: Iterator[Segment], limits: Limits
) -> Iterator[Transaction]:
    group = Group(gs.need(1), gs.need(2), gs.need(3), gs.need(6), gs.need(8))
    sets = 0
    for segment in stream:
        if segment.id == "ST":
            sets += 1
            body = _set(segment, stream, limits)
            guide = segment.get(3) or group.version
            yield Transaction(
                interchange, group, segment.need(1), segment.need(2), guide, tuple(body)
            )
        elif segment.id == "GE":
            _trailer(segment, sets, group.control)
            return
        else:
            raise segment.error("envelope_order")
    raise gs.error("truncated")


def _set(st: Segment, stream: Iterator[Segment], limits: Limits) -> list[Segment]:
    body = [st]
    for segment in stream:
        body.append(segment)
        if segment.id == "SE":
            _trailer(segment, len(body), st.need(2))
            return body
        if segment.id in ("ISA", "GS", "ST", "GE", "IEA"):
            raise segment.error("envelope_order")
        if len(body) > limits.set_segments:
            raise segment.error("limit_segments")
    raise st.error("truncated")


def _trailer(segment: Segment, count: int, control: str) -> None:
    if whole(segment, 1) != count:
        raise segment.error("count", 1)
    if segment.need(2) != control:
        raise segment.error("control_number", 2)


def _isa(isa: Segment) -> Interchange:
    get = [element.strip() for element in isa.elements]
    if not (len(get[13]) == 9 and get[13].isascii() and get[13].isdigit()):
        raise isa.error("control_number", 13)
    if get[15] not in ("P", "T"):
        raise isa.error("bad_code", 15)
    return Interchange(get[5], get[6], get[7], get[8], get[9], get[10], get[13], get[15])


def peek(chunks: Iterable[bytes]) -> Interchange:
    """Return the first interchange header of a file.

    Raises:
        X12Error: the file does not begin with a well-formed ISA.
    """
    for segment in segments(chunks):
        return _isa(segment)
    raise X12Error(0, "", 0, "empty")
