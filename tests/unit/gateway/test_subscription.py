"""A consumer that was given no partitions asks again; kafka-python by itself may never."""

from typing import Any

import pytest

from services.gateway import service
from services.gateway.service import Subscription


class Recorder:
    """Stands for a consumer in the state that is rare and cannot be brought about at will."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.partitions: set[int] = set()

    def partitions_for_topic(self, topic: str) -> set[int]:
        self.calls.append(("learn", topic))
        return {0}

    def subscribe(self, topics: list[str]) -> None:
        self.calls.append(("subscribe", *topics))

    def unsubscribe(self) -> None:
        self.calls.append(("unsubscribe",))

    def assignment(self) -> set[int]:
        return self.partitions


def test_it_knows_its_topics_before_it_joins_and_joins_again_when_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    consumer = Recorder()
    subscription = Subscription(consumer, ["claims.submitted"])
    assert consumer.calls == [("learn", "claims.submitted"), ("subscribe", "claims.submitted")]
    subscription.keep()
    assert len(consumer.calls) == 2
    monkeypatch.setattr(service, "UNASSIGNED_S", -1.0)
    subscription.keep()
    assert consumer.calls[2:] == [("unsubscribe",), ("subscribe", "claims.submitted")]
    consumer.partitions = {1}
    subscription.keep()
    assert len(consumer.calls) == 4
