"""Which reversal undoes which payment, and what must wait in suspense; pure.

A reversal (CLP02 22) is posted when it is the exact negation of one prior occurrence of the same
claim, each undone at most once. Until that occurrence is known its money waits in suspense; which
of the two comes first makes no difference to what the ledger says in the end.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.gateway import postings
from services.gateway.postings import Key, Move
from services.x12 import remit835
from services.x12.remit835 import ClaimPayment, Remittance

Sums = frozenset[tuple[tuple[str, str, str, str], int]]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence of a claim: a payment, or a reversal of one.

    Attributes:
        key: Remittance and ordinal.
        control_number: The claim.
        sums: What it moves between which accounts, by line and reason.
    """

    key: Key
    control_number: str
    sums: Sums


def sums(moves: Iterable[Move]) -> Sums:
    """Return moves added up by line, accounts and reason, without what is zero.

    >>> dict(sums([("", "cash", "receivable", "", 5), ("", "cash", "receivable", "", -5)]))
    {}
    """
    found: Counter[tuple[str, str, str, str]] = Counter()
    for *what, cents in moves:
        found[tuple(what)] += cents  # type: ignore[index]
    return frozenset((what, cents) for what, cents in found.items() if cents)


def negated(found: Sums) -> Sums:
    """Return the same moves the other way round."""
    return frozenset((what, -cents) for what, cents in found)


def occurrence(rid: str, payment: ClaimPayment) -> Occurrence:
    """Return an occurrence as the ledger sees it."""
    moves = postings.claim_moves(payment)
    return Occurrence((rid, payment.ordinal), payment.control_number, sums(moves))


def pair(
    reversals: Iterable[Occurrence], payments: Iterable[Occurrence]
) -> dict[Key, Key]:
    """Return reversal -> payment it undoes; a reversal that undoes nothing is left out.

    Args:
        reversals: Not posted yet.
        payments: Occurrences that no reversal has undone.
    """
    open_: dict[tuple[str, Sums], list[Key]] = defaultdict(list)
    for one in sorted(payments, key=lambda o: o.key, reverse=True):
        open_[one.control_number, one.sums].append(one.key)
    found = {}
    for one in sorted(reversals, key=lambda o: o.key):
        fitting = open_.get((one.control_number, negated(one.sums)))
        if fitting:
            found[one.key] = fitting.pop()
    return found


def reasons(
    remittance: Remittance,
    ours: Collection[str],
    paired: Collection[Key],
    wrong: Collection[int] = (),
) -> dict[int, str]:
    """Return ordinal -> why the occurrence goes to suspense; the others are posted.

    Args:
        remittance: It balances, or was released.
        ours: Control numbers that are ours.
        paired: Reversals that undo something.
        wrong: Ordinals of claims that do not add up.
    """
    rid = postings.remittance_id(remittance)
    found = {}
    for payment in remittance.claims:
        if payment.control_number not in ours:
            found[payment.ordinal] = postings.UNMATCHED
        elif payment.ordinal in wrong:
            found[payment.ordinal] = postings.UNBALANCED
        elif payment.status == remit835.REVERSAL and (rid, payment.ordinal) not in paired:
            found[payment.ordinal] = postings.REVERSAL
    return found


def unbalanced(remittance: Remittance) -> set[int]:
    """Return the ordinals of claims that do not add up by line or claim."""
    sums_ = remit835.Balance()
    return {claim.ordinal for claim in remittance.claims if sums_.claim(claim)}


def split(
    remittance: Remittance, numbers: Collection[str], wrong: Collection[int] = ()
) -> tuple[list[Occurrence], list[Occurrence]]:
    """Return the reversals and the payments of some claims in a remittance."""
    reversals, payments = [], []
    rid = postings.remittance_id(remittance)
    for payment in remittance.claims:
        if payment.control_number not in numbers or payment.ordinal in wrong:
            continue
        if payment.status == remit835.REVERSAL:
            reversals.append(occurrence(rid, payment))
        elif payment.status != postings.PREDETERMINATION:
            payments.append(occurrence(rid, payment))
    return reversals, payments
