"""Out of suspense: an occurrence is posted once what it lacked is known.

A reversal waits for the payment it undoes, a payment for its claim. The file is read again from its
sealed bytes; the suspense is taken back, the claim is posted, its event is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from schemas.events import Adjudicated
from schemas.ids import derive
from services.gateway import events, items, ledger, postings
from services.gateway.kinds import BY_REASON
from services.gateway.postings import Key
from services.gateway.store import Bound
from services.phi import vault
from services.phi.keys import SiteKey
from services.x12 import document
from services.x12.document import Read
from services.x12.remit835 import ClaimPayment, Remittance

PURPOSE = "inbound"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An occurrence in suspense, read again.

    Attributes:
        key: Remittance and ordinal.
        reason: Why it waits.
        one: The document it stands in.
        remittance: Its remittance.
        payment: The occurrence.
    """

    key: Key
    reason: str
    one: Read
    remittance: Remittance
    payment: ClaimPayment


def read_again(
    conn: Connection, site: SiteKey, rows: Sequence[ledger.Row]
) -> list[Waiting]:
    """Return occurrences with what their files say of them.

    Args:
        conn: A connection in a transaction.
        site: Opens the files.
        rows: remittance_id, ordinal, reason, file_id.
    """
    files = ledger.contents(conn, (row["file_id"] for row in rows))
    wanted = {(row["remittance_id"], row["ordinal"]): row["reason"] for row in rows}
    found = []
    for row in files.values():
        about = f"{row['payer_id']}|{bytes(row['sha256']).hex()}"
        content = vault.unseal_bytes(site, PURPOSE, bytes(row["content"]), about)
        for one in document.read([content]):
            if not isinstance(one.content, Remittance):
                continue
            rid = postings.remittance_id(one.content)
            found += [
                Waiting((rid, p.ordinal), wanted[rid, p.ordinal], one, one.content, p)
                for p in one.content.claims if (rid, p.ordinal) in wanted
            ]
    return found


def settle(
    conn: Connection,
    found: Iterable[Waiting],
    known: Mapping[str, Bound],
    undone: Mapping[Key, Key],
    now: datetime,
) -> list[Adjudicated]:
    """Post occurrences that waited; return their events.

    Args:
        conn: A connection in a transaction.
        found: What can be posted.
        known: Their claims.
        undone: Reversal -> what it undoes.
        now: Business time.
    """
    entries: list[ledger.Row] = []
    rows: list[ledger.Row] = []
    said: list[Adjudicated] = []
    for one in sorted(found, key=lambda w: w.key):
        rid, ordinal = one.key
        journal_id = derive("settlement", rid, ordinal)
        entries = list(postings.settlement(rid, one.payment, one.reason, journal_id))
        ledger.settle(conn, journal_id, entries, now)
        reverses = undone.get(one.key)
        rows.append(
            {
                "remittance_id": rid, "ordinal": ordinal,
                "event_id": derive("adjudicated", rid, ordinal),
                "reverses_id": reverses[0] if reverses else None,
                "reverses_ordinal": reverses[1] if reverses else None,
            }
        )
        head = one.one.interchange
        at = events.said_at(head.date, head.time, now)
        bound = known[one.payment.control_number]
        said.append(events.adjudicated(bound.event, one.payment, one.remittance, rid, at, now))
        kind = BY_REASON[one.reason]
        items.close(conn, kind, [items.occurrence(rid, ordinal)], "it was posted", now)
    if rows:
        ledger.take_out(conn, rows)
    return said
