"""What a submission and a coded version can be, and what decides it.

A submission, from the facts known of its control number, in any order and number:

    adjudicated or unprocessable   as the latest decision says, whatever was acknowledged
    rejected                       some hop refused it and no decision is known
    open                           otherwise: the payer may still answer

A refused claim (999, 277CA) never entered adjudication; a decision with MA130, or for a patient
the payer does not know (CLP02 4), says that it did not either: both are followed by frequency 1.
Any other decision, paid or denied, is followed by 7. Only CAS and the paid amount say what was
denied, and that is none of assembly's business.

A version of the coding, from all versions and submissions of the encounter:

    sent                     a submission bills it
    superseded               a later version was sent or is next
    held                     an edit holds it
    waiting                  it is next, and its predecessor is still open
    awaiting_institutional   it is next, and needs the institutional claim
    needs_reopening          it is next, its predecessor was adjudicated, and the payer takes no 7

Source: claims-domain reference, Palmetto GBA on MA130, X12 RFI 1423 on CLP02 4.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schemas.events import NO_DAY, Adjudicated

OPEN, REJECTED, ADJUDICATED, UNPROCESSABLE = "open", "rejected", "adjudicated", "unprocessable"
SUBMISSION_STATES = (OPEN, REJECTED, ADJUDICATED, UNPROCESSABLE)

SENT, SUPERSEDED, HELD, WAITING = "sent", "superseded", "held", "waiting"
AWAITING_INSTITUTIONAL, NEEDS_REOPENING = "awaiting_institutional", "needs_reopening"
OWNERS = {
    SENT: "", SUPERSEDED: "", WAITING: "", HELD: "denials",
    AWAITING_INSTITUTIONAL: "BILLING", NEEDS_REOPENING: "BILLING",
}
"""Who has to act before a version in this state goes on; empty for nobody."""

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
REVERSAL, PREDETERMINATION, UNKNOWN_PATIENT = "22", "25", "4"
NOT_PROCESSED = "MA130"


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """What assembly remembers of a payer's decision; ordered by when the payer took it.

    Attributes:
        decided_on: Date of the remittance.
        remittance_id: The remittance.
        ordinal: Position in it.
        payer_claim_number: CLP07.
        unprocessable: The claim was never adjudicated: frequency 1 follows.
    """

    decided_on: date = NO_DAY
    remittance_id: str = ""
    ordinal: int = 0
    payer_claim_number: str = ""
    unprocessable: bool = False


def remarks(event: Adjudicated) -> Iterable[str]:
    """Return the remarks of a decision, of the claim and of its lines."""
    yield from event.remarks
    for line in event.lines:
        yield from line.remarks


def unprocessable(event: Adjudicated) -> bool:
    """Say whether a decision says that the claim was never adjudicated."""
    return event.status == UNKNOWN_PATIENT or NOT_PROCESSED in remarks(event)


def decides(event: Adjudicated) -> bool:
    """Say whether this is a decision: not a reversal of one, not a predetermination."""
    return event.status not in (REVERSAL, PREDETERMINATION)


def decision(event: Adjudicated) -> Decision:
    """Return what to remember of a decision."""
    return Decision(
        event.decided_on, event.remittance_id, event.ordinal, event.payer_claim_number,
        unprocessable(event),
    )


def submission_state(rejected: bool, latest: Decision | None) -> str:
    """Return the state of a submission from all that is known of it.

    >>> submission_state(True, None), submission_state(True, Decision())
    ('rejected', 'adjudicated')
    """
    if latest is not None:
        return UNPROCESSABLE if latest.unprocessable else ADJUDICATED
    return REJECTED if rejected else OPEN
