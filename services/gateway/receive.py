"""An answer file becomes facts exactly once: recorded, matched, posted, said in one transaction.

    from_payer --read--> one transaction --archive or quarantine--> filed

| what it is                                        | state       | posted |
|---------------------------------------------------|-------------|--------|
| readable, from this partner, balanced             | posted      | yes    |
| the same bytes, or the same remittances, again    | duplicate   | no     |
| unreadable, foreign, or a known remittance's key with other content | quarantined | no |
| an 835 that does not balance                      | held        | no     |

After a death between the transaction and the move, the row says it all: the file is only moved.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, text

from schemas.events import Adjudicated, Event
from schemas.ids import derive
from services.clock import Clock
from services.delivery import outbox
from services.delivery.crashpoint import crashpoint
from services.gateway import answers, events, postings, store
from services.gateway.folders import Folders, NotAFile
from services.gateway.partners import Partner
from services.phi import vault
from services.phi.keys import SiteKey
from services.x12 import document, remit835, status277, ta1
from services.x12.ack999 import GroupVerdict
from services.x12.document import Read
from services.x12.errors import X12Error
from services.x12.remit835 import Remittance
from services.x12.segments import Limits

log = structlog.get_logger()
PRODUCER = "gateway"
PURPOSE = "inbound"
LIMITS = Limits(file_bytes=64_000_000)
ANSWERS = ("TA1", "999", "277CA", "835")
_LOCK = text("select pg_advisory_xact_lock(7302, hashtext('gateway.receive'))")


class Refused(Exception):  # noqa: N818 - says what becomes of the file
    """A file is not posted: ``args`` are its state and the reason, without content."""


@dataclass(slots=True)
class Effects:
    """What a file changes, gathered before anything is written.

    Attributes:
        said: Acknowledgements of claims.
        remittances: Remittances to post.
        notes: Answers to note on our files: (interchange, column, value).
        documents: Verdicts and claims the file held.
        unmatched: Of these, about nothing of ours.
    """

    said: list[tuple[Read, answers.Said]] = field(default_factory=list)
    remittances: list[tuple[Read, Remittance]] = field(default_factory=list)
    notes: list[tuple[str, str, Any]] = field(default_factory=list)
    documents: int = 0
    unmatched: int = 0


@dataclass(frozen=True, slots=True)
class Receiver:
    """What receiving needs.

    Attributes:
        engine: The database.
        clock: Business time.
        site: The site key.
        payees: NPIs and tax numbers that are ours.
        partners: Partners by payer.
        folders: Folders by payer.
    """

    engine: Engine
    clock: Clock
    site: SiteKey
    payees: Collection[str]
    partners: Mapping[str, Partner]
    folders: Mapping[str, Folders]

    def step(self) -> int:
        """Take in every stable file; return how many there were."""
        taken = 0
        for payer_id, folders in self.folders.items():
            for name in folders.stable():
                taken += self._take(self.partners[payer_id], folders, name)
        return taken

    def _take(self, partner: Partner, folders: Folders, name: str) -> bool:
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
            conn.execute(_LOCK)
            row = self._record(conn, partner, name, content, reason)
        crashpoint("gateway.posted")
        folder = "archive" if row["state"] in ("posted", "duplicate") else "quarantine"
        copy = f"-{row['copy']}" if row["copy"] else ""
        new_name = f"{row['kind']}-{row['sha256'].hex()[:16]}{copy}.x12"
        folders.file_away(name, folder, new_name)
        store.note_filed(self.engine, row["file_id"], f"{folder}/{new_name}")
        log.info(
            "file_taken", payer_id=partner.payer_id, file_id=row["file_id"], kind=row["kind"],
            state=row["state"], reason=row["reason"], count=row["documents"],
        )
        return True

    def _record(
        self, conn: Connection, partner: Partner, name: str, content: bytes, reason: str
    ) -> store.Row:
        """Write everything a file says, and what became of it; return its row."""
        now = self.clock.now()
        printable = name.encode("ascii", "backslashreplace").decode()[:255]
        digest = hashlib.sha256(f"{reason}/{printable}".encode() if reason else content).digest()
        before = store.files_like(conn, partner.payer_id, digest)
        if before and before[-1]["filed_as"] is None and before[-1]["name"] == printable:
            return {**before[-1], "sha256": digest, "reason": "already recorded", "documents": 0}
        row: store.Row = {
            "file_id": derive("file", partner.payer_id, digest.hex(), len(before)),
            "payer_id": partner.payer_id, "name": printable, "sha256": digest,
            "copy": len(before), "size": len(content), "kind": "unknown", "content": None,
            "state": "quarantined", "reason": reason, "documents": 0, "unmatched": 0,
            "received_at": now,
        }
        if before:
            row |= {"state": "duplicate", "kind": before[0]["kind"], "reason": "same bytes"}
        elif not reason:
            about = f"{partner.payer_id}|{digest.hex()}"
            row["content"] = vault.seal_bytes(self.site, PURPOSE, content, about)
            return self._understand(conn, partner, row, content, now)
        store.add_file(conn, row)
        return row

    def _understand(
        self, conn: Connection, partner: Partner, row: store.Row, content: bytes, now: datetime
    ) -> store.Row:
        """Parse, match and post a file seen for the first time."""
        effects = Effects()
        try:
            found = _read(content, row)
            _from(partner, found)
            self._gather(conn, partner, found, effects)
        except Refused as refused:
            row["state"], row["reason"] = refused.args
            store.add_file(conn, row)
            return row
        if row["kind"] == "835" and not effects.remittances:
            row["state"], row["reason"] = "duplicate", "same remittances"
        else:
            row["state"] = "posted"
        row["documents"] = effects.documents
        row["unmatched"] = effects.unmatched
        store.add_file(conn, row)
        said = self._acknowledge(conn, partner, row, effects, now)
        said += self._post(conn, partner, row, effects, now)
        outbox.put(conn, PRODUCER, said)
        store.set_unmatched(conn, row["file_id"], row["unmatched"])
        return row

    def _gather(
        self, conn: Connection, partner: Partner, found: Sequence[Read], effects: Effects
    ) -> None:
        """Collect what the documents say of our files and claims.

        Raises:
            Refused: a remittance does not balance, or its key is known with other content.
        """
        for one in found:
            content = one.content
            if isinstance(content, ta1.InterchangeVerdict):
                self._answered(conn, partner, one, "control", content.control, effects)
            elif isinstance(content, GroupVerdict):
                self._answered(conn, partner, one, "group_control", content.control, effects)
            elif isinstance(content, status277.StatusReport):
                effects.documents += len(content.claims)
                effects.said += [(one, said) for said in answers.of_claims(content)]
            elif isinstance(content, Remittance):
                effects.documents += len(content.claims)
                effects.remittances.append((one, content))
        self._balance(effects)
        self._only_new(conn, effects)

    def _answered(
        self, conn: Connection, partner: Partner, one: Read, column: str, control: str,
        effects: Effects,
    ) -> None:
        """Fan the verdict on a file of ours out to its claims."""
        effects.documents += 1
        number = int(control) if control.isascii() and control.isdigit() else -1
        ours = store.interchange_with(conn, partner.payer_id, column, number)
        if ours is None:
            effects.unmatched += 1
            return
        bound = store.claims_of(conn, [ours])
        content = one.content
        if isinstance(content, ta1.InterchangeVerdict):
            effects.notes.append((ours, "ta1", content.code))
            numbers = [b.event.control_number for b in bound]
            effects.said += [(one, said) for said in answers.of_interchange(content, numbers)]
        elif isinstance(content, GroupVerdict):
            effects.notes.append((ours, "ack999", content.code))
            sets = [(b.event.control_number, b.set_control) for b in bound]
            effects.said += [(one, said) for said in answers.of_group(content, sets)]

    def _balance(self, effects: Effects) -> None:
        for _, remittance in effects.remittances:
            wrong = remit835.balance(remittance)
            if wrong:
                raise Refused("held", str(wrong[0]))

    def _only_new(self, conn: Connection, effects: Effects) -> None:
        """Leave out remittances that are posted already."""
        by_id: dict[str, tuple[Read, Remittance]] = {}
        for one, remittance in effects.remittances:
            before = by_id.setdefault(postings.remittance_id(remittance), (one, remittance))
            if before[1].digest != remittance.digest:
                raise Refused("quarantined", "same key, other content")
        posted = store.remittances_with(conn, list(by_id))
        for rid, digest in posted.items():
            if by_id.pop(rid)[1].digest != digest.hex():
                raise Refused("quarantined", "same key, other content")
        effects.remittances = list(by_id.values())

    def _acknowledge(
        self, conn: Connection, partner: Partner, row: store.Row, effects: Effects, now: datetime
    ) -> list[Event]:
        """Move claims by what their acknowledgements say; return the events."""
        if not effects.said:
            return []
        merged = answers.together(said for _, said in effects.said)
        first = effects.said[0][0].interchange
        at = events.said_at(first.date, first.time, now)
        known = store.claims_named(
            conn, partner.payer_id, (said.control_number for said in merged)
        )
        matched = [said for said in merged if said.control_number in known]
        row["unmatched"] += len(merged) - len(matched)
        for state, accepted in (("accepted", True), ("rejected", False)):
            some = [said for said in matched if said.accepted is accepted]
            store.advance(
                conn, [said.control_number for said in some], state,
                [said.payer_claim_number for said in some],
            )
        for interchange_id, column, value in effects.notes:
            store.note_answer(conn, interchange_id, column, value)
        answered = {known[s.control_number].interchange_id for s in matched if s.hop == "277CA"}
        for interchange_id in sorted(answered - {""}):
            store.note_answer(conn, interchange_id, "status_at", now)
        return [
            events.acknowledged(
                known[said.control_number].event, hop=said.hop, accepted=said.accepted,
                file_id=row["file_id"], digest=row["sha256"].hex(), at=at, now=now,
                statuses=said.statuses, payer_claim_number=said.payer_claim_number,
            )
            for said in matched
        ]

    def _post(
        self, conn: Connection, partner: Partner, row: store.Row, effects: Effects, now: datetime
    ) -> list[Event]:
        """Post remittances; return one event for each occurrence of a claim of ours."""
        if not effects.remittances:
            return []
        payments = [c for _, r in effects.remittances for c in r.claims]
        known = store.claims_named(conn, partner.payer_id, (c.control_number for c in payments))
        heads: list[store.Row] = []
        lines: list[store.Row] = []
        entries: list[store.Row] = []
        said: list[Adjudicated] = []
        for one, remittance in effects.remittances:
            ours = known if remittance.payee_npi in self.payees else {}
            rid = postings.remittance_id(remittance)
            at = events.said_at(one.interchange.date, one.interchange.time, now)
            suspense = postings.suspense_cents(remittance, ours)
            heads.append(
                postings.remittance_row(remittance, partner.payer_id, row["file_id"], suspense, now)
            )
            entries += postings.entries(remittance, ours)
            for payment in remittance.claims:
                bound = ours.get(payment.control_number)
                lines.append(postings.payment_row(rid, payment, bound is not None))
                if bound is None:
                    row["unmatched"] += 1
                    continue
                said.append(events.adjudicated(bound.event, payment, remittance, rid, at, now))
        store.post(conn, heads, lines, entries)
        latest = {event.control_number: event.payer_claim_number for event in said}
        store.advance(conn, list(latest), "adjudicated", list(latest.values()))
        return list(said)


def _read(content: bytes, row: store.Row) -> list[Read]:
    """Return the documents of a file and name its kind.

    Raises:
        Refused: it cannot be read in full, or holds what no partner sends us.
    """
    try:
        found = list(document.read([content], LIMITS))
    except X12Error as error:
        raise Refused("quarantined", str(error)) from None
    kinds = {one.kind for one in found}
    if not kinds:
        raise Refused("quarantined", "no transaction set")
    row["kind"] = kinds.pop() if len(kinds) == 1 else "mixed"
    if any(one.kind not in ANSWERS for one in found):
        raise Refused("quarantined", "not an answer")
    return found


def _from(partner: Partner, found: Sequence[Read]) -> None:
    """Check that the folder's partner wrote the file, to us.

    Raises:
        Refused: ISA06, ISA08 or ISA15 are another's.
    """
    for one in found:
        head = one.interchange
        if (head.sender, head.receiver) != (partner.receiver, partner.sender):
            raise Refused("quarantined", "ISA06 or ISA08 is not this partner's")
        if head.usage != partner.usage:
            raise Refused("quarantined", "ISA15 is not this partner's")
