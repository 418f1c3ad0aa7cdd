"""The segments of an 837 set, professional or institutional, one after another, to claims.

    2000A billing provider -- 2000B subscriber -- 2000C patient* -- 2300 claim -- 2400 line
                                                                     2320 other payer  2430 its verdict

What stands above a claim holds for it until another loop of the same level begins.
"""  # noqa: E501 - the picture is one line

from decimal import Decimal, InvalidOperation

from pyx12.segment import Segment

from services.payer.building import (
    OpenClaim,
    OpenLine,
    OpenOther,
    OpenVerdict,
    Person,
    finished,
)
from services.payer.claim import Adjustment, Claim

_SEGMENTS = (
    "BHT NM1 N3 N4 PER REF HL PRV CUR SBR PAT DMG CLM DTP CL1 PWK CN1 AMT K3 NTE CR1 CR2 CRC HI "
    "HCP LX SV1 SV2 SV5 PS1 MEA CTP LIN FRM LQ SVD CAS OI MIA MOA QTY CR3"
)
_KNOWN = frozenset(_SEGMENTS.split())
_TRIPLES = range(2, 20, 3)  # CAS02, CAS05, ... CAS17


class ClaimReader:
    """Reads one transaction set.

    Attributes:
        suspect: A required segment is missing, an unknown one present, or a number unreadable.
        reference: BHT03.
        submitter: NM109 of loop 1000A.
        submitter_name: NM103 of loop 1000A.
    """

    def __init__(self, institutional: bool = False) -> None:
        """Start before the first segment after ST."""
        self.suspect = False
        self.reference = self.submitter = self.submitter_name = ""
        self._institutional = institutional
        self._billing = self._billing_name = ""
        self._subscriber = self._patient = Person()
        self._sequence = "P"
        self._level = ""
        self._claim: OpenClaim | None = None
        self._line: OpenLine | None = None
        self._other: OpenOther | None = None
        self._verdict: OpenVerdict | None = None
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
            self._subscriber = self._patient = Person()
        elif self._level == "23":
            self._patient = Person(member_id=self._subscriber.member_id)

    def _nm1(self, e: list[str], _: Segment) -> None:
        kind, family, given, number = _at(e, 1), _at(e, 3), _at(e, 4), _at(e, 9)
        if kind == "41":
            self.submitter, self.submitter_name = number, family
        elif self._other is not None:
            if kind == "PR":
                self._other.payer = number
        elif self._claim is not None:
            if self._line is None:
                self._provider(self._claim, kind, family, given, number)
        elif kind == "85":
            self._billing, self._billing_name = number, family
        elif kind in ("IL", "QC"):
            person = self._patient if kind == "QC" else self._subscriber
            person.family, person.given = family, given
            person.member_id = number or person.member_id

    def _provider(self, claim: OpenClaim, kind: str, family: str, given: str, npi: str) -> None:
        if kind == "71":
            claim.facility.attending_npi = npi
        elif kind == "82":
            claim.rendering_npi, claim.rendering_family, claim.rendering_given = npi, family, given

    def _dmg(self, e: list[str], _: Segment) -> None:
        if self._claim is None:
            self._patient.born, self._patient.sex = _at(e, 2), _at(e, 3)

    def _sbr(self, e: list[str], _: Segment) -> None:
        if self._claim is None:
            self._sequence = _at(e, 1)
        else:
            self._other = OpenOther(_at(e, 1))  # loop 2320: another payer's data, not ours
            self._claim.others.append(self._other)

    def _clm(self, e: list[str], segment: Segment) -> None:
        self._close()
        place = _parts(segment, 5)
        claim = OpenClaim(_at(e, 1), 0, _at(place, 1), _at(place, 3), self._institutional)
        self._claim = claim
        claim.total_cents = self._cents(_at(e, 2), "total")

    def _cl1(self, e: list[str], _: Segment) -> None:
        if self._claim is not None:
            self._claim.facility.admission_type = _at(e, 1)
            self._claim.facility.patient_status = _at(e, 3)

    def _ref(self, e: list[str], _: Segment) -> None:
        kind, value = _at(e, 1), _at(e, 2)
        if self._claim is None or self._other is not None or self._verdict is not None:
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
        claim, facility = self._claim, self._claim.facility
        for place in range(1, len(e) + 1):
            parts = _parts(segment, place)
            kind, value = _at(parts, 1), _at(parts, 2).replace(".", "")
            if kind in ("ABK", "ABF"):
                claim.diagnoses += (value,)
                facility.present += (_at(parts, 9),)
            elif kind == "ABJ":
                facility.admitting = value
            elif kind in ("BBR", "BBQ"):
                facility.procedures += (value,)
            elif kind == "DR":
                facility.drg = value
            elif kind == "BG":
                facility.conditions += (value,)

    def _lx(self, e: list[str], _: Segment) -> None:
        if self._claim is not None:
            number = int(_at(e, 1)) if _at(e, 1).isdigit() else 0
            place = "" if self._institutional else self._claim.place
            self._line = OpenLine(number=number, place=place)
            self._claim.lines.append(self._line)
            self._other = self._verdict = None

    def _sv1(self, e: list[str], segment: Segment) -> None:
        if self._line is None:
            return
        self._service(self._line, _parts(segment, 1), _at(e, 2), _at(e, 4))
        self._line.place = _at(e, 5) or self._line.place
        pointers = _parts(segment, 7) if len(e) >= 7 else []
        self._line.pointers = tuple(self._whole(p, "pointer") for p in pointers if p)

    def _sv2(self, e: list[str], segment: Segment) -> None:
        if self._line is not None:
            self._line.revenue = _at(e, 1)
            self._service(self._line, _parts(segment, 2), _at(e, 3), _at(e, 5))

    def _service(self, line: OpenLine, procedure: list[str], charge: str, units: str) -> None:
        line.code, line.modifiers = _at(procedure, 2), tuple(m for m in procedure[2:6] if m)
        line.charge_cents = self._cents(charge, "charge")
        line.units = self._whole(units, "units")

    def _svd(self, e: list[str], _: Segment) -> None:
        if self._claim is not None and self._line is not None:
            paid = self._cents(_at(e, 2), "paid before")
            self._verdict = OpenVerdict(self._line.number, _at(e, 1), paid)
            self._claim.verdicts.append(self._verdict)

    def _cas(self, e: list[str], _: Segment) -> None:
        about = self._verdict or self._other
        if about is not None:
            about.adjustments += [
                Adjustment(_at(e, 1), _at(e, n), self._cents(_at(e, n + 1), "adjusted before"))
                for n in _TRIPLES
                if _at(e, n)
            ]

    def _amt(self, e: list[str], _: Segment) -> None:
        if self._other is not None and _at(e, 1) == "D":
            self._other.paid_cents = self._cents(_at(e, 2), "paid before")

    def _dtp(self, e: list[str], _: Segment) -> None:
        kind, value = _at(e, 1), _at(e, 3)
        if self._line is not None:
            if kind == "472":
                self._line.served_on = value[:8]
        elif self._claim is not None and self._other is None:
            if kind == "434":
                first, _sep, last = value.partition("-")
                self._claim.facility.starts_on = first
                self._claim.facility.ends_on = last or first
            elif kind == "435":
                self._claim.facility.admitted = value

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
        claim = self._claim
        self._claim = self._line = self._other = self._verdict = None
        if claim is None:
            return
        who = self._patient if self._level == "23" else self._subscriber
        if claim.lacks() or not (who.member_id and self._billing):
            self.suspect = True
        self._done.append(finished(claim, who, self._billing, self._billing_name, self._sequence))


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
