"""What is known of each original claim, and what it counts for: the facts behind the figures.

An original is a submission with frequency 1 to the first payer: no void, no secondary claim. It is
counted at its first decision (the earliest by date of remittance, remittance, ordinal, with the
later parts where the payer split the claim; reversals and predeterminations are none), or left
out as

    unprocessable   that decision says the claim was never adjudicated (MA130, CLP02 4)
    reversed        as many reversals as decisions are known: nothing stands
    duplicate       all it was denied for is CARC 18

First pass: the original is resolved when its first decision denied nothing, not even in part.

Coding: a line of an original counts for each coder who assigned its procedure or a diagnosis it
points to. It has a fault of that coder when the first decision denied it for a reason of category
CODING, BUNDLING or UNITS that `attribution` gives to that coder. A fault is

    confirmed   a later version of the coding changed what the reason is about (the diagnoses
                pointed to; else procedure, modifiers or units; or dropped the line)
    refuted     it did not, and the payer's latest decision no longer denies the line
    pending     otherwise: neither for the coder nor against

unless a supervisor decided on it (the coder contests, or a reviewer agrees): that stands.

Everything is a function of the facts of one encounter, which may come in any order.
`README.md` has the formulas with numbers; `figures` adds counts up into figures.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.events import Adjudicated, Bill, Coded, Decided, Line, Submitted
from services.claims import adjustments, attribution, lifecycle, routing, standing
from services.claims.adjustments import DUPLICATE, Denial
from services.claims.attribution import CODERS_OWN, CODING

KINDS = frozenset({"CODING", "BUNDLING", "UNITS"})
RULINGS = {"fault_confirmed": "confirmed", "fault_refuted": "refuted"}
"""What a supervisor's decision makes of a fault."""


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of an original at a decision.

    Attributes:
        line_id: Its control number.
        coders: Who assigned its procedure or a diagnosis it points to.
        denied: It was denied, at least in part.
        faults: (coder, about) of the coding reasons it was denied for.
        coding: What was coded: procedure with modifiers and units; diagnoses pointed to. Kept
            only where there is a fault.
    """

    line_id: str
    coders: tuple[str, ...]
    denied: bool = False
    faults: tuple[tuple[str, str], ...] = ()
    coding: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, or a reversal of one.

    Attributes:
        decided_on: Date of the remittance, ISO.
        remittance_id: The remittance.
        ordinal: Position in it.
        at: When it was made known, business time.
        kind: resolved, denied, duplicate, unprocessable or reversal.
        lines: What became of each line of the bill that it is about; none of a reversal.
        payer_claim_number: CLP07.
        charge_cents: CLP03, signed.
        paid_cents: CLP04, signed.
    """

    decided_on: str
    remittance_id: str
    ordinal: int
    at: datetime
    kind: str
    lines: tuple[LineFact, ...] = ()
    payer_claim_number: str = ""
    charge_cents: int = 0
    paid_cents: int = 0

    @property
    def reversal(self) -> bool:
        """It takes a decision back."""
        return self.kind == "reversal"

    @property
    def key(self) -> tuple[str, str, int]:
        """When it was made, and what makes it one."""
        return self.decided_on, self.remittance_id, self.ordinal


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of one submission.

    Attributes:
        payer_id: The payer.
        facility_id: The facility.
        version: The version it bills.
        frequency: CLM05-3.
        submitted_at: When it went out; none while that is not known.
        billed: Coder -> lines that count for them.
        decisions: In the order they were made, reversals among them.
        secondary: Another payer decided before.
        billed_cents: What it billed.
    """

    payer_id: str
    facility_id: str
    version: int
    frequency: str
    submitted_at: datetime | None = None
    billed: Mapping[str, int] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    secondary: bool = False
    billed_cents: int = 0

    @property
    def first(self) -> tuple[Decision, ...]:
        """The first decision, in its parts."""
        return standing.first(self.decisions, self.billed_cents)


@dataclass(frozen=True, slots=True)
class Case:
    """All that accuracy knows of an encounter.

    Attributes:
        coded_at: Version -> when it was coded.
        latest: The highest version after the first.
        lines: Its lines: control number -> what is coded.
        accounts: Control number -> submission.
        rulings: ``control number|coder`` -> confirmed or refuted, as a supervisor decided.
    """

    coded_at: Mapping[int, datetime] = field(default_factory=dict)
    latest: int = 0
    lines: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    rulings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """A case as it was loaded, and as it has become: the difference is what changes a count."""

    loaded: Case = field(default_factory=Case)
    case: Case = field(default_factory=Case)


def coded(case: Case, event: Coded) -> Case:
    """Take in a version of the coding."""
    case = replace(case, coded_at={**case.coded_at, event.version: event.occurred_at})
    if event.version > max(case.latest, 1):
        lines = {line.line_id: _coding(line, event.bill) for line in event.bill.lines}
        case = replace(case, latest=event.version, lines=lines)
    return case


def submitted(case: Case, event: Submitted) -> Case:
    """Take in a claim that went out."""
    billed = Counter(coder for line in event.bill.lines for coder in coders(line, event.bill))
    account = replace(_account(case, event), submitted_at=event.occurred_at, billed=dict(billed))
    return replace(case, accounts={**case.accounts, event.control_number: account})


def adjudicated(case: Case, event: Adjudicated) -> Case:
    """Take in a decision or a reversal; a predetermination is neither."""
    if event.status == lifecycle.PREDETERMINATION:
        return case
    account, decision = _account(case, event), _decision(event)
    decisions = standing.add(account.decisions, decision)
    if len(decisions) == len(account.decisions):
        return case
    account = replace(account, decisions=decisions)
    return replace(case, accounts={**case.accounts, event.control_number: account})


def ruled(case: Case, event: Decided) -> Case:
    """Take in what a supervisor decided on a coder's fault; all else is of no concern here."""
    said = RULINGS.get(event.decision)
    if said is None or not event.control_number or not event.coder_id:
        return case
    key = f"{event.control_number}|{event.coder_id}"
    return replace(case, rulings={**case.rulings, key: said})


def coders(line: Line, bill: Bill) -> tuple[str, ...]:
    """Return whose coding a line is: of its procedure, then of the diagnoses it points to."""
    pointed = [bill.diagnoses[p - 1] for p in line.pointers if 0 < p <= len(bill.diagnoses)]
    authors = [(line.source, line.assigned_by), *((d.source, d.assigned_by) for d in pointed)]
    return tuple(dict.fromkeys(whose for source, whose in authors if source in CODERS_OWN))


def _account(case: Case, event: Submitted | Adjudicated) -> Account:
    return case.accounts.get(event.control_number) or Account(
        event.payer_id, event.bill.facility_id, event.version, event.frequency,
        secondary=bool(event.bill.prior), billed_cents=event.bill.charge_cents,
    )


def _decision(event: Adjudicated) -> Decision:
    where = (event.decided_on.isoformat(), event.remittance_id, event.ordinal, event.occurred_at)
    amounts = (event.payer_claim_number, event.charge_cents, event.paid_cents)
    if event.status == lifecycle.REVERSAL:
        return Decision(*where, "reversal", (), *amounts)
    found = adjustments.denials(event)
    if lifecycle.unprocessable(event):
        kind = "unprocessable"
    elif found and all(denial.adjustment.carc == DUPLICATE for denial in found):
        kind = "duplicate"
    else:
        kind = "denied" if found else "resolved"
    return Decision(*where, kind, tuple(_lines(event, found)), *amounts)


def _lines(event: Adjudicated, found: tuple[Denial, ...]) -> Iterator[LineFact]:
    """Yield each line of the bill; a denial of the whole claim denies each.

    Of a part of a claim that the payer split, only the lines it is about.
    """
    bill = event.bill
    about = {adjustments.position_of(one, n, bill) for n, one in enumerate(event.lines)}
    part = bool(event.lines) and event.charge_cents < bill.charge_cents
    for position, line in enumerate(event.bill.lines, 1):
        if part and position not in about:
            continue
        of_line = [denial for denial in found if denial.position in (0, position)]
        whose = coders(line, event.bill)
        faults = tuple(dict.fromkeys(_faults(event, of_line, position, whose)))
        coding = _coding(line, event.bill) if faults else ("", "")
        yield LineFact(line.line_id, whose, bool(of_line), faults, coding)


def _faults(
    event: Adjudicated, of_line: list[Denial], position: int, whose: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for denial in of_line:
        row = routing.refined(denial, event.decided_on)
        if row.category in KINDS and row.team == CODING:
            owner = attribution.owner(row.about, position, event.bill, event.coder_id)
            if owner.team == CODING and owner.coder_id in whose:
                yield owner.coder_id, row.about


def _coding(line: Line, bill: Bill) -> tuple[str, str]:
    """Return what is coded of a line: its procedure, and the diagnoses it points to."""
    pointed = (bill.diagnoses[p - 1].code for p in line.pointers if 0 < p <= len(bill.diagnoses))
    return " ".join((line.code, *line.modifiers, str(line.units))), " ".join(pointed)


def originals(case: Case) -> Iterator[tuple[str, Account, Decision | None, str]]:
    """Yield each original's number, itself, its first decision, and why it is left out if it is."""
    for number, account in case.accounts.items():
        if account.frequency != lifecycle.ORIGINAL or account.secondary:
            continue
        decisions = [d for d in account.decisions if not d.reversal]
        first = together(account.first)
        if first is None:
            yield number, account, None, ""
        elif 2 * len(decisions) <= len(account.decisions):
            yield number, account, first, "reversed"
        else:
            left_out = first.kind if first.kind in ("unprocessable", "duplicate") else ""
            yield number, account, first, left_out


def together(parts: Sequence[Decision]) -> Decision | None:
    """Return the parts of a decision as one, made when the first was; none of none."""
    if len(parts) < 2:
        return parts[0] if parts else None
    kinds, lines = {part.kind for part in parts}, dict[str, LineFact]()
    for line in (line for part in parts for line in part.lines):
        known = lines.get(line.line_id)
        if known is None or line.denied:
            faults = (*(known.faults if known else ()), *line.faults)
            lines[line.line_id] = replace(line, faults=tuple(dict.fromkeys(faults)))
    kind = next(k for k in ("unprocessable", "denied", "duplicate", "resolved") if k in kinds)
    return replace(parts[0], kind=kind, lines=tuple(lines.values()))


def fate(case: Case, account: Account, line: LineFact, about: str) -> str:
    """Return whether a fault is confirmed, refuted or pending."""
    if case.latest > account.version:
        after, part = case.lines.get(line.line_id), 1 if about == "diagnosis" else 0
        if after is None or after[part] != line.coding[part]:
            return "confirmed"
    decisions = [
        decision
        for other in case.accounts.values()
        if other.payer_id == account.payer_id and other.frequency != lifecycle.VOID
        for decision in other.decisions
        if not decision.reversal
    ]
    latest = max(decisions, key=lambda decision: decision.key)
    paid = any(one.line_id == line.line_id and not one.denied for one in latest.lines)
    return "refuted" if latest.key > account.first[-1].key and paid else "pending"
