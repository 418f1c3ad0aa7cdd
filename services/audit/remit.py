"""A second, small reader of 835 files, for their money alone, and what it comes to in a ledger.

    cash | receivable  CLP04      adjustment | receivable  CAS of CO, OA, PI
    patient | receivable  CAS of PR       by kind | cash  PLB

Money is in cents. It shares nothing with the gateway's reader.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from services.audit import plain
from services.audit.plain import Part, Unreadable, cents

__all__ = ["Occurrence", "Remittance", "Unreadable", "provider_account", "read"]

PROVIDER = Path(__file__).parents[1] / "gateway" / "plb.csv"
REVERSAL, PREDETERMINATION, NOT_IDENTIFIED = "22", "25", "4"
NEVER_ADJUDICATED = "MA130"
Move = tuple[str, str, str, str]  # line, debit, credit, reason
Sums = frozenset[tuple[Move, int]]


@dataclass(slots=True)
class Line:
    """A service line: what was charged, paid and adjusted, and why."""

    charge: int
    paid: int
    line_id: str = ""
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def adjusted(self) -> int:
        """The sum of its adjustments."""
        return self.reasons.total()


@dataclass(slots=True)
class Occurrence:
    """A claim in a remittance."""

    ordinal: int
    control_number: str
    status: str
    charge: int
    paid: int
    patient: int
    payer_claim_number: str
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    remarks: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)

    @property
    def balances(self) -> tuple[bool, bool]:
        """Whether its lines do, and whether it does as a whole."""
        adjusted = self.reasons.total() + sum(line.adjusted for line in self.lines)
        by_line = all(line.charge - line.adjusted == line.paid for line in self.lines)
        return by_line, self.charge - adjusted == self.paid

    @property
    def moves(self) -> Sums:
        """What it does to the balance of its claim; nothing if it only foretells a decision."""
        found: Counter[Move] = Counter()
        if self.status == PREDETERMINATION:
            return frozenset()
        found["", "cash", "receivable", ""] += self.paid
        for line_id, reasons in (
            ("", self.reasons), *((line.line_id, line.reasons) for line in self.lines)
        ):  # fmt: skip
            for (group, reason), amount in reasons.items():
                account = "patient" if group == "PR" else "adjustment"
                found[line_id, account, "receivable", f"{group}-{reason}"] += amount
        return frozenset((move, amount) for move, amount in found.items() if amount)


@dataclass(slots=True)
class Remittance:
    """A transaction set: what was paid, under which trace, for which claims."""

    paid: int
    paid_on: str
    trace: str = ""
    payer_key: str = ""
    payee: str = ""
    claims: list[Occurrence] = field(default_factory=list)
    plb: list[tuple[str, int]] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, int, str, str]:
        """What a payment is known by."""
        return self.payer_key, self.trace, self.paid, self.paid_on, self.payee

    @property
    def difference(self) -> int:
        """BPR02 less what claims and PLB add up to."""
        adjusted = sum(amount for _, amount in self.plb)
        return self.paid - (sum(c.paid for c in self.claims) - adjusted)

    @property
    def content(self) -> tuple[tuple[int, str, str, int, int, int], ...]:
        """What tells two remittances with one key apart."""
        return tuple(
            (c.ordinal, c.control_number, c.status, c.charge, c.paid, c.patient)
            for c in self.claims
        )

    def unbalanced(self) -> list[str]:
        """Return at which of the three levels it does not balance."""
        levels = {
            "line": all(c.balances[0] for c in self.claims),
            "claim": all(c.balances[1] for c in self.claims),
            "remittance": self.difference == 0,
        }
        return [level for level, fits in levels.items() if not fits]


def negated(sums: Sums) -> Sums:
    """Return the same moves the other way round."""
    return frozenset((move, -amount) for move, amount in sums)


@cache
def _accounts() -> dict[str, str]:
    rows = PROVIDER.read_text(encoding="utf-8").splitlines()[1:]
    return {code: account for code, account, *_ in (row.split(",") for row in rows if row)}


def provider_account(reason: str) -> str:
    """Return the account a PLB code belongs to; the table of codes is data."""
    return _accounts().get(reason, "provider")


def read(content: bytes) -> list[Remittance]:
    """Return the remittances of a file; an empty list when it holds no 835.

    Raises:
        Unreadable: no interchange header, or money that is no number.
    """
    return list(_remittances(content))


def _remittances(content: bytes) -> Iterator[Remittance]:
    inside, found = False, None
    for part in plain.segments(content):
        name = part[0]
        if name in ("ST", "SE"):
            if found is not None:
                yield found
            inside, found = name == "ST" and part[1] == "835", None
        elif inside and name == "BPR":
            sign = -1 if part[3] == "D" else 1
            found = Remittance(sign * cents(part[2]), part[16])
        elif found is not None and name in _TAKE:
            _TAKE[name](found, part)
    if found is not None:
        yield found


def _trn(remit: Remittance, part: Part) -> None:
    if not remit.claims:
        remit.trace, remit.payer_key = part[2], part[3]


def _n1(remit: Remittance, part: Part) -> None:
    if part[1] == "PE":
        remit.payee = part[4]


def _clp(remit: Remittance, part: Part) -> None:
    number = part[1].encode("ascii", "backslashreplace").decode()
    remit.claims.append(
        Occurrence(
            len(remit.claims) + 1, number, part[2], cents(part[3]), cents(part[4]),
            cents(part[5]), part[7],
        )
    )  # fmt: skip


def _svc(remit: Remittance, part: Part) -> None:
    remit.claims[-1].lines.append(Line(cents(part[2]), cents(part[3])))


def _cas(remit: Remittance, part: Part) -> None:
    claim = remit.claims[-1]
    reasons = claim.lines[-1].reasons if claim.lines else claim.reasons
    for at in range(2, len(part) + 1, 3):
        if part[at]:
            reasons[part[1], part[at]] += cents(part[at + 1])


def _ref(remit: Remittance, part: Part) -> None:
    if remit.claims and remit.claims[-1].lines and part[1] == "6R":
        remit.claims[-1].lines[-1].line_id = part[2]


def _lq(remit: Remittance, part: Part) -> None:
    if remit.claims:
        remit.claims[-1].remarks.add(part[2])


def _mia(remit: Remittance, part: Part) -> None:
    remit.claims[-1].remarks |= {part[5], *(part[n] for n in range(20, 24))} - {""}


def _moa(remit: Remittance, part: Part) -> None:
    remit.claims[-1].remarks |= {part[n] for n in range(3, 8)} - {""}


def _plb(remit: Remittance, part: Part) -> None:
    for at in range(3, len(part) + 1, 2):
        if part[at]:
            remit.plb.append((part.components(at)[0], cents(part[at + 1])))


_TAKE = {
    "TRN": _trn, "N1": _n1, "CLP": _clp, "SVC": _svc, "CAS": _cas, "REF": _ref, "LQ": _lq,
    "MIA": _mia, "MOA": _moa, "PLB": _plb,
}  # fmt: skip
