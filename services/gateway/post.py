"""Remittances into the ledger, in the caller's transaction, with what follows for their claims.

claims ours? add up? a reversal of something? ── yes ──▶ the claim's balance, its event
└─ no ───▶ suspense, with an item
then: what waited for these payments comes out of suspense; a decided claim takes the ones
before it off the books; deposits are held against what was posted
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from schemas.events import Adjudicated, Event
from schemas.ids import derive
from services.claims import life
from services.gateway import (
    book,
    deposits,
    events,
    follow,
    items,
    ledger,
    postings,
    store,
    suspense,
)
from services.gateway.book import Occurrence
from services.gateway.items import Item
from services.gateway.kinds import BY_REASON, DIFFERENCE, PAYEE_UNKNOWN, REMITTANCE_HELD
from services.gateway.partners import Partner
from services.gateway.postings import Key
from services.gateway.store import Bound
from services.gateway.suspense import Waiting
from services.gateway.understand import Effects, Source
from services.x12.document import Read
from services.x12.remit835 import REVERSAL, ClaimPayment, Remittance


@dataclass(frozen=True, slots=True)
class Taken:
    """A remittance and what can be posted of it.

    Attributes:
        one: Its document.
        remittance: The remittance.
        rid: Its id.
        reasons: Ordinal -> why the occurrence goes to suspense.
    """

    one: Read
    remittance: Remittance
    rid: str
    reasons: Mapping[int, str]

    def posted(self) -> Iterable[ClaimPayment]:
        """Return the occurrences that are posted to their claims."""
        return (p for p in self.remittance.claims if p.ordinal not in self.reasons)


def post(
    conn: Connection, partner: Partner, payees: Collection[str], source: Source, effects: Effects
) -> list[Event]:
    """Post remittances; return one event for each occurrence of a claim of ours.

    A remittance to a payee that is not ours goes to suspense as a whole.
    """
    if not effects.remittances:
        return []
    found = [remittance for _, remittance in effects.remittances]
    known = store.claims_named(
        conn, partner.payer_id, (c.control_number for one in found for c in one.claims)
    )
    waiting, undone = _undone(conn, partner, payees, source, effects, known)
    taken = [_take(one, known, payees, undone, effects) for one in effects.remittances]
    _store(conn, partner, source, taken, undone)
    effects.unmatched += sum(
        reason in (postings.UNMATCHED, postings.PAYEE)
        for one in taken for reason in one.reasons.values()
    )
    early = [number for number, bound in known.items() if bound.state in life.UNSENT]
    if early:
        ledger.open_charges(conn, early, derive("charge", source.file_id, "paid"), source.now)
    said = [event for one in taken for event in _events(one, known, source)]
    out = [one for one in waiting if one.key in undone]
    said += suspense.settle(conn, out, known, undone, source.now)
    follow.follow(conn, said, known, source.file_id, source.now)
    _items(conn, partner, source, taken)
    deposits.match(conn, (one.trace for one in found if one.paid_cents), source.now)
    return list(said)


def _undone(
    conn: Connection, partner: Partner, payees: Collection[str], source: Source,
    effects: Effects, known: Mapping[str, Bound],
) -> tuple[list[Waiting], dict[Key, Key]]:
    """Return what waits in suspense for these payments, and reversal -> what it undoes."""
    ours = [one for _, one in effects.remittances if one.payee_npi in payees]
    claims = [c for one in ours for c in one.claims if c.control_number in known]
    paid = {c.control_number for c in claims if c.status not in follow.NOT_DECISIONS}
    rows = ledger.waiting(conn, partner.payer_id, paid) if paid else []
    numbers = {c.control_number for c in claims if c.status == REVERSAL}
    numbers |= {row["control_number"] for row in rows}
    if not numbers:
        return [], {}
    waiting = suspense.read_again(conn, source.site, rows) if rows else []
    reversals = [book.occurrence(w.key[0], w.payment) for w in waiting]
    payments = ledger.not_undone(conn, numbers)
    for one in ours:
        wrong = effects.wrong.get(postings.remittance_id(one), set())
        more_reversals, more_payments = book.split(one, numbers, wrong)
        reversals += more_reversals
        payments += more_payments
    return waiting, book.pair(reversals, payments)


def undone_by(
    conn: Connection, found: Sequence[Waiting], numbers: Collection[str]
) -> dict[Key, Key]:
    """Return reversal -> what it undoes, among what waits and what was posted."""
    reversals: list[Occurrence] = []
    payments = ledger.not_undone(conn, numbers)
    for one in found:
        some = reversals if one.payment.status == REVERSAL else payments
        some.append(book.occurrence(one.key[0], one.payment))
    return book.pair(reversals, payments)


def _take(
    found: tuple[Read, Remittance], known: Mapping[str, Bound], payees: Collection[str],
    undone: Mapping[Key, Key], effects: Effects,
) -> Taken:
    one, remittance = found
    rid = postings.remittance_id(remittance)
    if remittance.payee_npi not in payees:
        reasons = {payment.ordinal: postings.PAYEE for payment in remittance.claims}
    else:
        wrong = effects.wrong.get(rid, set())
        reasons = book.reasons(remittance, known.keys(), undone.keys(), wrong)
    return Taken(one, remittance, rid, reasons)


def _store(
    conn: Connection, partner: Partner, source: Source, taken: Sequence[Taken],
    undone: Mapping[Key, Key],
) -> None:
    heads: list[ledger.Row] = []
    lines: list[ledger.Row] = []
    entries: list[ledger.Row] = []
    for one in taken:
        heads.append(
            postings.remittance_row(
                one.remittance, partner.payer_id, source.file_id,
                postings.suspense_cents(one.remittance, one.reasons), source.now,
            )
        )
        entries += postings.entries(one.remittance, one.reasons)
        for payment in one.remittance.claims:
            reason = one.reasons.get(payment.ordinal, "")
            reverses = None if reason else undone.get((one.rid, payment.ordinal))
            lines.append(postings.payment_row(one.rid, payment, reason, reverses))
    ledger.post(conn, heads, lines, entries)


def _events(one: Taken, known: Mapping[str, Bound], source: Source) -> Iterable[Adjudicated]:
    head = one.one.interchange
    at = events.said_at(head.date, head.time, source.now)
    for payment in one.posted():
        bound = known[payment.control_number]
        yield events.adjudicated(bound.event, payment, one.remittance, one.rid, at, source.now)


def _items(
    conn: Connection, partner: Partner, source: Source, taken: Sequence[Taken]
) -> None:
    """Open the items of what went to suspense, and close those of held remittances."""
    found: list[Item] = []
    for one in taken:
        about = {"payer_id": partner.payer_id, "file_id": source.file_id}
        if postings.PAYEE in one.reasons.values():
            found.append(
                Item(
                    kind=PAYEE_UNKNOWN, subject=one.rid, reason="N1*PE is not ours",
                    amount_cents=one.remittance.paid_cents, **about,
                )
            )
            continue
        difference = postings.difference_cents(one.remittance)
        if difference:
            found.append(
                Item(
                    kind=DIFFERENCE, subject=one.rid, amount_cents=difference,
                    reason="BPR02 is not the sum of CLP04 less PLB", **about,
                )
            )
        found += [
            Item(
                kind=BY_REASON[one.reasons[payment.ordinal]],
                subject=items.occurrence(one.rid, payment.ordinal),
                reason=f"segment {payment.segment} CLP", amount_cents=payment.paid_cents, **about,
            )
            for payment in one.remittance.claims if payment.ordinal in one.reasons
        ]
    items.open_all(conn, found, source.now)
    mended = [postings.payment_id(one.remittance) for one in taken]
    items.close(conn, REMITTANCE_HELD, mended, "it was posted", source.now)

