"""Read professional claims (837P): one `ClaimAsRead` for each CLM, whoever wrote the file.

    HL 20 billing provider > HL 22 subscriber > [HL 23 patient] > CLM .. LX SV1 ..

What the fields do not name stands in ``segments``, so nothing is lost. Errors that leave the claim
readable (a sum, a missing reference) are `findings`, not exceptions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from services.x12.envelope import Transaction
from services.x12.errors import X12Error
from services.x12.loops import Cursor, Party, Raw, person, raw
from services.x12.segments import Segment
from services.x12.values import cents, days, number

GUIDE = "005010X222"
_PARENT = {"20": ("",), "22": ("20",), "23": ("22",)}
_HEADER = frozenset(("NM1", "PER", "N2", "N3", "N4", "REF"))
_LEVEL = frozenset(("PRV", "CUR", "SBR", "PAT", "DMG", "NM1", "N2", "N3", "N4", "REF", "PER"))
_CLAIM = frozenset((
    "DTP", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CRC", "HI", "HCP", "NM1",
    "PRV", "N2", "N3", "N4", "PER", "SBR", "CAS", "OI", "MOA", "DMG", "QTY", "MEA", "DMR",
))
_LINE = frozenset((
    "SV1", "SV5", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1", "REF", "AMT", "K3",
    "NTE", "PS1", "HCP", "LIN", "CTP", "NM1", "PRV", "N2", "N3", "N4", "PER", "SVD", "CAS",
    "LQ", "FRM",
))


@dataclass(frozen=True, slots=True)
class LineAsRead:
    """Loop 2400."""

    line_id: str
    code: str
    modifiers: tuple[str, ...]
    charge_cents: int
    units: Decimal
    pointers: tuple[int, ...]
    place_of_service: str
    first_day: date | None
    last_day: date | None
    segments: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class Parties:
    """Who stands above a claim, by level."""

    billing: tuple[Party, ...] = ()
    subscriber: tuple[Party, ...] = ()
    patient: tuple[Party, ...] = ()
    segments: tuple[Raw, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimAsRead:
    """One claim of an 837P.

    Attributes:
        segment: Position of CLM in the file.
        set_control: ST02.
        control_number: CLM01.
        charge_cents: CLM02.
        place_of_service: CLM05-1.
        frequency: CLM05-3.
        payer_claim_number: REF*F8.
        diagnoses: Codes of HI (ABK, ABF, BK, BF), as they stand.
        parties: Billing provider, subscriber, payer, patient.
        lines: Loop 2400.
        segments: From CLM to the first LX, as read.
    """

    segment: int
    set_control: str
    control_number: str
    charge_cents: int
    place_of_service: str
    frequency: str
    payer_claim_number: str
    diagnoses: tuple[str, ...]
    parties: Parties
    lines: tuple[LineAsRead, ...]
    segments: tuple[Raw, ...]


def read(transaction: Transaction) -> Iterator[ClaimAsRead]:
    """Yield the claims of an 837P set.

    Raises:
        X12Error: a segment is missing, out of place or ill-formed.
    """
    cursor = Cursor(transaction.segments)
    cursor.take("BHT")
    cursor.run(_HEADER)
    seen: dict[str, str] = {}
    parties = Parties()
    if cursor.id != "HL":
        raise X12Error(cursor.next.number, "HL", 0, "required")
    while cursor.id == "HL":
        hl = cursor.take("HL")
        level = _hierarchy(hl, seen)
        parties = _descend(parties, level, cursor.run(_LEVEL))
        while cursor.id == "CLM":
            if level == "20":
                raise cursor.next.error("unexpected_segment")
            yield _claim(cursor, transaction.control, parties)
    cursor.finish()


def _hierarchy(hl: Segment, seen: dict[str, str]) -> str:
    number_, parent, level = hl.need(1), hl.get(2), hl.need(3)
    if level not in _PARENT:
        raise hl.error("bad_code", 3)
    if number_ in seen or seen.get(parent, "") not in _PARENT[level]:
        raise hl.error("hierarchy", 2)
    seen[number_] = level
    return level


def _descend(above: Parties, level: str, body: Sequence[Segment]) -> Parties:
    """Return the parties at a level: what stands below an older sibling is forgotten."""
    named = tuple(person(s) for s in body if s.elements[0] == "NM1")
    rest = tuple(map(raw, body))
    if level == "20":
        return Parties(billing=named, segments=rest)
    if level == "22":
        return replace(above, subscriber=named, patient=(), segments=above.segments + rest)
    return replace(above, patient=named, segments=above.segments + rest)


def _claim(cursor: Cursor, set_control: str, parties: Parties) -> ClaimAsRead:
    clm = cursor.take("CLM")
    place = clm.parts(5)
    if len(place) != 3:
        raise clm.error("bad_composite", 5)
    body = cursor.run(_CLAIM)
    diagnoses: list[str] = []
    payer_number = ""
    other = False
    for segment in body:
        name = segment.elements[0]
        other = other or name == "SBR"
        if name == "HI":
            diagnoses += _diagnoses(segment)
        elif name == "REF" and segment.get(1) == "F8" and not other:
            payer_number = segment.need(2)
        elif name == "DTP":
            days(segment, 2, 3)
    lines = []
    while cursor.id == "LX":
        lines.append(_line(cursor))
    if not lines:
        raise X12Error(cursor.next.number, "LX", 0, "required")
    return ClaimAsRead(
        clm.number, set_control, clm.need(1), cents(clm, 2), place[0], place[2], payer_number,
        tuple(diagnoses), parties, tuple(lines), (raw(clm), *map(raw, body)),
    )


def _diagnoses(hi: Segment) -> list[str]:
    found = []
    for at in range(1, len(hi.elements)):
        parts = hi.parts(at)
        if len(parts) < 2 or not parts[1]:
            raise hi.error("bad_composite", at)
        if parts[0] in ("ABK", "ABF", "BK", "BF"):
            found.append(parts[1])
    return found


def _line(cursor: Cursor) -> LineAsRead:
    lx = cursor.take("LX")
    body = cursor.run(_LINE)
    sv1 = next((s for s in body if s.elements[0] == "SV1"), None)
    if sv1 is None:
        raise X12Error(lx.number, "SV1", 0, "required")
    code = sv1.parts(1)
    if len(code) < 2 or not code[1]:
        raise sv1.error("bad_composite", 1)
    line_id, first, last = "", None, None
    for segment in body:
        if segment.elements[0] == "REF" and segment.get(1) == "6R":
            line_id = segment.need(2)
        elif segment.elements[0] == "DTP":
            span = days(segment, 2, 3)
            if segment.get(1) == "472":
                first, last = span
    pointers = sv1.parts(7)
    if not all(p.isascii() and p.isdigit() and len(p) < 3 for p in pointers):
        raise sv1.error("bad_number", 7)
    return LineAsRead(
        line_id, code[1], tuple(m for m in code[2:6] if m), cents(sv1, 2), number(sv1, 4),
        tuple(map(int, pointers)), sv1.get(5), first, last, (raw(lx), *map(raw, body)),
    )


def findings(claim: ClaimAsRead) -> list[X12Error]:
    """Return what is wrong with a claim that could be read."""
    wrong = []
    if sum(line.charge_cents for line in claim.lines) != claim.charge_cents:
        wrong.append(X12Error(claim.segment, "CLM", 2, "balance_lines"))
    if (claim.frequency in ("7", "8")) != bool(claim.payer_claim_number):
        wrong.append(X12Error(claim.segment, "REF", 2, "replacement_reference"))
    if any(p > len(claim.diagnoses) or p < 1 for line in claim.lines for p in line.pointers):
        wrong.append(X12Error(claim.segment, "SV1", 7, "bad_code"))
    return wrong
