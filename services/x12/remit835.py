"""Remittance advice 005010X221A1: one `Remittance` for each 835 transaction set.

    BPR TRN CUR REF DTM                   header: what was paid, by which payment, when
    1000A N1*PR ..  1000B N1*PE ..        payer and payee
    2000 LX [TS3 TS2]                     a header number
      2100 CLP CAS NM1 MIA MOA REF DTM PER AMT QTY      one claim
        2110 SVC DTM CAS REF AMT QTY LQ                 one service line
    PLB                                   provider-level adjustments

`read` takes a set as a whole; `Reader` takes it piece by piece, so that memory stays constant, with
`Balance` for the sums. AMT is information and never balanced.
"""

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal

from services.x12.envelope import Transaction
from services.x12.errors import X12Error
from services.x12.loops import Cursor, Party, Raw, cut, organisation, person, raw
from services.x12.remittance import (
    Adjustment,
    ClaimPayment,
    Header,
    Part,
    Payment,
    ProviderAdjustment,
    ProviderAdjustments,
    Remittance,
    ServiceLine,
)
from services.x12.segments import Segment
from services.x12.values import cents, cents_or_zero, day, number, number_or_none

__all__ = [
    "Adjustment", "Balance", "ClaimPayment", "Header", "Part", "Payment", "ProviderAdjustment",
    "ProviderAdjustments", "Reader", "Remittance", "ServiceLine", "balance", "read",
]

GUIDE = "005010X221"
GROUPS = frozenset(("CO", "OA", "PI", "PR", "CR"))  # CR is of 4010 and legacy senders
STATUSES = frozenset(("1", "2", "3", "4", "19", "20", "21", "22", "23", "25"))
REVERSAL = "22"
_HEADER = frozenset(("CUR", "REF", "DTM"))
_PARTY = frozenset(("N3", "N4", "REF", "PER", "RDM"))
_CLAIM = frozenset(("CAS", "NM1", "MIA", "MOA", "REF", "DTM", "PER", "AMT", "QTY"))
_LINE = frozenset(("DTM", "CAS", "REF", "AMT", "QTY", "LQ"))
_SUMMARY = frozenset(("TS3", "TS2"))
STARTS = frozenset(("LX", "CLP", "PLB"))


def read(transaction: Transaction) -> Remittance:
    """Return the remittance in an 835 set.

    Raises:
        X12Error: a segment is missing, out of place or ill-formed.
    """
    reader, head, headers = Reader(), None, list[Raw]()
    claims, pairs = list[ClaimPayment](), list[ProviderAdjustment]()
    for piece in cut(transaction.segments[:-1], STARTS):
        part = reader.read(piece)
        match part:
            case ClaimPayment():
                claims.append(part)
            case Header():
                headers += part.segments
            case ProviderAdjustments():
                pairs += part.pairs
            case Payment():
                head = part
    if head is None:
        raise transaction.segments[0].error("truncated")
    return Remittance(
        head.segment, transaction.control, head.handling, head.paid_cents, head.method,
        head.paid_on, head.trace, head.payer_id, head.payer, head.payee, tuple(claims),
        tuple(pairs), head.other + tuple(headers), _digest(transaction),
    )


def _digest(whole: Transaction) -> str:
    body = "\x1e".join("\x1f".join(s.elements) for s in whole.segments[1:-1])
    return hashlib.sha256(body.encode()).hexdigest()


class Reader:
    """Reads the pieces of one 835 set (`loops.cut`) in their order, each for itself.

    A piece that cannot be read is refused alone; what comes after it is still read.
    """

    def __init__(self) -> None:
        """Start before the first piece."""
        self._header: str | None = None
        self._claims, self._summary = 0, False

    def read(self, piece: Sequence[Segment]) -> Part:
        """Return what a piece says.

        Raises:
            X12Error: a segment is missing, out of place or ill-formed.
        """
        first = piece[0]
        match first.elements[0]:
            case "ST":
                part: Part = _payment(Cursor(piece, 1, 0))
            case "LX" if not self._summary:
                self._header = first.get(1)
                cursor = Cursor(piece, 1, 0)
                part = Header(first.get(1), (raw(first), *map(raw, cursor.run(_SUMMARY))))
                cursor.finish()
            case "CLP" if self._header is not None and not self._summary:
                self._claims += 1
                part = _claim(Cursor(piece, 0, 0), self._claims, self._header)
            case "PLB":
                self._summary = True
                if len(piece) > 1:
                    raise piece[1].error("unexpected_segment")
                part = ProviderAdjustments(tuple(_provider(first)))
            case _:
                raise first.error("unexpected_segment")
        return part


def _payment(cursor: Cursor) -> Payment:
    bpr = cursor.take("BPR")
    trn = cursor.take("TRN")
    other = tuple(map(raw, cursor.run(_HEADER)))
    payer = _party(cursor, "PR")
    payee = _party(cursor, "PE")
    cursor.finish()
    if bpr.need(3) not in ("C", "D"):
        raise bpr.error("bad_code", 3)
    paid = cents(bpr, 2)
    return Payment(
        bpr.number, bpr.need(1), -paid if bpr.get(3) == "D" else paid, bpr.need(4), day(bpr, 16),
        trn.need(2), trn.need(3), payer, payee, other,
    )


def _party(cursor: Cursor, entity: str) -> Party:
    n1 = cursor.take("N1")
    if n1.need(1) != entity:
        raise n1.error("bad_code", 1)
    return organisation(n1, cursor.run(_PARTY))


def _claim(cursor: Cursor, ordinal: int, header: str) -> ClaimPayment:
    clp = cursor.take("CLP")
    if clp.need(2) not in STATUSES:
        raise clp.error("bad_code", 2)
    adjustments: list[Adjustment] = []
    parties: list[Party] = []
    remarks: list[str] = []
    other: list[Raw] = []
    seen: set[str] = set()
    for segment in cursor.run(_CLAIM):
        name = segment.elements[0]
        if name == "CAS":
            adjustments += triples(segment)
        elif name == "NM1":
            parties.append(person(segment))
        else:
            if name in ("MIA", "MOA"):
                if name in seen:
                    raise segment.error("too_many")
                seen.add(name)
                remarks += _remarks(segment)
            other.append(raw(segment))
    lines = []
    while cursor.id == "SVC":
        lines.append(_line(cursor))
    cursor.finish()
    return ClaimPayment(
        clp.number, ordinal, header, clp.need(1), clp.get(2), cents(clp, 3), cents(clp, 4),
        cents_or_zero(clp, 5), clp.get(6), clp.get(7), clp.get(8), clp.get(9), clp.get(11),
        tuple(adjustments), tuple(parties), tuple(remarks), tuple(lines), tuple(other),
    )


def _line(cursor: Cursor) -> ServiceLine:
    svc = cursor.take("SVC")
    code = svc.parts(1)
    if len(code) < 2 or not code[1]:
        raise svc.error("bad_composite", 1)
    adjustments: list[Adjustment] = []
    remarks: list[str] = []
    other: list[Raw] = []
    line_id = ""
    for segment in cursor.run(_LINE):
        name = segment.elements[0]
        if name == "CAS":
            adjustments += triples(segment)
        elif name == "LQ" and segment.get(1) == "HE":
            remarks.append(segment.need(2))
        elif name == "REF" and segment.get(1) == "6R":
            line_id = segment.need(2)
        else:
            if name == "DTM":
                day(segment, 2)
            elif name == "AMT":
                cents(segment, 2)
            other.append(raw(segment))
    units = number(svc, 5) if svc.get(5) else Decimal(1)
    return ServiceLine(
        svc.number, code[0], code[1], tuple(m for m in code[2:6] if m), cents(svc, 2),
        cents(svc, 3), svc.get(4), units, svc.get(6), line_id,
        tuple(adjustments), tuple(remarks), tuple(other),
    )


def triples(cas: Segment) -> list[Adjustment]:
    """Return up to six triples: CAS02/03/04 to CAS17/18/19."""
    group = cas.need(1)
    if group not in GROUPS:
        raise cas.error("bad_code", 1)
    if len(cas.elements) > 20:
        raise cas.error("limit_elements", 20)
    found = []
    for at in range(2, len(cas.elements), 3):
        if not any(cas.elements[at : at + 3]):
            continue
        quantity = number_or_none(cas, at + 2)
        found.append(Adjustment(group, cas.need(at), cents(cas, at + 1), quantity))
    if not found:
        raise cas.error("required", 2)
    return found


def _remarks(segment: Segment) -> list[str]:
    """Return the RARCs of MIA (05, 20 to 23) or MOA (03 to 07)."""
    at = (5, 20, 21, 22, 23) if segment.id == "MIA" else (3, 4, 5, 6, 7)
    return [code for code in map(segment.get, at) if code]


def _provider(plb: Segment) -> list[ProviderAdjustment]:
    """Return the pairs of a PLB: 03/04 to 13/14."""
    end, found = day(plb, 2), []
    for at in range(3, min(len(plb.elements), 15), 2):
        if not plb.get(at) and not plb.get(at + 1):
            continue
        parts = plb.parts(at)
        if not parts or not parts[0]:
            raise plb.error("required", at)
        reference = parts[1] if len(parts) > 1 else ""
        amount = cents(plb, at + 1)
        found.append(
            ProviderAdjustment(plb.number, plb.need(1), end, parts[0], reference, amount)
        )
    if not found:
        raise plb.error("required", 3)
    return found


def balance(remittance: Remittance) -> list[X12Error]:
    """Return where a remittance does not balance, at three levels; empty when it does."""
    sums, wrong = Balance(), []
    for claim in remittance.claims:
        wrong += sums.claim(claim)
    sums.provider(remittance.provider_adjustments)
    return wrong + sums.payment(remittance)


class Balance:
    """The sums of an 835 while its claims pass by.

    1. service: SVC02 - CAS of the line = SVC03
    2. claim: CLP03 - CAS of claim and lines = CLP04
    3. transaction: sum of CLP04 - sum of PLB = BPR02

    Attributes:
        paid_cents: Sum of CLP04 so far, less PLB.
    """

    def __init__(self) -> None:
        """Start at nothing."""
        self.paid_cents = 0

    def claim(self, claim: ClaimPayment) -> list[X12Error]:
        """Add a claim; return where it does not balance in itself."""
        wrong = []
        adjusted = sum(a.amount_cents for a in claim.adjustments)
        for line in claim.lines:
            line_adjusted = sum(a.amount_cents for a in line.adjustments)
            adjusted += line_adjusted
            if line.charge_cents - line_adjusted != line.paid_cents:
                wrong.append(X12Error(line.segment, "SVC", 3, "balance_service"))
        if claim.charge_cents - adjusted != claim.paid_cents:
            wrong.append(X12Error(claim.segment, "CLP", 4, "balance_claim"))
        self.paid_cents += claim.paid_cents
        return wrong

    def provider(self, pairs: Iterable[ProviderAdjustment]) -> None:
        """Add provider-level adjustments: a positive amount reduces the payment."""
        self.paid_cents -= sum(pair.amount_cents for pair in pairs)

    def payment(self, head: Payment | Remittance) -> list[X12Error]:
        """Return whether the whole does not add up to what was paid."""
        if self.paid_cents == head.paid_cents:
            return []
        return [X12Error(head.segment, "BPR", 2, "balance_transaction")]
