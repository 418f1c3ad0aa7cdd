"""Publish records and wait until the broker has them all."""

from collections.abc import Sequence
from typing import Any, Protocol

from services.delivery.crashpoint import crashpoint


class Record(Protocol):
    """A record to publish."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> bytes: ...  # noqa: D102


class Publisher(Protocol):
    """Whatever can publish a batch; returns only when every record is acknowledged."""

    def publish(self, records: Sequence[Any]) -> None:
        """Publish all or raise."""


class KafkaPublisher:
    """Publish through kafka-python's idempotent producer."""

    def __init__(self, producer: Any, timeout_s: float = 60.0) -> None:
        self._producer = producer
        self._timeout_s = timeout_s

    def publish(self, records: Sequence[Record]) -> None:
        """Send all records in order, then wait for each acknowledgement.

        Raises:
            kafka.errors.KafkaError: one was not acknowledged; all may be published again.
        """
        futures = [self._producer.send(r.topic, key=r.key.encode(), value=r.value) for r in records]
        crashpoint("publish.sent")
        self._producer.flush(timeout=self._timeout_s)
        for future in futures:
            future.get(timeout=self._timeout_s)
