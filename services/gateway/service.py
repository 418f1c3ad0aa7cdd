"""The running gateway: consume, send, receive, relay, one after the other.

Only the gateway that holds the advisory lock sends and receives; a second one consumes and waits.
Even a holder that lost its lock while stopped does no harm: states move by compare-and-set, a
rename happens once, remittances have unique keys.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from services.delivery import outbox
from services.delivery.consume import Consumer, retry
from services.delivery.publish import Publisher
from services.gateway import release, watch
from services.gateway.receive import Receiver
from services.gateway.send import PRODUCER, Sender

log = structlog.get_logger()
INTERVAL_S = 0.25
OVERDUE_EVERY_S = 60.0
UNASSIGNED_S = 15.0
_TRY = text("select pg_try_advisory_lock(7303, hashtext('gateway'))")


class Lead:
    """The lock of the one gateway that works, held by a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        """Hold nothing yet."""
        self._engine = engine
        self._conn: Connection | None = None

    def held(self) -> bool:
        """Return whether this process holds the lock, taking it when it is free."""
        try:
            if self._conn is not None:
                self._conn.execute(text("select 1"))
                return True
            conn = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if conn.execute(_TRY).scalar_one():
                self._conn = conn
                return True
            conn.close()
        except SQLAlchemyError:
            self.release()
        return False

    def release(self) -> None:
        """Give the lock back with its connection."""
        if self._conn is not None:
            conn, self._conn = self._conn, None
            conn.invalidate()
            conn.close()


class Subscription:
    """Keeps a consumer subscribed that joined its group before it knew its topics.

    kafka-python joins with what it knows of the topics at that moment; if that is nothing, it is
    given no partitions and, should the news arrive while it joins, never asks again.
    """

    def __init__(self, consumer: Any, topics: Sequence[str]) -> None:
        """Learn the topics' partitions, then subscribe."""
        self._consumer, self._topics = consumer, list(topics)
        for topic in topics:
            consumer.partitions_for_topic(topic)
        consumer.subscribe(self._topics)
        self._since = time.monotonic()

    def keep(self) -> None:
        """Join again when there are no partitions for `UNASSIGNED_S`."""
        now = time.monotonic()
        if self._consumer.assignment():
            self._since = now
        elif now - self._since > UNASSIGNED_S:
            log.warning("no_partitions", seconds=round(now - self._since))
            self._consumer.unsubscribe()
            self._consumer.subscribe(self._topics)
            self._since = now


@dataclass(slots=True)
class Gateway:
    """One gateway process.

    Attributes:
        loop: Takes submitted events.
        subscription: Of its consumer.
        sender: Makes and delivers files.
        receiver: Takes answers.
        publisher: Of the relay.
        engine: The database.
        relayed: Is told how many events were published.
        interval_s: Real seconds between looks at the folders and at what is ready.
    """

    loop: Consumer
    subscription: Subscription
    sender: Sender
    receiver: Receiver
    publisher: Publisher
    engine: Engine
    relayed: Callable[[int], None] = lambda events: None
    interval_s: float = INTERVAL_S

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        lead = Lead(self.engine)
        looked = counted = float("-inf")
        try:
            while not stop.is_set():
                self.subscription.keep()
                self.loop.step(timeout_ms=100)
                now = time.monotonic()
                if now - looked >= self.interval_s and lead.held():
                    looked = now
                    retry(self.sender.step)
                    retry(self.receiver.step)
                    if now - counted >= OVERDUE_EVERY_S:
                        counted = now
                        retry(self._count_overdue)
                        retry(lambda: release.sweep(self.receiver))
                    retry(lambda: release.step(self.receiver))
                self.relay()
        finally:
            lead.release()

    def relay(self) -> int:
        """Publish everything that is pending."""
        total = 0
        while True:
            done: int = retry(lambda: outbox.relay(self.engine, PRODUCER, self.publisher))
            total += done
            if done:
                self.relayed(done)
            if done < outbox.BATCH:
                return total

    def _count_overdue(self) -> None:
        found = watch.overdue(self.engine, self.sender.clock, self.sender.partners)
        for (payer_id, kind), count in found.items():
            log.warning("acknowledgement_overdue", payer_id=payer_id, kind=kind, count=count)
