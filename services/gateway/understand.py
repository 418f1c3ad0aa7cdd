"""What an answer file says, and its effects on claims and money, in the caller's transaction.

    read -> from this partner? -> gather (match, balance, leave out what is posted) -> apply

Gathering writes nothing: a file is refused whole or taken whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from schemas.events import Event
from schemas.ids import derive
from services.claims import life
from services.gateway import answers, book, events, items, ledger, moves, postings, store
from services.gateway.items import Item
from services.gateway.kinds import ACK_OVERDUE, DELIVERY_UNKNOWN, REMITTANCE_HELD
from services.gateway.moves import Fact
from services.gateway.partners import Partner
from services.phi.keys import SiteKey
from services.x12 import document, remit835, status277, ta1
from services.x12.ack999 import GroupVerdict
from services.x12.document import Read
from services.x12.errors import X12Error
from services.x12.remit835 import Remittance
from services.x12.segments import Limits

LIMITS = Limits(file_bytes=64_000_000)
ANSWERS = ("TA1", "999", "277CA", "835")
ANSWERED = {"ta1": "TA1", "ack999": "999", "status_at": "277CA"}
"""Column of `interchange` -> the acknowledgement it notes."""


class Refused(Exception):  # noqa: N818 - says what becomes of the file
    """A file is not posted: ``args`` are its state and the reason, without content.

    Attributes:
        held: Of a file that is held: its remittances.
    """

    held: tuple[Remittance, ...] = ()


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
        strange: Of these, acknowledgements.
        known: Remittances left out because they are posted already.
        wrong: Remittances that do not balance, by id: the ordinals of claims that do not.
    """

    kind: str = "unknown"
    said: list[tuple[Read, answers.Said]] = field(default_factory=list)
    remittances: list[tuple[Read, Remittance]] = field(default_factory=list)
    notes: list[tuple[str, str, Any]] = field(default_factory=list)
    documents: int = 0
    unmatched: int = 0
    strange: int = 0
    known: int = 0
    wrong: dict[str, set[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """The file that effects come from: its id, the hash of its bytes and when it is applied.

    `site` opens earlier files again, for what waits in suspense.
    """

    file_id: str
    digest: str
    now: datetime
    site: SiteKey


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


def gather(
    conn: Connection, partner: Partner, found: Sequence[Read], *, released: bool = False
) -> Effects:
    """Return what the documents say of our files and claims.

    Args:
        conn: A connection in a transaction.
        partner: Whose files these are.
        found: The documents.
        released: Two people said that it is posted although it does not balance.

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
            if wrong and not released:
                raise _held(wrong[0], found)
            if wrong:
                effects.wrong[postings.remittance_id(content)] = book.unbalanced(content)
            effects.remittances.append((one, content))
    _only_new(conn, effects)
    return effects


def _held(wrong: X12Error, found: Sequence[Read]) -> Refused:
    refused = Refused("held", str(wrong))
    refused.held = tuple(r.content for r in found if isinstance(r.content, Remittance))
    return refused


def held_items(partner: Partner, file_id: str, refused: Refused) -> list[Item]:
    """Return the items of a held file, one for each of its remittances."""
    return [
        Item(
            kind=REMITTANCE_HELD, subject=postings.payment_id(one), payer_id=partner.payer_id,
            reason=refused.args[1], amount_cents=one.paid_cents, file_id=file_id,
        )
        for one in refused.held
    ]


def _file_answered(
    conn: Connection, partner: Partner, one: Read, column: str, control: str, effects: Effects
) -> None:
    """Fan the verdict on a file of ours out to its claims."""
    effects.documents += 1
    number = int(control) if control.isascii() and control.isdigit() and len(control) < 10 else -1
    ours = store.interchange_with(conn, partner.payer_id, column, number)
    if ours is None:
        effects.unmatched += 1
        effects.strange += 1
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
    effects.strange += len(merged) - len(matched)
    moves.move(conn, list(_facts(matched, source.file_id)), source.now)
    _charge_early(conn, known, source)
    answered = {known[s.control_number].interchange_id for s in matched if s.hop == "277CA"}
    notes = [(one, "status_at", source.now) for one in sorted(answered - {""})]
    note_answers(conn, [*effects.notes, *notes], source.now)
    return [
        events.acknowledged(
            known[said.control_number].event, hop=said.hop, accepted=said.accepted,
            file_id=source.file_id, digest=source.digest, at=at, now=source.now,
            statuses=said.statuses, payer_claim_number=said.payer_claim_number,
        )
        for said in matched
    ]


def _facts(said: Sequence[answers.Said], file_id: str) -> Iterator[Fact]:
    for one in said:
        fact = life.said(one.hop, one.accepted, [status.category for status in one.statuses])
        if fact is not None:
            number = one.payer_claim_number
            rank = f"0|{number}" if number else ""
            yield Fact(one.control_number, fact, file_id, number, rank)


def note_answers(
    conn: Connection, notes: Sequence[tuple[str, str, Any]], now: datetime
) -> None:
    """Note on our files that an answer came, and close what waited for it.

    A later hop proves the earlier ones: a file with a 277CA is not asked for its 999.
    """
    hops = list(ANSWERED)
    done: list[str] = []
    for interchange_id, column, value in notes:
        store.note_answer(conn, interchange_id, column, value)
        earlier = hops[: hops.index(column) + 1]
        done += [f"{interchange_id}/{ANSWERED[one]}" for one in earlier]
    items.close(conn, ACK_OVERDUE, done, "the answer came", now)
    items.close(conn, DELIVERY_UNKNOWN, {one[0] for one in notes}, "an answer came", now)


def _charge_early(conn: Connection, known: Mapping[str, store.Bound], source: Source) -> None:
    """Open the charges of claims that are answered before sending was noted."""
    early = [number for number, bound in known.items() if bound.state in life.UNSENT]
    if early:
        ledger.open_charges(conn, early, derive("charge", source.file_id, "said"), source.now)
