"""What an answer file says, and its effects on claims and money, in the caller's transaction.

    read -> from this partner? -> gather (match, balance, leave out what is posted) -> apply

Gathering writes nothing: a file is refused whole or taken whole.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from schemas.events import Adjudicated, Event
from services.gateway import answers, events, ledger, postings, store
from services.gateway.partners import Partner
from services.x12 import document, remit835, status277, ta1
from services.x12.ack999 import GroupVerdict
from services.x12.document import Read
from services.x12.errors import X12Error
from services.x12.remit835 import Remittance
from services.x12.segments import Limits

LIMITS = Limits(file_bytes=64_000_000)
ANSWERS = ("TA1", "999", "277CA", "835")


class Refused(Exception):  # noqa: N818 - says what becomes of the file
    """A file is not posted: ``args`` are its state and the reason, without content."""


@dataclass(slots=True)
class Effects:
    """What a file changes.

    Attributes:
        kind: TA1, 999, 277CA, 835 or mixed.
        said: Acknowledgements of claims, with the document that holds them.
        remittances: Remittances to post.
        notes: Answers to note on our files: (interchange, column, value).
        documents: Verdicts and claims the file holds.
        unmatched: Of these, about nothing of ours.
        known: Remittances left out because they are posted already.
    """

    kind: str = "unknown"
    said: list[tuple[Read, answers.Said]] = field(default_factory=list)
    remittances: list[tuple[Read, Remittance]] = field(default_factory=list)
    notes: list[tuple[str, str, Any]] = field(default_factory=list)
    documents: int = 0
    unmatched: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """The file that effects come from: its id, the hash of its bytes and when it is applied."""

    file_id: str
    digest: str
    now: datetime


def kind_of(found: Sequence[Read]) -> str:
    """Return the kind of a file: that of its documents, or mixed."""
    kinds = {one.kind for one in found}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def read(content: bytes) -> list[Read]:
    """Return the documents of a file.

    Raises:
        Refused: it cannot be read in full or holds nothing.
    """
    try:
        found = list(document.read([content], LIMITS))
    except X12Error as error:
        raise Refused("quarantined", str(error)) from None
    if not found:
        raise Refused("quarantined", "no transaction set")
    return found


def check_source(partner: Partner, found: Sequence[Read]) -> None:
    """Check that the folder's partner wrote the file, to us, and what it may hold.

    Raises:
        Refused: ISA06, ISA08 or ISA15 are another's, or it is no answer.
    """
    for one in found:
        head = one.interchange
        if one.kind not in ANSWERS:
            raise Refused("quarantined", "not an answer")
        if (head.sender, head.receiver) != (partner.receiver, partner.sender):
            raise Refused("quarantined", "ISA06 or ISA08 is not this partner's")
        if head.usage != partner.usage:
            raise Refused("quarantined", "ISA15 is not this partner's")


def gather(conn: Connection, partner: Partner, found: Sequence[Read]) -> Effects:
    """Return what the documents say of our files and claims.

    Raises:
        Refused: a remittance does not balance, or its key is known with other content.
    """
    effects = Effects(kind_of(found))
    for one in found:
        content = one.content
        if isinstance(content, ta1.InterchangeVerdict):
            _file_answered(conn, partner, one, "control", content.control, effects)
        elif isinstance(content, GroupVerdict):
            _file_answered(conn, partner, one, "group_control", content.control, effects)
        elif isinstance(content, status277.StatusReport):
            effects.documents += len(content.claims)
            effects.said += [(one, said) for said in answers.of_claims(content)]
        elif isinstance(content, Remittance):
            effects.documents += len(content.claims)
            wrong = remit835.balance(content)
            if wrong:
                raise Refused("held", str(wrong[0]))
            effects.remittances.append((one, content))
    _only_new(conn, effects)
    return effects


def _file_answered(
    conn: Connection, partner: Partner, one: Read, column: str, control: str, effects: Effects
) -> None:
    """Fan the verdict on a file of ours out to its claims."""
    effects.documents += 1
    number = int(control) if control.isascii() and control.isdigit() and len(control) < 10 else -1
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


def _only_new(conn: Connection, effects: Effects) -> None:
    """Leave out remittances that are posted already, or twice in this file."""
    by_id: dict[str, tuple[Read, Remittance]] = {}
    for one, remittance in effects.remittances:
        before = by_id.setdefault(postings.remittance_id(remittance), (one, remittance))
        if before[1].digest != remittance.digest:
            raise Refused("quarantined", "same key, other content")
    for rid, digest in ledger.remittances_with(conn, list(by_id)).items():
        if by_id.pop(rid)[1].digest != digest.hex():
            raise Refused("quarantined", "same key, other content")
    effects.known = len(effects.remittances) - len(by_id)
    effects.remittances = list(by_id.values())


def acknowledge(
    conn: Connection, partner: Partner, source: Source, effects: Effects
) -> list[Event]:
    """Move claims by what their acknowledgements say; return the events."""
    if not effects.said:
        return []
    merged = answers.together(said for _, said in effects.said)
    head = effects.said[0][0].interchange
    at = events.said_at(head.date, head.time, source.now)
    known = store.claims_named(conn, partner.payer_id, (said.control_number for said in merged))
    matched = [said for said in merged if said.control_number in known]
    effects.unmatched += len(merged) - len(matched)
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
        store.note_answer(conn, interchange_id, "status_at", source.now)
    return [
        events.acknowledged(
            known[said.control_number].event, hop=said.hop, accepted=said.accepted,
            file_id=source.file_id, digest=source.digest, at=at, now=source.now,
            statuses=said.statuses, payer_claim_number=said.payer_claim_number,
        )
        for said in matched
    ]


def post(
    conn: Connection, partner: Partner, payees: Collection[str], source: Source, effects: Effects
) -> list[Event]:
    """Post remittances; return one event for each occurrence of a claim of ours.

    A remittance to a payee that is not ours goes to suspense as a whole.
    """
    if not effects.remittances:
        return []
    payments = [claim for _, remittance in effects.remittances for claim in remittance.claims]
    known = store.claims_named(conn, partner.payer_id, (c.control_number for c in payments))
    heads: list[ledger.Row] = []
    lines: list[ledger.Row] = []
    entries: list[ledger.Row] = []
    said: list[Adjudicated] = []
    for one, remittance in effects.remittances:
        ours = known if remittance.payee_npi in payees else {}
        rid = postings.remittance_id(remittance)
        at = events.said_at(one.interchange.date, one.interchange.time, source.now)
        suspense = postings.suspense_cents(remittance, ours)
        heads.append(
            postings.remittance_row(
                remittance, partner.payer_id, source.file_id, suspense, source.now
            )
        )
        entries += postings.entries(remittance, ours)
        for payment in remittance.claims:
            bound = ours.get(payment.control_number)
            lines.append(postings.payment_row(rid, payment, bound is not None))
            if bound is None:
                effects.unmatched += 1
                continue
            said.append(
                events.adjudicated(bound.event, payment, remittance, rid, at, source.now)
            )
    ledger.post(conn, heads, lines, entries)
    latest = {event.control_number: event.payer_claim_number for event in said}
    store.advance(conn, list(latest), "adjudicated", list(latest.values()))
    return list(said)
