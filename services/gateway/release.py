"""A held 835 is posted by two people's word, one of them a supervisor's; and other late postings.

    held ──▶ two approvals ──▶ released: what balances is posted, the rest and the difference go to
                               suspense with items, cash is BPR02 all the same

Only this process posts; people write `release_approval` (`exchange.approve`).
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from schemas.ids import derive
from services.claims import life
from services.delivery import outbox
from services.gateway import follow, items, ledger, post, receive, store, suspense, understand
from services.gateway.items import Item
from services.gateway.kinds import FILE_QUARANTINED, REMITTANCE_HELD
from services.gateway.receive import PURPOSE, Receiver
from services.gateway.understand import Refused, Source
from services.phi import vault
from services.x12.remit835 import REVERSAL, Remittance

log = structlog.get_logger()
_AGREED = text(
    "select cast(f.file_id as text) as file_id, f.payer_id, f.sha256, f.content, f.copy, f.filed_as"
    " from inbound_file f join (select file_id from release_approval group by file_id"
    " having count(distinct person) >= 2 and bool_or(role = 'supervisor')) a using (file_id)"
    " where f.state = 'held' order by f.received_at, f.file_id limit 1 for update of f"
)


def step(receiver: Receiver) -> int:
    """Post every held file that two people released; return how many were looked at."""
    done = 0
    while _one(receiver):
        done += 1
    return done


def _one(receiver: Receiver) -> bool:
    now = receiver.clock.now()
    with receiver.engine.begin() as conn:
        conn.execute(receive.LOCK)
        row = conn.execute(_AGREED).mappings().one_or_none()
        if row is None:
            return False
        about = f"{row['payer_id']}|{bytes(row['sha256']).hex()}"
        content = vault.unseal_bytes(receiver.site, PURPOSE, bytes(row["content"]), about)
        state, reason = "released", "released by two people"
        try:
            with conn.begin_nested():
                _post(conn, receiver, dict(row), content, now)
        except Refused as refused:
            state, reason = refused.args
        except (DataError, IntegrityError):
            state, reason = "quarantined", "refused by the database"
        except SQLAlchemyError:
            raise  # the database is away: nothing is known of the file
        except Exception as bug:
            log.exception("bug", file_id=row["file_id"])
            state, reason = "quarantined", f"bug: {type(bug).__name__}"
        _note(conn, row["file_id"], state, reason)
        items.close_of_files(conn, REMITTANCE_HELD, [row["file_id"]], reason, now)
        if state != "released":
            strange = Item(
                kind=FILE_QUARANTINED, subject=row["file_id"], payer_id=row["payer_id"],
                reason=reason, file_id=row["file_id"],
            )
            items.open_all(conn, [strange], now)
    if state == "released":
        _archive(receiver, dict(row), content)
    log.info("file_released", payer_id=row["payer_id"], file_id=row["file_id"], state=state)
    return True


def _post(
    conn: Connection, receiver: Receiver, row: dict[str, Any], content: bytes, now: datetime
) -> None:
    partner = receiver.partners.get(row["payer_id"])
    if partner is None:
        raise Refused("quarantined", "no such partner")
    found = understand.read(content)
    understand.check_source(partner, found)
    effects = understand.gather(conn, partner, found, released=True)
    if any(_mended(conn, remittance) for _, remittance in effects.remittances):
        raise Refused("quarantined", "the payer sent it again, and that was posted")
    source = Source(row["file_id"], bytes(row["sha256"]).hex(), now, receiver.site)
    receive.apply(conn, partner, receiver.payees, source, effects)
    conn.execute(
        text("update inbound_file set documents = :n where file_id = cast(:id as uuid)"),
        {"n": effects.documents, "id": row["file_id"]},
    )


def _mended(conn: Connection, remittance: Remittance) -> bool:
    """Return whether a remittance with this payment's trace was posted while it was held."""
    found = conn.execute(
        text(
            "select count(*) from remittance where payer_key = :key and trace = :trace"
            " and payee_npi = :payee and paid_cents <> 0"
        ),
        {
            "key": remittance.payer_id, "trace": remittance.trace, "payee": remittance.payee_npi,
        },
    )
    return remittance.paid_cents != 0 and bool(found.scalar_one())


def _note(conn: Connection, file_id: str, state: str, reason: str) -> None:
    conn.execute(
        text(
            "update inbound_file set state = :state, reason = :reason"
            " where file_id = cast(:id as uuid)"
        ),
        {"id": file_id, "state": state, "reason": reason},
    )


def _archive(receiver: Receiver, row: dict[str, Any], content: bytes) -> None:
    """Seal what lay readable in quarantine; after a death it stays there, and nothing is lost."""
    folder, _, name = str(row["filed_as"] or "").partition("/")
    if folder != "quarantine":
        return
    about = f"{row['payer_id']}|{bytes(row['sha256']).hex()}"
    sealed = vault.seal_bytes(receiver.site, PURPOSE, content, about)
    new_name = f"{name}.sealed"
    receiver.folders[row["payer_id"]].archive(name, new_name, sealed, folder)
    ledger.note_filed(receiver.engine, row["file_id"], f"archive/{new_name}")


def sweep(receiver: Receiver) -> int:
    """Post payments in suspense whose claim has become known; return how many."""
    now = receiver.clock.now()
    with receiver.engine.begin() as conn:
        conn.execute(receive.LOCK)
        rows = ledger.suspended_and_known(conn)
        by_file: dict[str, list[ledger.Row]] = defaultdict(list)
        for row in rows:
            by_file[row["file_id"]].append(row)
        return sum(_try(conn, receiver, some, now) for some in by_file.values())


def _try(conn: Connection, receiver: Receiver, rows: list[ledger.Row], now: datetime) -> int:
    try:
        with conn.begin_nested():
            return _settle(conn, receiver, rows, now)
    except (DataError, IntegrityError):
        log.warning("suspense_stays", file_id=rows[0]["file_id"], count=len(rows))
        return 0


def _settle(
    conn: Connection, receiver: Receiver, rows: list[ledger.Row], now: datetime
) -> int:
    payer_id, file_id = rows[0]["payer_id"], rows[0]["file_id"]
    known = store.claims_named(conn, payer_id, (row["control_number"] for row in rows))
    found = suspense.read_again(conn, receiver.site, rows)
    numbers = {one.payment.control_number for one in found}
    undone = post.undone_by(conn, found, numbers)
    out = [one for one in found if one.key in undone or one.payment.status != REVERSAL]
    said = suspense.settle(conn, out, known, undone, now)
    early = [number for number, bound in known.items() if bound.state in life.UNSENT]
    if said and early:
        journal_id = derive("charge", *(event.event_id for event in said))
        ledger.open_charges(conn, early, journal_id, now)
    follow.follow(conn, said, known, file_id, now)
    outbox.put(conn, receive.PRODUCER, said)
    return len(said)
