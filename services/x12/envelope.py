"""Interchanges, groups and transaction sets: ISA GS ST..SE GE IEA, counted and matched.

    ISA -- TA1*                  one item each
        -- GS -- ST .. SE*  GE   one `Transaction` each, as soon as its SE is read
    IEA

A file may hold several interchanges, a group several sets. Counts and control numbers of every
trailer are checked, and that no control number comes twice. `read` ends a file at the first broken
rule; `walk` may go on, and holds one segment at a time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from services.x12.errors import X12Error
from services.x12.segments import Limits, Segment, segments
from services.x12.values import whole

ENVELOPE = frozenset(("ISA", "GS", "ST", "GE", "IEA", "TA1"))


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


@dataclass(frozen=True, slots=True)
class OpenSet:
    """A set whose segments are read from the file as they are asked for, once.

    Its attributes are those of `Transaction`.
    """

    interchange: Interchange
    group: Group
    kind: str
    control: str
    guide: str
    segments: Iterator[Segment]


Item = Transaction | InterchangeSegment
Report = Callable[[X12Error], None]


def refuse(error: X12Error) -> None:
    """Report by raising: the first broken rule ends the file."""
    raise error


def read(chunks: Iterable[bytes], limits: Limits | None = None) -> Iterator[Item]:
    """Yield every transaction set, held as a whole, and TA1 of a file.

    Raises:
        X12Error: an envelope rule is broken.
    """
    limits = limits or Limits()
    for item in walk(chunks, limits):
        if isinstance(item, InterchangeSegment):
            yield item
        elif isinstance(item, OpenSet):
            yield Transaction(
                item.interchange, item.group, item.kind, item.control, item.guide,
                whole_set(item, limits),
            )


def whole_set(opened: OpenSet, limits: Limits) -> tuple[Segment, ...]:
    """Return the segments of a set.

    Raises:
        X12Error: there are more than may be held.
    """
    body: list[Segment] = []
    for segment in opened.segments:
        if len(body) >= limits.set_segments:
            raise segment.error("limit_segments")
        body.append(segment)
    return tuple(body)


def walk(
    chunks: Iterable[bytes], limits: Limits | None = None, report: Report = refuse
) -> Iterator[OpenSet | InterchangeSegment | Segment]:
    """Yield what a file holds: sets while they are read, TA1, and bare ISA, GS, GE and IEA.

    Args:
        chunks: The bytes.
        limits: How much is read.
        report: Told of every broken rule of the envelope; when it does not raise, reading goes on.

    Raises:
        X12Error: from here the bytes cannot be told apart.
    """
    limits = limits or Limits()
    return _Walk(segments(chunks, limits), limits, report).items()


class _Walk:
    """Where in the envelope a file is."""

    def __init__(self, stream: Iterator[Segment], limits: Limits, report: Report) -> None:
        self._stream, self._limits, self._report = stream, limits, report
        self._back: Segment | None = None
        self._isa: Segment | None = None
        self._gs: Segment | None = None
        self._interchange = Interchange("", "", "", "", "", "", "", "")
        self._group = Group("", "", "", "", "")
        self._groups = self._sets = 0
        self._used: dict[str, set[tuple[str, ...]]] = {"ISA": set(), "GS": set(), "ST": set()}

    def items(self) -> Iterator[OpenSet | InterchangeSegment | Segment]:
        while (segment := self._next()) is not None:
            match segment.id:
                case "ISA" if len(segment.elements) == 17:  # the one inside another may be cut
                    self._open_interchange(segment)
                    yield segment
                case "TA1" if self._between_groups:
                    yield InterchangeSegment(self._interchange, segment)
                case "GS" if self._between_groups:
                    self._open_group(segment)
                    yield segment
                case "ST" if self._gs:
                    opened = self._open_set(segment)
                    yield opened
                    for _ in opened.segments:  # what its reader left
                        pass
                case "GE" if self._gs:
                    self._trailer(segment, self._sets, self._group.control)
                    self._gs = None
                    yield segment
                case "IEA" if self._between_groups:
                    self._trailer(segment, self._groups, self._interchange.control)
                    self._isa = None
                    yield segment
                case _:
                    self._report(segment.error("envelope_order"))
                    yield segment
        self._unclosed()

    @property
    def _between_groups(self) -> bool:
        return self._isa is not None and self._gs is None

    def _unclosed(self) -> None:
        for segment in (self._gs, self._isa):
            if segment:
                self._report(segment.error("truncated"))

    def _next(self) -> Segment | None:
        if self._back is not None:
            segment, self._back = self._back, None
            return segment
        return next(self._stream, None)

    def _open_interchange(self, isa: Segment) -> None:
        self._unclosed()
        self._isa, self._gs, self._groups = isa, None, 0
        self._interchange = head = _isa(isa, self._report)
        self._used["GS"].clear()
        self._once(isa, 13, "ISA", (head.sender_qualifier, head.sender, head.receiver_qualifier,
                                    head.receiver, head.control), self._limits.interchanges)

    def _open_group(self, gs: Segment) -> None:
        self._gs, self._sets = gs, 0
        self._groups += 1
        self._group = Group(*(self._need(gs, at) for at in (1, 2, 3, 6, 8)))
        self._used["ST"].clear()
        self._once(gs, 6, "GS", (self._group.functional_id, self._group.control),
                   self._limits.sets)

    def _open_set(self, st: Segment) -> OpenSet:
        self._sets += 1
        kind, control = self._need(st, 1), self._need(st, 2)
        self._once(st, 2, "ST", (control,), self._limits.sets)
        return OpenSet(
            self._interchange, self._group, kind, control, st.get(3) or self._group.version,
            self._body(st),
        )

    def _body(self, st: Segment) -> Iterator[Segment]:
        count = 1
        yield st
        for segment in self._stream:
            count += 1
            name = segment.elements[0]
            if name == "SE":
                self._trailer(segment, count, st.get(2))
                yield segment
                return
            if name in ENVELOPE:
                self._report(segment.error("envelope_order"))
                self._back = segment
                return
            yield segment
        self._report(st.error("truncated"))

    def _once(
        self, segment: Segment, element: int, level: str, key: tuple[str, ...], most: int
    ) -> None:
        """Report a control number that was used before at its level.

        Raises:
            X12Error: there are more of this level than are read.
        """
        used = self._used[level]
        if key in used:
            self._report(segment.error("repeated_control_number", element))
        if len(used) >= most:
            raise segment.error("limit_envelopes")
        used.add(key)

    def _need(self, segment: Segment, position: int) -> str:
        value = segment.get(position)
        if not value:
            self._report(segment.error("required", position))
        return value

    def _trailer(self, segment: Segment, count: int, control: str) -> None:
        try:
            if whole(segment, 1) != count:
                self._report(segment.error("count", 1))
            if segment.need(2) != control:
                self._report(segment.error("control_number", 2))
        except X12Error as error:
            self._report(error)


def _isa(isa: Segment, report: Report = refuse) -> Interchange:
    get = [element.strip() for element in isa.elements]
    if not (len(get[13]) == 9 and get[13].isascii() and get[13].isdigit()):
        report(isa.error("control_number", 13))
    if get[15] not in ("P", "T"):
        report(isa.error("bad_code", 15))
    return Interchange(get[5], get[6], get[7], get[8], get[9], get[10], get[13], get[15])
