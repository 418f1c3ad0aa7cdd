"""Claims that are ready become a file, and the file is delivered exactly once.

    ready --(1)--> intent --(2)--> sending --(3)--> sent

1. one transaction: control numbers taken, bytes frozen and stored (sealed), claims bound to them;
2. the file is written to the spool and fsynced, then ``sending`` is committed;
3. one rename delivers it, then ``sent`` and an acknowledged event a claim are committed. By SFTP
   that takes a while; what cannot be told is unknown and is never sent again.

After a death: ``intent`` = write the spool again, the same bytes; ``sending`` and in the spool =
not delivered, rename; ``sending`` and gone = delivered. A file is never made twice.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, Engine

from schemas.events import Status, Submitted
from schemas.ids import derive
from services.claims import life
from services.claims.guards import Refusal
from services.clock import Clock
from services.codes.reference import Reference
from services.delivery import outbox
from services.delivery.crashpoint import crashpoint
from services.gateway import claims, door, events, items, ledger, moves, store
from services.gateway.channel import Channel, Delivery
from services.gateway.items import Item
from services.gateway.kinds import DELIVERY_UNKNOWN
from services.gateway.moves import Fact
from services.gateway.partners import Batch, Partner
from services.phi import vault
from services.phi.keys import SiteKey
from services.x12 import write837
from services.x12.claim837 import Claim
from services.x12.errors import X12Error

log = structlog.get_logger()
PRODUCER = "gateway"
PURPOSE = "interchange"


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs.

    Attributes:
        engine: The database.
        clock: Business time.
        site: The site key.
        reference: Facilities, providers, payers, submitter.
        partners: Partners by payer.
        folders: How files travel, by payer.
        closed: While this file exists nothing is sent.
    """

    engine: Engine
    clock: Clock
    site: SiteKey
    reference: Reference
    partners: Mapping[str, Partner]
    folders: Mapping[str, Channel]
    closed: Path

    def step(self) -> int:
        """Deliver what is open, then one file a payer of what is ready; return the claims sent."""
        if self.closed.exists():
            return 0
        open_files = store.open_interchanges(self.engine)
        waiting = {row.payer_id for row in open_files if self._carry_on(row) == "waiting"}
        sent = 0
        for payer_id in store.payers_with_ready(self.engine):
            # what cannot go now gathers, instead of freezing many small files
            made = None if payer_id in waiting else self._make(payer_id)
            if made is not None:
                sent += made.claims if self._carry_on(made) == "delivered" else 0
        return sent

    def _make(self, payer_id: str) -> "store.Interchange | None":
        """Freeze one file of ready claims; none when there are no more."""
        partner = self.partners.get(payer_id)
        if partner is None:
            log.warning("no_such_partner", payer_id=payer_id)
            return None
        most = max(batch.claims_per_file for batch in partner.batches.values())
        while True:
            with self.engine.begin() as conn:
                ready = store.take_ready(conn, payer_id, most)
                if not ready:
                    return None
                claim_type = ready[0].bill.claim_type  # a file holds one type
                same = [event for event in ready if event.bill.claim_type == claim_type]
                batch = partner.batches.get(claim_type)
                if batch is None:
                    not_taken = X12Error(0, "GS", 8, "not_supported")
                    self._refuse(conn, same, {e.control_number: not_taken for e in same})
                    continue
                made = self._freeze(conn, partner, batch, same[: batch.claims_per_file])
            if made is not None:
                return made

    def _freeze(
        self, conn: Connection, partner: Partner, batch: Batch, ready: Sequence[Submitted]
    ) -> "store.Interchange | None":
        now = self.clock.now()
        barred = door.barred(conn, ready, self.reference, now)
        self._bar(conn, ready, barred, now)
        ready = [event for event in ready if event.control_number not in barred]
        if not ready:
            return None
        built, refused = self._build(conn, ready)
        control = store.next_number(conn, partner.payer_id)
        claim_type = ready[0].bill.claim_type
        envelope = claims.submission(partner, claim_type, self.reference, control, now)
        written = write837.write(envelope, built)
        while len(written.content) > partner.file_bytes and len(built) > 1:
            built = built[: len(built) // 2]  # the others stay ready
            written = write837.write(envelope, built)
        self._refuse(conn, ready, refused | written.refused)
        if not written.sets:
            return None
        interchange_id = derive("interchange", partner.payer_id, control)
        row = store.Interchange(
            interchange_id=interchange_id, payer_id=partner.payer_id, control=control,
            file_name=batch.name(control, now),
            sha256=hashlib.sha256(written.content).digest(),
            content=vault.seal_bytes(self.site, PURPOSE, written.content, interchange_id),
            claims=sum(map(len, written.sets.values())), state="intent",
        )
        store.add_interchange(conn, row, now)
        store.bind(conn, interchange_id, written.sets, now)
        return row

    def _build(
        self, conn: Connection, ready: Sequence[Submitted]
    ) -> tuple[list[Claim], dict[str, X12Error]]:
        """Return the claims with opened demographics, and those that cannot be built."""
        keys = vault.load_keys(conn, self.site, (e.bill.demographics.kid for e in ready))
        providers = {p.npi: p for p in self.reference.providers.values()}
        built, refused = [], {}
        for event in ready:
            try:
                person = self._open(keys, event)
                built.append(claims.claim(event, person, self.reference, providers))
            except X12Error as error:
                refused[event.control_number] = error
        return built, refused

    def _open(self, keys: Mapping[str, bytes], event: Submitted) -> Mapping[str, str]:
        """Return the opened demographics of a claim.

        Raises:
            X12Error: the patient's key is gone or does not fit: the name cannot be written.
        """
        group = event.bill.demographics
        try:
            return vault.unseal(keys[group.kid], event.encounter_id, group)
        except (KeyError, InvalidTag):
            raise X12Error(0, "NM1", 3, "required") from None

    def _refuse(
        self, conn: Connection, ready: Sequence[Submitted], refused: Mapping[str, X12Error]
    ) -> None:
        """Say of claims we cannot write that they never left."""
        why = {
            number: Status(
                category="X12", code=error.rule, entity=f"{error.segment_id}/{error.element}"
            )
            for number, error in refused.items()
        }
        self._never_left(conn, ready, life.UNWRITABLE, why, self.clock.now())

    def _bar(
        self, conn: Connection, ready: Sequence[Submitted], barred: Mapping[str, Refusal],
        now: datetime,
    ) -> None:
        """Say of claims that may not leave that they did not."""
        why = {
            number: Status(category="GUARD", code=refusal.rule)
            for number, refusal in barred.items()
        }
        self._never_left(conn, ready, life.BARRED, why, now)

    def _never_left(
        self, conn: Connection, ready: Sequence[Submitted], fact: str,
        why: Mapping[str, Status], now: datetime,
    ) -> None:
        some = [event for event in ready if event.control_number in why]
        if not some:
            return
        moves.move(conn, [Fact(e.control_number, fact, e.event_id) for e in some], now)
        said = [
            events.acknowledged(
                event, hop="sent", accepted=False, file_id="", digest="refused", at=now, now=now,
                statuses=(why[event.control_number],),
            )
            for event in some
        ]
        outbox.put(conn, PRODUCER, said)
        log.warning("claims_refused", count=len(said))

    def _carry_on(self, row: "store.Interchange") -> Delivery:
        """Take a file from wherever it stands as far as it goes."""
        channel = self.folders[row.payer_id]
        try:
            if row.state == "intent":
                content = vault.unseal_bytes(self.site, PURPOSE, row.content, row.interchange_id)
                channel.spool(row.file_name, content)
                crashpoint("gateway.spooled")
                with self.engine.begin() as conn:
                    store.move_interchange(conn, row.interchange_id, "intent", "sending")
            if row.answered:
                channel.settle(row.file_name)
            crashpoint("gateway.before_rename")
            delivery = channel.deliver(row.file_name)
        except OSError as error:
            # one payer's folder is not there: the others are not to wait for it
            log.warning("folder_away", payer_id=row.payer_id, kind=type(error).__name__)
            return "waiting"
        if delivery == "delivered":
            crashpoint("gateway.after_rename")
            self._note_sent(row)
        elif delivery == "unknown":
            self._note_unknown(row)
        return delivery

    def _note_unknown(self, row: "store.Interchange") -> None:
        """Say once that nothing tells whether the payer has a file; it is never sent again."""
        now, about = self.clock.now(), row.interchange_id
        with self.engine.begin() as conn:
            numbers = store.numbers_in(conn, about, life.INTENT)
            if not numbers:
                return
            moves.move(conn, [Fact(n, life.UNCERTAIN, about) for n in numbers], now)
            item = Item(kind=DELIVERY_UNKNOWN, subject=about, payer_id=row.payer_id)
            items.open_all(conn, [item], now)

    def _note_sent(self, row: "store.Interchange") -> None:
        with self.engine.begin() as conn:
            now = self.clock.now()
            if not store.move_interchange(conn, row.interchange_id, "sending", "sent", now):
                return
            bound = store.claims_of(conn, [row.interchange_id])
            numbers = [one.event.control_number for one in bound]
            about = row.interchange_id
            moves.move(conn, [Fact(n, life.DELIVERED, about) for n in numbers], now)
            ledger.open_charges(conn, numbers, derive("charge", about), now)
            items.close(conn, DELIVERY_UNKNOWN, [about], "it was delivered", now)
            digest = row.sha256.hex()
            outbox.put(
                conn, PRODUCER,
                [
                    events.acknowledged(
                        one.event, hop="sent", accepted=True, file_id=row.interchange_id,
                        digest=digest, at=now, now=now,
                    )
                    for one in bound
                ],
            )
        log.info("file_sent", payer_id=row.payer_id, file=row.file_name, claims=row.claims)
