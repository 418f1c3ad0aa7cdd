"""The loop of a service that reads topics: poll, run the batch, publish, commit.

The stream workers have the same loop on Faust (`streams/worker.py`). Transient faults are retried
in place with back-off. A commit that comes too late, because the group shares out its partitions
anew, is no fault: who has them next, be it ourselves, reads the records again, and the ledger knows
them.
Whatever else happens ends the process before the offset is committed, and its supervisor starts it
again.
"""

import threading
from collections.abc import Callable
from typing import Any

import structlog
from kafka.coordinator.base import MemberState
from kafka.errors import CommitFailedError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata, TopicPartition
from sqlalchemy.exc import InterfaceError, OperationalError

from services.delivery.crashpoint import crashpoint
from services.delivery.dead import Record
from services.delivery.publish import Publisher
from services.delivery.runner import Runner

log = structlog.get_logger()
BACKOFF_S = (0.1, 0.2, 0.5, 1, 2, 5, 5, 5, 10, 10, 10, 10, 10, 10, 10, 10)
TRANSIENT = (OperationalError, InterfaceError, ConnectionError)


class Consumer:
    """Drives one runner from a kafka-python consumer that is subscribed to its topics."""

    def __init__(
        self,
        runner: Runner[Any],
        consumer: Any,
        publisher: Publisher,
        on_batch: Callable[[int, int], None] = lambda records, outputs: None,
    ) -> None:
        self._runner = runner
        self._consumer = consumer
        self._publisher = publisher
        self._on_batch = on_batch

    def step(self, timeout_ms: int = 200, most: int = 1000) -> int:
        """Take at most one batch; return how many records it had.

        Raises:
            Exception: the batch is not done and nothing was committed: the process must end.
        """
        polled = self._consumer.poll(timeout_ms=timeout_ms, max_records=most)
        self._keep_joining()
        batch = [
            Record(r.topic, r.partition, r.offset, r.key, r.value)
            for records in polled.values()
            for r in records
        ]
        if not batch:
            return 0
        outgoing = retry(lambda: self._runner.commit(batch))
        if outgoing:
            self._publisher.publish(outgoing)
        crashpoint("runner.published")
        self._commit({place: records for place, records in polled.items() if records})
        self._on_batch(len(batch), len(outgoing))
        return len(batch)

    def _keep_joining(self) -> None:
        """Let the next poll end a join that this one began.

        kafka-python (3.0.12) forgets a join that outlasts its poll when the metadata, which asked
        for it, is the former again by then: without heartbeat, with every commit refused, and
        polling without a pause for ever.
        """
        if self._consumer.group_metadata().state is MemberState.REBALANCING:
            self._consumer._coordinator.request_rejoin()

    def _commit(self, done: dict[TopicPartition, list[Any]]) -> None:
        try:
            self._consumer.commit({
                place: OffsetAndMetadata(records[-1].offset + 1, "", -1)
                for place, records in done.items()
            })
        except (CommitFailedError, RebalanceInProgressError) as late:
            log.warning("commit_refused", kind=type(late).__name__)
            for place in self._consumer.assignment() & done.keys():
                self._consumer.seek(place, done[place][0].offset)


def retry(work: Callable[[], Any]) -> Any:
    """Return what `work` returns, trying again with back-off while the database is away.

    Raises:
        sqlalchemy.exc.OperationalError: it stayed away for about two minutes.
    """
    pause = threading.Event()
    for delay in BACKOFF_S:
        try:
            return work()
        except TRANSIENT as away:
            log.warning("database_away", kind=type(away).__name__, retry_in_s=delay)
            pause.wait(delay)
    return work()
