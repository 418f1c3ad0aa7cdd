"""After a restore: learn from the topics and folders what was sent since the backup, then open.

A restored database is older than the world. What it has forgotten would be billed twice, so

1. what the topics say was sent, refused or decided is noted, and so is every claim in a file that
   still lies in a partner's ``to_payer``;
2. every submitted event is taken in again (the inbox knows those it has), as far as it got;
3. files that were frozen and turn out to be sent are noted as sent;
4. control numbers jump ahead: those taken since the backup are never taken again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kafka import TopicPartition
from sqlalchemy import Connection, Engine, text

from schemas import codec
from schemas.codec import InvalidEvent
from schemas.ids import derive
from schemas.topics import ACKNOWLEDGED, ADJUDICATED, DECIDED, SUBMITTED, Topic
from services.claims import life
from services.delivery.dead import Record
from services.delivery.processor import Processor
from services.delivery.runner import Runner
from services.gateway import follow, ledger, moves
from services.gateway.channel import Channel
from services.gateway.moves import Fact
from services.gateway.process import Known, Taken, processor
from services.x12 import document, read837
from services.x12.errors import X12Error

JUMP = 100_000
LADDER = (
    life.BOUND, life.UNWRITABLE, life.DELIVERED, life.TAKEN, life.ADMITTED, life.RETURNED,
    life.DECIDED,
)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt: submissions read again, and how many claims stand further than known."""

    submitted: int
    moved: int


def reconcile(
    engine: Engine,
    runner: Callable[[Processor[Taken]], Runner[Taken]],
    consumer: Any,
    channels: Mapping[str, Channel],
    now: datetime,
) -> Learnt:
    """Bring the gateway's tables up to what the topics and folders say.

    Args:
        engine: The database.
        runner: Gives a runner of a processor, to take submissions in.
        consumer: A kafka-python consumer without a group.
        channels: Channels by payer.
        now: Business time.

    Raises:
        services.gateway.channel.Away: a payer's folder cannot be looked at.
    """
    said = list(_said(consumer))
    said += [
        fact for one in channels.values() for number in _waiting(one)
        for fact in _sent(number, "to_payer")
    ]
    with engine.begin() as conn:
        before = _states(conn)
        _advance(conn, before, said, now)
        _close_sent_files(conn)
        _jump(conn, list(channels))
    submitted = 0
    taking = runner(processor(_known(said)))
    for topic in (SUBMITTED, DECIDED):
        for batch in batches(consumer, topic):
            taking.commit(batch)
            submitted += len(batch) if topic is SUBMITTED else 0
    with engine.begin() as conn:
        after = _states(conn)
        sent = [number for number, state in after.items() if state not in life.UNSENT]
        ledger.open_charges(conn, sent, derive("charge", "learnt", now.isoformat()), now)
    return Learnt(submitted, sum(before.get(n, "ready") != state for n, state in after.items()))


def batches(consumer: Any, topic: Topic, most: int = 1000) -> Iterator[Sequence[Record]]:
    """Yield all records of a topic as it stands, in batches."""
    found = consumer.partitions_for_topic(topic.name) or ()
    partitions = [TopicPartition(topic.name, number) for number in sorted(found)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    while any(consumer.position(p) < ends[p] for p in partitions):
        polled = consumer.poll(timeout_ms=500, max_records=most)
        batch = [
            Record(r.topic, r.partition, r.offset, r.key, r.value)
            for records in polled.values() for r in records
        ]
        if batch:
            yield batch


def _said(consumer: Any) -> Iterator[Fact]:
    """Yield what every acknowledged and adjudicated event says of its claim."""
    for event in _events(consumer, ACKNOWLEDGED):
        number, evidence = event.control_number, event.event_id
        if event.hop == "sent" and event.accepted:
            yield from _sent(number, evidence)
        elif event.hop == "sent":
            yield Fact(number, life.UNWRITABLE, evidence)
        else:
            categories = [status.category for status in event.statuses]
            name = life.said(event.hop, event.accepted, categories)
            theirs = event.payer_claim_number
            if name is not None:
                yield Fact(number, name, evidence, theirs, f"0|{theirs}" if theirs else "")
    for event in _events(consumer, ADJUDICATED):
        yield Fact(
            event.control_number, life.DECIDED, event.event_id, event.payer_claim_number,
            follow.rank(event),
        )


def _sent(number: str, evidence: str) -> Iterator[Fact]:
    yield Fact(number, life.BOUND, evidence)
    yield Fact(number, life.DELIVERED, evidence)


def _advance(
    conn: Connection, states: Mapping[str, str], said: Sequence[Fact], now: datetime
) -> None:
    """Move the claims that are known by what was said of them, one step of the ladder at a time."""
    stand = dict(states)
    for name in LADDER:
        best: dict[str, Fact] = {}
        for fact in said:
            if fact.name == name and life.after(stand.get(fact.control_number, ""), name):
                before = best.get(fact.control_number)
                if before is None or fact.rank > before.rank:
                    best[fact.control_number] = fact
        moves.move(conn, list(best.values()), now)
        for number in best:
            stand[number] = life.through(stand[number], [name])


def _known(said: Sequence[Fact]) -> dict[str, Known]:
    """Return how far claims got that the backup does not know."""
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in said:
        facts[fact.control_number].append(fact)
    found = {}
    for number, some in facts.items():
        names = {fact.name for fact in some}
        state = life.through(life.READY, (name for name in LADDER if name in names))
        best = max(some, key=lambda fact: fact.rank)
        found[number] = Known(state, best.payer_number if best.rank else "", best.rank)
    return found


def _events(consumer: Any, topic: Topic) -> Iterator[Any]:
    for batch in batches(consumer, topic):
        for record in batch:
            try:
                yield codec.decode(topic.name, record.value)
            except InvalidEvent:
                continue  # not ours: this process alone writes these topics


def _waiting(channel: Channel) -> Iterable[str]:
    """Yield the control numbers in files the payer has not taken yet, or may have."""
    for content in channel.lying():
        try:
            for one in document.read([content]):
                if isinstance(one.content, read837.ClaimAsRead):
                    yield one.content.control_number
        except X12Error:
            continue  # no file of ours


def _states(conn: Connection) -> dict[str, str]:
    rows = conn.execute(text("select control_number, state from gateway_claim"))
    return {row.control_number: row.state for row in rows}


def _close_sent_files(conn: Connection) -> None:
    conn.execute(
        text(
            "update interchange i set state = 'sent', sent_at = coalesce(sent_at, made_at)"
            " where state <> 'sent' and exists (select from gateway_claim c"
            " where c.interchange_id = i.interchange_id and not (c.state = any(:unsent)))"
        ),
        {"unsent": list(life.UNSENT)},
    )


def _jump(conn: Connection, payers: Sequence[str]) -> None:
    conn.execute(
        text(
            "insert into partner_number (payer_id, next)"
            " select payer_id, 1 + :jump from unnest(cast(:payers as text[])) as payer_id"
            " on conflict (payer_id) do update set next = partner_number.next + :jump"
        ),
        {"payers": list(payers), "jump": JUMP},
    )
