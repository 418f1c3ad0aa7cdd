"""What the payer decided: plain data, every sum to the cent."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.payer.claim import Adjustment, Claim, ServiceLine

SEQUENCES = {"P": "1", "S": "2", "T": "3"}  # SBR01 -> CLP02


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDecision:
    """What is decided on one line: charge - adjustments = paid."""

    line_id: str
    code: str
    modifiers: tuple[str, ...]
    units: int
    served_on: str
    charge_cents: int
    paid_cents: int
    allowed_cents: int
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...] = ()
    revenue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided on a claim: charge - its adjustments - those of its lines = paid.

    Attributes:
        status: CLP02: 1, 2, 3 processed as first, second, third payer; 4 patient not identified.
        charge_cents: CLP03.
        lines: One decision a service line, in the claim's order; none where all is decided at
            claim level.
        adjustments: CAS of the claim.
        remarks: Remark codes of the claim (MIA or MOA).
        reason: paid, or why not all of it: ``coding/<rule>``, ``<category>``, ``duplicate``.
        unprocessable: MA130: the claim counts as never received; a new claim may follow.
        attempt: How many decisions on this claim came before.
        drg: What an inpatient claim was paid by (CLP11).
        drg_weight: Its weight in thousandths (CLP12).
        drg_cents: What it comes to (MIA04).
        days: Covered days (QTY*CA).
        interest_cents: Paid beside the claim, for being late (AMT*I, PLB L6).
        inpatient: The remarks go into MIA.
    """

    status: str
    charge_cents: int
    lines: tuple[LineDecision, ...]
    remarks: tuple[str, ...]
    reason: str
    unprocessable: bool
    attempt: int
    adjustments: tuple[Adjustment, ...] = ()
    drg: str = ""
    drg_weight: int = 0
    drg_cents: int = 0
    days: int = 0
    interest_cents: int = 0
    inpatient: bool = False

    @property
    def paid_cents(self) -> int:
        """CLP04."""
        return self.charge_cents - sum(one.cents for one in self._all())

    @property
    def patient_cents(self) -> int:
        """CLP05: what group PR leaves to the patient."""
        return sum(one.cents for one in self._all() if one.group == "PR")

    def _all(self) -> Iterable[Adjustment]:
        yield from self.adjustments
        for line in self.lines:
            yield from line.adjustments


def decided_line(
    line: ServiceLine,
    adjustments: Iterable[Adjustment],
    *,
    allowed_cents: int = 0,
    remarks: Iterable[str] = (),
) -> LineDecision:
    """Return the decision on a line: what its adjustments leave of the charge is paid."""
    kept = tuple(one for one in adjustments if one.cents)
    return LineDecision(
        line_id=line.line_id,
        code=line.code,
        modifiers=line.modifiers,
        units=line.units,
        served_on=line.served_on,
        charge_cents=line.charge_cents,
        paid_cents=line.charge_cents - sum(one.cents for one in kept),
        allowed_cents=allowed_cents,
        adjustments=kept,
        remarks=tuple(filter(None, remarks)),
        revenue=line.revenue,
    )


def refused_line(
    line: ServiceLine, group: str, carc: str, remarks: tuple[str, ...]
) -> LineDecision:
    """Return a line on which nothing is paid, for one reason."""
    return decided_line(line, (Adjustment(group, carc, line.charge_cents),), remarks=remarks)


def refused_whole(  # noqa: PLR0913 - one reason for a claim is this much
    claim: Claim,
    *,
    reason: str,
    group: str,
    carc: str,
    line_remarks: tuple[str, ...] = (),
    remarks: tuple[str, ...] = (),
    status: str = "",
    attempt: int = 0,
    unprocessable: bool = False,
) -> Decision:
    """Return a claim of which nothing is paid, for one reason: by line, or inpatient as a whole."""
    lines: tuple[LineDecision, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    total = sum(line.charge_cents for line in claim.lines)
    if claim.inpatient:
        adjustments = (Adjustment(group, carc, total),) if total else ()
        remarks = (*line_remarks, *remarks)
    else:
        lines = tuple(refused_line(line, group, carc, line_remarks) for line in claim.lines)
    return Decision(
        status=status or SEQUENCES.get(claim.sequence, "1"),
        charge_cents=total,
        lines=lines,
        adjustments=adjustments,
        remarks=tuple(filter(None, remarks)),
        reason=reason,
        unprocessable=unprocessable,
        attempt=attempt,
        inpatient=claim.inpatient,
    )
