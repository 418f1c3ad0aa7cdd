"""After a restore: learn from the topics and folders what was sent since the backup, then open.

A restored database is older than the world. What it has forgotten would be billed twice, so

1. what the topics say was sent, refused or decided is noted, and so is every claim in a file that
   still lies in a partner's ``to_payer``;
2. every submitted event is taken in again (the inbox knows those it has), as far as it got;
3. files that were frozen and turn out to be sent are noted as sent;
4. control numbers jump ahead: those taken since the backup are never taken again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition
from sqlalchemy import Connection, Engine, text

from schemas import codec
from schemas.codec import InvalidEvent
from schemas.events import Submitted
from schemas.topics import ACKNOWLEDGED, ADJUDICATED, SUBMITTED, Topic
from services.db.tables.gateway import CLAIM_STATES
from services.delivery.dead import Record
from services.delivery.processor import Processor
from services.delivery.runner import Runner
from services.gateway import store
from services.gateway.channel import Channel
from services.gateway.process import processor
from services.x12 import document, read837
from services.x12.errors import X12Error

JUMP = 100_000


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt: submissions read again, and how many claims stand further than known."""

    submitted: int
    moved: int


def reconcile(
    engine: Engine,
    runner: Callable[[Processor[Submitted]], Runner[Submitted]],
    consumer: Any,
    channels: Mapping[str, Channel],
) -> Learnt:
    """Bring the gateway's tables up to what the topics and folders say.

    Args:
        engine: The database.
        runner: Gives a runner of a processor, to take submissions in.
        consumer: A kafka-python consumer without a group.
        channels: Channels by payer.

    Raises:
        services.gateway.channel.Away: a payer's folder cannot be looked at.
    """
    known: dict[str, str] = {}
    said = list(_said(consumer))
    said += [(number, "sent") for one in channels.values() for number in _waiting(one)]
    for number, state in said:
        known[number] = max(known.get(number, state), state, key=CLAIM_STATES.index)
    with engine.begin() as conn:
        before = _states(conn)
        for state in CLAIM_STATES:
            store.advance(conn, sorted(n for n, found in known.items() if found == state), state)
        _close_sent_files(conn)
        _jump(conn, list(channels))
    submitted = 0
    taking = runner(processor(known))
    for batch in batches(consumer, SUBMITTED):
        taking.commit(batch)
        submitted += len(batch)
    with engine.connect() as conn:
        after = _states(conn)
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


def _said(consumer: Any) -> Iterator[tuple[str, str]]:
    """Yield (control number, state) of every acknowledged and adjudicated event."""
    for event in _events(consumer, ACKNOWLEDGED):
        if event.hop == "sent":
            yield event.control_number, "sent" if event.accepted else "refused"
        else:
            yield event.control_number, "accepted" if event.accepted else "rejected"
    for event in _events(consumer, ADJUDICATED):
        yield event.control_number, "adjudicated"


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
            " where c.interchange_id = i.interchange_id"
            " and c.state in ('sent', 'accepted', 'rejected', 'adjudicated'))"
        )
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
