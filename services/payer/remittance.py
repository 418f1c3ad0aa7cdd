"""The 835: decided claims of one provider, paid by one transfer, balanced at three levels.

    SVC02 - CAS = SVC03        CLP03 - all CAS = CLP04        sum of CLP04 - PLB = BPR02

A reversal says CLP02 22, the original group codes and every amount negated. Interest is paid
beside the claims (PLB L6, negative); what is taken back elsewhere is bridged by PLB WO; what a
remittance takes back beyond what it pays is carried to the next one (PLB FB).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.payer.claim import Adjustment, Claim
from services.payer.decision import Decision, LineDecision
from services.payer.envelope import Head, Row, code, group, interchange, money, text
from services.payer.plan import Plan

_GUIDE = "005010X221A1"
_PAIRS = 6  # adjustments in one PLB
_TRIPLES = 6  # adjustments in one CAS
REVERSAL = "22"
SLIP_CENTS = 100


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

    @property
    def interest_cents(self) -> int:
        """AMT*I; it is not taken back."""
        return 0 if self.reversal else self.decision.interest_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a transfer comes to; provider adjustments as in PLB, positive ones reduce it.

    Attributes:
        bridges: (payer claim number, cents) of money taken back in another remittance: negative
            puts off what this one takes back, positive collects what an earlier one put off.
        interest_cents: Paid beside the claims.
        brought_cents: Owed to the payer from earlier remittances.
        paid_cents: BPR02, never negative.
        carried_cents: Still owed to the payer afterwards.
    """

    bridges: tuple[tuple[str, int], ...] = ()
    interest_cents: int = 0
    brought_cents: int = 0
    paid_cents: int = 0
    carried_cents: int = 0


def settle(
    claims_cents: int,
    brought_cents: int,
    interest_cents: int = 0,
    bridges: tuple[tuple[str, int], ...] = (),
) -> Settlement:
    """Return what is transferred when claims come to a sum and a balance is owed.

    >>> settle(10000, 2500).paid_cents
    7500
    >>> settle(-3000, 0).carried_cents
    3000
    >>> settle(-3000, 0, 50, (("N", -3000),)).paid_cents
    50
    """
    net = claims_cents - brought_cents + interest_cents - sum(cents for _, cents in bridges)
    return Settlement(
        bridges=bridges,
        interest_cents=interest_cents,
        brought_cents=brought_cents,
        paid_cents=max(net, 0),
        carried_cents=max(-net, 0),
    )


def remittance(  # noqa: PLR0913 - what a remittance is made of
    head: Head,
    plan: Plan,
    trace: str,
    payee: Claim,
    occurrences: Sequence[Occurrence],
    settled: Settlement,
    slip: int | None = None,
) -> bytes:
    """Return the 835 for one payee, whom any claim of theirs names.

    Args:
        head: Sender, receiver, number and time.
        plan: The payer.
        trace: TRN02.
        payee: A claim of the payee.
        occurrences: What it pays; may be empty when it only settles.
        settled: What it comes to.
        slip: Index of an occurrence whose CLP04 is written wrong, so that nothing adds up.
    """
    rows: list[Row] = [group(head, "HP", _GUIDE), ("ST", "835", "0001")]
    rows += _header(head, plan, trace, payee, settled)
    if occurrences:
        rows.append(("LX", "1"))
    for index, occurrence in enumerate(occurrences):
        rows += _claim(occurrence, plan, SLIP_CENTS if index == slip else 0)
    rows += _provider(head, trace, payee, settled)
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


def _provider(head: Head, trace: str, payee: Claim, settled: Settlement) -> Iterator[Row]:
    adjustments = [(f"WO:{number}", cents) for number, cents in settled.bridges]
    adjustments += [
        (f"L6:{trace}", -settled.interest_cents),
        (f"FB:{trace}", settled.brought_cents),
        (f"FB:{trace}", -settled.carried_cents),
    ]
    kept = [(name, money(cents)) for name, cents in adjustments if cents]
    for start in range(0, len(kept), _PAIRS):
        pairs = [part for pair in kept[start : start + _PAIRS] for part in pair]
        yield ("PLB", payee.billing_npi, f"{head.at:%Y}1231", *pairs)


def _claim(occurrence: Occurrence, plan: Plan, slip: int) -> Iterator[Row]:
    claim, decision = occurrence.claim, occurrence.decision
    sign = -1 if occurrence.reversal else 1
    status = REVERSAL if occurrence.reversal else decision.status
    patient = money(sign * decision.patient_cents) if decision.patient_cents else ""
    weight = f"{decision.drg_weight / 1000:.3f}".rstrip("0") if decision.drg else ""
    yield (
        "CLP", code(claim.control_number, 38), status, money(sign * decision.charge_cents),
        money(sign * decision.paid_cents + slip), patient, plan.filing_code,
        occurrence.payer_claim_number, code(claim.place, 2), code(claim.frequency, 1),
        "", decision.drg, weight,
    )  # fmt: skip
    yield from _cas(decision.adjustments, sign)
    given, member = text(claim.given, 35), code(claim.member_id, 80)
    yield ("NM1", "QC", "1", text(claim.family, 60), given, "", "", "", "MI", member)
    if claim.rendering_npi:
        family, first = text(claim.rendering_family, 60), text(claim.rendering_given, 35)
        yield ("NM1", "82", "1", family, first, "", "", "", "XX", claim.rendering_npi)
    yield from _remarks(decision, sign)
    yield ("DTM", "232", claim.first_day)
    yield ("DTM", "233", claim.last_day)
    yield ("DTM", "050", occurrence.received_on)
    if occurrence.interest_cents:
        yield ("AMT", "I", money(occurrence.interest_cents))
    if decision.days:
        yield ("QTY", "CA", str(sign * decision.days))
    for line in decision.lines:
        yield from _line(line, sign, occurrence.sparse)


def _remarks(decision: Decision, sign: int) -> Iterator[Row]:
    codes = decision.remarks[:5]
    if decision.inpatient:
        first, rest = (codes[:1] or ("",))[0], codes[1:]
        price = money(sign * decision.drg_cents) if decision.drg_cents else ""
        gap = ("",) * 14  # MIA06 to MIA19
        yield ("MIA", "0", "", "", price, first, *gap, *rest)  # the days stand in QTY
    elif codes:
        yield ("MOA", "", "", *codes)


def _line(line: LineDecision, sign: int, sparse: bool) -> Iterator[Row]:
    parts = ("HC", line.code, *line.modifiers) if line.code else ("NU", line.revenue)
    procedure = ":".join(code(part, 48) for part in parts)
    revenue = code(line.revenue, 4) if line.code else ""
    charge, paid = money(sign * line.charge_cents), money(sign * line.paid_cents)
    yield ("SVC", procedure, charge, paid, revenue, str(line.units))
    yield ("DTM", "472", line.served_on)
    yield from _cas(line.adjustments, sign)
    if line.line_id and not sparse:
        yield ("REF", "6R", code(line.line_id, 50))
    if line.allowed_cents:
        yield ("AMT", "B6", money(sign * line.allowed_cents))
    for remark in line.remarks:
        yield ("LQ", "HE", remark)


def _cas(adjustments: Sequence[Adjustment], sign: int) -> Iterator[Row]:
    for name in dict.fromkeys(one.group for one in adjustments):
        own = [one for one in adjustments if one.group == name]
        for start in range(0, len(own), _TRIPLES):
            triples = [
                part
                for one in own[start : start + _TRIPLES]
                for part in (one.carc, money(sign * one.cents), "")
            ]
            yield ("CAS", name, *triples)
