"""One remittance with what became of it here, for `claimloop remit`; reads only."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from services.gateway import postings
from services.gateway.explain import Standing
from services.phi import vault
from services.phi.keys import SiteKey
from services.x12 import document
from services.x12.remit835 import Remittance

PURPOSE = "inbound"


def in_file(content: bytes) -> list[Remittance]:
    """Return the remittances of a file.

    Raises:
        services.x12.errors.X12Error: it cannot be read.
    """
    found = (one.content for one in document.read([content]))
    return [one for one in found if isinstance(one, Remittance)]


def stored(conn: Connection, site: SiteKey, id_: str) -> list[Remittance]:
    """Return the remittance with an id, or those of a stored file; none if unknown.

    Args:
        conn: The database.
        site: Its key opens what is stored.
        id_: Of a remittance or a file, or the name under which the file is in the archive.
    """
    row = conn.execute(
        text(
            "select f.payer_id, f.sha256, f.content, cast(r.remittance_id as text) as rid"
            " from inbound_file f left join remittance r on r.file_id = f.file_id"
            " and cast(r.remittance_id as text) = :id where f.content is not null"
            " and :id in (cast(r.remittance_id as text), cast(f.file_id as text),"
            " replace(f.filed_as, 'archive/', ''))"
            " limit 1"
        ),
        {"id": id_},
    ).one_or_none()
    if row is None:
        return []
    about = f"{row.payer_id}|{bytes(row.sha256).hex()}"
    content = vault.unseal_bytes(site, PURPOSE, bytes(row.content), about)
    found = in_file(content)
    return [one for one in found if row.rid in (None, postings.remittance_id(one))]


def standing(conn: Connection, remittance: Remittance) -> Standing:
    """Return what became of a remittance: posted, held, in suspense, deposited."""
    rid = postings.remittance_id(remittance)
    rows = conn.execute(
        text(
            "select c.ordinal, c.matched, c.reason from remittance_claim c"
            " where cast(c.remittance_id as text) = :rid"
        ),
        {"rid": rid},
    ).all()
    state, reason = _state(conn, rid, remittance)
    return Standing(
        state=state, reason=reason,
        matched={row.ordinal: row.matched for row in rows},
        reasons={row.ordinal: row.reason for row in rows if row.reason},
        deposits=tuple(_deposits(conn, remittance)),
    )


def _state(
    conn: Connection, rid: str, remittance: Remittance
) -> tuple[str, str]:
    row = conn.execute(
        text(
            "select f.state, f.reason, r.content_hash from remittance r"
            " join inbound_file f using (file_id) where cast(r.remittance_id as text) = :rid"
        ),
        {"rid": rid},
    ).one_or_none()
    if row is not None:
        if bytes(row.content_hash).hex() != remittance.digest:
            return "quarantined", "the same key with other content is posted"
        return row.state, row.reason
    held = conn.execute(
        text(
            "select f.state, f.reason from exchange_item i join inbound_file f using (file_id)"
            " where i.kind = 'remittance_held' and i.subject = any(:subjects)"
            " order by i.opened_at desc limit 1"
        ),
        {"subjects": [postings.payment_id(remittance), rid]},
    ).one_or_none()
    return ("unknown here", "") if held is None else (held.state, held.reason)


def _deposits(conn: Connection, remittance: Remittance) -> Iterator[tuple[str, int, str]]:
    rows: Any = conn.execute(
        text(
            "select state, amount_cents, deposited_on from deposit where trace = :trace"
            " and :paid <> 0 order by deposited_on, amount_cents"
        ),
        {"trace": remittance.trace, "paid": remittance.paid_cents},
    )
    for row in rows:
        yield row.state, row.amount_cents, row.deposited_on.isoformat()
