"""The 835: decided claims of one provider, paid by one transfer, balanced at three levels.

    SVC02 - CAS = SVC03        CLP03 - CAS = CLP04        sum of CLP04 - PLB = BPR02

A replacement first takes back what was decided before (CLP02 22, the original group codes, every
amount negated), then gives the new decision. What a remittance takes back beyond what it pays is
carried to the next one (PLB FB).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.payer.claim import Claim, Decision, LineDecision
from services.payer.envelope import Head, Row, code, group, interchange, money, text
from services.payer.tables import Plan

_GUIDE = "005010X221A1"
REVERSAL = "22"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One claim in a remittance.

    Attributes:
        claim: The claim it speaks of; for a reversal the earlier one.
        decision: The decision given, or taken back.
        payer_claim_number: CLP07.
        reversal: It takes the decision back.
        sparse: Line control numbers are left out.
        received_on: Day of receipt, CCYYMMDD.
    """

    claim: Claim
    decision: Decision
    payer_claim_number: str
    reversal: bool
    sparse: bool
    received_on: str

    @property
    def paid_cents(self) -> int:
        """CLP04, signed."""
        return -self.decision.paid_cents if self.reversal else self.decision.paid_cents


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a transfer comes to.

    Attributes:
        brought_cents: Owed to the payer from earlier remittances.
        paid_cents: BPR02, never negative.
        carried_cents: Still owed to the payer afterwards.
    """

    brought_cents: int
    paid_cents: int
    carried_cents: int


def settle(claims_cents: int, brought_cents: int) -> Settlement:
    """Return what is transferred when claims come to a sum and a balance is owed.

    >>> settle(10000, 2500)
    Settlement(brought_cents=2500, paid_cents=7500, carried_cents=0)
    >>> settle(-3000, 0)
    Settlement(brought_cents=0, paid_cents=0, carried_cents=3000)
    """
    net = claims_cents - brought_cents
    return Settlement(brought_cents, max(net, 0), max(-net, 0))


def remittance(
    head: Head, plan: Plan, trace: str, occurrences: Sequence[Occurrence], settled: Settlement
) -> bytes:
    """Return the 835 for one payee; the first occurrence names it."""
    payee = occurrences[0].claim
    rows: list[Row] = [group(head, "HP", _GUIDE), ("ST", "835", "0001")]
    rows += _header(head, plan, trace, payee, settled)
    rows.append(("LX", "1"))
    for occurrence in occurrences:
        rows += _claim(occurrence, plan)
    balances: list[str] = []
    if settled.brought_cents:
        balances += [f"FB:{trace}", money(settled.brought_cents)]
    if settled.carried_cents:
        balances += [f"FB:{trace}", money(-settled.carried_cents)]
    if balances:
        rows.append(("PLB", payee.billing_npi, f"{head.at:%Y}1231", *balances))
    return interchange(head, rows)


def _header(head: Head, plan: Plan, trace: str, payee: Claim, settled: Settlement) -> Iterator[Row]:
    day = f"{head.at:%Y%m%d}"
    handling, method = ("I", "CHK") if settled.paid_cents else ("H", "NON")
    yield ("BPR", handling, money(settled.paid_cents), "C", method, *[""] * 11, day)
    yield ("TRN", "1", trace, f"1{plan.tax_id}")
    yield ("DTM", "405", day)
    yield ("N1", "PR", plan.name)
    yield ("N3", plan.address)
    yield ("N4", plan.city, plan.state, plan.zip)
    yield ("PER", "BL", "CLAIMS DESK", "TE", plan.phone)
    yield ("N1", "PE", text(payee.billing_name, 60) or "PROVIDER", "XX", payee.billing_npi)


def _claim(occurrence: Occurrence, plan: Plan) -> Iterator[Row]:
    claim, decision = occurrence.claim, occurrence.decision
    sign = -1 if occurrence.reversal else 1
    status = REVERSAL if occurrence.reversal else decision.status
    patient = money(sign * decision.patient_cents) if decision.patient_cents else ""
    yield (
        "CLP", code(claim.control_number, 38), status, money(sign * decision.charge_cents),
        money(sign * decision.paid_cents), patient, plan.filing_code,
        occurrence.payer_claim_number, claim.place, claim.frequency,
    )  # fmt: skip
    given, member = text(claim.given, 35), code(claim.member_id, 80)
    yield ("NM1", "QC", "1", text(claim.family, 60), given, "", "", "", "MI", member)
    if claim.rendering_npi:
        family, first = text(claim.rendering_family, 60), text(claim.rendering_given, 35)
        yield ("NM1", "82", "1", family, first, "", "", "", "XX", claim.rendering_npi)
    if decision.remarks:
        yield ("MOA", "", "", *decision.remarks[:5])
    yield ("DTM", "232", claim.first_day)
    yield ("DTM", "233", claim.last_day)
    yield ("DTM", "050", occurrence.received_on)
    for line in decision.lines:
        yield from _line(line, sign, occurrence.sparse)


def _line(line: LineDecision, sign: int, sparse: bool) -> Iterator[Row]:
    procedure = ":".join(code(part, 48) for part in ("HC", line.code, *line.modifiers))
    charge, paid = money(sign * line.charge_cents), money(sign * line.paid_cents)
    yield ("SVC", procedure, charge, paid, "", str(line.units))
    yield ("DTM", "472", line.served_on)
    for name in dict.fromkeys(adjustment.group for adjustment in line.adjustments):
        triples = [
            part
            for adjustment in line.adjustments
            if adjustment.group == name
            for part in (adjustment.carc, money(sign * adjustment.cents), "")
        ]
        yield ("CAS", name, *triples)
    if line.line_id and not sparse:
        yield ("REF", "6R", code(line.line_id, 50))
    if line.allowed_cents:
        yield ("AMT", "B6", money(sign * line.allowed_cents))
    for remark in line.remarks:
        yield ("LQ", "HE", remark)
