"""Kinds of things for a person that belong to no encounter: whose they are and what ends them.

| kind | subject |
|---|---|
| remittance_held | the remittance: its file does not balance and is held whole |
| claim_unmatched, claim_unbalanced, reversal_unmatched | the claim occurrence in suspense |
| payee_unknown, remittance_difference | the remittance |
| deposit_differs | the deposit |
| acknowledgement_overdue | our file and the acknowledgement it lacks |
| delivery_unknown | our file of which nothing tells whether the payer has it |
| answer_unmatched, file_quarantined | their file |

Subjects are ids of ours. A number of theirs may be another hospital's patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind.

    Attributes:
        team: Who must look.
        says: What it is, in words.
        ends: What closes it by itself; empty: only a person.
        todo: What a person does.
    """

    team: str
    says: str
    ends: str
    todo: str


REMITTANCE_HELD = "remittance_held"
CLAIM_UNMATCHED, CLAIM_UNBALANCED = "claim_unmatched", "claim_unbalanced"
REVERSAL_UNMATCHED, PAYEE_UNKNOWN = "reversal_unmatched", "payee_unknown"
DIFFERENCE, DEPOSIT_DIFFERS = "remittance_difference", "deposit_differs"
ACK_OVERDUE, DELIVERY_UNKNOWN = "acknowledgement_overdue", "delivery_unknown"
ANSWER_UNMATCHED, FILE_QUARANTINED = "answer_unmatched", "file_quarantined"

KINDS: Mapping[str, Kind] = {
    REMITTANCE_HELD: Kind(
        "POSTING", "A remittance does not balance; its file is held whole",
        "the payer sends it again and it balances, or two people release it",
        "Ask the payer for a correct 835; or release it: two people, one of them a supervisor",
    ),
    CLAIM_UNMATCHED: Kind(
        "POSTING", "A payment for a claim that is not ours is in suspense",
        "the claim becomes known, or the payer takes the payment back",
        "Find the claim in the host system, or return the money to the payer",
    ),
    CLAIM_UNBALANCED: Kind(
        "POSTING", "A claim of a released remittance does not add up; its payment is in suspense",
        "the payer reverses it",
        "Ask the payer what the adjustments of this claim are",
    ),
    REVERSAL_UNMATCHED: Kind(
        "POSTING", "A reversal undoes nothing that was posted; its money is in suspense",
        "the payment it undoes is posted",
        "Compare it with the earlier payments of this claim; ask the payer",
    ),
    PAYEE_UNKNOWN: Kind(
        "POSTING", "A remittance is to a payee that is not ours; all of it is in suspense", "",
        "Return it to the payer, or add the payee to the facilities",
    ),
    DIFFERENCE: Kind(
        "POSTING", "A released remittance paid other than its claims and PLB add up to", "",
        "Ask the payer for the missing part; the difference is in suspense",
    ),
    DEPOSIT_DIFFERS: Kind(
        "POSTING", "The bank received another amount than the remittance says",
        "a deposit over the right amount is noted",
        "Ask the bank and the payer which of the two amounts is right",
    ),
    ACK_OVERDUE: Kind(
        "OPS", "An acknowledgement is later than this payer takes", "the answer comes",
        "Ask the payer whether it has the file; it is never sent again by itself",
    ),
    DELIVERY_UNKNOWN: Kind(
        "OPS", "Nothing tells whether the payer has this file",
        "an answer comes, or the file is seen at the payer",
        "Ask the payer; it is never sent again by itself. To close the item says: it has the file",
    ),
    ANSWER_UNMATCHED: Kind(
        "OPS", "An acknowledgement is about nothing of ours", "",
        "Ask the payer whose claims these are",
    ),
    FILE_QUARANTINED: Kind(
        "OPS", "A file of the payer could not be taken", "it is put back and taken",
        "Read the reason; mend what is ours or ask the payer, then put the file back",
    ),
}
BY_REASON = {
    "unmatched": CLAIM_UNMATCHED, "reversal": REVERSAL_UNMATCHED, "unbalanced": CLAIM_UNBALANCED,
}
"""Why an occurrence is in suspense -> the kind of its item."""
