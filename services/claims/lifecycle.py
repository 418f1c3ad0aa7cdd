"""What a submission and a coded version can be, and what decides it.

A submission, from the facts known of its control number, in any order and number:

    adjudicated      the payer decided it; for a void: took back what it was to take back
    unprocessable    what the payer says of it is that it was never adjudicated (MA130, a patient
                     it does not know); of a void: it was answered and took nothing back
    rejected         some hop refused it and nothing was decided
    open             otherwise: the payer may still answer, of a claim it split for the rest

A refused claim (999, 277CA) never entered adjudication, an unprocessable one neither: both are
followed by frequency 1. Any other decision, paid or denied, is followed by 7 or 8. Only CAS and
the paid amount say what was denied, and that is none of assembly's business.

`OWNERS` says what a version of the coding, or the turn of a further payer, can be, and who has to
act before it goes on. A version:

    sent                     a submission bills it
    superseded               a later version was sent or is next
    held                     an edit holds it
    waiting                  it is next, and what it follows is still open
    awaiting_institutional   it is next, and the institutional content of its claim is missing
    needs_reopening          it is next, its predecessor was adjudicated, and the payer takes no 7
    needs_appeal             it is next, and the payer takes only an appeal of what it denied
    under_appeal             it is next, and an appeal runs beside which the payer takes no claim
    lines_missing            it is next, and lacks a billed line that nobody took off
    nothing_to_void          it takes back a claim that no payer holds: done

The turn of a payer beyond the one a version is for (`Claim.turns`):

    waiting                  the payer before it has not decided, or a claim to it is open
    settled                  nothing is due: what it should hold went to it, or it holds nothing
    forwarded                the payer before it passed the claim on (CLP02 19 to 21): we do not
                             bill it; posting watches for its remittance
    needs_reopening          what it holds is outdated, and it takes no 7
    needs_void               what it holds should be taken back, and it takes no void, or refused it
    voided                   what it held was taken back

Source: claims-domain reference, Palmetto GBA on MA130, X12 RFI 1423 on CLP02 4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.events import NO_DAY, Adjudicated, Adjustment, PaidLine
from services.claims.standing import standing

OPEN, REJECTED, ADJUDICATED, UNPROCESSABLE = "open", "rejected", "adjudicated", "unprocessable"
SUBMISSION_STATES = (OPEN, REJECTED, ADJUDICATED, UNPROCESSABLE)

SENT, SUPERSEDED, HELD, WAITING = "sent", "superseded", "held", "waiting"
AWAITING_INSTITUTIONAL, NEEDS_REOPENING = "awaiting_institutional", "needs_reopening"
NEEDS_APPEAL, UNDER_APPEAL = "needs_appeal", "under_appeal"
LINES_MISSING, NOTHING_TO_VOID = "lines_missing", "nothing_to_void"
SETTLED, FORWARDED, NEEDS_VOID, VOIDED = "settled", "forwarded", "needs_void", "voided"
VERSION_OWNERS = {
    SENT: "", SUPERSEDED: "", WAITING: "", HELD: "denials", NOTHING_TO_VOID: "",
    AWAITING_INSTITUTIONAL: "BILLING", NEEDS_REOPENING: "BILLING", LINES_MISSING: "BILLING",
    NEEDS_APPEAL: "PHYS_ADVISOR", UNDER_APPEAL: "BILLING",
}
TURN_OWNERS = {
    SETTLED: "", WAITING: "", VOIDED: "", FORWARDED: "POSTING", NEEDS_REOPENING: "BILLING",
    NEEDS_VOID: "BILLING", NEEDS_APPEAL: "PHYS_ADVISOR", UNDER_APPEAL: "BILLING",
    LINES_MISSING: "BILLING",
}
OWNERS = VERSION_OWNERS | TURN_OWNERS
"""Who has to act before what is in this state goes on; empty for nobody."""

TO_DO = {
    AWAITING_INSTITUTIONAL: "complete the stay: its claim lacks what only the hospital's has",
    NEEDS_REOPENING: "ask the payer for a reopening: it takes no replacement of this claim",
    LINES_MISSING: "find the billed line that is missing, or take it off on purpose",
    NEEDS_APPEAL: "appeal: the payer takes no corrected claim after a medical review",
    UNDER_APPEAL: "wait for the appeal, or end it: the payer takes no corrected claim beside it",
    FORWARDED: "watch for the next payer's remittance: the payer before it passed the claim on",
    NEEDS_VOID: "give back what this payer paid: another is to pay, and it took no void",
}
"""What the owner of such a state does; a held version has a work item that says it."""

REFUSED = {
    "in_flight": WAITING, "not_taken": NEEDS_REOPENING, "payer_claim_number": NEEDS_REOPENING,
    "lines_missing": LINES_MISSING, "medical_review": NEEDS_APPEAL, "under_appeal": UNDER_APPEAL,
}
"""Rule of a guard -> the state of what it refuses."""

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
REVERSAL, PREDETERMINATION, UNKNOWN_PATIENT = "22", "25", "4"
PASSED_ON = frozenset({"19", "20", "21"})
NOT_PROCESSED = "MA130"
APPEAL, APPEAL_ENDS = "appeal", frozenset({"appeal_upheld", "appeal_overturned", "appeal_partly"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What assembly remembers of an occurrence of a claim in a remittance.

    Attributes:
        decided_on: Date of the remittance.
        remittance_id: The remittance.
        ordinal: Position in it.
        payer_claim_number: CLP07.
        unprocessable: The claim was never adjudicated: frequency 1 follows.
        reversal: It takes a decision back.
        reviewed: It denies on medical review, and the payer takes only an appeal of that.
        forwarded: The payer passed the claim on to the next one.
        charge_cents: CLP03, signed.
        paid_cents: CLP04, signed.
        patient_cents: CLP05, signed.
        adjustments: Of the claim; kept, as the lines are, only where another payer comes after.
        lines: Its decision on each line.
    """

    decided_on: date = NO_DAY
    remittance_id: str = ""
    ordinal: int = 0
    payer_claim_number: str = ""
    unprocessable: bool = False
    reversal: bool = False
    reviewed: bool = False
    forwarded: bool = False
    charge_cents: int = 0
    paid_cents: int = 0
    patient_cents: int = 0
    adjustments: tuple[Adjustment, ...] = ()
    lines: tuple[PaidLine, ...] = ()

    @property
    def key(self) -> tuple[date, str, int]:
        """When it was made, and what makes it one."""
        return self.decided_on, self.remittance_id, self.ordinal


def remarks(event: Adjudicated) -> Iterable[str]:
    """Return the remarks of a decision, of the claim and of its lines."""
    yield from event.remarks
    for line in event.lines:
        yield from line.remarks


def unprocessable(event: Adjudicated) -> bool:
    """Say whether a decision says that the claim was never adjudicated."""
    return event.status == UNKNOWN_PATIENT or NOT_PROCESSED in remarks(event)


def decision(event: Adjudicated, *, reviewed: bool = False) -> Decision:
    """Return what to remember of an occurrence."""
    carried = bool(event.bill.others)
    return Decision(
        event.decided_on, event.remittance_id, event.ordinal, event.payer_claim_number,
        unprocessable(event), event.status == REVERSAL, reviewed, event.status in PASSED_ON,
        event.charge_cents, event.paid_cents, event.patient_cents,
        event.adjustments if carried else (), event.lines if carried else (),
    )


def counting(decisions: Sequence[Decision], billed_cents: int) -> tuple[Decision, ...]:
    """Return what the payer holds to: the decisions that stand, else the latest it ever made."""
    made = tuple(one for one in decisions if not one.reversal)
    return standing(decisions, billed_cents) or made[-1:]


def submission_state(
    rejected: bool, decisions: Sequence[Decision], billed_cents: int = 0
) -> str:
    """Return the state of a submission other than a void, from all that is known of it.

    >>> submission_state(True, ()), submission_state(True, (Decision(),))
    ('rejected', 'adjudicated')
    """
    counted = counting(decisions, billed_cents)
    if not counted:
        return REJECTED if rejected else OPEN
    if all(one.unprocessable for one in counted):
        return UNPROCESSABLE
    stands = standing(decisions, billed_cents)
    part = stands and sum(one.charge_cents for one in stands) < billed_cents
    return OPEN if part else ADJUDICATED
