"""The segments of an 837P set, one after another, to claims.

    2000A billing provider -- 2000B subscriber -- 2000C patient* -- 2300 claim -- 2400 line

What stands above a claim holds for it until another loop of the same level begins.
"""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from pyx12.segment import Segment

from services.payer.claim import Claim, ServiceLine

_SEGMENTS = (
    "BHT NM1 N3 N4 PER REF HL PRV CUR SBR PAT DMG CLM DTP CL1 PWK CN1 AMT K3 NTE CR1 CR2 CRC HI "
    "HCP LX SV1 SV5 PS1 MEA CTP LIN FRM LQ SVD CAS OI MOA QTY CR3"
)
_KNOWN = frozenset(_SEGMENTS.split())


@dataclass(slots=True)
class _Person:
    member_id: str = ""
    family: str = ""
    given: str = ""
    born: str = ""
    sex: str = ""


@dataclass(slots=True)
class _Line:
    number: int = 0
    line_id: str = ""
    code: str = ""
    modifiers: tuple[str, ...] = ()
    units: int = 0
    charge_cents: int = 0
    pointers: tuple[int, ...] = ()
    place: str = ""
    served_on: str = ""
    authorization: str = ""


@dataclass(slots=True)
class _Open:
    control_number: str
    total_cents: int
    place: str
    frequency: str
    payer_claim_number: str = ""
    authorization: str = ""
    attachment: bool = False
    rendering_npi: str = ""
    rendering_family: str = ""
    rendering_given: str = ""
    diagnoses: tuple[str, ...] = ()
    lines: list[_Line] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)


class ClaimReader:
    """Reads one transaction set.

    Attributes:
        suspect: A required segment is missing, an unknown one present, or a number unreadable.
        reference: BHT03.
        submitter: NM109 of loop 1000A.
        submitter_name: NM103 of loop 1000A.
    """

    def __init__(self) -> None:
        """Start before the first segment after ST."""
        self.suspect = False
        self.reference = self.submitter = self.submitter_name = ""
        self._billing = self._billing_name = ""
        self._subscriber = self._patient = _Person()
        self._level = ""
        self._other_payer = False
        self._claim: _Open | None = None
        self._line: _Line | None = None
        self._done: list[Claim] = []

    def take(self, segment: Segment) -> None:
        """Read the next segment."""
        name = segment.seg_id or ""
        reader = getattr(self, f"_{name.lower()}", None) if name in _KNOWN else None
        if name not in _KNOWN:
            self.suspect = True
        elif reader is not None:
            reader([_text(element) for element in segment.elements], segment)

    def finish(self) -> tuple[Claim, ...]:
        """Return the claims of the set; the set is suspect when it lacks what it must hold."""
        self._close()
        if not (self._done and self.reference and self.submitter):
            self.suspect = True
        return tuple(self._done)

    def _bht(self, e: list[str], _: Segment) -> None:
        self.reference = _at(e, 3)

    def _hl(self, e: list[str], _: Segment) -> None:
        self._close()
        self._level = _at(e, 3)
        if self._level == "22":
            self._subscriber = self._patient = _Person()
        elif self._level == "23":
            self._patient = _Person(member_id=self._subscriber.member_id)

    def _nm1(self, e: list[str], _: Segment) -> None:
        kind, family, given, number = _at(e, 1), _at(e, 3), _at(e, 4), _at(e, 9)
        if kind == "41":
            self.submitter, self.submitter_name = number, family
        elif self._claim is not None:
            if kind == "82" and self._line is None:
                self._claim.rendering_npi = number
                self._claim.rendering_family, self._claim.rendering_given = family, given
        elif kind == "85":
            self._billing, self._billing_name = number, family
        elif kind in ("IL", "QC"):
            person = self._patient if kind == "QC" else self._subscriber
            person.family, person.given = family, given
            person.member_id = number or person.member_id

    def _dmg(self, e: list[str], _: Segment) -> None:
        if self._claim is None:
            self._patient.born, self._patient.sex = _at(e, 2), _at(e, 3)

    def _sbr(self, e: list[str], _: Segment) -> None:
        if self._claim is not None:
            self._other_payer = True  # loop 2320: another payer's data, not ours

    def _clm(self, e: list[str], segment: Segment) -> None:
        self._close()
        place = _parts(segment, 5)
        claim = _Open(_at(e, 1), 0, _at(place, 1), _at(place, 3))
        self._claim, self._line, self._other_payer = claim, None, False
        claim.total_cents = self._cents(_at(e, 2), "total")

    def _ref(self, e: list[str], _: Segment) -> None:
        kind, value = _at(e, 1), _at(e, 2)
        if self._claim is None or self._other_payer:
            return
        if self._line is not None:
            if kind == "6R":
                self._line.line_id = value
            elif kind == "G1":
                self._line.authorization = value
        elif kind == "F8":
            self._claim.payer_claim_number = value
        elif kind == "G1":
            self._claim.authorization = value

    def _pwk(self, _e: list[str], _: Segment) -> None:
        if self._claim is not None:
            self._claim.attachment = True

    def _hi(self, e: list[str], segment: Segment) -> None:
        if self._claim is None:
            return
        parts = [_parts(segment, n + 1) for n in range(len(e))]
        codes = tuple(_at(p, 2).replace(".", "") for p in parts if _at(p, 1) in ("ABK", "ABF"))
        self._claim.diagnoses += codes

    def _lx(self, e: list[str], _: Segment) -> None:
        if self._claim is not None:
            number = int(_at(e, 1)) if _at(e, 1).isdigit() else 0
            self._line = _Line(number=number, place=self._claim.place)
            self._claim.lines.append(self._line)
            self._other_payer = False

    def _sv1(self, e: list[str], segment: Segment) -> None:
        if self._line is None:
            return
        procedure, line = _parts(segment, 1), self._line
        line.code, line.modifiers = _at(procedure, 2), tuple(m for m in procedure[2:6] if m)
        line.charge_cents = self._cents(_at(e, 2), "charge")
        line.units = self._whole(_at(e, 4), "units")
        line.place = _at(e, 5) or line.place
        pointers = _parts(segment, 7) if len(e) >= 7 else []
        line.pointers = tuple(self._whole(p, "pointer") for p in pointers if p)

    def _dtp(self, e: list[str], _: Segment) -> None:
        if self._line is not None and _at(e, 1) == "472":
            self._line.served_on = _at(e, 3)[:8]

    def _cents(self, text: str, what: str) -> int:
        try:
            cents = Decimal(text) * 100
            if cents == int(cents):
                return int(cents)
        except (InvalidOperation, ValueError, OverflowError):
            pass
        self._flaw(what)
        return 0

    def _whole(self, text: str, what: str) -> int:
        try:
            value = Decimal(text)
            if value == int(value):
                return int(value)
        except (InvalidOperation, ValueError, OverflowError):
            pass
        self._flaw(what)
        return 0

    def _flaw(self, what: str) -> None:
        self.suspect = True
        if self._claim is not None:
            self._claim.flaws.append(what)

    def _close(self) -> None:
        claim, self._claim, self._line = self._claim, None, None
        if claim is None:
            return
        who = self._patient if self._level == "23" else self._subscriber
        lines = tuple(
            ServiceLine(**{name: getattr(line, name) for name in _Line.__slots__})
            for line in claim.lines
        )
        if not (lines and claim.diagnoses and who.member_id and self._billing):
            self.suspect = True
        if not all(line.code and line.served_on for line in lines):
            self.suspect = True
        self._done.append(
            Claim(
                control_number=claim.control_number,
                frequency=claim.frequency,
                payer_claim_number=claim.payer_claim_number,
                total_cents=claim.total_cents,
                place=claim.place,
                diagnoses=claim.diagnoses,
                lines=lines,
                authorization=claim.authorization,
                attachment=claim.attachment,
                member_id=who.member_id,
                family=who.family,
                given=who.given,
                born=who.born,
                sex=who.sex,
                billing_npi=self._billing,
                billing_name=self._billing_name,
                rendering_npi=claim.rendering_npi,
                rendering_family=claim.rendering_family,
                rendering_given=claim.rendering_given,
                flaws=tuple(claim.flaws),
            )
        )


def _text(element: object) -> str:
    parts = element.elements  # type: ignore[attr-defined]
    return str(parts[0].value) if len(parts) == 1 else ""


def _parts(segment: Segment, position: int) -> list[str]:
    elements = segment.elements
    if len(elements) < position:
        return []
    return [str(part.value) for part in elements[position - 1].elements]


def _at(values: list[str], position: int) -> str:
    return values[position - 1] if len(values) >= position else ""
