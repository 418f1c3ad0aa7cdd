"""Remittance advice 005010X221A1: one `Remittance` for each 835 transaction set.

    BPR TRN CUR REF DTM                   header: what was paid, by which payment, when
    1000A N1*PR ..  1000B N1*PE ..        payer and payee
    2000 LX [TS3 TS2]                     a header number
      2100 CLP CAS NM1 MIA MOA REF DTM PER AMT QTY      one claim
        2110 SVC DTM CAS REF AMT QTY LQ                 one service line
    PLB                                   provider-level adjustments

Positive CAS and PLB amounts reduce the payment. AMT is information and never balanced.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.x12.envelope import Transaction
from services.x12.errors import X12Error
from services.x12.loops import Cursor, Party, Raw, organisation, person, raw
from services.x12.segments import Segment
from services.x12.values import (
    cents,
    cents_or_zero,
    day,
    number,
    number_or_none,
)

GUIDE = "005010X221"
GROUPS = frozenset(("CO", "OA", "PI", "PR", "CR"))  # CR is of 4010 and legacy senders
STATUSES = frozenset(("1", "2", "3", "4", "19", "20", "21", "22", "23", "25"))
REVERSAL = "22"
_HEADER = frozenset(("CUR", "REF", "DTM"))
_PARTY = frozenset(("N3", "N4", "REF", "PER", "RDM"))
_CLAIM = frozenset(("CAS", "NM1", "MIA", "MOA", "REF", "DTM", "PER", "AMT", "QTY"))
_LINE = frozenset(("DTM", "CAS", "REF", "AMT", "QTY", "LQ"))
_SUMMARY = frozenset(("TS3", "TS2"))
_PLB = frozenset(("PLB",))


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triple."""

    group: str
    reason: str
    amount_cents: int
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """Loop 2110.

    Attributes:
        segment: Position of SVC in the file.
        qualifier: HC for HCPCS, NU for a revenue code, ...
        code: The procedure as adjudicated (SVC01-2).
        modifiers: SVC01-3 to 6.
        charge_cents: SVC02.
        paid_cents: SVC03.
        revenue_code: SVC04.
        units: SVC05, 1 when absent.
        submitted: SVC06, the procedure as billed where it differs.
        line_id: REF*6R, our line item control number.
        adjustments: CAS.
        remarks: LQ*HE.
        other: DTM, the other REF, AMT, QTY and LQ segments, as read.
    """

    segment: int
    qualifier: str
    code: str
    modifiers: tuple[str, ...]
    charge_cents: int
    paid_cents: int
    revenue_code: str
    units: Decimal
    submitted: str
    line_id: str
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...]
    other: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """Loop 2100: one occurrence of a claim.

    Attributes:
        segment: Position of CLP in the file.
        ordinal: Position among the set's claims, from 1.
        header: LX01 it stands under.
        control_number: CLP01.
        status: CLP02.
        charge_cents: CLP03, signed.
        paid_cents: CLP04, signed.
        patient_cents: CLP05, signed.
        filing: CLP06.
        payer_claim_number: CLP07.
        facility_code: CLP08.
        frequency: CLP09.
        drg: CLP11.
        adjustments: CAS of the claim.
        parties: NM1: patient, insured, corrected patient, provider, other payers.
        remarks: RARCs of MIA or MOA.
        lines: Loop 2110.
        other: MIA, MOA, REF, DTM, PER, AMT and QTY segments, as read.
    """

    segment: int
    ordinal: int
    header: str
    control_number: str
    status: str
    charge_cents: int
    paid_cents: int
    patient_cents: int
    filing: str
    payer_claim_number: str
    facility_code: str
    frequency: str
    drg: str
    adjustments: tuple[Adjustment, ...]
    parties: tuple[Party, ...]
    remarks: tuple[str, ...]
    lines: tuple[ServiceLine, ...]
    other: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """One pair of a PLB segment; a positive amount reduces the payment.

    Attributes:
        segment: Position of PLB in the file.
        provider: PLB01.
        fiscal_end: PLB02.
        reason: As WO, FB, L6, 72.
        reference: The payer's reference.
        amount_cents: Signed.
    """

    segment: int
    provider: str
    fiscal_end: date
    reason: str
    reference: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Remittance:
    """One 835.

    Attributes:
        segment: Position of BPR in the file.
        set_control: ST02.
        handling: BPR01.
        paid_cents: BPR02, negative for a debit (BPR03 D).
        method: BPR04: ACH, CHK, NON, ...
        paid_on: BPR16.
        trace: TRN02, check or EFT number.
        payer_id: TRN03.
        payer: N1*PR.
        payee: N1*PE.
        claims: In the order of the file.
        provider_adjustments: PLB.
        other: CUR, REF, DTM, LX, TS3 and TS2 segments, as read.
        digest: SHA-256 of the segments between ST and SE: the same content, whatever its envelope.
    """

    segment: int
    set_control: str
    handling: str
    paid_cents: int
    method: str
    paid_on: date
    trace: str
    payer_id: str
    payer: Party
    payee: Party
    claims: tuple[ClaimPayment, ...]
    provider_adjustments: tuple[ProviderAdjustment, ...]
    other: tuple[Raw, ...]
    digest: str

    @property
    def payee_npi(self) -> str:
        """NPI of the payee, or the other id it is named by."""
        return self.payee.identifier


def read(transaction: Transaction) -> Remittance:
    """Return the remittance in an 835 set.

    Raises:
        X12Error: a segment is missing, out of place or ill-formed.
    """
    cursor = Cursor(transaction.segments)
    bpr = cursor.take("BPR")
    trn = cursor.take("TRN")
    other = list(map(raw, cursor.run(_HEADER)))
    payer = _party(cursor, "PR")
    payee = _party(cursor, "PE")
    claims: list[ClaimPayment] = []
    while cursor.id == "LX":
        lx = cursor.take("LX")
        summary = cursor.run(_SUMMARY)
        other += [raw(lx), *map(raw, summary)]
        while cursor.id == "CLP":
            claims.append(_claim(cursor, len(claims) + 1, lx.get(1)))
    plb = tuple(pair for segment in cursor.run(_PLB) for pair in _provider(segment))
    cursor.finish()
    if bpr.need(3) not in ("C", "D"):
        raise bpr.error("bad_code", 3)
    paid = cents(bpr, 2)
    return Remittance(
        bpr.number, transaction.control, bpr.need(1), -paid if bpr.get(3) == "D" else paid,
        bpr.need(4), day(bpr, 16), trn.need(2), trn.need(3), payer, payee,
        tuple(claims), plb, tuple(other), _digest(transaction),
    )


def _digest(transaction: Transaction) -> str:
    body = ("\x1f".join(s.elements) for s in transaction.segments[1:-1])
    return hashlib.sha256("\x1e".join(body).encode()).hexdigest()


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
            adjustments += _adjustments(segment)
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
            adjustments += _adjustments(segment)
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


def _adjustments(cas: Segment) -> list[Adjustment]:
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
    """Return where a remittance does not balance, at three levels; empty when it does.

    1. service: SVC02 - CAS of the line = SVC03
    2. claim: CLP03 - CAS of claim and lines = CLP04
    3. transaction: sum of CLP04 - sum of PLB = BPR02
    """
    wrong = []
    for claim in remittance.claims:
        adjusted = sum(a.amount_cents for a in claim.adjustments)
        for line in claim.lines:
            line_adjusted = sum(a.amount_cents for a in line.adjustments)
            adjusted += line_adjusted
            if line.charge_cents - line_adjusted != line.paid_cents:
                wrong.append(X12Error(line.segment, "SVC", 3, "balance_service"))
        if claim.charge_cents - adjusted != claim.paid_cents:
            wrong.append(X12Error(claim.segment, "CLP", 4, "balance_claim"))
    paid = sum(claim.paid_cents for claim in remittance.claims)
    paid -= sum(p.amount_cents for p in remittance.provider_adjustments)
    if paid != remittance.paid_cents:
        wrong.append(X12Error(remittance.segment, "BPR", 2, "balance_transaction"))
    return wrong
