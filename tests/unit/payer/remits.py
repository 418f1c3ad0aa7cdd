"""835 text to claims, by string operations alone: a third reader, for the payer's tests only."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class PaidLine:
    """Loop 2110."""

    code: str
    charge: Decimal
    paid: Decimal
    line_id: str = ""
    adjustments: list[tuple[str, str, Decimal]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass
class Paid:
    """Loop 2100."""

    control: str
    status: str
    charge: Decimal
    paid: Decimal
    patient: Decimal
    number: str
    place: str = ""
    drg: str = ""
    interest: Decimal = Decimal(0)
    remarks: list[str] = field(default_factory=list)
    adjustments: list[tuple[str, str, Decimal]] = field(default_factory=list)
    lines: list[PaidLine] = field(default_factory=list)

    @property
    def every(self) -> list[tuple[str, str, Decimal]]:
        """All adjustments, of the claim and of its lines."""
        return [*self.adjustments, *(a for line in self.lines for a in line.adjustments)]

    @property
    def carcs(self) -> set[str]:
        """All reason codes."""
        return {carc for _, carc, _ in self.every}


@dataclass
class Remit:
    """One 835."""

    paid: Decimal = Decimal(0)
    trace: str = ""
    provider: Decimal = Decimal(0)
    bridges: dict[str, Decimal] = field(default_factory=dict)
    claims: list[Paid] = field(default_factory=list)


def read(text: str) -> Remit:
    """Return a remittance."""
    remit = Remit()
    for raw in text.replace("\n", "").split("~"):
        e = raw.split("*")
        if e[0] == "BPR":
            remit.paid = Decimal(e[2])
        elif e[0] == "TRN":
            remit.trace = e[2]
        elif e[0] == "PLB":
            remit.provider += sum(Decimal(amount) for amount in e[4::2])
            pairs = zip(e[3::2], e[4::2], strict=True)
            remit.bridges |= {name: Decimal(amount) for name, amount in pairs}
        elif e[0] == "CLP":
            remit.claims.append(
                Paid(
                    e[1],
                    e[2],
                    Decimal(e[3]),
                    Decimal(e[4]),
                    Decimal(e[5] or 0),
                    e[7],
                    e[8],
                    e[11] if len(e) > 11 else "",
                )
            )
        elif remit.claims:
            _inside(remit.claims[-1], e)
    return remit


def _inside(claim: Paid, e: list[str]) -> None:
    line = claim.lines[-1] if claim.lines else None
    if e[0] == "MOA":
        claim.remarks = [code for code in e[3:] if code]
    elif e[0] == "MIA":
        claim.remarks = [code for code in (*e[5:6], *e[20:]) if code]
    elif e[0] == "AMT" and e[1] == "I":
        claim.interest = Decimal(e[2])
    elif e[0] == "SVC":
        claim.lines.append(PaidLine(e[1].split(":")[1], Decimal(e[2]), Decimal(e[3])))
    elif e[0] == "CAS":
        pairs = zip(e[2::3], e[3::3], strict=True)
        (line or claim).adjustments += [(e[1], carc, Decimal(amount)) for carc, amount in pairs]
    elif line is not None and e[0] == "LQ":
        line.remarks.append(e[2])
    elif line is not None and e[0] == "REF" and e[1] == "6R":
        line.line_id = e[2]


def unbalanced(remit: Remit) -> list[str]:
    """Return where a remittance does not balance; empty when it does at all three levels."""
    wrong = []
    for claim in remit.claims:
        for line in claim.lines:
            if line.charge - sum(amount for *_, amount in line.adjustments) != line.paid:
                wrong.append(f"line {claim.control}/{line.code}")
        adjusted = sum(amount for *_, amount in claim.every)
        if claim.charge - adjusted != claim.paid:
            wrong.append(f"claim {claim.control}")
        if claim.lines and claim.charge != sum(line.charge for line in claim.lines):
            wrong.append(f"charge {claim.control}")
        owed = sum(amount for group, _, amount in claim.every if group == "PR")
        if owed != claim.patient:
            wrong.append(f"patient {claim.control}")
    if sum(claim.paid for claim in remit.claims) - remit.provider != remit.paid:
        wrong.append("transaction")
    return wrong
