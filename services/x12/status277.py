"""Claim acknowledgement 277CA (005010X214): which claims entered adjudication.

HL 20 source (payer)  HL 21 receiver (us)  HL 19 provider  HL PT claim
2200B/C TRN STC QTY AMT     totals of a batch
2200D TRN STC REF DTP       one claim: TRN02 is our CLM01, REF*1K the payer's number
2220D SVC STC REF DTP     a line, when the line is why the claim was refused
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.x12.envelope import Transaction
from services.x12.errors import X12Error
from services.x12.loops import Cursor, Hierarchy, Party, Raw, cut, person, raw
from services.x12.segments import Segment
from services.x12.values import cents_or_zero, day_or_none, days

GUIDE = "005010X214"
REFUSED = frozenset(("A3", "A6", "A7", "A8"))  # categories of a claim that was not adjudicated
STARTS = frozenset(("HL",))
_PARENT = {"20": "", "21": "20", "19": "21", "PT": "19"}
_LEVEL = frozenset(("NM1", "TRN", "STC", "REF", "DTP", "QTY", "AMT"))
_PATIENT = frozenset(("NM1",))
_CLAIM = _LEVEL - {"NM1", "TRN"}
_LINE = frozenset(("STC", "REF", "DTP"))
_ACTIONS = frozenset(("WQ", "U", ""))


@dataclass(frozen=True, slots=True)
class StatusCode:
    """One of the composites STC01, STC10, STC11: category, status code, entity."""

    category: str
    code: str
    entity: str


@dataclass(frozen=True, slots=True)
class StatusInformation:
    """One STC: ``action`` is WQ accepted or U refused."""

    codes: tuple[StatusCode, ...]
    effective: date | None
    action: str
    amount_cents: int

    @property
    def refused(self) -> bool:
        """True when STC03 is U or a category says so.

        Senders contradict themselves: eMedNY's own sample has A7 with WQ. Taking such a claim
        for accepted would wait for ever for a decision; taking it for refused shows it at once.
        """
        return self.action == "U" or any(code.category in REFUSED for code in self.codes)


@dataclass(frozen=True, slots=True)
class LineStatus:
    """Loop 2220D."""

    service: Raw
    line_id: str
    statuses: tuple[StatusInformation, ...]
    other: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class ClaimStatus:
    """Loop 2200D.

    Attributes:
        segment: Position of its HL in the file.
        control_number: TRN02, our CLM01.
        payer_claim_number: REF*1K, if the payer gave one.
        statuses: STC, in order.
        patient: NM1*QC.
        lines: Loop 2220D.
        other: The other REF and DTP segments, as read.
    """

    segment: int
    control_number: str
    payer_claim_number: str
    statuses: tuple[StatusInformation, ...]
    patient: Party
    lines: tuple[LineStatus, ...]
    other: tuple[Raw, ...]

    @property
    def accepted(self) -> bool:
        """False when any status of the claim refuses it."""
        return not any(status.refused for status in self.statuses)


@dataclass(frozen=True, slots=True)
class Level:
    """Loops 2000A to 2000C: source, receiver, provider.

    Attributes:
        code: HL03: 20, 21 or 19.
        party: Its NM1.
        trace: TRN02; for the receiver the BHT03 of our set.
        statuses: STC of the batch.
        other: REF, DTP, QTY and AMT segments, as read.
    """

    code: str
    party: Party
    trace: str
    statuses: tuple[StatusInformation, ...]
    other: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One 277CA: ``reference`` is its BHT03."""

    reference: str
    levels: tuple[Level, ...]
    claims: tuple[ClaimStatus, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """BHT: ``reference`` is the report's BHT03."""

    reference: str


Part = Head | Level | ClaimStatus


def read(transaction: Transaction) -> StatusReport:
    """Return the report in a 277CA set.

    Raises:
        X12Error: a segment is missing, out of place or ill-formed.
    """
    reader, reference = Reader(), ""
    levels: list[Level] = []
    claims: list[ClaimStatus] = []
    for piece in cut(transaction.segments[:-1], STARTS):
        for part in reader.read(piece):
            match part:
                case Head():
                    reference = part.reference
                case Level():
                    levels.append(part)
                case ClaimStatus():
                    claims.append(part)
    if not levels:
        raise transaction.segments[0].error("required")
    return StatusReport(reference, tuple(levels), tuple(claims))


class Reader:
    """Reads the pieces of one 277CA set (`loops.cut`) in their order, each for itself."""

    def __init__(self) -> None:
        """Start before the first piece."""
        self._hierarchy = Hierarchy(_PARENT)

    def read(self, piece: Sequence[Segment]) -> list[Part]:
        """Return what a piece says: of a patient, every claim.

        Raises:
            X12Error: a segment is missing, out of place or ill-formed.
        """
        cursor = Cursor(piece, 1, 0)
        first = piece[0]
        if first.elements[0] == "ST":
            parts: list[Part] = [Head(cursor.take("BHT").need(3))]
        elif self._hierarchy.descend(first) == "PT":
            parts = list(_claims(first, cursor))
        else:
            parts = [_level(first, first.get(3), cursor.run(_LEVEL))]
        cursor.finish()
        return parts


def _one(body: list[Segment], name: str, hl: Segment) -> Segment:
    found = [segment for segment in body if segment.elements[0] == name]
    if len(found) != 1:
        at = found[1] if found else hl
        raise X12Error(at.number, name, 0, "too_many" if found else "required")
    return found[0]


def _level(hl: Segment, code: str, body: list[Segment]) -> Level:
    trace = [segment.need(2) for segment in body if segment.id == "TRN"]
    return Level(
        code, person(_one(body, "NM1", hl)), trace[0] if trace else "", _statuses(body), _rest(body)
    )


def _claims(hl: Segment, cursor: Cursor) -> Iterator[ClaimStatus]:
    """Yield the claims of one patient: loop 2200D repeats, as for a claim that was split (A5)."""
    patient = person(_one(cursor.run(_PATIENT), "NM1", hl))
    if cursor.id != "TRN":
        raise X12Error(hl.number, "TRN", 0, "required")
    while cursor.id == "TRN":
        trace, body = cursor.take("TRN"), cursor.run(_CLAIM)
        statuses = _statuses(body)
        if not statuses:
            raise X12Error(hl.number, "STC", 0, "required")
        lines = []
        while cursor.id == "SVC":
            lines.append(_line(cursor))
        yield ClaimStatus(
            hl.number, trace.need(2), _reference(body, "1K"), statuses, patient, tuple(lines),
            _rest(body, "1K"),
        )


def _line(cursor: Cursor) -> LineStatus:
    svc = cursor.take("SVC")
    body = cursor.run(_LINE)
    return LineStatus(raw(svc), _reference(body, "FJ"), _statuses(body), _rest(body, "FJ"))


def _reference(body: list[Segment], qualifier: str) -> str:
    for segment in body:
        if segment.elements[0] == "REF" and segment.get(1) == qualifier:
            return segment.need(2)
    return ""


def _rest(body: list[Segment], without: str = "") -> tuple[Raw, ...]:
    kept = []
    for segment in body:
        name = segment.elements[0]
        if name == "DTP":
            days(segment, 2, 3)
        if name in ("DTP", "QTY", "AMT") or (name == "REF" and segment.get(1) != without):
            kept.append(raw(segment))
    return tuple(kept)


def _statuses(body: list[Segment]) -> tuple[StatusInformation, ...]:
    return tuple(_status(segment) for segment in body if segment.elements[0] == "STC")


def _status(stc: Segment) -> StatusInformation:
    codes = []
    for at in (1, 10, 11):
        parts = stc.parts(at)
        if not parts and at > 1:
            continue
        if len(parts) < 2 or not parts[0] or not parts[1]:
            raise stc.error("bad_composite", at)
        codes.append(StatusCode(parts[0], parts[1], parts[2] if len(parts) > 2 else ""))
    if stc.get(3) not in _ACTIONS:
        raise stc.error("bad_code", 3)
    return StatusInformation(tuple(codes), day_or_none(stc, 2), stc.get(3), cents_or_zero(stc, 4))
