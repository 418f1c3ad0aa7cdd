"""An answer file becomes facts exactly once: recorded, matched, posted, said in one transaction.

    from_payer --read--> one transaction --archive or quarantine--> filed

| what it is                                        | state       | posted |
|---------------------------------------------------|-------------|--------|
| readable, from this partner, balanced             | posted      | yes    |
| the same bytes, or the same remittances, again    | duplicate   | no     |
| unreadable, foreign, or a known remittance's key with other content | quarantined | no |
| an 835 that does not balance                      | held        | no     |
| a held one that two people release                | released    | yes    |

A file that was quarantined or held is read anew when it is put back: only what was posted is a
duplicate. After a death between the transaction and the move, the row says it all: the file is
only moved.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from schemas.ids import derive
from services.clock import Clock
from services.delivery import outbox
from services.delivery.crashpoint import crashpoint
from services.gateway import items, ledger, understand
from services.gateway import post as posting
from services.gateway.channel import Channel
from services.gateway.folders import NotAFile
from services.gateway.items import Item
from services.gateway.kinds import ANSWER_UNMATCHED, FILE_QUARANTINED
from services.gateway.partners import Partner
from services.gateway.understand import Effects, Refused, Source
from services.phi import vault
from services.phi.keys import SiteKey

log = structlog.get_logger()
PRODUCER = "gateway"
PURPOSE = "inbound"
MOST_BUGS = 5
POSTED = ("posted", "duplicate", "released")
MOST_FILES = 50  # a look takes no more, so that sending and consuming have their turn
LOCK = text("select pg_advisory_xact_lock(7302, hashtext('gateway.receive'))")


@dataclass(frozen=True, slots=True)
class Receiver:
    """What receiving needs.

    Attributes:
        engine: The database.
        clock: Business time.
        site: The site key.
        payees: NPIs and tax numbers that are ours.
        partners: Partners by payer.
        folders: How files travel, by payer.
        bugs: Files in a row that met a bug.
    """

    engine: Engine
    clock: Clock
    site: SiteKey
    payees: Collection[str]
    partners: Mapping[str, Partner]
    folders: Mapping[str, Channel]
    bugs: list[str] = field(default_factory=list)

    def step(self) -> int:
        """Take in stable files; return how many."""
        taken = 0
        for payer_id, folders in self.folders.items():
            try:
                for name in folders.stable()[:MOST_FILES]:
                    taken += self._take(self.partners[payer_id], folders, name)
            except OSError as error:
                # one payer's folder is not there: the others are not to wait for it
                log.warning("folder_away", payer_id=payer_id, kind=type(error).__name__)
        return taken

    def _take(self, partner: Partner, folders: Channel, name: str) -> bool:
        reason, content = "", b""
        try:
            content = folders.read(name)
        except FileNotFoundError:
            return False
        except NotAFile as error:
            if error.args[0] == "changed":
                return False
            reason = error.args[0]
        with self.engine.begin() as conn:
            conn.execute(LOCK)
            row = self._record(conn, partner, name, content, reason)
        crashpoint("gateway.posted")
        filed_as = self._file(partner, folders, name, content, row)
        ledger.note_filed(self.engine, row["file_id"], filed_as)
        log.info(
            "file_taken", payer_id=partner.payer_id, file_id=row["file_id"], kind=row["kind"],
            state=row["state"], reason=row["reason"], count=row["documents"],
        )
        return True

    def _file(
        self, partner: Partner, folders: Channel, name: str, content: bytes, row: ledger.Row
    ) -> str:
        """Take a file out of the payer's folder and return where it is.

        What was posted is archived sealed; what a person must look at stays readable.
        """
        copy = f"-{row['copy']}" if row["copy"] else ""
        new_name = f"{row['kind']}-{row['sha256'].hex()[:16]}{copy}.x12"
        if row["state"] not in ("posted", "duplicate"):
            folders.file_away(name, "quarantine", new_name)
            return f"quarantine/{new_name}"
        about = f"{partner.payer_id}|{row['sha256'].hex()}"
        sealed = vault.seal_bytes(self.site, PURPOSE, content, about)
        folders.archive(name, f"{new_name}.sealed", sealed)
        return f"archive/{new_name}.sealed"

    def _record(
        self, conn: Connection, partner: Partner, name: str, content: bytes, reason: str
    ) -> ledger.Row:
        """Write everything a file says, and what became of it; return its row."""
        now = self.clock.now()
        printable = name.encode("ascii", "backslashreplace").decode()[:255]
        digest = hashlib.sha256(f"{reason}/{printable}".encode() if reason else content).digest()
        before = ledger.files_like(conn, partner.payer_id, digest)
        if before and before[-1]["filed_as"] is None and before[-1]["name"] == printable:
            return {**before[-1], "sha256": digest, "reason": "already recorded", "documents": 0}
        row: ledger.Row = {
            "file_id": derive("file", partner.payer_id, digest.hex(), len(before)),
            "payer_id": partner.payer_id, "name": printable, "sha256": digest,
            "copy": len(before), "size": len(content), "kind": "unknown", "content": None,
            "state": "quarantined", "reason": reason, "documents": 0, "unmatched": 0,
            "received_at": now,
        }
        subject = before[0]["file_id"] if before else row["file_id"]
        posted = [one for one in before if one["state"] in POSTED]
        if posted:
            row |= {"state": "duplicate", "kind": posted[0]["kind"], "reason": "same bytes"}
        elif not reason:
            about = f"{partner.payer_id}|{digest.hex()}"
            row["content"] = vault.seal_bytes(self.site, PURPOSE, content, about)
            return self._understand(conn, partner, row, content, subject, now)
        ledger.add_file(conn, row)
        if not posted:
            items.open_all(conn, [_quarantined(row, subject)], now)
        return row

    def _understand(
        self, conn: Connection, partner: Partner, row: ledger.Row, content: bytes, subject: str,
        now: datetime,
    ) -> ledger.Row:
        """Read, match and post a file that was not posted before; refused, write only its row."""
        attempt = dict(row)
        found: list[Item] = []
        try:
            with conn.begin_nested():
                self._effect(conn, partner, attempt, content, now)
                items.close(conn, FILE_QUARANTINED, [subject], "it was put back and taken", now)
        except Refused as refused:
            self.bugs.clear()
            row["state"], row["reason"] = refused.args
            found = understand.held_items(partner, row["file_id"], refused)
        except (DataError, IntegrityError):
            row["reason"] = "refused by the database"
        except SQLAlchemyError:
            raise  # the database is away: nothing is known of the file
        except Exception as bug:
            self.bugs.append(row["file_id"])
            if len(self.bugs) >= MOST_BUGS:
                raise
            log.exception("bug", file_id=row["file_id"])
            row["reason"] = f"bug: {type(bug).__name__}"
        else:
            self.bugs.clear()
            return attempt
        row["kind"] = attempt["kind"]
        ledger.add_file(conn, row)
        items.open_all(conn, found or [_quarantined(row, subject)], now)
        return row

    def _effect(
        self, conn: Connection, partner: Partner, row: ledger.Row, content: bytes, now: datetime
    ) -> None:
        """Write what a file says.

        Raises:
            Refused: it is not posted.
        """
        found = understand.read(content)
        row["kind"] = understand.kind_of(found)
        understand.check_source(partner, found)
        effects = understand.gather(conn, partner, found)
        row |= {"state": "posted", "documents": effects.documents}
        if effects.known and not effects.remittances and not effects.said:
            row |= {"state": "duplicate", "reason": "same remittances"}
        ledger.add_file(conn, row)
        source = Source(row["file_id"], row["sha256"].hex(), now, self.site)
        apply(conn, partner, self.payees, source, effects)


def apply(
    conn: Connection, partner: Partner, payees: Collection[str], source: Source, effects: Effects
) -> None:
    """Write what a file says: moves, postings, events, items."""
    said = understand.acknowledge(conn, partner, source, effects)
    said += posting.post(conn, partner, payees, source, effects)
    outbox.put(conn, PRODUCER, said)
    ledger.set_unmatched(conn, source.file_id, effects.unmatched)
    if effects.strange:
        reason = f"{effects.strange} of {effects.documents} answers are about nothing of ours"
        strange = Item(
            kind=ANSWER_UNMATCHED, subject=source.file_id, payer_id=partner.payer_id,
            reason=reason, file_id=source.file_id,
        )
        items.open_all(conn, [strange], source.now)


def _quarantined(row: ledger.Row, subject: str) -> Item:
    return Item(
        kind=FILE_QUARANTINED, subject=subject, payer_id=row["payer_id"], reason=row["reason"],
        file_id=row["file_id"],
    )
